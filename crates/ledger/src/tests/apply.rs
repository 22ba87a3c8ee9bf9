//! Records that lie: each claim is verified, each lie has a name.

use vocab::{AccountId, Currency, EntryId, HoldId, RecordId, Timestamp};

use super::world::{World, leg, opening, pay, reserve};
use crate::{
    Broken, Command, Entry, Event, Link, Posting, Record, Rejection, Rest, Restriction, Side,
    apply, command_of, decide,
};

const BANK: i64 = 101;
const ANN: i64 = 102;
const BOB: i64 = 103;

/// The bank without bounds; Ann with 100, a hold of 40 on it, and a payment of 10.
fn start() -> World {
    let mut world = World::default();
    for (account, floor) in [(BANK, None), (ANN, Some(0)), (BOB, Some(0))] {
        world
            .run(&Command::Open(opening(account, Currency::CNY, floor)))
            .expect("opens");
    }
    world.run(&pay(BANK, ANN, 100)).expect("the first money");
    world.run(&reserve(ANN, BOB, 40)).expect("is there");
    world.run(&pay(ANN, BOB, 10)).expect("is there");
    world
}

const IN: RecordId = RecordId::from_raw(4);
const HELD: RecordId = RecordId::from_raw(5);
const PAID: RecordId = RecordId::from_raw(6);

fn record(event: Event) -> Record {
    let id = RecordId::from_raw(1000);
    Record {
        id,
        at: Timestamp::EPOCH,
        origin: None,
        memo: None,
        event,
    }
}

/// What `command` decides, with one change, must break as expected.
fn lie(command: &Command, change: impl Fn(&mut Entry), expected: &Broken) {
    let mut world = start();
    let mut event = decide(&world, command, Timestamp::EPOCH).expect("lawful");
    let Event::Posted(entry) = &mut event else {
        panic!("{command:?} posts")
    };
    change(entry);
    let record = record(event);
    assert_eq!(apply(&mut world.clone(), &record).as_ref(), Err(expected));
    assert!(
        world.fold(record).is_err(),
        "the law does not lead there either"
    );
}

fn account(number: i64) -> AccountId {
    AccountId::from_raw(number)
}

type Change = fn(&mut Posting);

#[test]
fn a_posting_that_lies_is_named() {
    let account = account(ANN);
    let version = |claimed| Broken::Version {
        account,
        claimed,
        expected: 3,
    };
    let posted = |claimed, expected| Broken::Posted {
        account,
        claimed,
        expected,
    };
    let (claimed, found) = (Currency::USD, Currency::CNY);
    let stranger = AccountId::from_raw(7);
    let lies: [(Change, Broken); 8] = [
        (|posting| posting.version += 1, version(4)),
        (|posting| posting.version -= 1, version(2)),
        (|posting| posting.balance_after += 1, posted(86, 85)),
        (|posting| posting.amount = 6, posted(85, 84)),
        (|posting| posting.side = Side::Credit, posted(85, 95)),
        (
            |posting| posting.amount = -5,
            Broken::Amount {
                account,
                amount: -5,
            },
        ),
        (
            |posting| posting.currency = Currency::USD,
            Broken::Currency {
                account,
                claimed,
                found,
            },
        ),
        (
            |posting| posting.account = AccountId::from_raw(7),
            Broken::AccountMissing(stranger),
        ),
    ];
    for (change, expected) in lies {
        lie(
            &pay(ANN, BOB, 5),
            |entry| change(&mut entry.postings[0]),
            &expected,
        );
    }
}

#[test]
fn an_entry_that_lies_is_named() {
    let command = pay(ANN, BOB, 5);
    let forget = |entry: &mut Entry| entry.postings.truncate(1);
    lie(&command, forget, &Broken::Unbalanced(Currency::CNY));
    let minted = |entry: &mut Entry| {
        entry.postings[1].amount += 1;
        entry.postings[1].balance_after += 1;
    };
    lie(&command, minted, &Broken::Unbalanced(Currency::CNY));
    let swapped = |entry: &mut Entry| entry.postings[1].account = account(BANK);
    let (account, claimed, expected) = (account(BANK), 15, -95);
    lie(
        &command,
        swapped,
        &Broken::Posted {
            account,
            claimed,
            expected,
        },
    );
}

#[test]
fn closed_and_full_accounts_do_not_move() {
    let mut world = start();
    let event = decide(&world, &pay(ANN, BOB, 5), Timestamp::EPOCH).expect("lawful");
    let restriction = Restriction {
        closed: true,
        ..Restriction::default()
    };
    world
        .accounts
        .get_mut(&account(BOB))
        .expect("there")
        .restriction = restriction;
    assert_eq!(
        apply(&mut world, &record(event)),
        Err(Broken::Closed(account(BOB)))
    );

    let mut world = start();
    let mut event = decide(&world, &pay(ANN, BOB, 5), Timestamp::EPOCH).expect("lawful");
    if let Event::Posted(entry) = &mut event {
        entry.postings[1].amount = i64::MAX;
    }
    assert_eq!(
        apply(&mut world, &record(event)),
        Err(Broken::OutOfRange(account(BOB)))
    );
}

#[test]
fn captures_that_lie_are_named() {
    let hold = HoldId::from(HELD);
    let capture = Command::Capture {
        hold,
        amount: 15,
        rest: Rest::Keep,
    };
    let linked = |of: HoldId, amount: i64| {
        move |entry: &mut Entry| {
            entry.link = Link::Capture {
                of,
                amount,
                rest: Rest::Keep,
            }
        }
    };
    let nowhere = HoldId::from(PAID);
    lie(&capture, linked(nowhere, 15), &Broken::HoldMissing(nowhere));
    lie(
        &capture,
        linked(hold, 41),
        &Broken::CaptureExceeds { hold, amount: 41 },
    );
    lie(
        &capture,
        linked(hold, 0),
        &Broken::CaptureExceeds { hold, amount: 0 },
    );
    lie(&capture, linked(hold, 14), &Broken::NotTheCapture(hold));
    lie(
        &capture,
        |entry| entry.code += 1,
        &Broken::NotTheCapture(hold),
    );
    lie(
        &capture,
        |entry| entry.postings[1].account = account(BANK),
        &Broken::NotTheCapture(hold),
    );
    lie(
        &capture,
        |entry| entry.postings.reverse(),
        &Broken::NotTheCapture(hold),
    );
    let plain = |entry: &mut Entry| {
        entry.link = Link::Capture {
            of: hold,
            amount: 15,
            rest: Rest::Keep,
        };
    };
    lie(&pay(ANN, BOB, 15), plain, &Broken::NotTheCapture(hold));
}

#[test]
fn holds_that_lie_are_named() {
    let legs = |debit, credit| vec![leg(Side::Debit, ANN, debit), leg(Side::Credit, BOB, credit)];
    let held = |id: RecordId, debit, credit| Record {
        id,
        ..record(Event::Held {
            code: 1,
            legs: legs(debit, credit),
            expires_at: Timestamp::EPOCH,
        })
    };
    let new = RecordId::from_raw(77);
    let broken = |record: &Record| apply(&mut start(), record).expect_err("a lie");
    assert_eq!(broken(&held(HELD, 5, 5)), Broken::HoldExists(HELD.into()));
    assert_eq!(broken(&held(new, 5, 6)), Broken::HoldUnbalanced(new.into()));
    assert_eq!(
        broken(&held(new, 0, 0)),
        Broken::Amount {
            account: account(ANN),
            amount: 0
        }
    );
    assert_eq!(
        broken(&held(new, i64::MAX, 1)),
        Broken::OutOfRange(account(ANN))
    );
    let mut stranger = held(new, 5, 5);
    if let Event::Held { legs, .. } = &mut stranger.event {
        legs[1].account = account(7);
    }
    assert_eq!(broken(&stranger), Broken::AccountMissing(account(7)));
    let void = |hold: RecordId| record(Event::Voided { hold: hold.into() });
    assert_eq!(broken(&void(PAID)), Broken::HoldMissing(PAID.into()));
    let mut world = start();
    apply(&mut world, &void(HELD)).expect("open");
    assert_eq!(
        apply(&mut world, &void(HELD)),
        Err(Broken::HoldNotOpen(HELD.into()))
    );
    let mut world = start();
    world.accounts.get_mut(&account(ANN)).expect("there").held = 39;
    let negative = Broken::HeldNegative {
        account: account(ANN),
        held: -1,
    };
    assert_eq!(apply(&mut world, &void(HELD)), Err(negative));
}

#[test]
fn returns_that_lie_are_named() {
    let entry_id = EntryId::from(PAID);
    let reverse = Command::Reverse { entry: entry_id };
    let refund = Command::Refund {
        entry: entry_id,
        amount: 4,
    };
    let nowhere = EntryId::from(HELD);
    lie(
        &reverse,
        |entry| entry.link = Link::Reversal { of: nowhere },
        &Broken::EntryMissing(nowhere),
    );
    let of_another = |entry: &mut Entry| {
        entry.link = Link::Reversal {
            of: EntryId::from(IN),
        }
    };
    lie(&reverse, of_another, &Broken::NotTheReturn(IN.into()));
    lie(
        &reverse,
        |entry| entry.postings.reverse(),
        &Broken::NotTheReturn(entry_id),
    );
    let given = |amount: i64| {
        move |entry: &mut Entry| {
            entry.link = Link::Refund {
                of: entry_id,
                amount,
            }
        }
    };
    lie(&refund, given(3), &Broken::NotTheReturn(entry_id));
    lie(
        &refund,
        given(0),
        &Broken::RefundExceeds {
            entry: entry_id,
            amount: 0,
        },
    );
    lie(
        &refund,
        given(11),
        &Broken::RefundExceeds {
            entry: entry_id,
            amount: 11,
        },
    );
    let elsewhere = |entry: &mut Entry| {
        entry.link = Link::Refund {
            of: nowhere,
            amount: 4,
        }
    };
    lie(&refund, elsewhere, &Broken::EntryMissing(nowhere));
}

#[test]
fn nothing_is_given_back_twice() {
    let entry = EntryId::from(PAID);
    let reverse = Command::Reverse { entry };
    let refund = Command::Refund { entry, amount: 4 };
    let decided =
        |command: &Command| record(decide(&start(), command, Timestamp::EPOCH).expect("lawful"));
    for (first, second, expected) in [
        (&reverse, &reverse, Broken::ReversedTwice(entry)),
        (&refund, &reverse, Broken::ReversedAfterRefund(entry)),
        (&reverse, &refund, Broken::RefundedAfterReversal(entry)),
    ] {
        let mut world = start();
        apply(&mut world, &decided(first)).expect("the first time");
        assert_eq!(apply(&mut world, &decided(second)), Err(expected));
    }
}

#[test]
fn accounts_are_opened_once_and_found_later() {
    let mut world = start();
    let opened = Event::Opened(opening(ANN, Currency::CNY, None));
    assert_eq!(
        apply(&mut world, &record(opened)),
        Err(Broken::AccountExists(account(ANN)))
    );
    let (nobody, restriction) = (account(7), Restriction::default());
    let restricted = Event::Restricted {
        account: nobody,
        restriction,
    };
    assert_eq!(
        apply(&mut world, &record(restricted)),
        Err(Broken::AccountMissing(nobody))
    );
    let bounded = Event::Bounded {
        account: nobody,
        floor: None,
        ceiling: None,
    };
    assert_eq!(
        apply(&mut world, &record(bounded)),
        Err(Broken::AccountMissing(nobody))
    );
}

#[test]
fn a_replay_demands_what_the_law_decides() {
    let mut world = start();
    let overdrawn = Entry {
        code: 1,
        link: Link::None,
        postings: vec![
            posting(ANN, Side::Debit, 3, 29),
            posting(BOB, Side::Credit, 2, 71),
        ],
    };
    let overdrawn = record(Event::Posted(overdrawn));
    apply(&mut world.clone(), &overdrawn).expect("the sums are right");
    assert_eq!(
        world.fold(overdrawn),
        Err(Broken::Unlawful(Rejection::InsufficientFunds))
    );

    let mut close = start();
    let closed = Restriction {
        closed: true,
        debit_frozen: true,
        credit_frozen: false,
    };
    close
        .run(&Command::Open(opening(200, Currency::CNY, None)))
        .expect("opens");
    let event = Event::Restricted {
        account: account(200),
        restriction: closed,
    };
    assert_eq!(close.fold(record(event.clone())), Err(Broken::Diverged));
    let (account, debit_frozen, credit_frozen) = (account(200), true, false);
    close
        .run(&Command::Restrict {
            account,
            debit_frozen,
            credit_frozen,
        })
        .expect("open");
    close
        .fold(record(event))
        .expect("a frozen account stays frozen when it closes");

    let rejected = Event::Rejected {
        code: 9,
        details: Box::from(&b"no"[..]),
    };
    assert_eq!(command_of(&rejected), None);
    let before = world.clone();
    apply(&mut world, &record(rejected)).expect("nothing to fold");
    assert_eq!(world, before);
}

/// A posting of 61, which Ann does not have beside her hold.
fn posting(number: i64, side: Side, version: i64, balance_after: i64) -> Posting {
    let (account, currency) = (account(number), Currency::CNY);
    Posting {
        account,
        side,
        amount: 61,
        currency,
        version,
        balance_after,
    }
}
