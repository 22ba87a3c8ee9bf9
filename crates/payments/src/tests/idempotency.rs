use ledger::Event;
use vocab::AccountId;

use super::rig::*;
use crate::{Order, Outcome, Rejection, Tuning};

fn bytes_of(outcome: &Outcome) -> (vocab::RecordId, crate::Place, [u8; 32]) {
    let recorded = recorded(outcome);
    (recorded.record.id, recorded.place, recorded.leaf)
}

#[test]
fn a_repeat_hears_the_first_answer() {
    for tuning in [
        small_tail(),
        Tuning {
            tail_records: 0,
            ..small_tail()
        },
        Tuning::default(),
    ] {
        let rig = Rig::with(tuning);
        let (alice, bob) = (rig.person(1, 100), rig.person(2, 0));
        let paid = rig.transfer(alice, bob, 60);
        let refused = rig.transfer(alice, bob, 60);
        let first = [rig.one(paid.clone()), rig.one(refused.clone())];
        assert_eq!(refusal(&first[1]), Some(Rejection::InsufficientFunds));
        // With enough money the refused intention would pass; it stays refused.
        rig.person(3, 0);
        assert_eq!(refusal(&rig.one(rig.top_up(alice, 1_000))), None);
        for is_clean in [false, true] {
            let _ = is_clean;
            for (order, first) in [&paid, &refused].into_iter().zip(&first) {
                let again = rig.one(order.clone());
                assert!(recorded(&again).replayed);
                assert_eq!(bytes_of(&again), bytes_of(first));
                assert_eq!(refusal(&again), refusal(first));
            }
        }
        assert_eq!(rig.posted(bob), 60);
        rig.assert_clean();
    }
}

#[test]
fn keys_survive_a_crash_and_a_clean_stop() {
    let mut rig = Rig::new();
    let (alice, bob) = (rig.person(1, 1_000), rig.person(2, 0));
    let orders: Vec<Order> = (0..20).map(|n| rig.transfer(alice, bob, n + 1)).collect();
    let first: Vec<_> = orders
        .iter()
        .map(|order| bytes_of(&rig.one(order.clone())))
        .collect();
    for is_clean in [false, true, false] {
        rig = rig.reopen(small_tail(), is_clean);
        rig.assert_clean();
        for (order, first) in orders.iter().zip(&first) {
            let again = rig.one(order.clone());
            assert!(recorded(&again).replayed);
            assert_eq!(bytes_of(&again), *first);
            let mut other = order.clone();
            other.intention.as_mut().expect("a key").request = [9; 16];
            assert!(matches!(rig.one(other), Outcome::KeyReused));
        }
    }
    assert_eq!(rig.posted(bob), 210);
}

#[test]
fn one_key_in_parallel_and_in_one_batch_has_one_effect() {
    let rig = Rig::new();
    let (alice, bob) = (rig.person(1, 1_000), rig.person(2, 0));
    let order = rig.transfer(alice, bob, 10);
    let tickets: Vec<_> = (0..50)
        .map(|_| rig.books.submit(vec![order.clone()]))
        .collect();
    let mut outcomes: Vec<_> = tickets
        .into_iter()
        .flat_map(|ticket| ticket.wait().expect("an answer"))
        .collect();
    outcomes.extend(rig.submit(vec![order.clone(); 3]));
    let fresh = outcomes
        .iter()
        .filter(|outcome| !recorded(outcome).replayed)
        .count();
    assert_eq!(fresh, 1);
    let first = bytes_of(&outcomes[0]);
    assert!(outcomes.iter().all(|outcome| bytes_of(outcome) == first));
    assert_eq!(rig.posted(bob), 10);
    rig.assert_clean();
}

#[test]
fn a_reference_is_used_once_per_payer_for_ever() {
    let rig = Rig::new();
    let (alice, bob) = (rig.person(1, 1_000), rig.person(2, 1_000));
    let with = |from: AccountId, to: AccountId, minor: i64| {
        let mut order = rig.transfer(from, to, minor);
        order.reference = Some("order-7".into());
        order
    };
    // A refused payment does not use its reference up.
    assert_eq!(
        refusal(&rig.one(with(alice, bob, 5_000))),
        Some(Rejection::InsufficientFunds)
    );
    assert_eq!(refusal(&rig.one(with(alice, bob, 5))), None);
    assert_eq!(
        refusal(&rig.one(with(alice, bob, 5))),
        Some(Rejection::ReferenceReused)
    );
    assert_eq!(refusal(&rig.one(with(bob, alice, 5))), None);
    let batch = rig.submit(vec![with(rig.person(3, 9), bob, 1), with(bob, alice, 1)]);
    assert_eq!(refusal(&batch[0]), None);
    assert_eq!(refusal(&batch[1]), Some(Rejection::ReferenceReused));
    rig.assert_clean();
}

#[test]
fn a_key_is_looked_up_without_acting() {
    let rig = Rig::new();
    let (alice, bob) = (rig.person(1, 1_000), rig.person(2, 0));
    let order = rig.transfer(alice, bob, 10);
    let look = |order: &Order| {
        let (books, intention) = (rig.books.clone(), order.intention.clone().expect("a key"));
        rig.db
            .read(move |tx| books.recall(tx, &intention))
            .wait()
            .expect("a look-up")
    };
    assert!(look(&order).is_none());
    let first = bytes_of(&rig.one(order.clone()));
    let found = look(&order).expect("the outcome");
    assert_eq!(bytes_of(&found), first);
    assert!(matches!(recorded(&found).record.event, Event::Posted(_)));
}
