//! The files of the workspace, each read and parsed once.

use std::{
    error::Error,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    functions::{Functions, functions_of},
    tokens::{Token, tokens_of},
};

/// What is never ours: output of builds and browser tests, packages of the front end.
const SKIPPED: &[&str] = &["target", "node_modules", "dist", "test-results"];
/// Data of a server or a benchmark begins so.
const DATA: &str = "tael-";
/// Hidden folders that belong to the project.
const HIDDEN: &[&str] = &[".cargo", ".ci", ".github"];

/// A text file.
#[derive(Debug)]
pub(crate) struct Source {
    /// Relative to the workspace, with `/`.
    pub path: String,
    pub text: String,
    /// Present in a Rust file that parses.
    pub rust: Option<Rust>,
}

/// What a Rust file says beyond its text.
#[derive(Debug)]
pub(crate) struct Rust {
    pub tokens: Vec<Token>,
    pub functions: Functions,
}

impl Source {
    /// Reads a text; `Err` says why Rust cannot read it.
    pub(crate) fn parse(path: &str, text: &str) -> Result<Self, String> {
        let mut source = Self {
            path: path.to_owned(),
            text: text.to_owned(),
            rust: None,
        };
        if source.is_rust() {
            let file = syn::parse_file(text).map_err(|error| error.to_string())?;
            let mut tokens = tokens_of(text).map_err(|error| error.to_string())?;
            let is_test = source.is_test();
            tokens.iter_mut().for_each(|token| token.in_test |= is_test);
            source.rust = Some(Rust {
                tokens,
                functions: functions_of(&file, is_test),
            });
        }
        Ok(source)
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The room a file stands in, if it stands in one.
    pub(crate) fn room(&self) -> Option<&str> {
        let mut parts = self.path.split('/');
        match parts.next()? {
            "crates" => parts.next(),
            "xtask" => Some("xtask"),
            _ => None,
        }
    }

    /// Whether the whole file is test code.
    pub(crate) fn is_test(&self) -> bool {
        self.room() == Some("testkit")
            || self.path.ends_with("/tests.rs")
            || self.path.split('/').any(|part| part == "tests")
    }

    /// Lines of test code in it.
    pub(crate) fn test_lines(&self) -> usize {
        if self.is_test() {
            return self.line_count();
        }
        self.rust
            .as_ref()
            .map_or(0, |rust| rust.functions.test_lines)
    }

    pub(crate) fn line_count(&self) -> usize {
        self.text.lines().count()
    }
}

/// Every text file of the workspace.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// In the order of their paths.
    pub(crate) sources: Vec<Source>,
    /// Rust files that do not parse: path and why.
    pub(crate) broken: Vec<(String, String)>,
}

/// Reads every text file below `root`.
pub(crate) fn read_all(root: &Path) -> Result<Tree, Box<dyn Error>> {
    let mut paths = Vec::new();
    walk(root, &mut paths)?;
    paths.sort();
    let mut tree = Tree::default();
    for path in paths {
        let name = path.strip_prefix(root)?.display().to_string();
        let Ok(text) = String::from_utf8(fs::read(&path)?) else {
            continue;
        };
        match Source::parse(&name, &text) {
            Ok(source) => tree.sources.push(source),
            Err(why) => tree.broken.push((name, why)),
        }
    }
    Ok(tree)
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let kind = entry.file_type()?;
        if kind.is_dir() && is_ours(&name) {
            walk(&entry.path(), paths)?;
        } else if kind.is_file() && name != ".git" {
            // In a second work tree `.git` is a file that says where the repository is.
            paths.push(entry.path());
        }
    }
    Ok(())
}

fn is_ours(folder: &str) -> bool {
    if folder.starts_with('.') {
        return HIDDEN.contains(&folder);
    }
    !SKIPPED.contains(&folder) && !folder.starts_with(DATA)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str) -> Source {
        Source::parse(path, "fn a() {}\n").unwrap()
    }

    #[test]
    fn a_path_says_room_and_test() {
        assert_eq!(at("crates/ledger/src/decide.rs").room(), Some("ledger"));
        assert_eq!(at("xtask/src/main.rs").room(), Some("xtask"));
        assert_eq!(at("README.md").room(), None);
        assert!(at("crates/ledger/src/tests.rs").is_test());
        assert!(at("crates/ledger/src/decide/tests.rs").is_test());
        assert!(at("crates/api/tests/it/transfers.rs").is_test());
        assert!(at("crates/testkit/src/actor.rs").is_test());
        assert!(!at("crates/ledger/src/decide.rs").is_test());
    }

    #[test]
    fn a_file_that_does_not_parse_says_why() {
        assert!(Source::parse("a.rs", "fn a( {}").is_err());
    }
}
