//! Pages that say which test shows what: every row names a test that is there, and no row of a
//! list that we answer to is left out.

use std::collections::BTreeSet;

use super::Finding;
use crate::source::Source;

/// What a row without a test says, followed by the reason.
const UNTESTED: [&str; 2] = ["Not applicable:", "Not yet:"];

/// A page, and the first cells that its rows must have.
struct Map {
    page: &'static str,
    rows: &'static [&'static str],
}

const MAPS: &[Map] = &[
    Map {
        page: "docs/security.md",
        rows: &[
            // OWASP ASVS 5.0.0, level 2 whole and of level 3 what money needs.
            "1.2.4", "1.2.10", "1.3.6", "1.3.11", "1.4.2", "1.5.2", "2.1.3", "2.2.1", "2.2.3",
            "2.3.1", "2.3.2", "2.3.3", "2.3.4", "2.3.5", "2.4.1", "2.4.2", "3.2.1", "3.3.1",
            "3.4.1", "3.4.2", "3.4.3", "3.4.4", "3.4.8", "3.5.1", "3.5.4", "3.5.8", "3.7.2",
            "4.1.1", "4.1.2", "4.1.3", "4.1.5", "4.2.1", "5.2.1", "6.1.1", "6.1.3", "6.2.1",
            "6.2.3", "6.2.4", "6.2.5", "6.2.7", "6.2.11", "6.3.2", "6.3.3", "6.3.5", "6.3.6",
            "6.3.8", "6.4.1", "6.4.3", "6.4.5", "6.4.6", "6.5.1", "6.5.6", "6.5.8", "6.6.1",
            "6.7.2", "7.1.1", "7.2.1", "7.3.1", "7.4.1", "7.4.3", "7.5.1", "7.5.3", "8.2.1",
            "8.3.1", "8.4.1", "9.1.1", "10.3.5", "10.4.5", "11.1.1", "11.2.1", "11.2.4", "11.3.2",
            "11.4.2", "11.5.1", "12.1.1", "13.2.4", "13.3.1", "13.4.2", "14.1.1", "14.2.1",
            "14.2.4", "14.3.1", "15.1.2", "15.3.1", "15.3.4", "15.4.2", "16.2.5", "16.3.1",
            "16.4.1", "16.5.1",
        ],
    },
    Map {
        page: "docs/mission.md",
        rows: &[],
    },
];

/// Checks the pages against all tests of the workspace.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let tests: BTreeSet<String> = sources.iter().flat_map(tests_of).collect();
    let mut findings = Vec::new();
    for map in MAPS {
        if let Some(page) = sources.iter().find(|source| source.path == map.page) {
            findings.extend(check_page(map, page, &tests));
        }
    }
    findings
}

fn check_page(map: &Map, page: &Source, tests: &BTreeSet<String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |line: usize, what: String| findings.push(Finding::new(&page.path, line, what));
    let mut missing: BTreeSet<&str> = map.rows.iter().copied().collect();
    for (i, row) in rows(&page.text) {
        let named: Vec<&str> = row
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|name| is_test(name))
            .collect();
        for name in &named {
            if !tests.contains(*name) {
                find(i, format!("there is no test `{name}`"));
            }
        }
        if named.is_empty() && !UNTESTED.iter().any(|why| row.contains(why)) {
            find(i, "names neither a test nor why there is none".to_owned());
        }
        missing.remove(first_cell(row));
    }
    for row in missing {
        find(1, format!("`{row}` is left out"));
    }
    findings
}

/// The rows of all tables, without their heads.
fn rows(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_body = false;
    text.lines().enumerate().filter_map(move |(i, line)| {
        if !line.starts_with('|') {
            is_body = false;
        } else if line.starts_with("|---") {
            is_body = true;
        } else if is_body {
            return Some((i + 1, line));
        }
        None
    })
}

/// The name that the row begins with, up to a comma, a dash or a space.
fn first_cell(row: &str) -> &str {
    let cell = row.trim_start_matches('|').trim_start();
    cell.split([' ', ',', '-', '|']).next().unwrap_or_default()
}

/// `room/file::name`.
fn is_test(name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '/';
    name.split_once("::").is_some_and(|(file, test)| {
        file.contains('/') && format!("{file}{test}").chars().all(is_word)
    })
}

/// The tests of a file, as `room/file::name`.
fn tests_of(source: &Source) -> Vec<String> {
    let (Some(room), true) = (source.room(), source.is_rust()) else {
        return Vec::new();
    };
    let path = source.path.trim_end_matches(".rs");
    let file = path.rsplit('/').next().unwrap_or_default();
    let (mut tests, mut is_marked) = (Vec::new(), false);
    for line in source.text.lines().map(str::trim_start) {
        is_marked |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        let function = line.trim_start_matches("async ").strip_prefix("fn ");
        if let Some(function) = function {
            let name = function.split(['(', '<']).next().unwrap_or_default();
            if std::mem::take(&mut is_marked) {
                tests.push(format!("{room}/{file}::{name}"));
            }
        }
    }
    tests
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEST: &str = "fn helper() {}\n#[tokio::test(flavor = \"x\")]\n\
                        async fn a_code_serves_once() {}\nfn other() {}\n";

    fn findings(page: &str) -> Vec<String> {
        let map = Map {
            page: "docs/security.md",
            rows: &["6.5.1"],
        };
        let test = Source::parse("crates/api/tests/it/factors.rs", TEST).unwrap();
        let page = Source::parse(map.page, page).unwrap();
        let tests = tests_of(&test).into_iter().collect();
        let findings = check_page(&map, &page, &tests);
        findings
            .iter()
            .map(|finding| finding.what.clone())
            .collect()
    }

    #[test]
    fn a_row_names_a_test_that_is_there() {
        let head = "| row | test |\n|---|---|\n";
        let good = format!("{head}| 6.5.1, 6.5.2 | `api/factors::a_code_serves_once` |\n");
        assert!(findings(&good).is_empty());
        let gone = format!("{head}| 6.5.1 | `api/factors::a_code_serves_twice` |\n");
        assert_eq!(
            findings(&gone),
            ["there is no test `api/factors::a_code_serves_twice`"]
        );
        let helper = format!("{head}| 6.5.1 | `api/factors::other` |\n");
        assert_eq!(findings(&helper).len(), 1);
        let none = format!("{head}| 6.5.1 | surely |\n");
        assert_eq!(findings(&none).len(), 1);
        let not_ours = format!("{head}| 6.5.1 | Not applicable: no codes |\n");
        assert!(findings(&not_ours).is_empty());
        assert_eq!(findings("nothing\n"), ["`6.5.1` is left out"]);
    }
}
