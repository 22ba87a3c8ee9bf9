use ledger::{Command, Rejection as Law, Rest};
use vocab::{AccountId, EntryId, HoldId};

use super::rig::*;
use crate::{
    Order, Outcome, Rejection, Route,
    holds::{self, NewHold},
};

fn hold_order(rig: &Rig, from: AccountId, to: AccountId, minor: i64) -> Order {
    let intention = rig.intention(from.raw() / 1_000_000, Route::HoldCreate);
    let expires_at = START.plus_seconds(3_600);
    NewHold {
        intention,
        from,
        to,
        minor,
        expires_at,
    }
    .order()
}

fn hold(rig: &Rig, from: AccountId, to: AccountId, amount: i64) -> Result<HoldId, Rejection> {
    let outcome = rig.one(hold_order(rig, from, to, amount));
    refusal(&outcome).map_or_else(|| Ok(recorded(&outcome).record.id.into()), Err)
}

fn capture(rig: &Rig, hold: HoldId, amount: i64, rest: Rest) -> Option<Rejection> {
    let intention = rig.intention(1, Route::HoldCapture);
    refusal(&rig.one(holds::capture_order(intention, hold, amount, rest)))
}

#[test]
fn two_holds_never_promise_the_same_money() {
    let rig = Rig::new();
    let (alice, shop) = (rig.person(1, 100), rig.person(2, 0));
    let orders = (0..6).map(|_| hold_order(&rig, alice, shop, 40)).collect();
    let outcomes = rig.submit(orders);
    let made = outcomes
        .iter()
        .filter(|outcome| refusal(outcome).is_none())
        .count();
    assert_eq!(made, 2);
    assert_eq!(rig.standing(alice).account.held, 80);
    assert_eq!(
        refusal(&rig.one(rig.transfer(alice, shop, 21))),
        Some(Rejection::InsufficientFunds)
    );
    assert_eq!(refusal(&rig.one(rig.transfer(alice, shop, 20))), None);
    rig.assert_clean();
}

#[test]
fn a_hold_survives_crashes_at_every_step() {
    let mut rig = Rig::new();
    let (alice, shop) = (rig.person(1, 1_000), rig.person(2, 0));
    let first = hold(&rig, alice, shop, 300).expect("held");
    let second = hold(&rig, alice, shop, 200).expect("held");
    for step in 0..4 {
        rig = rig.reopen(small_tail(), false);
        rig.assert_clean();
        match step {
            0 => assert_eq!(capture(&rig, first, 100, Rest::Keep), None),
            1 => assert_eq!(refusal(&rig.one(rig.transfer(alice, shop, 10))), None),
            2 => assert_eq!(capture(&rig, first, 50, Rest::Release), None),
            _ => {
                let void = holds::void_order(rig.intention(1, Route::HoldVoid), second);
                assert_eq!(refusal(&rig.one(void)), None);
            }
        }
    }
    let captured = Some(Rejection::Ledger(Law::HoldCaptured));
    assert_eq!(capture(&rig, first, 1, Rest::Keep), captured);
    assert_eq!(
        capture(&rig, second, 1, Rest::Keep),
        Some(Rejection::Ledger(Law::HoldVoided))
    );
    let standing = rig.standing(alice).account;
    assert_eq!((standing.posted, standing.held), (840, 0));
    assert_eq!(rig.posted(shop), 160);
    rig.assert_clean();
}

#[test]
fn a_hold_captured_in_parallel_gives_at_most_itself() {
    let rig = Rig::new();
    let (alice, shop) = (rig.person(1, 100), rig.person(2, 0));
    let hold = hold(&rig, alice, shop, 100).expect("held");
    let command = Command::Capture {
        hold,
        amount: 30,
        rest: Rest::Keep,
    };
    let orders: Vec<_> = (0..20)
        .map(|_| rig.command(1, Route::HoldCapture, command.clone()))
        .collect();
    let tickets: Vec<_> = orders
        .into_iter()
        .map(|order| rig.books.submit(vec![order]))
        .collect();
    let outcomes = tickets
        .into_iter()
        .flat_map(|ticket| ticket.wait().expect("an answer"));
    let taken = outcomes
        .filter(|outcome| refusal(outcome).is_none())
        .count();
    assert_eq!((taken, rig.posted(shop)), (3, 90));
    rig.assert_clean();
}

#[test]
fn a_refund_and_a_reversal_happen_up_to_once() {
    let rig = Rig::new();
    let (alice, shop) = (rig.person(1, 1_000), rig.person(2, 0));
    let paid = rig.one(rig.transfer(alice, shop, 100));
    let entry = EntryId::from(recorded(&paid).record.id);
    let refund = |amount| {
        let command = Command::Refund { entry, amount };
        refusal(&rig.one(rig.command(2, Route::Refund, command)))
    };
    assert_eq!(refund(70), None);
    assert_eq!(refund(31), Some(Rejection::Ledger(Law::ExceedsEntry)));
    let reverse = Command::Reverse { entry };
    let refused = refusal(&rig.one(rig.command(2, Route::Reversal, reverse)));
    assert_eq!(refused, Some(Rejection::Ledger(Law::AlreadyRefunded)));
    assert_eq!(refund(30), None);
    assert_eq!(rig.posted(shop), 0);

    let paid = rig.one(rig.transfer(alice, shop, 5));
    let entry = EntryId::from(recorded(&paid).record.id);
    let reverse = Command::Reverse { entry };
    let orders = (0..4)
        .map(|_| rig.command(2, Route::Reversal, reverse.clone()))
        .collect();
    let outcomes = rig.submit(orders);
    assert_eq!(
        outcomes
            .iter()
            .filter(|outcome| refusal(outcome).is_none())
            .count(),
        1
    );
    assert_eq!(rig.posted(alice), 1_000);
    let missing = Command::Refund {
        entry: EntryId::from_raw(5),
        amount: 1,
    };
    let missing = rig.one(Order::internal(missing));
    assert!(matches!(
        missing,
        Outcome::Refused(Rejection::Ledger(Law::EntryNotFound))
    ));
    let rig = rig.reopen(small_tail(), false);
    rig.assert_clean();
}

#[test]
fn a_hold_ends_when_its_time_has_passed() {
    let rig = Rig::new();
    let (alice, shop) = (rig.person(1, 100), rig.person(2, 0));
    let hold = hold(&rig, alice, shop, 40).expect("held");
    let due = |rig: &Rig| {
        let now = rig.now();
        rig.db
            .read(move |tx| crate::holds::expiry_orders(tx, now, 10))
            .wait()
            .expect("a look-up")
    };
    assert!(due(&rig).is_empty());
    rig.clock.advance(3_601);
    assert_eq!(
        capture(&rig, hold, 1, Rest::Keep),
        Some(Rejection::Ledger(Law::HoldExpired))
    );
    let orders = due(&rig);
    assert_eq!(orders.len(), 1);
    let outcomes = rig.submit([orders.clone(), orders].concat());
    assert!(matches!(outcomes[0], Outcome::Recorded(_)));
    let expired = Rejection::Ledger(Law::HoldExpired);
    assert!(matches!(&outcomes[1], Outcome::Refused(refusal) if *refusal == expired));
    assert!(due(&rig).is_empty());
    assert_eq!(rig.standing(alice).account.held, 0);
    rig.assert_clean();
}
