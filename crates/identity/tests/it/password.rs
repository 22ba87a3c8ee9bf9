//! Which passwords are good enough, and that their verifiers verify.

use identity::{
    Contact, Password, PasswordRule, Policy, Rejection,
    password::{self, OwnData},
    policy::HashCost,
};
use testkit::SeededEntropy;

const CHEAP: HashCost = HashCost {
    memory_kib: 8,
    passes: 1,
    lanes: 1,
};

fn owner() -> OwnData {
    let policy = Policy::production();
    let contacts = [
        Contact::parse_phone("+8613912345678", &policy).unwrap(),
        Contact::parse_email("li.xiaolong@example.com").unwrap(),
    ];
    OwnData::of("李小龙 Bruce", &contacts)
}

fn judge(typed: &str) -> String {
    let policy = Policy::production();
    let failed = match Password::read(typed, &policy) {
        Ok(password) => password::failed_rules(&password, &owner(), &policy),
        Err(Rejection::PasswordTooWeak { failed }) => failed,
        Err(other) => panic!("{other}"),
    };
    failed
        .into_iter()
        .map(PasswordRule::code)
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn each_rule_is_named() {
    let long = format!("{}9!", "kQ7#vLp2".repeat(16));
    let table = [
        ("violet-Harbor-62", ""),
        ("correct lamp forty willow", ""),
        ("苹果树下的红灯笼和月亮7!", ""),
        ("穿过雨季的列车停在第九站台等风来吹散云", "digit symbol"),
        ("穿过雨季的列车停在第九站台等风来吹散云雾", ""),
        ("kQ7#vLp2", "length guessable"),
        ("kQ7vLp2zXw", "symbol"),
        ("kQ#vLp!zXw", "digit"),
        ("739#254!86", "letter"),
        ("Password123!", "common guessable"),
        ("woaini1314!", "common"),
        ("!QAZ2wsx3edc", "guessable"),
        ("aaaaaaaaaaaaaaaaaaaa", "guessable"),
        ("98765432109876543210", "personal guessable"),
        ("12345678901234567890", "personal guessable"),
        ("Lamp-13912345678", "personal guessable"),
        ("qv#12345678-Lmp", "personal"),
        ("xiaolong-Lamp-62!", "personal"),
        ("Kite-BRUCE-62-rain", "personal"),
        ("Kite-ecurb-62-rain", "personal"),
        ("Kite-8ruce-62-rain", ""),
        ("kite-t@el-62-Rain", "personal"),
        ("李小龙kite-62-Rain", "personal"),
        (&long, "too_long"),
    ];
    let judged: Vec<_> = table
        .iter()
        .map(|&(typed, _)| (typed, judge(typed)))
        .collect();
    let expected: Vec<_> = table
        .iter()
        .map(|&(typed, failed)| (typed, failed.to_owned()))
        .collect();
    assert_eq!(judged, expected);
}

#[test]
fn nothing_long_is_looked_at() {
    let policy = Policy::production();
    let too_long = Rejection::PasswordTooWeak {
        failed: vec![PasswordRule::TooLong],
    };
    for typed in ["x".repeat(129), "😀".repeat(129), "x".repeat(10 << 20)] {
        assert_eq!(
            Password::read(&typed, &policy).err(),
            Some(too_long.clone())
        );
    }
    assert!(
        Password::read(&"😀".repeat(128), &policy).is_ok(),
        "512 bytes are allowed"
    );
}

#[test]
fn verifiers_verify_what_was_typed_and_nothing_else() {
    let policy = Policy::production();
    let entropy = SeededEntropy::new(1);
    let read = |typed: &str| Password::read(typed, &policy).unwrap();
    for typed in [
        "violet-Harbor-62",
        "  spaces kept at both ends 1! ",
        "caf\u{e9}-Harbor-😀-62",
    ] {
        let accepted = password::accept(read(typed), &OwnData::default(), &policy).unwrap();
        let hashed = password::hash(&accepted, CHEAP, &entropy);
        let again = password::hash(&accepted, CHEAP, &entropy);
        let is_right = |typed: &str| password::verify(&read(typed), &hashed).is_right();
        assert!(is_right(typed));
        assert!(!is_right(&typed.to_uppercase()));
        assert!(!is_right(&format!("{typed} ")), "a space at the end counts");
        assert!(!is_right(""));
        assert!(
            password::verify(&read(typed), &again).is_right(),
            "another salt"
        );
    }
    let composed = password::accept(read("caf\u{e9}-Harbor-62"), &OwnData::default(), &policy);
    let hashed = password::hash(&composed.unwrap(), CHEAP, &entropy);
    assert!(
        password::verify(&read("cafe\u{301}-Harbor-62"), &hashed).is_right(),
        "one word"
    );
}

#[test]
fn a_password_is_not_printed() {
    let password = Password::read("violet-Harbor-62", &Policy::production()).unwrap();
    assert!(!format!("{password:?}").contains("violet"));
}
