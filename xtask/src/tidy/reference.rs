//! What programs and operators rely on stands in the pages they read: every code of a problem in
//! `docs/api.md`, every setting's variable in `docs/operations.md`.

use super::Finding;
use crate::{
    source::Source,
    tokens::{Kind, Token},
};

const PROBLEMS: &str = "crates/api/src/problem/table.rs";
const API_PAGE: &str = "docs/api.md";
const SETTINGS: &str = "crates/server/src/cli.rs";
const OPERATIONS_PAGE: &str = "docs/operations.md";

/// Compares both tables with their pages.
pub(crate) fn check(sources: &[Source]) -> Vec<Finding> {
    let find = |path: &str| sources.iter().find(|source| source.path == path);
    let mut findings = Vec::new();
    if let (Some(table), Some(page)) = (find(PROBLEMS), find(API_PAGE)) {
        findings.extend(missing_codes(table, page));
    }
    if let (Some(settings), Some(page)) = (find(SETTINGS), find(OPERATIONS_PAGE)) {
        findings.extend(missing_variables(settings, page));
    }
    findings
}

/// A row of the table is `Name STATUS "code" "title" "标题";`.
fn missing_codes(table: &Source, page: &Source) -> Vec<Finding> {
    let tokens = table.rust.as_ref().map_or(&[][..], |rust| &rust.tokens);
    let kinds = [Kind::Word, Kind::Word, Kind::Text, Kind::Text, Kind::Text];
    let is_row = |row: &&[Token]| row.iter().map(|token| token.kind).eq(kinds);
    let mut findings = Vec::new();
    for row in tokens.windows(kinds.len()).filter(is_row) {
        let (code, title) = (&row[2].text, &row[3].text);
        let stands = |line: &str| {
            line.starts_with(&format!("| `{code}` |")) && line.ends_with(&format!("| {title} |"))
        };
        if !page.text.lines().any(stands) {
            let what = format!("`{code}`, \"{title}\", has no such row in {API_PAGE}");
            findings.push(Finding::new(&table.path, row[2].line, what));
        }
    }
    findings
}

fn missing_variables(settings: &Source, page: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (i, line) in settings.text.lines().enumerate() {
        let named = line
            .split("env = \"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        if let Some(variable) = named
            && !page.text.contains(&format!("`{variable}`"))
        {
            let what = format!("`{variable}` does not stand in {OPERATIONS_PAGE}");
            findings.push(Finding::new(&settings.path, i + 1, what));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(files: [(&str, &str); 2]) -> usize {
        let sources = files.map(|(path, text)| Source::parse(path, text).unwrap());
        check(&sources).len()
    }

    #[test]
    fn codes_stand_in_the_page_with_their_titles() {
        let table = "problems! { NotFound NOT_FOUND \"not_found\" \"Nothing here\" \"未找到\"; }";
        let row = "| `not_found` | 404 | Nothing here |\n";
        assert_eq!(findings([(PROBLEMS, table), (API_PAGE, row)]), 0);
        assert_eq!(
            findings([
                (PROBLEMS, table),
                (API_PAGE, "| `not_found` | 404 | Other |\n")
            ]),
            1
        );
    }

    #[test]
    fn variables_stand_in_the_page() {
        let settings = "struct A {\n    #[arg(long, env = \"TAEL_DATA\")]\n    data: u8,\n}\n";
        assert_eq!(
            findings([(SETTINGS, settings), (OPERATIONS_PAGE, "| `TAEL_DATA` |\n")]),
            0
        );
        assert_eq!(findings([(SETTINGS, settings), (OPERATIONS_PAGE, "\n")]), 1);
    }
}
