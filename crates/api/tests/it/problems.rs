use std::{collections::BTreeSet, fs, path::Path};

use api::Code;
use payments::Language;

/// Codes of verbs that have no route yet, or that answer to what a test at the door cannot bring
/// about; each is rendered and mapped by a test in `src/problem/tests.rs`.
const NOT_AT_THE_DOOR: &[&str] = &[
    "account_exists",
    "account_not_empty",
    "account_not_found",
    "allowance_closed",
    "already_refunded",
    "already_reversed",
    "amount_exceeds_hold",
    "bounds_crossed",
    "ceiling_exceeded",
    "deadline_exceeded",
    "entry_not_found",
    "expiry_passed",
    "hold_captured",
    "hold_expired",
    "hold_not_expired",
    "hold_not_found",
    "hold_voided",
    "internal",
    "nothing_to_change",
    "refund_exceeds_payment",
    "request_in_progress",
    "reversal_is_final",
    "too_few_legs",
    "too_many_legs",
    "unbalanced",
];

/// Every code is expected by some test at this door; a code that loses its test is found here.
#[test]
fn every_code_is_produced_by_a_test() {
    let mut tests = String::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_test = path.extension().is_some_and(|kind| kind == "rs");
        if is_test && !path.ends_with("problems.rs") {
            tests.push_str(&fs::read_to_string(path).unwrap());
        }
    }
    let excused: BTreeSet<_> = NOT_AT_THE_DOOR.iter().copied().collect();
    let is_expected = |code: &&Code| tests.contains(&format!("\"{}\"", code.name()));
    let missing: BTreeSet<_> = Code::ALL
        .iter()
        .filter(|code| !is_expected(code))
        .map(|code| code.name())
        .collect();
    assert_eq!(missing, excused);
}

#[test]
fn every_code_is_named_once_and_titled_in_both_languages() {
    let mut names = BTreeSet::new();
    for code in Code::ALL {
        assert!(names.insert(code.name()), "{} stands twice", code.name());
        let is_snake = code
            .name()
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b == b'_');
        assert!(is_snake, "{}", code.name());
        assert!(code.status().as_u16() >= 400);
        let (en, zh) = (code.title(Language::En), code.title(Language::Zh));
        assert!(en.is_ascii() && en.len() > 5, "{en}");
        assert!(
            zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)),
            "{zh}"
        );
    }
}
