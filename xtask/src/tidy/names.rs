//! Names that say nothing: files called after what they are not, verbs that fit every function.

use super::Finding;
use crate::source::Source;

const EMPTY_FILES: &[&str] = &[
    "common", "helper", "helpers", "manager", "misc", "models", "service", "services", "stuff",
    "util", "utils",
];

const EMPTY_VERBS: &[&str] = &["do", "handle", "manage", "process"];

/// Checks the path and the functions of one file.
pub(super) fn check(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    if source.room().is_some() {
        for part in source.path.split('/') {
            let stem = part.split_once('.').map_or(part, |(stem, _)| stem);
            if EMPTY_FILES.contains(&stem) {
                let what = format!("`{stem}` names no noun: put its contents where they belong");
                findings.push(Finding::new(&source.path, 1, what));
            }
        }
    }
    for function in source.rust.iter().flat_map(|rust| &rust.functions.all) {
        if let Some(verb) = empty_verb(&function.name) {
            let what = format!(
                "`{}`: `{verb}` says nothing; say what happens",
                function.name
            );
            findings.push(Finding::new(&source.path, function.line, what));
        }
    }
    findings
}

/// The empty verb a function's name begins with, if it does. `handle` alone is a noun.
fn empty_verb(name: &str) -> Option<&'static str> {
    EMPTY_VERBS
        .iter()
        .find(|verb| {
            let rest = name.strip_prefix(**verb);
            rest.is_some_and(|rest| {
                rest.starts_with('_') || (rest.is_empty() && **verb != "handle")
            })
        })
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> usize {
        check(&Source::parse(path, text).unwrap()).len()
    }

    #[test]
    fn files_are_called_after_nouns() {
        assert_eq!(findings("crates/api/src/helpers.rs", ""), 1);
        assert_eq!(findings("crates/api/src/utils/text.rs", ""), 1);
        assert_eq!(findings("crates/api/src/transfers.rs", ""), 0);
        assert_eq!(findings("docs/common.md", ""), 0);
    }

    #[test]
    fn verbs_say_what_happens() {
        assert_eq!(
            findings("crates/api/src/a.rs", "fn process_payment() {}"),
            1
        );
        assert_eq!(findings("crates/api/src/a.rs", "fn process() {}"), 1);
        assert_eq!(
            findings("crates/api/src/a.rs", "fn handle() {}\nfn processor() {}"),
            0
        );
    }
}
