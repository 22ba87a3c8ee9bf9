use db::{Fault, ReadTx};
use ledger::{Command, HoldState};
use vocab::RecordId;

use super::rig::*;
use crate::{
    Action, Limit, Order, Outcome, Rejection,
    limits::{OwnLimits, Terms},
    schedule::{self, ScheduleState},
};

const HOURS: i64 = 7_200;

fn later(order: Order, own: Option<i64>) -> Order {
    let Action::Transfer {
        from, to, money, ..
    } = order.action
    else {
        panic!("not a transfer");
    };
    let terms = Terms {
        delay_seconds: HOURS,
        own: OwnLimits {
            per_day: own,
            ..OwnLimits::default()
        },
        ..Terms::default()
    };
    let action = Action::Transfer {
        from,
        to,
        money,
        terms,
    };
    Order { action, ..order }
}

fn read<T: Send + 'static>(
    rig: &Rig,
    look: impl FnMut(&mut ReadTx<'_>) -> Result<T, Fault> + Send + 'static,
) -> T {
    rig.db.read(look).wait().expect("a readable store")
}

/// Hands the payments that are due to the books, as the job does.
fn arrive(rig: &Rig) -> Vec<Outcome> {
    let now = rig.now();
    let due = read(rig, move |tx| schedule::due_orders(tx, now, 100));
    rig.submit(due.into_iter().map(|(_, order)| order).collect())
}

fn state(rig: &Rig, id: RecordId) -> ScheduleState {
    read(rig, move |tx| schedule::state(tx, id)).0
}

/// Reserved at once, moved when it is due, once, also over a crash; and the check agrees.
#[test]
fn a_scheduled_payment_arrives_once() {
    let rig = Rig::new();
    let (alice, bob) = (rig.person(1, 1_000), rig.person(2, 0));
    let outcome = rig.one(later(rig.transfer(alice, bob, 600), None));
    let id = recorded(&outcome).record.id;
    let held = rig.standing(alice);
    assert_eq!((held.account.posted, held.account.held), (1_000, 600));
    assert_eq!(held.out.lifetime, 600, "it counts when it is scheduled");
    let spent = refusal(&rig.one(rig.transfer(alice, bob, 401)));
    assert_eq!(spent, Some(Rejection::InsufficientFunds));
    assert!(arrive(&rig).is_empty(), "not yet");
    let rig = rig.reopen(small_tail(), false);
    rig.assert_clean();
    rig.clock.advance(HOURS);
    assert_eq!(state(&rig, id), ScheduleState::Scheduled);
    let now = rig.now();
    let twice: Vec<Order> = (0..2)
        .flat_map(|_| read(&rig, move |tx| schedule::due_orders(tx, now, 100)))
        .map(|(_, order)| order)
        .collect();
    let outcomes = rig.submit(twice);
    assert!(matches!(outcomes[0], Outcome::Recorded(_)), "{outcomes:?}");
    let again = Rejection::Ledger(ledger::Rejection::HoldCaptured);
    assert_eq!(refusal(&outcomes[1]), Some(again));
    assert_eq!((rig.posted(alice), rig.posted(bob)), (400, 600));
    let after = rig.standing(alice);
    assert_eq!((after.account.held, after.out.lifetime), (0, 600));
    assert_eq!(state(&rig, id), ScheduleState::Completed);
    assert!(arrive(&rig).is_empty());
    let too_late = refusal(&rig.one(schedule::cancel_order(id)));
    assert_eq!(
        too_late,
        Some(Rejection::Ledger(ledger::Rejection::HoldCaptured))
    );
    let rig = rig.reopen(small_tail(), false);
    assert_eq!(rig.standing(alice).out.lifetime, 600, "not counted twice");
    rig.assert_clean();
}

#[test]
fn what_is_called_back_is_available_again_and_still_counts() {
    let rig = Rig::new();
    let (alice, bob) = (rig.person(1, 1_000), rig.person(2, 0));
    let outcome = rig.one(later(rig.transfer(alice, bob, 600), Some(1_000)));
    let id = recorded(&outcome).record.id;
    assert_eq!(refusal(&rig.one(schedule::cancel_order(id))), None);
    assert_eq!(state(&rig, id), ScheduleState::Canceled);
    assert_eq!(rig.standing(alice).account.held, 0);
    rig.clock.advance(HOURS);
    assert!(arrive(&rig).is_empty());
    let more = rig.one(later(rig.transfer(alice, bob, 401), Some(1_000)));
    let Some(Rejection::LimitExceeded { limit, used, .. }) = refusal(&more) else {
        panic!("not limited: {more:?}");
    };
    assert_eq!((limit, used.minor), (Limit::PerDay, 600));
    rig.assert_clean();
}

/// Whoever is frozen when it is due keeps the money; after a week it goes back by itself.
#[test]
fn a_frozen_payer_pays_nothing() {
    let rig = Rig::new();
    let (alice, bob) = (rig.person(1, 1_000), rig.person(2, 0));
    let outcome = rig.one(later(rig.transfer(alice, bob, 600), None));
    let id = recorded(&outcome).record.id;
    let restrict = Command::Restrict {
        account: alice,
        debit_frozen: true,
        credit_frozen: false,
    };
    assert_eq!(refusal(&rig.one(Order::internal(restrict))), None);
    rig.clock.advance(HOURS);
    let refused = arrive(&rig);
    assert_eq!(refusal(&refused[0]), Some(Rejection::PayerFrozen));
    rig.clock.advance(7 * 86_400);
    let now = rig.now();
    let expired = read(&rig, move |tx| crate::holds::expiry_orders(tx, now, 10));
    assert_eq!(refusal(&rig.submit(expired)[0]), None);
    assert_eq!(state(&rig, id), ScheduleState::Canceled);
    let found = read(&rig, move |tx| {
        crate::books::store::find_hold(tx, id.into())
    });
    assert_eq!(found.map(|hold| hold.state), Some(HoldState::Expired));
    assert!(arrive(&rig).is_empty());
    assert_eq!((rig.posted(alice), rig.posted(bob)), (1_000, 0));
    rig.assert_clean();
}
