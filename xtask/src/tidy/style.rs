//! What rustfmt leaves open: whitespace, line width in comments and texts, a crate's first words.

use super::Finding;
use crate::source::Source;

/// Characters of a line, not counting what stands in quotes: rustfmt leaves texts alone, and a row
/// of a table reads better unbroken.
const WIDTH: usize = 100;
/// Characters of a line with its texts.
const WIDTH_WITH_TEXTS: usize = 200;

/// Checks one file.
pub(super) fn check(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let file = source.path.rsplit('/').next().unwrap_or_default();
    let may_use_tabs = file == "Makefile" || source.path.ends_with(".lock");
    for (i, line) in source.text.lines().enumerate() {
        let mut find = |what: String| findings.push(Finding::new(&source.path, i + 1, what));
        if line.ends_with([' ', '\t']) {
            find("whitespace at the end of the line".to_owned());
        }
        if line.contains('\t') && !may_use_tabs {
            find("a tab: indent with spaces".to_owned());
        }
        if source.is_rust() && !line.contains("https://") && !is_table_row(line) {
            let (width, code) = (line.chars().count(), width_without_texts(line));
            if code > WIDTH {
                find(format!(
                    "{code} characters without texts, more than {WIDTH}"
                ));
            } else if width > WIDTH_WITH_TEXTS {
                find(format!(
                    "{width} characters, more than {WIDTH_WITH_TEXTS}: break the text"
                ));
            }
        }
    }
    if !source.text.is_empty() && !source.text.ends_with('\n') {
        let what = "no newline at the end of the file";
        findings.push(Finding::new(&source.path, source.line_count(), what));
    }
    if is_crate_root(&source.path) && !source.text.starts_with("//!") {
        let what = "a crate opens with //!: what it is for, what it does not know, reading order";
        findings.push(Finding::new(&source.path, 1, what));
    }
    findings
}

/// A row of a table in documentation, which cannot be broken.
fn is_table_row(line: &str) -> bool {
    line.starts_with("//! |") || line.trim_start().starts_with("/// |")
}

fn width_without_texts(line: &str) -> usize {
    line.split('"')
        .step_by(2)
        .map(|part| part.chars().count())
        .sum()
}

/// `lib.rs` of a library, `main.rs` of a program without one.
fn is_crate_root(path: &str) -> bool {
    path.ends_with("/src/lib.rs") || path == "xtask/src/main.rs"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<usize> {
        let found = check(&Source::parse(path, text).unwrap());
        found.iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn whitespace_is_clean() {
        assert_eq!(findings("a.md", "a \nb\n"), [1]);
        assert_eq!(findings("a.md", "a\n\tb\n"), [2]);
        assert_eq!(findings("a.md", "a"), [1]);
        assert!(findings("Makefile", "a:\n\tb\n").is_empty());
    }

    #[test]
    fn lines_fit_a_hundred_characters() {
        let line = |count: usize| format!("// {}\n", "ä".repeat(count - 3));
        assert!(findings("crates/db/src/a.rs", &line(100)).is_empty());
        assert_eq!(findings("crates/db/src/a.rs", &line(101)), [1]);
        assert!(findings("README.md", &line(101)).is_empty());
        let text = |count: usize| format!("const A: &str = \"{}\";\n", "a".repeat(count - 19));
        assert!(findings("crates/db/src/a.rs", &text(200)).is_empty());
        assert_eq!(findings("crates/db/src/a.rs", &text(201)), [1]);
    }

    #[test]
    fn a_crate_opens_with_its_purpose() {
        assert_eq!(findings("crates/db/src/lib.rs", "mod a;\n"), [1]);
        assert!(findings("crates/db/src/lib.rs", "//! The waist.\n").is_empty());
        assert!(findings("crates/db/src/a.rs", "mod a;\n").is_empty());
    }
}
