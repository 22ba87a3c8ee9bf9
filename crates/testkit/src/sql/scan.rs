use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// How a text begins that is SQL.
const OPENINGS: [&str; 8] = [
    "SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ", "CREATE ", "ALTER ", "DROP ",
];
/// The waist itself, which speaks to engines.
const WAIST: &str = "crates/db";

/// A text of the sources that is SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Relative to the root.
    pub path: PathBuf,
    pub line: usize,
    pub sql: String,
}

/// Every SQL text of the rooms that ship, `db` apart, in the order of files and lines.
pub fn texts(root: &Path) -> io::Result<Vec<Text>> {
    let mut files = Vec::new();
    for room in fs::read_dir(root.join("crates"))? {
        let sources = room?.path().join("src");
        let is_waist = sources.starts_with(root.join(WAIST));
        let is_dev = sources.starts_with(root.join("crates/testkit"));
        if sources.is_dir() && !is_waist && !is_dev {
            walk(&sources, &mut files)?;
        }
    }
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file)?;
        let shipped = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        let path = file.strip_prefix(root).unwrap_or(&file);
        for (line, literal) in literals(shipped) {
            // A word alone is a piece of what a macro puts together; the rooms prepare those.
            let is_whole = !OPENINGS.contains(&literal.as_str());
            if is_whole && OPENINGS.iter().any(|opening| literal.starts_with(opening)) {
                found.push(Text {
                    path: path.to_owned(),
                    line,
                    sql: literal,
                });
            }
        }
    }
    Ok(found)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if path.is_dir() && name != Some("tests") {
            walk(&path, files)?;
        } else if path.extension().is_some_and(|end| end == "rs") && name != Some("tests.rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// The string literals of a Rust source with the lines they begin at, as the compiler reads them.
fn literals(source: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut rest = source;
    let mut line = 1;
    while let Some(next) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("'\"'") || rest.starts_with("b'\"'") {
            rest.find("\"'").map_or(1, |at| at + 2)
        } else if let Some(hashes) = raw_opening(rest) {
            let (length, text) = raw(rest, hashes);
            found.push((line, text));
            length
        } else if next == '"' {
            let (length, text) = quoted(rest);
            found.push((line, text));
            length
        } else {
            next.len_utf8()
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    found
}

/// The number of `#` if a raw string begins here.
fn raw_opening(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(hashes)
}

fn raw(rest: &str, hashes: usize) -> (usize, String) {
    let open = hashes + 2;
    let close = format!("\"{}", "#".repeat(hashes));
    let end = rest[open..].find(&close).unwrap_or(rest.len() - open);
    let length = (open + end + close.len()).min(rest.len());
    (length, rest[open..open + end].to_owned())
}

fn quoted(rest: &str) -> (usize, String) {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, next)) = chars.next() {
        match next {
            '"' => return (at + 1, text),
            '\\' => match chars.next() {
                Some((_, '\n')) => {
                    while chars.peek().is_some_and(|(_, next)| next.is_whitespace()) {
                        chars.next();
                    }
                }
                Some((_, 'n')) => text.push('\n'),
                Some((_, other)) => text.push(other),
                None => {}
            },
            other => text.push(other),
        }
    }
    (rest.len(), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_read_as_the_compiler_reads_them() {
        let source = "let a = \"SELECT 1 \\\n      + 1\"; // \"not this\"\nlet b = '\"'; r#\"SELECT \"x\"\"# \"a\\\"b\"";
        let expected = [
            (1, "SELECT 1 + 1".to_owned()),
            (3, "SELECT \"x\"".to_owned()),
            (3, "a\"b".to_owned()),
        ];
        assert_eq!(literals(source), expected);
    }
}
