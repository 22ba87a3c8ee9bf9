use ledger::Command;
use vocab::{Currency, Money};

use super::rig::*;
use crate::{
    Action, Limit, Order, Outcome, Rejection,
    limits::{Raise, Terms},
    transfer,
};

#[test]
fn money_moves_and_the_books_prove_it() {
    let rig = Rig::new();
    let (alice, bob) = (rig.person(1, 10_000), rig.person(2, 0));
    let outcome = rig.one(rig.transfer(alice, bob, 2_500));
    let record = &recorded(&outcome).record;
    let moved = transfer::Transfer::of(record, crate::Code::Transfer).expect("a transfer");
    assert_eq!(
        (
            moved.minor,
            moved.payer_balance_after,
            moved.payee_balance_after
        ),
        (2_500, 7_500, 2_500)
    );
    assert_eq!((rig.posted(alice), rig.posted(bob)), (7_500, 2_500));
    rig.assert_clean();
}

#[test]
fn refusals_come_in_their_order() {
    let rig = Rig::new();
    let (alice, bob) = (rig.person(1, 10_000), rig.person(2, 0));
    let dollars = rig.account(3, Currency::USD);
    let refused = |order: Order| refusal(&rig.one(order));
    let freeze = |account, debit_frozen, credit_frozen| {
        let command = Command::Restrict {
            account,
            debit_frozen,
            credit_frozen,
        };
        assert!(matches!(
            rig.one(Order::internal(command)),
            Outcome::Recorded(_)
        ));
    };
    let nobody = |minor| {
        let mut order = rig.transfer(alice, bob, minor);
        let money = Money::new(minor, Currency::CNY);
        let to = Err(Rejection::PayeeNotFound);
        order.action = Action::Transfer {
            from: alice,
            to,
            money,
            terms: Terms::default(),
        };
        order
    };
    assert_eq!(refused(nobody(i64::MAX)), Some(Rejection::PayeeNotFound));
    assert_eq!(
        refused(rig.transfer(alice, alice, 1)),
        Some(Rejection::SameAccount)
    );
    assert_eq!(
        refused(rig.transfer(alice, dollars, 1)),
        Some(Rejection::CurrencyMismatch)
    );
    assert_eq!(
        refused(rig.transfer(alice, bob, 10_001)),
        Some(Rejection::InsufficientFunds)
    );
    assert!(matches!(
        refused(rig.transfer(alice, bob, 100_001)),
        Some(Rejection::LimitExceeded {
            limit: Limit::PerPayment,
            resets_at: None,
            ..
        })
    ));
    freeze(bob, false, true);
    assert_eq!(
        refused(rig.transfer(alice, bob, 1)),
        Some(Rejection::PayeeFrozen)
    );
    freeze(alice, true, false);
    assert_eq!(
        refused(rig.transfer(alice, bob, 1)),
        Some(Rejection::PayerFrozen)
    );
    freeze(alice, false, false);
    freeze(bob, false, false);
    assert_eq!(refused(rig.transfer(alice, bob, 10_000)), None);
    let close = Order::internal(Command::Close { account: alice });
    assert!(matches!(rig.one(close), Outcome::Recorded(_)));
    assert_eq!(
        refused(rig.transfer(alice, bob, 1)),
        Some(Rejection::AccountClosed)
    );
    assert_eq!(
        refused(rig.transfer(bob, alice, 1)),
        Some(Rejection::PayeeFrozen)
    );
    rig.assert_clean();
}

#[test]
fn the_day_has_a_ceiling_and_ends() {
    let rig = Rig::new();
    let (alice, bob) = (rig.person(1, 1_000_000), rig.person(2, 0));
    for _ in 0..2 {
        assert_eq!(refusal(&rig.one(rig.transfer(alice, bob, 100_000))), None);
    }
    let refused = refusal(&rig.one(rig.transfer(alice, bob, 1)));
    let Some(Rejection::LimitExceeded {
        limit,
        max,
        used,
        resets_at,
        raise: Raise::VerifyIdentity,
    }) = refused
    else {
        panic!("not limited: {refused:?}");
    };
    assert_eq!(
        (limit, max.minor, used.minor),
        (Limit::PerDay, 200_000, 200_000)
    );
    let resets_at = resets_at.expect("a day ends");
    rig.clock.advance(resets_at.seconds_since(START) + 1);
    assert_eq!(refusal(&rig.one(rig.transfer(alice, bob, 1))), None);
    assert_eq!(rig.standing(alice).out.day_sum, 1);
    rig.assert_clean();
}

#[test]
fn the_last_cent_is_spent_once() {
    let rig = Rig::new();
    let (alice, bob, carol) = (rig.person(1, 1), rig.person(2, 0), rig.person(3, 0));
    let orders = (0..50).map(|n| rig.transfer(alice, if n % 2 == 0 { bob } else { carol }, 1));
    let tickets: Vec<_> = orders.map(|order| rig.books.submit(vec![order])).collect();
    let outcomes = tickets
        .into_iter()
        .flat_map(|ticket| ticket.wait().expect("an answer"));
    let refused: Vec<_> = outcomes.map(|outcome| refusal(&outcome)).collect();
    assert_eq!(
        refused.iter().filter(|refusal| refusal.is_none()).count(),
        1
    );
    assert!(
        refused
            .iter()
            .flatten()
            .all(|no| *no == Rejection::InsufficientFunds)
    );
    assert_eq!(rig.posted(alice), 0);
    assert_eq!(rig.posted(bob) + rig.posted(carol), 1);
    rig.assert_clean();
}

#[test]
fn storms_in_both_directions_conserve() {
    let rig = Rig::new();
    let (alice, bob) = (rig.person(1, 50_000), rig.person(2, 50_000));
    let there = (0..200).map(|n| rig.transfer(alice, bob, n % 7 + 1));
    let back = (0..200).map(|n| rig.transfer(bob, alice, n % 5 + 1));
    let tickets: Vec<_> = there
        .zip(back)
        .map(|(there, back)| rig.books.submit(vec![there, back]))
        .collect();
    for ticket in tickets {
        for outcome in ticket.wait().expect("an answer") {
            assert_eq!(refusal(&outcome), None);
        }
    }
    assert_eq!(rig.posted(alice) + rig.posted(bob), 100_000);
    rig.assert_clean();
}

#[test]
fn a_preview_agrees_with_the_transfer() {
    let rig = Rig::new();
    let (alice, bob) = (rig.person(1, 500), rig.person(2, 0));
    for minor in [1, 500, 501, 100_000, 100_001] {
        let money = Money::new(minor, Currency::CNY);
        let books = rig.books.clone();
        let wish = transfer::Wish {
            from: alice,
            to: Ok(bob),
            money,
            terms: Terms::default(),
        };
        let told = rig
            .db
            .read(move |tx| transfer::preview(&books, tx, &wish, START))
            .wait()
            .expect("a preview");
        let done = refusal(&rig.one(rig.transfer(alice, bob, minor)));
        assert_eq!(told.rejection, done, "{minor}");
        if done.is_none() {
            assert_eq!(refusal(&rig.one(rig.transfer(bob, alice, minor))), None);
        }
    }
}

#[test]
fn an_owner_has_one_account_per_currency() {
    let rig = Rig::new();
    rig.account(1, Currency::CNY);
    let again = crate::wallet::open_order(
        vocab::UserId::from_raw(1),
        vocab::AccountId::from_raw(99_000_001),
        Currency::CNY,
    );
    let exists = Rejection::Ledger(ledger::Rejection::AccountExists);
    assert_eq!(refusal(&rig.one(again)), Some(exists));
    rig.account(1, Currency::USD);
    rig.assert_clean();
}
