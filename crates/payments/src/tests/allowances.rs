use vocab::{AccessTokenId, AccountId, Currency, UserId};

use super::rig::*;
use crate::{
    Action, Limit, Order, Rejection,
    allowance::{self, Allowance, Caps},
    limits::Terms,
};

const ALICE: i64 = 1;

fn id(text: &str) -> AccessTokenId {
    format!("atk_{text:0>26}").parse().expect("an id")
}

fn caps() -> Caps {
    Caps {
        currency: Currency::CNY,
        per_payment: None,
        per_day: None,
        per_month: None,
        lifetime: None,
        count_per_day: None,
    }
}

fn open(rig: &Rig, which: AccessTokenId, caps: Caps) {
    rig.db
        .write(move |tx| allowance::open(tx, which, UserId::from_raw(ALICE), &caps))
        .wait()
        .expect("a writable store");
}

fn find(rig: &Rig, which: AccessTokenId) -> Allowance {
    let found = rig.db.read(move |tx| allowance::find(tx, which)).wait();
    found.expect("a readable store").expect("it is there")
}

fn out_of(which: AccessTokenId, order: Order) -> Order {
    let Action::Transfer {
        from, to, money, ..
    } = order.action
    else {
        panic!("not a transfer");
    };
    let terms = Terms {
        allowance: Some(which),
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

fn capped(refused: Option<Rejection>) -> (Limit, i64, i64) {
    match refused {
        Some(Rejection::CapExceeded {
            limit, max, used, ..
        }) => (limit, max.minor, used.minor),
        other => panic!("no cap said no: {other:?}"),
    }
}

struct Scene {
    rig: Rig,
    alice: AccountId,
    bob: AccountId,
}

fn scene() -> Scene {
    let rig = Rig::new();
    let (alice, bob) = (rig.person(ALICE, 1_000_000), rig.person(2, 0));
    Scene { rig, alice, bob }
}

/// A cap of 10.00 and a hundred payments of 1.00 at once: ten are made, in one batch or in many,
/// and a crash makes no eleventh.
#[test]
fn caps_race_posts_exactly_ten() {
    let Scene { rig, alice, bob } = scene();
    let which = id("1");
    let lifetime = Some(1_000);
    open(&rig, which, Caps { lifetime, ..caps() });
    let orders = (0..100).map(|_| out_of(which, rig.transfer(alice, bob, 100)));
    let tickets: Vec<_> = orders.map(|order| rig.books.submit(vec![order])).collect();
    let outcomes = tickets.into_iter().map(|ticket| {
        let mut outcomes = ticket.wait().expect("the books answer");
        refusal(&outcomes.pop().expect("one outcome"))
    });
    let paid = outcomes.filter(Option::is_none).count();
    assert_eq!((paid, rig.posted(bob)), (10, 1_000));
    assert_eq!(find(&rig, which).used.lifetime(), 1_000);
    rig.assert_clean();
    let rig = rig.reopen(small_tail(), false);
    let refused = refusal(&rig.one(out_of(which, rig.transfer(alice, bob, 100))));
    assert_eq!(capped(refused), (Limit::Lifetime, 1_000, 1_000));
    assert_eq!(
        refusal(&rig.one(rig.transfer(alice, bob, 100))),
        None,
        "the person may"
    );
    rig.assert_clean();
}

#[test]
fn each_cap_says_no_by_itself() {
    let cases = [
        (
            Limit::PerPayment,
            Caps {
                per_payment: Some(99),
                ..caps()
            },
        ),
        (
            Limit::PerDay,
            Caps {
                per_day: Some(99),
                ..caps()
            },
        ),
        (
            Limit::PerMonth,
            Caps {
                per_month: Some(99),
                ..caps()
            },
        ),
        (
            Limit::Lifetime,
            Caps {
                lifetime: Some(99),
                ..caps()
            },
        ),
        (
            Limit::CountPerDay,
            Caps {
                count_per_day: Some(0),
                ..caps()
            },
        ),
    ];
    let Scene { rig, alice, bob } = scene();
    for (place, (limit, caps)) in cases.into_iter().enumerate() {
        let which = id(&place.to_string());
        open(&rig, which, caps);
        let refused = refusal(&rig.one(out_of(which, rig.transfer(alice, bob, 100))));
        assert_eq!(capped(refused).0, limit);
        assert_eq!(
            find(&rig, which).used.lifetime(),
            0,
            "a refusal uses nothing"
        );
    }
    rig.assert_clean();
}

#[test]
fn days_and_months_begin_anew() {
    let Scene { rig, alice, bob } = scene();
    let which = id("1");
    let wanted = Caps {
        per_day: Some(100),
        per_month: Some(150),
        count_per_day: Some(5),
        ..caps()
    };
    open(&rig, which, wanted);
    let pay = |minor| refusal(&rig.one(out_of(which, rig.transfer(alice, bob, minor))));
    assert_eq!(pay(100), None);
    assert_eq!(capped(pay(1)).0, Limit::PerDay);
    rig.clock.advance(86_400);
    assert_eq!(capped(pay(51)).0, Limit::PerMonth);
    assert_eq!(pay(50), None);
    rig.clock.advance(31 * 86_400);
    assert_eq!(pay(100), None);
    rig.assert_clean();
}

/// Another's account, another currency, a closed allowance and one that is not there let nothing
/// through.
#[test]
fn an_allowance_serves_its_owner_in_its_currency_while_it_is_open() {
    let Scene { rig, alice, bob } = scene();
    let which = id("1");
    open(&rig, which, caps());
    let refused = |order| refusal(&rig.one(order));
    let closed = Some(Rejection::AllowanceClosed);
    assert_eq!(
        refused(out_of(id("2"), rig.transfer(alice, bob, 1))),
        closed
    );
    assert_eq!(refused(out_of(which, rig.transfer(alice, bob, 1))), None);
    assert_eq!(refused(out_of(which, rig.transfer(bob, alice, 1))), closed);
    rig.db
        .write(move |tx| allowance::close(tx, which))
        .wait()
        .expect("a writable store");
    assert_eq!(refused(out_of(which, rig.transfer(alice, bob, 1))), closed);
    rig.assert_clean();
}

/// The check finds a counter that was turned back, and a use that never happened.
#[test]
fn the_check_adds_up_what_was_used() {
    let Scene { rig, alice, bob } = scene();
    let which = id("1");
    open(&rig, which, caps());
    assert_eq!(
        refusal(&rig.one(out_of(which, rig.transfer(alice, bob, 5)))),
        None
    );
    rig.assert_clean();
    let set = |sql| {
        rig.db
            .write(move |tx| tx.execute(sql, &[]))
            .wait()
            .expect("a writable store");
    };
    set(db::sql!("UPDATE allowances SET lifetime_sum = 0"));
    assert_eq!(rig.check().differences_total, 1);
    set(db::sql!("UPDATE allowances SET lifetime_sum = 5"));
    rig.assert_clean();
    set(db::sql!(
        "INSERT INTO allowance_uses (record, allowance) SELECT 1, allowance FROM allowance_uses"
    ));
    assert_eq!(rig.check().differences_total, 1);
}
