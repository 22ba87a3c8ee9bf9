//! `cargo xtask tidy`: the rules of the house that a program can hold. Each rule is a function from
//! what was read to findings; this file only reads, calls and prints.

mod documents;
mod graph;
mod maps;
mod names;
mod reference;
mod sizes;
mod style;
mod words;

use std::{
    collections::BTreeSet,
    fmt,
    io::{self, Write},
    path::Path,
};

use crate::{
    Verdict,
    graph::packages,
    source::{Tree, read_all},
};

/// One breach: where, and what the rule says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub path: String,
    pub line: usize,
    pub what: String,
}

impl Finding {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            what: what.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// Reads the workspace, prints every finding and a closing line; true if there was none.
pub(crate) fn run(root: &Path) -> Verdict {
    let Tree { sources, broken } = read_all(root)?;
    let mut findings = graph::check(&packages(root)?);
    for (path, why) in broken {
        findings.push(Finding::new(&path, 1, format!("does not parse: {why}")));
    }
    let paths: BTreeSet<&str> = sources.iter().map(|source| source.path.as_str()).collect();
    findings.extend(reference::check(&sources));
    findings.extend(maps::check(&sources));
    for source in &sources {
        findings.extend(names::check(source));
        findings.extend(words::check(source));
        findings.extend(sizes::check(source));
        findings.extend(style::check(source));
        findings.extend(documents::check(source, &|path| {
            paths.contains(path) || root.join(path).exists()
        }));
    }
    findings.sort();
    findings.dedup();
    let mut out = io::stdout().lock();
    for finding in &findings {
        writeln!(out, "{finding}")?;
    }
    let count = findings.len();
    writeln!(
        out,
        "tidy: {} files, {count} finding{}",
        sources.len(),
        plural(count)
    )?;
    Ok(findings.is_empty())
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
