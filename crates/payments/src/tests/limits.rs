use vocab::{Currency, Money, Timestamp};

use super::rig::*;
use crate::{
    Action, Limit, Order, Rejection,
    limits::{Limits, OwnLimits, Preset, Raise, Strength, Terms, Tier},
};

fn under(order: Order, terms: Terms) -> Order {
    let Action::Transfer {
        from, to, money, ..
    } = order.action
    else {
        panic!("not a transfer");
    };
    let action = Action::Transfer {
        from,
        to,
        money,
        terms,
    };
    Order { action, ..order }
}

/// Which window said no, what was used of it, and how it is raised.
fn limited(rejection: Option<Rejection>) -> (Limit, i64, i64, Raise) {
    match rejection {
        Some(Rejection::LimitExceeded {
            limit,
            max,
            used,
            raise,
            ..
        }) => (limit, max.minor, used.minor, raise),
        other => panic!("not limited: {other:?}"),
    }
}

fn terms(tier: Tier, strength: Strength) -> Terms {
    Terms {
        tier,
        strength,
        ..Terms::default()
    }
}

/// Class I: a thousand yuan for ever; the years go by and nothing comes back.
#[test]
fn class_one_has_a_thousand_yuan_for_life() {
    let rig = Rig::under(Preset::Cn);
    let (alice, bob) = (rig.person(1, 10_000_000), rig.person(2, 0));
    let one = terms(Tier::One, Strength::One);
    assert_eq!(
        refusal(&rig.one(under(rig.transfer(alice, bob, 60_000), one))),
        None
    );
    rig.clock.advance(400 * 86_400);
    let refused = refusal(&rig.one(under(rig.transfer(alice, bob, 40_001), one)));
    let wanted = (Limit::Lifetime, 100_000, 60_000, Raise::VerifyIdentity);
    assert_eq!(limited(refused), wanted);
    let rig = rig.reopen_under(small_tail(), false, Preset::Cn);
    let refused = refusal(&rig.one(under(rig.transfer(alice, bob, 40_001), one)));
    assert_eq!(limited(refused), wanted, "after a crash");
    assert_eq!(
        refusal(&rig.one(under(rig.transfer(alice, bob, 40_000), one))),
        None
    );
    rig.assert_clean();
}

/// What is given back does not reduce what was used.
#[test]
fn a_refund_reduces_nothing() {
    let rig = Rig::under(Preset::Cn);
    let (alice, bob) = (rig.person(1, 10_000_000), rig.person(2, 0));
    let one = terms(Tier::One, Strength::Two);
    let paid = rig.one(under(rig.transfer(alice, bob, 100_000), one));
    let entry = recorded(&paid).record.id.into();
    let refund = ledger::Command::Refund {
        entry,
        amount: 100_000,
    };
    assert_eq!(
        refusal(&rig.one(rig.command(2, crate::Route::Refund, refund))),
        None
    );
    let refused = refusal(&rig.one(under(rig.transfer(alice, bob, 1), one)));
    assert_eq!(limited(refused).0, Limit::Lifetime);
    rig.assert_clean();
}

/// The day by the number of factors, the year by the class; both begin at midnight in Shanghai.
#[test]
fn days_and_years_are_those_of_shanghai() {
    let rig = Rig::under(Preset::Cn);
    let (alice, bob) = (rig.person(1, 100_000_000), rig.person(2, 0));
    let with = |strength| terms(Tier::Two, strength);
    let pay =
        |minor, strength| refusal(&rig.one(under(rig.transfer(alice, bob, minor), with(strength))));
    assert_eq!(pay(100_000, Strength::One), None);
    let refused = limited(pay(1, Strength::One));
    assert_eq!(refused, (Limit::PerDay, 100_000, 100_000, Raise::AddFactor));
    assert_eq!(pay(400_000, Strength::Two), None);
    let refused = limited(pay(1, Strength::Two));
    assert_eq!(refused, (Limit::PerDay, 500_000, 500_000, Raise::AddFactor));
    assert_eq!(pay(9_500_000, Strength::Signed), None, "as agreed");
    let refused = pay(1, Strength::Signed);
    let Some(Rejection::LimitExceeded {
        limit, resets_at, ..
    }) = refused
    else {
        panic!("not limited: {refused:?}");
    };
    // 1 January in Shanghai is still 31 December in Greenwich.
    let new_year = Timestamp::of_date(2026, 12, 31).plus_seconds(16 * 3_600);
    assert_eq!((limit, resets_at), (Limit::PerYear, Some(new_year)));
    rig.clock.advance(new_year.seconds_since(START) - 3_600);
    assert_eq!(limited(pay(1, Strength::Signed)).0, Limit::PerYear);
    rig.clock.advance(3_601);
    assert_eq!(pay(10_000_000, Strength::Signed), None, "another year");
    rig.assert_clean();
}

/// Nobody knows a rate, so what the law limits in yuan cannot leave in another currency.
#[test]
fn under_chinese_rules_only_yuan_leave() {
    let limits = Limits::of(Preset::Cn);
    for currency in Currency::ALL.iter().filter(|&&one| one != Currency::CNY) {
        let bounds = limits.bounds(&Terms::default(), *currency);
        assert_eq!(bounds.per_payment.max, 0, "{currency}");
    }
}

#[test]
fn a_person_lowers_and_never_raises_above_the_rules() {
    let limits = Limits::PLAIN;
    let own = |per_payment, per_day| Terms {
        own: OwnLimits {
            per_payment,
            per_day,
        },
        ..Terms::default()
    };
    let low = limits.bounds(&own(Some(500), Some(900)), Currency::CNY);
    assert_eq!((low.per_payment.max, low.per_day.max), (500, 900));
    assert_eq!(low.per_day.raise, Raise::RaiseOwn);
    let high = limits.bounds(&own(Some(i64::MAX), None), Currency::CNY);
    assert_eq!(high, limits.bounds(&Terms::default(), Currency::CNY));
}

/// A server is given another rule book: what was counted stays as it was counted, and the check
/// counts the same way.
#[test]
fn another_rule_book_begins_with_the_next_record() {
    let rig = Rig::new();
    let (alice, bob) = (rig.person(1, 1_000_000), rig.person(2, 0));
    assert_eq!(refusal(&rig.one(rig.transfer(alice, bob, 100))), None);
    let rig = rig.reopen_under(small_tail(), true, Preset::Cn);
    assert_eq!(refusal(&rig.one(rig.transfer(alice, bob, 100))), None);
    let rig = rig.reopen_under(small_tail(), false, Preset::Plain);
    assert_eq!(refusal(&rig.one(rig.transfer(alice, bob, 100))), None);
    assert_eq!(rig.standing(alice).out.lifetime, 300);
    rig.assert_clean();
    let rig = rig.reopen_under(small_tail(), true, Preset::Eu);
    rig.assert_clean();
}

/// S-36: no sum is so large that it wraps around a limit.
#[test]
fn s_36_sums_near_the_end_of_64_bits_are_refused() {
    let rig = Rig::new();
    let (alice, bob) = (rig.person(1, 1_000), rig.person(2, 0));
    assert_eq!(refusal(&rig.one(rig.transfer(alice, bob, 1_000))), None);
    for minor in [i64::MAX, i64::MAX - 1, i64::MAX - 1_000] {
        let refused = refusal(&rig.one(rig.transfer(alice, bob, minor)));
        assert_eq!(limited(refused).0, Limit::PerPayment, "{minor}");
    }
    for minor in [0, -1, i64::MIN] {
        let refused = refusal(&rig.one(rig.transfer(alice, bob, minor)));
        assert!(refused.is_some(), "{minor}");
    }
    let money = Money::new(0, Currency::CNY);
    assert_eq!(money.minor, 0);
    rig.assert_clean();
}
