use super::*;

body! {
    /// A body with everything in it.
    struct Sample {
        money: MoneyBody,
        note: Option<Note>,
        agreed: Option<bool>,
    }
}

fn refusal(body: &str) -> (&'static str, String) {
    let problem = parse::<Sample>(body.as_bytes()).expect_err(body);
    (
        problem.code().name(),
        problem.param().unwrap_or_default().to_owned(),
    )
}

#[test]
fn a_good_body_is_read() {
    for amount in ["1", "\"1\""] {
        let body =
            format!(r#"{{"money": {{"amount": {amount}, "currency": "CNY"}}, "note": null}}"#);
        let sample = parse::<Sample>(body.as_bytes()).expect("a good body");
        assert_eq!(sample.money.money().to_string(), "0.01 CNY");
        assert!(sample.note.is_none() && sample.agreed.is_none());
    }
    let largest = r#"{"money": {"amount": "9223372036854775807", "currency": "JPY"}}"#;
    assert_eq!(
        parse::<Sample>(largest.as_bytes())
            .expect("the largest")
            .money
            .money()
            .minor,
        i64::MAX
    );
}

#[test]
fn amounts_are_read_strictly() {
    for amount in [
        "-1",
        "0",
        "9223372036854775808",
        "18446744073709551616",
        "1e3",
        "1.5",
        "1.0",
        "-0",
        "null",
        "true",
        "[]",
        "{}",
        "\"１２\"",
        "\"\"",
        "\" 1\"",
        "\"1 \"",
        "\"01\"",
        "\"+1\"",
        "\"1e3\"",
        "\"-1\"",
        "\"0\"",
        "\"9223372036854775808\"",
    ] {
        let body = format!(r#"{{"money": {{"amount": {amount}, "currency": "CNY"}}}}"#);
        assert_eq!(
            refusal(&body),
            ("invalid_amount", "/money/amount".to_owned()),
            "{amount}"
        );
    }
    for currency in ["\"cny\"", "\"XXX\"", "\"\"", "1", "null"] {
        let body = format!(r#"{{"money": {{"amount": 1, "currency": {currency}}}}}"#);
        assert_eq!(
            refusal(&body),
            ("invalid_currency", "/money/currency".to_owned()),
            "{currency}"
        );
    }
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let cases = [
        ("", "malformed_json", ""),
        ("{", "malformed_json", ""),
        ("{} {}", "malformed_json", ""),
        ("\u{feff}{}", "malformed_json", ""),
        ("[]", "invalid_field", ""),
        ("null", "invalid_field", ""),
        ("{}", "missing_field", "/money"),
        (r#"{"money": 5}"#, "invalid_field", "/money"),
        (
            r#"{"money": {"amount": 1, "currency": "CNY", "x": 1}}"#,
            "unknown_field",
            "/money/x",
        ),
        (
            r#"{"money": {"amount": 1, "currency": "CNY"}, "a/~b": 1}"#,
            "unknown_field",
            "/a~1~0b",
        ),
        (
            r#"{"money": {"amount": 1, "currency": "CNY"}, "note": 7}"#,
            "invalid_field",
            "/note",
        ),
        (
            r#"{"money": {"amount": 1, "currency": "CNY"}, "note": "\u0000"}"#,
            "invalid_field",
            "/note",
        ),
        (
            r#"{"money": {"amount": 1, "currency": "CNY"}, "agreed": "yes"}"#,
            "invalid_field",
            "/agreed",
        ),
        (
            r#"{"money": {"amount": 1, "amount": 1, "currency": "CNY"}}"#,
            "duplicate_field",
            "/money/amount",
        ),
        (r#"{"note": "a", "note": "b"}"#, "missing_field", "/money"),
    ];
    for (body, code, param) in cases {
        assert_eq!(refusal(body), (code, param.to_owned()), "{body}");
    }
}

#[test]
fn every_wrong_field_is_told() {
    let problem = parse::<Sample>(br#"{"x": 1, "note": 7}"#).expect_err("three things are wrong");
    let told: Vec<_> = problem
        .errors()
        .iter()
        .map(|e| (e.code.name(), e.param.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("unknown_field", "/x"),
            ("missing_field", "/money"),
            ("invalid_field", "/note")
        ]
    );
}

#[test]
fn hostile_bodies_are_refused_quickly() {
    let deep_list = "[".repeat(60_000);
    let deep_object = r#"{"a":"#.repeat(12_000);
    let closed = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    for body in [deep_list, deep_object, closed] {
        assert_eq!(refusal(&body).0, "malformed_json");
    }
    let many: Vec<String> = (0..8_000).map(|n| format!("\"{n}\":0")).collect();
    assert_eq!(
        refusal(&format!("{{{}}}", many.join(","))).0,
        "unknown_field"
    );
    assert_eq!(
        parse::<Sample>(b"{\"note\": \"\xff\"}")
            .expect_err("bad UTF-8")
            .code(),
        Code::MalformedJson
    );
}

#[test]
fn large_amounts_leave_as_text() {
    let cases = [
        (1 << 53, "9007199254740992"),
        ((1 << 53) + 1, "\"9007199254740993\""),
        (-5, "-5"),
        (i64::MIN, "\"-9223372036854775808\""),
    ];
    for (minor, amount) in cases {
        let view = MoneyView::from(vocab::Money::new(minor, vocab::Currency::CNY));
        let written = serde_json::to_string(&view).expect("written");
        assert_eq!(
            written,
            format!(r#"{{"amount":{amount},"currency":"CNY"}}"#)
        );
    }
}

#[test]
fn secrets_do_not_print() {
    let secret = SecretText::from_json(&Json::Text("ABCD-EFGH".into()), &mut Reading::default());
    assert_eq!(format!("{secret:?}"), "Some([secret])");
}
