//! Addresses: one person's spellings are one contact.

use identity::{Contact, Keys, Policy, Rejection};

#[test]
fn spellings_of_a_phone_number_are_one_contact() {
    let policy = Policy::production();
    let spellings = [
        "+8613800000001",
        "13800000001",
        "+86 138 0000 0001",
        "+86-138-0000-0001",
        "008613800000001",
        "86 138 0000 0001",
        " 138-0000-0001 ",
        "(+86) 13800000001",
        "tel:+86-138-0000-0001",
    ];
    let keys = Keys::derive(1, &[1; 32]);
    let index = Contact::parse_phone(spellings[0], &policy)
        .unwrap()
        .index(&keys);
    for typed in spellings {
        let contact = Contact::parse_phone(typed, &policy).unwrap_or_else(|_| panic!("{typed}"));
        assert_eq!(contact.value(), "+8613800000001", "{typed}");
        assert_eq!(contact.index(&keys), index);
    }
    let table = [
        ("+447700900123", "+447700900123"),
        ("+1 650-253-0000", "+16502530000"),
        ("+852 2123 4567", "+85221234567"),
    ];
    for (typed, e164) in table {
        assert_eq!(Contact::parse_phone(typed, &policy).unwrap().value(), e164);
    }
}

#[test]
fn other_things_are_no_phone_numbers() {
    let policy = Policy::production();
    let long = "1".repeat(10_000);
    let bad = [
        "",
        "+",
        "0",
        "1",
        "110",
        "+86",
        "+861380000000",
        "+86138000000011",
        "+8612800000001",
        "+862112345678",
        "alice",
        "13800000001\0",
        "138000\u{200b}00001",
        "+8613800000001 ext. 5",
        "+999123456789",
        "٠",
        "𝟏",
        &long,
    ];
    for typed in bad {
        let parsed = Contact::parse_phone(typed, &policy);
        assert_eq!(parsed, Err(Rejection::PhoneInvalid), "{typed:?}");
    }
}

#[test]
fn spellings_of_an_address_are_one_contact() {
    let keys = Keys::derive(1, &[1; 32]);
    let index = Contact::parse_email("alice@example.com")
        .unwrap()
        .index(&keys);
    for typed in [
        "Alice@Example.COM",
        " alice@example.com ",
        "ALICE@example.com",
    ] {
        assert_eq!(
            Contact::parse_email(typed).unwrap().index(&keys),
            index,
            "{typed}"
        );
    }
    assert_eq!(
        Contact::parse_email("Alice@Example.COM").unwrap().value(),
        "Alice@example.com"
    );
    let unicode = Contact::parse_email("li@bücher.example").unwrap();
    assert_eq!(unicode.value(), "li@xn--bcher-kva.example");
    let ascii = Contact::parse_email("li@xn--bcher-kva.example").unwrap();
    assert_eq!(unicode.index(&keys), ascii.index(&keys));
    assert_ne!(
        Contact::parse_email("a.lice@example.com")
            .unwrap()
            .index(&keys),
        index
    );
}

#[test]
fn other_things_are_no_addresses() {
    let long = format!("{}@example.com", "a".repeat(65));
    let longer = format!("a@{}.com", "a.".repeat(130));
    let bad = [
        "",
        "@",
        "alice",
        "alice@",
        "@example.com",
        "alice@localhost",
        "alice@[127.0.0.1]",
        "\"a b\"@example.com",
        "a b@example.com",
        "alice@exam ple.com",
        "alice@example.com\0",
        "alice@example.com\r\nBcc: x@example.com",
        "al\u{202e}ice@example.com",
        "alice@-example.com",
        "a@b@example.com",
        &long,
        &longer,
    ];
    for typed in bad {
        assert_eq!(
            Contact::parse_email(typed),
            Err(Rejection::EmailInvalid),
            "{typed:?}"
        );
    }
}

#[test]
fn contacts_print_masked() {
    let policy = Policy::production();
    let phone = Contact::parse("13800000001", &policy).unwrap();
    let email = Contact::parse("alice@example.com", &policy).unwrap();
    assert_eq!(
        format!("{phone:?} {email:?}"),
        "Contact(138****0001) Contact(a***@example.com)"
    );
}
