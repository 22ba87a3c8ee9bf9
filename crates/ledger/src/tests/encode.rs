//! Canonical bytes: they come back, nothing else does, and they never change.

use proptest::{collection::vec, option, prelude::*};
use vocab::{AccountId, Currency, EntryId, HoldId, RecordId, Timestamp};

use crate::{
    Class, Entry, Event, Leg, Link, Memo, Opening, Origin, Posting, Record, Rest, Restriction,
    Side,
    encode::{Malformed, decode, decode_exact, encode},
};

const BASE: RecordId = RecordId::from_raw(3_665_038_759_253_180_416);
const BASE_AT: Timestamp = Timestamp::from_micros(1_789_569_706_666_592);

pub(super) fn bytes_of(record: &Record) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(record, BASE, BASE_AT, &mut bytes);
    bytes
}

fn numbers() -> impl Strategy<Value = i64> {
    prop_oneof![4 => -300..300_i64, 1 => any::<i64>(), 1 => Just(i64::MIN), 1 => Just(i64::MAX)]
}

fn accounts() -> impl Strategy<Value = AccountId> {
    numbers().prop_map(AccountId::from_raw)
}

fn sides() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Debit), Just(Side::Credit)]
}

fn legs() -> impl Strategy<Value = Vec<Leg>> {
    let leg = (accounts(), sides(), numbers());
    vec(
        leg.prop_map(|(account, side, amount)| Leg {
            account,
            side,
            amount,
        }),
        0..20,
    )
}

fn currencies() -> impl Strategy<Value = Currency> {
    prop_oneof![3 => Just(Currency::CNY), 1 => prop::sample::select(Currency::ALL)]
}

fn postings() -> impl Strategy<Value = Vec<Posting>> {
    let posting = (
        accounts(),
        sides(),
        numbers(),
        currencies(),
        numbers(),
        numbers(),
    )
        .prop_map(
            |(account, side, amount, currency, version, balance_after)| Posting {
                account,
                side,
                amount,
                currency,
                version,
                balance_after,
            },
        );
    vec(posting, 0..20)
}

fn links() -> impl Strategy<Value = Link> {
    let rest = prop_oneof![Just(Rest::Keep), Just(Rest::Release)];
    prop_oneof![
        Just(Link::None),
        numbers().prop_map(|id| Link::Reversal {
            of: EntryId::from_raw(id)
        }),
        (numbers(), numbers()).prop_map(|(id, amount)| Link::Refund {
            of: EntryId::from_raw(id),
            amount
        }),
        (numbers(), numbers(), rest).prop_map(|(id, amount, rest)| Link::Capture {
            of: HoldId::from_raw(id),
            amount,
            rest
        }),
    ]
}

fn classes() -> impl Strategy<Value = Class> {
    prop::sample::select(&[
        Class::User,
        Class::Merchant,
        Class::Rail,
        Class::Fee,
        Class::Suspense,
        Class::Adjustment,
    ])
}

fn bounds() -> impl Strategy<Value = Option<i64>> {
    option::of(numbers())
}

fn openings() -> impl Strategy<Value = Opening> {
    (
        accounts(),
        numbers(),
        currencies(),
        classes(),
        bounds(),
        bounds(),
    )
        .prop_map(
            |(account, owner, currency, class, floor, ceiling)| Opening {
                account,
                owner,
                currency,
                class,
                floor,
                ceiling,
            },
        )
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        openings().prop_map(Event::Opened),
        (accounts(), bounds(), bounds()).prop_map(|(account, floor, ceiling)| Event::Bounded {
            account,
            floor,
            ceiling
        }),
        (accounts(), any::<[bool; 3]>()).prop_map(
            |(account, [debit_frozen, credit_frozen, closed])| Event::Restricted {
                account,
                restriction: Restriction {
                    debit_frozen,
                    credit_frozen,
                    closed
                },
            }
        ),
        (any::<u16>(), links(), postings()).prop_map(|(code, link, postings)| Event::Posted(
            Entry {
                code,
                link,
                postings
            }
        )),
        (any::<u16>(), legs(), numbers()).prop_map(|(code, legs, at)| Event::Held {
            code,
            legs,
            expires_at: Timestamp::from_micros(at)
        }),
        numbers().prop_map(|id| Event::Voided {
            hold: HoldId::from_raw(id)
        }),
        numbers().prop_map(|id| Event::Expired {
            hold: HoldId::from_raw(id)
        }),
        (any::<u16>(), vec(any::<u8>(), 0..300)).prop_map(|(code, details)| Event::Rejected {
            code,
            details: details.into()
        }),
    ]
}

fn origins() -> impl Strategy<Value = Origin> {
    let texts = || any::<String>().prop_map(String::into_boxed_str);
    (
        numbers(),
        any::<u8>(),
        texts(),
        any::<[u8; 16]>(),
        option::of(texts()),
    )
        .prop_map(|(caller, route, key, request, reference)| Origin {
            caller,
            route,
            key,
            request,
            reference,
        })
}

fn memos() -> impl Strategy<Value = Memo> {
    (vec(any::<u8>(), 0..300), any::<[u8; 32]>()).prop_map(|(sealed, digest)| Memo {
        sealed: sealed.into(),
        digest,
    })
}

pub(super) fn records() -> impl Strategy<Value = Record> {
    (
        numbers(),
        numbers(),
        option::of(origins()),
        option::of(memos()),
        events(),
    )
        .prop_map(|(id, at, origin, memo, event)| Record {
            id: RecordId::from_raw(id),
            at: Timestamp::from_micros(at),
            origin,
            memo,
            event,
        })
}

/// Whatever decodes is the encoding of what came out.
fn only_canonical(bytes: &[u8]) -> Result<(), TestCaseError> {
    let mut rest = bytes;
    if let Ok(record) = decode(&mut rest, BASE, BASE_AT) {
        prop_assert_eq!(&bytes_of(&record), &bytes[..bytes.len() - rest.len()]);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn records_come_back(first in records(), second in records()) {
        let mut bytes = bytes_of(&first);
        bytes.extend(bytes_of(&second));
        let mut rest = bytes.as_slice();
        prop_assert_eq!(decode(&mut rest, BASE, BASE_AT), Ok(first));
        prop_assert_eq!(decode(&mut rest, BASE, BASE_AT), Ok(second));
        prop_assert!(rest.is_empty());
        prop_assert_eq!(decode(&mut rest, BASE, BASE_AT), Err(Malformed::Truncated));
    }

    #[test]
    fn cut_or_followed_bytes_are_refused(record in records(), cut in any::<prop::sample::Index>()) {
        let mut bytes = bytes_of(&record);
        let start = &bytes[..cut.index(bytes.len())];
        prop_assert!(decode_exact(start, BASE, BASE_AT).is_err());
        bytes.push(0);
        prop_assert_eq!(decode_exact(&bytes, BASE, BASE_AT), Err(Malformed::Trailing(1)));
    }

    #[test]
    fn changed_bytes_are_canonical_or_refused(
        record in records(),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = bytes_of(&record);
        let place = place.index(bytes.len());
        bytes[place] = byte;
        only_canonical(&bytes)?;
    }

    #[test]
    fn random_bytes_are_canonical_or_refused(bytes in vec(any::<u8>(), 0..200)) {
        only_canonical(&bytes)?;
    }

    #[test]
    fn small_random_bytes_are_canonical_or_refused(bytes in vec(0..9_u8, 0..80)) {
        only_canonical(&bytes)?;
    }
}

/// A person's transfer as it comes in thousands.
pub(super) fn transfer() -> Record {
    let posting = |account: i64, side, version, balance_after| Posting {
        account: AccountId::from_raw(3_665_038_000_000_000_000 + account),
        side,
        amount: 12_345,
        currency: Currency::CNY,
        version,
        balance_after,
    };
    let postings = vec![
        posting(1, Side::Debit, 1_000, 250_000),
        posting(2, Side::Credit, 80_000, 9_999_999),
    ];
    Record {
        id: RecordId::from_raw(BASE.raw() + 300_000),
        at: Timestamp::from_micros(BASE_AT.micros() + 150),
        origin: Some(Origin {
            caller: 3_665_037_000_000_000_001,
            route: 1,
            key: "01JD8Z5WQ3K9V0X2Y4R6T8B1NC".into(),
            request: [7; 16],
            reference: None,
        }),
        memo: None,
        event: Event::Posted(Entry {
            code: 1,
            link: Link::None,
            postings,
        }),
    }
}

#[test]
fn a_transfer_is_small() {
    assert_eq!(bytes_of(&transfer()).len(), 99);
}

#[test]
fn malformed_bytes_are_named() {
    let decode = |bytes: &[u8]| decode_exact(bytes, BASE, BASE_AT).expect_err("malformed");
    let truncated = Malformed::Truncated;
    // Id, time, a hold that is voided, its eight bytes, no origin, no memo.
    let good = [0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0];
    assert!(decode_exact(&good, BASE, BASE_AT).is_ok());
    assert_eq!(decode(&good[..12]), truncated);
    assert_eq!(decode(&[]), truncated);
    assert_eq!(decode(&[0x80, 0]), Malformed::NotMinimal);
    assert_eq!(decode(&[0xff; 10]), Malformed::OutOfRange);
    let (full, over) = ([[0xff; 9].as_slice(), &[1]], [[0xff; 9].as_slice(), &[2]]);
    assert_eq!(decode(&full.concat()), truncated);
    assert_eq!(decode(&over.concat()), Malformed::OutOfRange);
    assert_eq!(
        decode(&[0, 0, 8]),
        Malformed::UnknownTag {
            what: "event",
            tag: 8
        }
    );
    assert_eq!(
        decode(&[0, 0, 3, 0, 5]),
        Malformed::UnknownTag {
            what: "link",
            tag: 5
        }
    );
    assert_eq!(decode(&[0, 0, 7, 0x80, 0x80, 4]), Malformed::OutOfRange);
    let restricted = [[0, 0, 2].as_slice(), &[0; 8], &[8]].concat();
    assert_eq!(
        decode(&restricted),
        Malformed::UnknownTag {
            what: "restriction",
            tag: 8
        }
    );
    let bounded = [[0, 0, 1].as_slice(), &[0; 8], &[2]].concat();
    assert_eq!(
        decode(&bounded),
        Malformed::UnknownTag {
            what: "bound",
            tag: 2
        }
    );
    let opened = |rest: &[u8]| decode(&[[0, 0, 0].as_slice(), &[0; 16], rest].concat());
    assert_eq!(opened(&[1]), Malformed::UnknownCurrency(1));
    assert_eq!(
        opened(&[36, 6]),
        Malformed::UnknownTag {
            what: "class",
            tag: 6
        }
    );
    let two_legs = [[2, 0b10].as_slice(), &[0; 8], &[1], &[0; 8], &[1]].concat();
    let posted = |rest: &[u8]| decode(&[[0, 0, 3, 0, 0].as_slice(), &two_legs, rest].concat());
    assert_eq!(posted(&[0, 0]), Malformed::UnknownCurrency(0));
    assert_eq!(posted(&[36, 36]), Malformed::CurrencyRepeated);
    assert_eq!(
        posted(&[36, 0, 3]),
        Malformed::UnknownTag {
            what: "origin",
            tag: 3
        }
    );
    assert_eq!(
        posted(&[36, 0, 0, 2]),
        Malformed::UnknownTag {
            what: "memo",
            tag: 2
        }
    );
    let spare = [[0, 0, 3, 0, 0, 2, 0b110].as_slice(), &[0; 18]].concat();
    assert_eq!(decode(&spare), Malformed::SpareBits);
    let origin = [[36, 0, 1].as_slice(), &[0; 9], &[1, 0xff], &[0; 16]].concat();
    assert_eq!(posted(&origin), Malformed::NotUtf8);
}

#[test]
fn lengths_allocate_no_more_than_the_input_justifies() {
    // Twelve legs in twenty bytes: refused by their number, before their sides are looked at.
    let few = [[0, 0, 3, 0, 0, 12].as_slice(), &[0xff; 20]].concat();
    assert_eq!(decode_exact(&few, BASE, BASE_AT), Err(Malformed::Truncated));
    // An entry and a rejection that claim 2^40 legs and bytes.
    let long = [0x80, 0x80, 0x80, 0x80, 0x80, 0x20];
    for start in [[0, 0, 3, 0, 0].as_slice(), &[0, 0, 7, 0]] {
        let bytes = [start, &long, &[0; 100]].concat();
        assert_eq!(
            decode_exact(&bytes, BASE, BASE_AT),
            Err(Malformed::Truncated)
        );
    }
}

/// Journals outlive programs: these bytes may never change.
#[test]
fn the_encoding_is_frozen() {
    let record = |event| Record {
        id: RecordId::from_raw(BASE.raw() + 1),
        at: BASE_AT,
        origin: None,
        memo: None,
        event,
    };
    let (account, hold) = (AccountId::from_raw(0x0102), HoldId::from_raw(0x0304));
    let legs = vec![
        Leg {
            account,
            side: Side::Debit,
            amount: 300,
        },
        Leg {
            account,
            side: Side::Credit,
            amount: 300,
        },
    ];
    let opening = Opening {
        account,
        owner: 7,
        currency: Currency::CNY,
        class: Class::Rail,
        floor: Some(-1),
        ceiling: None,
    };
    let restriction = Restriction {
        debit_frozen: true,
        credit_frozen: false,
        closed: true,
    };
    let expires_at = Timestamp::from_micros(BASE_AT.micros() + 64);
    let frozen = [
        (
            Event::Opened(opening),
            "020000000000000000010200000000000000079c010201010000 00",
        ),
        (
            Event::Bounded {
                account,
                floor: None,
                ceiling: Some(64),
            },
            "020001000000000000010200018001 0000",
        ),
        (
            Event::Restricted {
                account,
                restriction,
            },
            "02000200000000000001 0205 0000",
        ),
        (
            Event::Held {
                code: 2,
                legs,
                expires_at,
            },
            "02000402800102020000000000000102ac020000000000000102ac02 0000",
        ),
        (Event::Voided { hold }, "0200050000000000000304 0000"),
        (Event::Expired { hold }, "0200060000000000000304 0000"),
        (
            Event::Rejected {
                code: 300,
                details: Box::from([9]),
            },
            "020007ac020109 0000",
        ),
    ];
    for (event, expected) in frozen {
        assert_eq!(hex(&bytes_of(&record(event))), expected.replace(' ', ""));
    }
    let mut full = transfer();
    full.memo = Some(Memo {
        sealed: Box::from([1, 2]),
        digest: [3; 32],
    });
    if let Some(origin) = &mut full.origin {
        origin.reference = Some("order 1".into());
    }
    assert_eq!(hex(&bytes_of(&full)), FULL);
}

const FULL: &str = concat!(
    "c0cf24ac02", // id and time
    "030100",     // an entry, its code, no link
    "0202",       // two legs, the second a credit
    "32dcd4a48e4ee001b960",
    "32dcd4a48e4ee002b960",
    "9c0100", // their currencies
    "0232dcd3bbb9a9d001011a30314a44385a355751334b395630583259345236543842314e43",
    "07070707070707070707070707070707076f726465722031",
    "010201020303030303030303030303030303030303030303030303030303030303030303",
    "e807a0c21e",     // version and balance after the debit
    "80f104fed9c409", // after the credit
);

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
