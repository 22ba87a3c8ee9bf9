//! Histories that are in order, and broken ones of each kind, which must be refused.

use super::*;
use crate::SeededEntropy;

fn act(name: &str, (sent, answered): (u64, u64)) -> Act {
    Act {
        name: name.to_owned(),
        sent,
        answered: Some(answered),
        ..Act::default()
    }
}

fn write(account: AccountName, version: u64, change: i64, balance_after: i64) -> Write {
    Write {
        account,
        version,
        change,
        balance_after,
    }
}

fn sight(account: AccountName, version: u64, balance: i64) -> Sight {
    Sight {
        account,
        version,
        balance,
    }
}

fn writing(mut act: Act, writes: &[Write]) -> Act {
    act.writes = writes.to_vec();
    act
}

fn seeing(mut act: Act, sights: &[Sight]) -> Act {
    act.sights = sights.to_vec();
    act
}

/// Two accounts with 100 each.
fn history(acts: Vec<Act>) -> History {
    let funded = Standing {
        version: 1,
        balance: 100,
    };
    History {
        opening: BTreeMap::from([(1, funded), (2, funded)]),
        acts,
    }
}

#[test]
fn concurrent_acts_may_come_in_any_order() {
    let late = writing(
        act("late", (0, 50)),
        &[write(1, 2, -10, 90), write(2, 2, 10, 110)],
    );
    let early = writing(
        act("early", (10, 40)),
        &[write(1, 3, -5, 85), write(2, 3, 5, 115)],
    );
    let look = seeing(act("look", (5, 60)), &[sight(1, 2, 90), sight(2, 2, 110)]);
    let judged = history(vec![late, early, look]).judge().unwrap();
    let expected = Judged {
        acts: 3,
        writes: 4,
        sights: 2,
        accounts: 2,
    };
    assert_eq!(judged, expected);
}

#[test]
fn a_lost_update_is_refused() {
    // Both read 100 and wrote what followed from it.
    let one = writing(act("one", (0, 9)), &[write(1, 2, -10, 90)]);
    let two = writing(act("two", (0, 9)), &[write(1, 2, -20, 80)]);
    assert!(matches!(
        history(vec![one.clone(), two]).judge(),
        Err(Flaw::Doubled(_))
    ));
    // The same without a version to show it: the balance does.
    let two = writing(act("two", (0, 9)), &[write(1, 3, -20, 80)]);
    assert!(matches!(
        history(vec![one, two]).judge(),
        Err(Flaw::Balance(_))
    ));
}

#[test]
fn a_missing_version_is_refused() {
    let one = writing(act("one", (0, 9)), &[write(1, 3, -10, 90)]);
    assert!(matches!(history(vec![one]).judge(), Err(Flaw::Gap(_))));
}

#[test]
fn write_skew_is_refused() {
    // Each saw the other account as it was at first and took from its own.
    let one = seeing(
        writing(act("one", (0, 9)), &[write(1, 2, -100, 0)]),
        &[sight(2, 1, 100)],
    );
    let two = seeing(
        writing(act("two", (0, 9)), &[write(2, 2, -100, 0)]),
        &[sight(1, 1, 100)],
    );
    assert!(matches!(
        history(vec![one, two]).judge(),
        Err(Flaw::Cycle(_))
    ));
}

#[test]
fn a_cycle_through_reads_alone_is_refused() {
    // Two onlookers saw two independent acts in opposite orders.
    let one = writing(act("one", (0, 99)), &[write(1, 2, 10, 110)]);
    let two = writing(act("two", (0, 99)), &[write(2, 2, 10, 110)]);
    let left = seeing(act("left", (0, 99)), &[sight(1, 2, 110), sight(2, 1, 100)]);
    let right = seeing(act("right", (0, 99)), &[sight(1, 1, 100), sight(2, 2, 110)]);
    let Err(Flaw::Cycle(told)) = history(vec![one, two, left.clone(), right]).judge() else {
        panic!("not refused");
    };
    assert_eq!(told.matches(" -> ").count(), 3, "all four: {told}");
    let one = writing(act("one", (0, 99)), &[write(1, 2, 10, 110)]);
    history(vec![one, left])
        .judge()
        .unwrap_or_else(|flaw| panic!("{flaw}"));
}

#[test]
fn a_stale_read_is_refused() {
    let paid = writing(act("paid", (0, 10)), &[write(1, 2, -10, 90)]);
    let stale = seeing(act("stale", (11, 20)), &[sight(1, 1, 100)]);
    assert!(matches!(
        history(vec![paid.clone(), stale]).judge(),
        Err(Flaw::Cycle(_))
    ));
    let in_time = seeing(act("in time", (10, 20)), &[sight(1, 1, 100)]);
    history(vec![paid, in_time]).judge().unwrap();
}

#[test]
fn an_act_before_one_that_was_answered_before_it_is_refused() {
    let first = writing(act("first", (0, 10)), &[write(1, 3, -10, 80)]);
    let second = writing(act("second", (20, 30)), &[write(1, 2, -10, 90)]);
    assert!(matches!(
        history(vec![first.clone(), second]).judge(),
        Err(Flaw::Cycle(_))
    ));
    // Without an answer nobody can say when it happened.
    let mut untold = first;
    untold.answered = None;
    let second = writing(act("second", (20, 30)), &[write(1, 2, -10, 90)]);
    history(vec![untold, second]).judge().unwrap();
}

#[test]
fn sights_of_what_never_was_are_refused() {
    for wrong in [
        sight(1, 2, 100),
        sight(1, 1, 99),
        sight(1, 0, 100),
        sight(3, 1, 0),
    ] {
        let look = seeing(act("look", (0, 9)), &[wrong]);
        assert!(
            matches!(history(vec![look]).judge(), Err(Flaw::Phantom(_))),
            "{wrong:?}"
        );
    }
    let unknown = seeing(act("look", (0, 9)), &[sight(3, 0, 0)]);
    history(vec![unknown]).judge().unwrap();
}

/// A long history of one strict order, told with overlapping moments.
fn long(chance: &SeededEntropy, acts: u64) -> History {
    let accounts = 50;
    let mut standing = vec![Standing::default(); 50];
    let mut history = History::default();
    for number in 0..acts {
        let place = |drawn: u64| usize::try_from(drawn).unwrap();
        let (from, step) = (place(chance.below(accounts)), 1 + place(chance.below(49)));
        let to = (from + step) % 50;
        let amount = i64::try_from(chance.below(100)).unwrap();
        let moment = 10 * number;
        let told = (
            moment.saturating_sub(chance.below(200)),
            moment + chance.below(200),
        );
        let mut made = act(&number.to_string(), told);
        for (account, change) in [(from, -amount), (to, amount)] {
            let at = &mut standing[account];
            at.version += 1;
            at.balance += change;
            made.writes
                .push(write(account as u64, at.version, change, at.balance));
        }
        let seen = place(chance.below(accounts));
        if seen != from && seen != to {
            let Standing { version, balance } = standing[seen];
            made.sights.push(sight(seen as u64, version, balance));
        }
        history.acts.push(made);
    }
    history
}

#[test]
fn a_long_history_in_order_passes_and_one_swap_in_it_does_not() {
    let chance = SeededEntropy::new(7);
    let history = long(&chance, 20_000);
    let judged = history.judge().unwrap_or_else(|flaw| panic!("{flaw}"));
    assert_eq!((judged.acts, judged.writes), (20_000, 40_000));
    for _ in 0..20 {
        let mut broken = history.clone();
        let (near, far) = (chance.below(9_000), 10_000 + chance.below(9_000));
        let (near, far) = (
            usize::try_from(near).unwrap(),
            usize::try_from(far).unwrap(),
        );
        let (early, late) = (&broken.acts[near], &broken.acts[far]);
        let moments = [(early.sent, early.answered), (late.sent, late.answered)];
        (broken.acts[far].sent, broken.acts[far].answered) = moments[0];
        (broken.acts[near].sent, broken.acts[near].answered) = moments[1];
        assert!(
            matches!(broken.judge(), Err(Flaw::Cycle(_))),
            "{near} {far}"
        );
    }
}
