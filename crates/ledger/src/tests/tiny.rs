//! A tiny world, exhaustively: every sequence of a few commands over three accounts. After each the
//! invariants hold, what was decided folds, and the oracle agrees.

use vocab::{AccountId, Currency, EntryId, HoldId, RecordId, Timestamp};

use super::{
    oracle,
    world::{World, leg, opening, pay, reserve},
};
use crate::{Command, Rest, Side};

const BANK: i64 = 101;
const ANN: i64 = 102;
const BOB: i64 = 103;

/// The bank without bounds, Ann with 3 and never below zero, Bob never below −1 nor above 2.
fn start() -> World {
    let mut world = World::default();
    for (account, floor) in [(BANK, None), (ANN, Some(0)), (BOB, Some(-1))] {
        let mut opening = opening(account, Currency::CNY, floor);
        opening.ceiling = (account == BOB).then_some(2);
        world.run(&Command::Open(opening)).expect("opens");
    }
    world.run(&pay(BANK, ANN, 3)).expect("the first money");
    world
}

/// The records that a sequence can speak of: the first money and what the first two steps made.
const FIRST: [i64; 3] = [4, 5, 6];

enum Step {
    Ask(Command),
    /// Time goes past the expiry of all holds.
    Late,
}

fn steps() -> Vec<Step> {
    let mut commands = vec![
        pay(ANN, BOB, 1),
        pay(ANN, BOB, 2),
        pay(BOB, ANN, 2),
        reserve(ANN, BOB, 2),
        Command::Post {
            code: 1,
            legs: vec![
                leg(Side::Debit, ANN, 2),
                leg(Side::Credit, BOB, 1),
                leg(Side::Credit, BANK, 1),
            ],
        },
        Command::Hold {
            code: 2,
            legs: vec![
                leg(Side::Debit, ANN, 1),
                leg(Side::Debit, BOB, 1),
                leg(Side::Credit, BANK, 2),
            ],
            expires_at: Timestamp::from_micros(10),
        },
        Command::Restrict {
            account: AccountId::from_raw(BOB),
            debit_frozen: true,
            credit_frozen: false,
        },
        Command::Close {
            account: AccountId::from_raw(BOB),
        },
    ];
    for id in FIRST.map(RecordId::from_raw) {
        commands.push(Command::Refund {
            entry: EntryId::from(id),
            amount: 1,
        });
    }
    for id in FIRST[1..].iter().map(|&raw| RecordId::from_raw(raw)) {
        let (entry, hold) = (EntryId::from(id), HoldId::from(id));
        commands.extend([
            Command::Reverse { entry },
            Command::Capture {
                hold,
                amount: 1,
                rest: Rest::Keep,
            },
            Command::Capture {
                hold,
                amount: 1,
                rest: Rest::Release,
            },
            Command::Capture {
                hold,
                amount: 2,
                rest: Rest::Keep,
            },
            Command::Void { hold },
            Command::Expire { hold },
        ]);
    }
    commands
        .into_iter()
        .map(Step::Ask)
        .chain([Step::Late])
        .collect()
}

#[test]
fn no_sequence_of_commands_breaks_the_law() {
    let mut counts = [0; 2];
    explore(&start(), &steps(), 6, &mut counts);
    let [done, refused] = counts;
    assert!(
        done > 50_000 && refused > 100_000,
        "{done} done, {refused} refused"
    );
}

/// Tries every step, and from where one led somewhere else, every next one.
fn explore(world: &World, steps: &[Step], depth: usize, counts: &mut [usize; 2]) {
    if depth == 0 {
        return;
    }
    for step in steps {
        let mut next = world.clone();
        match step {
            Step::Late if world.now == Timestamp::EPOCH => next.now = Timestamp::from_micros(10),
            Step::Late => continue,
            Step::Ask(command) => {
                oracle::compare(world, command);
                if next.run(command).is_err() {
                    assert_eq!(&next, world, "a refusal changes nothing");
                    counts[1] += 1;
                    continue;
                }
                counts[0] += 1;
                check(&next);
            }
        }
        explore(&next, steps, depth - 1, counts);
    }
}

/// The invariants, and the floors: nobody's bounds move here, so nobody may be below theirs.
fn check(world: &World) {
    world.check();
    for account in world.accounts.values() {
        let floor = account.floor.map_or(i128::MIN, i128::from);
        assert!(account.available() >= floor, "{account:?}");
        let ceiling = account.ceiling.unwrap_or(i64::MAX);
        assert!(account.posted <= ceiling, "{account:?}");
    }
}
