use vocab::{AccountId, Currency, UserId};

use super::rig::*;
use crate::{
    Action, Order, Outcome, Rejection,
    freeze::{Restraint, enforce_orders, restrain},
};

const ALICE: i64 = 1;

fn write_down(rig: &Rig, [debit, credit]: [bool; 2]) {
    let user = UserId::from_raw(ALICE);
    rig.db
        .write(move |tx| restrain(tx, user, Restraint { debit, credit }))
        .wait()
        .expect("a writable store");
}

fn enforce(rig: &Rig) -> Vec<Outcome> {
    let user = UserId::from_raw(ALICE);
    let orders = rig.db.read(move |tx| enforce_orders(tx, user)).wait();
    rig.submit(orders.expect("a readable store"))
}

fn frozen(rig: &Rig, account: AccountId) -> (bool, bool) {
    let restriction = rig.standing(account).account.restriction;
    (restriction.debit_frozen, restriction.credit_frozen)
}

#[test]
fn accounts_follow_what_is_written_down_now() {
    let rig = Rig::new();
    let (alice, bob) = (rig.person(ALICE, 1_000), rig.person(2, 1_000));
    let euro = rig.account(ALICE, Currency::EUR);
    write_down(&rig, [true, false]);
    // An order that was made for this freeze and comes late.
    let late = Order {
        intention: None,
        reference: None,
        memo: None,
        action: Action::Enforce { account: alice },
    };
    assert_eq!(enforce(&rig).len(), 2);
    assert_eq!(
        (frozen(&rig, alice), frozen(&rig, euro)),
        ((true, false), (true, false))
    );
    let refused = refusal(&rig.one(rig.transfer(alice, bob, 1)));
    assert_eq!(refused, Some(Rejection::PayerFrozen));
    assert_eq!(refusal(&rig.one(rig.transfer(bob, alice, 1))), None);
    write_down(&rig, [false, true]);
    enforce(&rig);
    assert_eq!(frozen(&rig, alice), (false, true));
    let again = refusal(&rig.one(late));
    assert_eq!(
        again,
        Some(Rejection::NothingToChange),
        "not the older state"
    );
    assert_eq!(frozen(&rig, alice), (false, true));
    rig.assert_clean();
}

/// It was frozen before it was there.
#[test]
fn an_account_of_somebody_frozen_opens_frozen() {
    let rig = Rig::new();
    write_down(&rig, [true, true]);
    let alice = rig.account(ALICE, Currency::CNY);
    assert_eq!(frozen(&rig, alice), (true, true));
    let rig = rig.reopen(small_tail(), false);
    assert_eq!(frozen(&rig, alice), (true, true), "after a crash");
    rig.assert_clean();
}
