//! Words that a room must not know, and words that belong nowhere.

use super::{Finding, graph::rooms_up_to};
use crate::{
    source::Source,
    tokens::{Kind, Token},
};

/// Words in code. `tokens` stand one after another.
struct Banned {
    tokens: &'static [&'static str],
    rooms: fn(&str) -> bool,
    why: &'static str,
}

fn is_domain_or_below(room: &str) -> bool {
    rooms_up_to(2).any(|known| known == room)
}

fn is_timeless(room: &str) -> bool {
    room != "db" && is_domain_or_below(room)
}

fn is_below_server(room: &str) -> bool {
    rooms_up_to(3).any(|known| known == room)
}

fn is_pure(room: &str) -> bool {
    matches!(room, "vocab" | "ledger")
}

fn is_any(_: &str) -> bool {
    true
}

const NO_FLOATS: &str = "money is whole minor units: no floats up to F2";
const TIME_IS_GIVEN: &str = "time is an argument below the edge";
const UNORDERED: &str = "iteration order must not decide anything: BTreeMap or a sorted Vec";

/// Not in code that ships; tests may.
const BANNED: &[Banned] = &[
    Banned {
        tokens: &["f32"],
        rooms: is_domain_or_below,
        why: NO_FLOATS,
    },
    Banned {
        tokens: &["f64"],
        rooms: is_domain_or_below,
        why: NO_FLOATS,
    },
    Banned {
        tokens: &["async"],
        rooms: is_domain_or_below,
        why: SYNCHRONOUS,
    },
    Banned {
        tokens: &["await"],
        rooms: is_domain_or_below,
        why: SYNCHRONOUS,
    },
    Banned {
        tokens: &["HashMap"],
        rooms: is_pure,
        why: UNORDERED,
    },
    Banned {
        tokens: &["HashSet"],
        rooms: is_pure,
        why: UNORDERED,
    },
    Banned {
        tokens: &["std", ":", ":", "thread"],
        rooms: is_timeless,
        why: "no threads here",
    },
    Banned {
        tokens: &["std", ":", ":", "env"],
        rooms: is_below_server,
        why: "read in server",
    },
    Banned {
        tokens: &["std", ":", ":", "net"],
        rooms: is_domain_or_below,
        why: "no network",
    },
    Banned {
        tokens: &["SystemTime"],
        rooms: is_below_server,
        why: TIME_IS_GIVEN,
    },
    Banned {
        tokens: &["Instant"],
        rooms: is_pure,
        why: TIME_IS_GIVEN,
    },
    Banned {
        tokens: &[".", "unwrap", "("],
        rooms: is_any,
        why: "`?`, or `expect` with the sentence that proves it",
    },
];

/// Where the domain may look at its clock, and why there.
const ASKS_THE_CLOCK: &[&str] = &[
    // The writer gives a whole batch one moment, which never lies before the last one.
    "crates/payments/src/books/lane.rs",
];

/// Where async ends: the driver of a database server drives its connection there, and nowhere else.
const ENDS_ASYNC: &str = "crates/db/src/pg/session.rs";
const SYNCHRONOUS: &str = "synchronous up to F2";

/// SQL that begins and ends transactions, as words of a text in code.
const TRANSACTION_SQL: &[&str] = &["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT"];

/// Nowhere in the project, in any letter case; spelled apart so that this table may stand here.
const NOWHERE: &[(&str, &str)] = &[
    (concat!("/wo", "rk/"), "a path of one machine"),
    (concat!("../sh", "ared"), "a path of one machine"),
    (
        concat!("cla", "ude"),
        "who typed it is not part of the project",
    ),
    (
        concat!("anth", "ropic"),
        "who typed it is not part of the project",
    ),
    (concat!("arti", "factory"), "a registry of one network"),
    (concat!("todo", "!("), "finish it, or do not begin it"),
    (
        concat!("unimplem", "ented!("),
        "finish it, or do not begin it",
    ),
    (
        concat!("FIX", "ME"),
        "mend it, or say in a sentence what is missing",
    ),
    (
        concat!("#[ig", "nore"),
        "a test that does not run is not a test",
    ),
];

/// Checks one file.
pub(super) fn check(source: &Source) -> Vec<Finding> {
    let mut findings = nowhere(source);
    if let (Some(room), Some(rust)) = (source.room(), &source.rust) {
        let shipped: Vec<&Token> = rust.tokens.iter().filter(|token| !token.in_test).collect();
        let is_end = source.path == ENDS_ASYNC;
        let rules = BANNED
            .iter()
            .filter(|rule| (rule.rooms)(room) && !(is_end && rule.why == SYNCHRONOUS));
        for rule in rules {
            for token in occurrences(&shipped, rule.tokens) {
                let what = format!("`{}` in {room}: {}", rule.tokens.concat(), rule.why);
                findings.push(Finding::new(&source.path, token.line, what));
            }
        }
        findings.extend(transaction_words(source, room, &shipped));
        if is_timeless(room) && !ASKS_THE_CLOCK.contains(&source.path.as_str()) {
            findings.extend(asked_times(source, room, &shipped));
        }
        if is_domain_or_below(room) {
            findings.extend(float_literals(source, &shipped));
        }
    }
    findings
}

fn occurrences<'a>(tokens: &'a [&'a Token], wanted: &'a [&str]) -> impl Iterator<Item = &'a Token> {
    tokens
        .windows(wanted.len())
        .filter(move |window| {
            window
                .iter()
                .zip(wanted)
                .all(|(token, word)| token.text == *word && is_code(token))
        })
        .map(|window| window[0])
}

fn is_code(token: &Token) -> bool {
    token.kind != Kind::Text
}

fn transaction_words(source: &Source, room: &str, tokens: &[&Token]) -> Vec<Finding> {
    if matches!(room, "db" | "xtask" | "testkit") {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for token in tokens.iter().filter(|token| token.kind == Kind::Text) {
        let mut words = token.text.split(|c: char| !c.is_ascii_alphanumeric());
        if let Some(word) = words.find(|word| TRANSACTION_SQL.contains(word)) {
            let what = format!("`{word}` in {room}: transactions begin and end in db alone");
            findings.push(Finding::new(&source.path, token.line, what));
        }
    }
    findings
}

/// Calls of a clock. `fn now(` declares one, `Instant::now(` measures and decides nothing.
fn asked_times(source: &Source, room: &str, tokens: &[&Token]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (i, window) in tokens.windows(2).enumerate() {
        let is_call = window[0].text == "now" && window[1].text == "(" && is_code(window[0]);
        let before = |back: usize| {
            i.checked_sub(back)
                .map_or("", |at| tokens[at].text.as_str())
        };
        if is_call && before(1) != "fn" && before(3) != "Instant" {
            let what = format!("`now()` in {room}: {TIME_IS_GIVEN}");
            findings.push(Finding::new(&source.path, window[0].line, what));
        }
    }
    findings
}

fn float_literals(source: &Source, tokens: &[&Token]) -> Vec<Finding> {
    let is_float = |text: &str| {
        let is_decimal = !text.starts_with("0x");
        is_decimal && (text.contains('.') || text.ends_with("f32") || text.ends_with("f64"))
    };
    tokens
        .iter()
        .filter(|token| token.kind == Kind::Number && is_float(&token.text))
        .map(|token| {
            let what = format!("`{}`: {NO_FLOATS}", token.text);
            Finding::new(&source.path, token.line, what)
        })
        .collect()
}

fn nowhere(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (i, line) in source.text.lines().enumerate() {
        let lower = line.to_lowercase();
        for (word, why) in NOWHERE {
            if lower.contains(&word.to_lowercase()) {
                findings.push(Finding::new(
                    &source.path,
                    i + 1,
                    format!("`{word}`: {why}"),
                ));
            }
        }
        if names_an_issue(&lower) {
            let what = "a number of a tracker: say the reason itself";
            findings.push(Finding::new(&source.path, i + 1, what));
        }
    }
    findings
}

/// The word and a number, with or without `#`.
fn names_an_issue(lower: &str) -> bool {
    lower.match_indices("issue").any(|(at, word)| {
        let rest = lower[at + word.len()..].trim_start_matches([' ', '#']);
        rest.len() < lower.len() - at - word.len() && rest.starts_with(|c: char| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<usize> {
        let mut found = check(&Source::parse(path, text).unwrap());
        found.sort();
        found.iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn rooms_do_not_know_what_is_not_theirs() {
        let none: [usize; 0] = [];
        for (room, code, lines) in [
            ("ledger", "fn a(b: f64) {}", &[1][..]),
            ("payments", "fn a() -> i64 { 1.5 as i64 }", &[1]),
            ("api", "fn a(b: f64) {}", &none),
            ("ledger", "use std::collections::HashMap;", &[1]),
            ("payments", "use std::collections::HashMap;", &none),
            ("identity", "\nasync fn a() { b().await }", &[2, 2]),
            ("payments", "fn a() { std::thread::spawn(b); }", &[1]),
            ("db", "fn a() { std::thread::spawn(b); }", &none),
            ("api", "fn a() { std::env::var(\"B\"); }", &[1]),
            ("server", "fn a() { std::env::var(\"B\"); }", &none),
            ("db", "fn a() { SystemTime::now(); }", &[1]),
            ("ledger", "fn a() { Instant::now(); }", &[1]),
            ("api", "fn a() { b.unwrap(); c.unwrap_or(1); }", &[1]),
            ("testkit", "fn a() { b.unwrap(); }", &none),
            ("payments", "fn a() { pair.0; b.0.1; 0x1f64; 1_000 }", &[1]),
        ] {
            let path = format!("crates/{room}/src/a.rs");
            assert_eq!(findings(&path, code), lines, "{room}: {code}");
        }
    }

    #[test]
    fn only_the_edge_asks_what_time_it_is() {
        assert_eq!(
            findings("crates/payments/src/a.rs", "fn a() { clock.now(); }"),
            [1]
        );
        assert!(findings("crates/payments/src/a.rs", "fn a() { Instant::now(); }").is_empty());
        assert!(findings("crates/vocab/src/a.rs", "trait C { fn now(&self); }").is_empty());
        assert!(findings("crates/api/src/a.rs", "fn a() { clock.now(); }").is_empty());
        let in_test = "#[cfg(test)]\nmod tests { fn a() { clock.now(); } }";
        assert!(findings("crates/payments/src/a.rs", in_test).is_empty());
    }

    #[test]
    fn transactions_begin_and_end_in_db() {
        let code = "// COMMIT is spoken of freely\nfn a() { b(\"COMMIT\"); c(\"committed\"); }";
        assert_eq!(findings("crates/payments/src/a.rs", code), [2]);
        assert!(findings("crates/db/src/a.rs", code).is_empty());
    }

    #[test]
    fn some_words_stand_nowhere() {
        let stub = concat!("fn a() { todo", "!() }");
        assert_eq!(findings("crates/api/src/a.rs", stub), [1]);
        assert_eq!(findings("README.md", concat!("see /wo", "rk/main\n")), [1]);
        assert_eq!(
            findings("README.md", concat!("issu", "e #12 and iss", "ue 7\n")),
            [1]
        );
        assert!(findings("README.md", "issues of 2026, tissue, an issue of taste\n").is_empty());
    }
}
