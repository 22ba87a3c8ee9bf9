use proptest::prelude::*;

use super::rig::*;
use crate::Tuning;

fn tunings() -> [Tuning; 4] {
    [
        small_tail(),
        Tuning {
            tail_records: 0,
            slice_rows_min: 1,
            accounts_cached: 0,
        },
        Tuning {
            tail_records: 1,
            slice_rows_min: 1,
            accounts_cached: 1,
        },
        Tuning::default(),
    ]
}

#[test]
fn a_clean_stop_projects_everything() {
    for tuning in tunings() {
        let rig = Rig::with(tuning);
        let (alice, bob) = (rig.person(1, 1_000), rig.person(2, 0));
        for _ in 0..30 {
            assert_eq!(refusal(&rig.one(rig.transfer(alice, bob, 1))), None);
        }
        let rig = rig.reopen(tuning, true);
        assert_eq!(rig.books.tail_records(), 0);
        assert_eq!((rig.posted(alice), rig.posted(bob)), (970, 30));
        rig.assert_clean();
    }
}

#[test]
fn the_tail_is_bounded_and_drains_while_idle() {
    let rig = Rig::new();
    let (alice, bob) = (rig.person(1, 10_000), rig.person(2, 0));
    for _ in 0..200 {
        assert_eq!(refusal(&rig.one(rig.transfer(alice, bob, 1))), None);
        assert!(rig.books.tail_records() <= 3 * small_tail().tail_records);
    }
    rig.assert_clean();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn crashes_anywhere_lose_nothing(
        steps in prop::collection::vec((0_u8..10, 0_i64..4, 0_i64..4, 1_i64..40), 1..60),
        tuning in 0_usize..4,
    ) {
        let tuning = tunings()[tuning];
        let mut rig = Rig::with(tuning);
        let accounts: Vec<_> = (1..=4).map(|number| rig.person(number, 100)).collect();
        let mut wanted = vec![100_i64; 4];
        for (kind, from, to, minor) in steps {
            if kind == 0 {
                rig = rig.reopen(tuning, false);
                continue;
            }
            let (from, to) = (from.unsigned_abs() as usize, to.unsigned_abs() as usize);
            let refused = refusal(&rig.one(rig.transfer(accounts[from], accounts[to], minor)));
            prop_assert_eq!(refused.is_none(), from != to && wanted[from] >= minor);
            if refused.is_none() {
                wanted[from] -= minor;
                wanted[to] += minor;
            }
        }
        let found: Vec<_> = accounts.iter().map(|&account| rig.posted(account)).collect();
        prop_assert_eq!(found, wanted);
        let report = rig.check();
        prop_assert!(report.is_clean(), "{:#?}", report.differences);
    }
}
