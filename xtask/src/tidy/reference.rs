//! What programs and operators rely on stands in the pages they read: every code of a problem and
//! every route in `docs/api.md`, every setting's variable in `docs/operations.md`.

use super::Finding;
use crate::{
    source::Source,
    tokens::{Kind, Token},
};

const PROBLEMS: &str = "crates/api/src/problem/table.rs";
const ROUTES: &str = "crates/api/src/routes/";
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
        findings.extend(missing(&variables(settings), settings, page));
    }
    if let Some(page) = find(API_PAGE) {
        for source in sources
            .iter()
            .filter(|source| source.path.starts_with(ROUTES))
        {
            findings.extend(missing(&routes(source), source, page));
        }
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

/// A text that a page must name, and its line.
type Named = (usize, String);

/// What stands in quotes behind `mark`, line by line.
fn behind(source: &Source, mark: &str) -> Vec<Named> {
    let quoted = |line: &str| {
        line.split(mark)
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .map(str::to_owned)
    };
    let lines = source.text.lines().enumerate();
    lines
        .filter_map(|(i, line)| Some((i + 1, quoted(line)?)))
        .collect()
}

fn variables(settings: &Source) -> Vec<Named> {
    let named = behind(settings, "env = \"").into_iter();
    named
        .map(|(line, variable)| (line, format!("`{variable}`")))
        .collect()
}

fn routes(source: &Source) -> Vec<Named> {
    let named = behind(source, "path = \"/").into_iter();
    named
        .map(|(line, path)| (line, format!(" /{path}")))
        .collect()
}

fn missing(named: &[Named], source: &Source, page: &Source) -> Vec<Finding> {
    let is_missing = |text: &str| {
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '/');
        !page
            .text
            .match_indices(text)
            .any(|(at, _)| ends(&page.text[at + text.len()..]))
    };
    named
        .iter()
        .filter(|(_, text)| is_missing(text))
        .map(|(line, text)| {
            let what = format!("`{}` does not stand in {}", text.trim(), page.path);
            Finding::new(&source.path, *line, what)
        })
        .collect()
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
    fn routes_stand_in_the_page_as_a_whole() {
        let route = "#[utoipa::path(get, path = \"/v1/top-ups\", tag = \"a\")]\nfn a() {}\n";
        let path = "crates/api/src/routes/top_ups.rs";
        assert_eq!(
            findings([(path, route), (API_PAGE, "| `GET /v1/top-ups` | |\n")]),
            0
        );
        assert_eq!(
            findings([(path, route), (API_PAGE, "| `GET /v1/top-ups/{id}` | |\n")]),
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
