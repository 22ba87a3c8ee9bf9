//! The red lines: a function fits a screen, a file has one subject.

use super::Finding;
use crate::{floors::is_at_most, functions::Function, source::Source};

/// Every line from `fn` to its brace; in tests without the longest table.
const FUNCTION_LINES: usize = 70;
const PARAMETERS: usize = 5;
const FILE_LINES: usize = 800;

/// Checks one file and its functions.
pub(super) fn check(source: &Source) -> Vec<Finding> {
    let Some(rust) = &source.rust else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    if source.line_count() > FILE_LINES {
        let what = format!(
            "{} lines, more than {FILE_LINES}: two subjects?",
            source.line_count()
        );
        findings.push(Finding::new(&source.path, FILE_LINES, what));
    }
    let room = source.room().unwrap_or_default();
    for function in &rust.functions.all {
        for what in breaches(function, room) {
            findings.push(Finding::new(&source.path, function.line, what));
        }
    }
    findings
}

fn breaches(function: &Function, room: &str) -> Vec<String> {
    let name = &function.name;
    let mut breaches = Vec::new();
    if function.lines > FUNCTION_LINES {
        breaches.push(format!(
            "`{name}` has {} lines, more than {FUNCTION_LINES}",
            function.lines
        ));
    }
    if function.parameters > PARAMETERS {
        let count = function.parameters;
        breaches.push(format!(
            "`{name}` takes {count} parameters, more than {PARAMETERS}"
        ));
    }
    let is_face = function.is_public && !function.is_test && is_at_most(room, 2);
    if is_face && function.bools > 0 {
        breaches.push(format!(
            "`{name}` is public and takes a bool: name the two cases"
        ));
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> usize {
        check(&Source::parse(path, text).unwrap()).len()
    }

    fn function_of(lines: usize) -> String {
        format!("fn a() {{\n{}}}\n", "    b();\n".repeat(lines - 2))
    }

    #[test]
    fn a_function_has_at_most_seventy_lines() {
        assert_eq!(findings("crates/api/src/a.rs", &function_of(70)), 0);
        assert_eq!(findings("crates/api/src/a.rs", &function_of(71)), 1);
        assert_eq!(findings("crates/api/src/tests.rs", &function_of(71)), 1);
    }

    #[test]
    fn a_file_has_at_most_eight_hundred_lines() {
        assert_eq!(findings("crates/api/src/a.rs", &"// a\n".repeat(800)), 0);
        assert_eq!(findings("crates/api/src/a.rs", &"// a\n".repeat(801)), 1);
        assert_eq!(findings("docs/a.md", &"a\n".repeat(801)), 0);
    }

    #[test]
    fn five_parameters_and_no_bool_in_public() {
        let six = "fn a(b: u8, c: u8, d: u8, e: u8, f: u8, g: u8) {}";
        assert_eq!(findings("crates/api/src/a.rs", six), 1);
        assert_eq!(findings("crates/db/src/a.rs", "pub fn a(b: bool) {}"), 1);
        assert_eq!(findings("crates/db/src/a.rs", "fn a(b: bool) {}"), 0);
        assert_eq!(
            findings("crates/server/src/a.rs", "pub fn a(b: bool) {}"),
            0
        );
    }
}
