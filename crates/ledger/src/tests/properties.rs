//! Long random lives: many accounts, every command, amounts from one to the edges of 64 bits.

use proptest::{collection::vec, prelude::*};
use vocab::{AccountId, Currency, EntryId, HoldId, RecordId, Timestamp};

use super::{
    oracle,
    world::{World, leg, pay, signed},
};
use crate::{
    Class, Command, Entry, EntryFacts, Hold, HoldState, Leg, Link, Opening, Posting, Rest, Side,
    decide::{capture_parts, refund_parts},
    encode,
};

/// Accounts that commands speak of; the last is hardly ever opened.
const ACCOUNTS: i64 = 6;

fn amounts() -> impl Strategy<Value = i64> {
    prop_oneof![
        60 => 1..=20_i64,
        4 => prop_oneof![Just(i64::MAX), Just(i64::MAX - 1), Just(i64::MAX / 2)],
        1 => prop_oneof![Just(0), Just(-1), Just(i64::MIN)],
    ]
}

fn bounds(generous: i64) -> impl Strategy<Value = Option<i64>> {
    prop_oneof![2 => Just(None), 3 => Just(Some(generous)), 1 => amounts().prop_map(Some)]
}

fn numbers() -> impl Strategy<Value = i64> {
    prop_oneof![40 => 1..ACCOUNTS, 1 => Just(ACCOUNTS)]
}

fn accounts() -> impl Strategy<Value = AccountId> {
    numbers().prop_map(AccountId::from_raw)
}

/// Mostly balanced legs: some on each side, and one that makes up the difference.
fn legs() -> impl Strategy<Value = Vec<Leg>> {
    let side = || vec((numbers(), amounts()), 1..3);
    (side(), side(), numbers(), 0..20).prop_map(|(debits, credits, filler, lopsided)| {
        let mut legs: Vec<Leg> = Vec::new();
        legs.extend(
            debits
                .iter()
                .map(|&(account, amount)| leg(Side::Debit, account, amount)),
        );
        legs.extend(
            credits
                .iter()
                .map(|&(account, amount)| leg(Side::Credit, account, amount)),
        );
        let surplus: i128 = legs.iter().map(|&leg| signed(leg)).sum();
        let side = if surplus > 0 {
            Side::Debit
        } else {
            Side::Credit
        };
        match i64::try_from(surplus.abs()) {
            Ok(surplus) if surplus > 0 && lopsided > 0 => legs.push(leg(side, filler, surplus)),
            _ => {}
        }
        legs
    })
}

/// Holds and entries are named by a number that [`resolve`] turns into one that is there.
fn commands() -> impl Strategy<Value = Command> {
    let records = || (0..60_i64).prop_map(RecordId::from_raw);
    let rest = prop_oneof![3 => Just(Rest::Keep), 1 => Just(Rest::Release)];
    let expiry = (20..900_i64).prop_map(Timestamp::from_micros);
    prop_oneof![
        2 => (accounts(), bounds(-50), bounds(90))
            .prop_map(|(account, floor, ceiling)| Command::Bound { account, floor, ceiling }),
        2 => (accounts(), 0..8_u8).prop_map(|(account, bits)| Command::Restrict {
            account, debit_frozen: bits == 1, credit_frozen: bits == 2
        }),
        1 => accounts().prop_map(|account| Command::Close { account }),
        20 => legs().prop_map(|legs| Command::Post { code: 1, legs }),
        12 => (legs(), expiry)
            .prop_map(|(legs, expires_at)| Command::Hold { code: 2, legs, expires_at }),
        20 => (records(), amounts(), rest).prop_map(|(id, amount, rest)| Command::Capture {
            hold: id.into(), amount, rest
        }),
        2 => records().prop_map(|id| Command::Void { hold: id.into() }),
        2 => records().prop_map(|id| Command::Expire { hold: id.into() }),
        3 => records().prop_map(|id| Command::Reverse { entry: id.into() }),
        10 => (records(), amounts())
            .prop_map(|(id, amount)| Command::Refund { entry: id.into(), amount }),
    ]
}

fn worlds() -> impl Strategy<Value = World> {
    let terms = (bounds(0), bounds(90), 0..12_u8);
    vec(terms, 5..=6).prop_map(|terms| {
        let mut world = World::default();
        for (number, (floor, ceiling, currency)) in (1..).zip(terms) {
            let currency = if currency == 0 {
                Currency::USD
            } else {
                Currency::CNY
            };
            let account = AccountId::from_raw(number);
            let (class, is_first) = (Class::User, number == 1);
            let (floor, ceiling) = if is_first {
                (None, None)
            } else {
                (floor, ceiling)
            };
            let opening = Opening {
                account,
                owner: 0,
                currency,
                class,
                floor,
                ceiling,
            };
            // Some bounds cross; then there is one account less.
            let _ = world.run(&Command::Open(opening));
        }
        for number in 2..ACCOUNTS {
            let _ = world.run(&pay(1, number, 30));
        }
        world
    })
}

/// Names a hold or an entry that is there, if there is one.
fn resolve(command: Command, world: &World) -> Command {
    let hold = |id: HoldId| nth(world.holds.keys().copied(), id.into()).map_or(id, HoldId::from);
    let entry =
        |id: EntryId| nth(world.entries.keys().copied(), id.into()).map_or(id, EntryId::from);
    match command {
        Command::Capture {
            hold: id,
            amount,
            rest,
        } => Command::Capture {
            hold: hold(id),
            amount,
            rest,
        },
        Command::Void { hold: id } => Command::Void { hold: hold(id) },
        Command::Expire { hold: id } => Command::Expire { hold: hold(id) },
        Command::Reverse { entry: id } => Command::Reverse { entry: entry(id) },
        Command::Refund { entry: id, amount } => Command::Refund {
            entry: entry(id),
            amount,
        },
        command => command,
    }
}

/// One of the ids, counted back from the newest and round again.
fn nth<Id: Copy + Into<RecordId>>(
    ids: impl DoubleEndedIterator<Item = Id> + ExactSizeIterator,
    back: RecordId,
) -> Option<RecordId> {
    let back = usize::try_from(back.raw()).ok()?.checked_rem(ids.len())?;
    ids.rev().nth(back).map(Into::into)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn long_lives_keep_the_law(
        mut world in worlds(),
        life in vec((commands(), 0..5_i64), 1..120),
    ) {
        for (command, passed) in life {
            world.now = Timestamp::from_micros(world.now.micros() + passed);
            let command = resolve(command, &world);
            oracle::compare(&world, &command);

            if world.run(&command).is_ok() {
                world.check();
            }
        }
        let mut again = World { now: world.now, ..World::default() };
        for record in &world.records {
            let mut bytes = Vec::new();
            encode::encode(record, RecordId::from_raw(0), Timestamp::EPOCH, &mut bytes);
            let read = encode::decode_exact(&bytes, RecordId::from_raw(0), Timestamp::EPOCH);
            again.fold(read.expect("its own bytes")).expect("a journal replays");
        }
        prop_assert_eq!(again, world);
    }

    #[test]
    fn refunds_in_any_steps_come_to_exactly_the_entry(
        debits in vec(1..=50_i64, 1..6),
        credits in vec(1..=50_i64, 1..6),
        steps in vec(1..=40_i64, 1..200),
    ) {
        let entry = entry(&debits, &credits);
        let mut facts = EntryFacts { entry, refunded: 0, reversed: false };
        let total = i64::try_from(facts.entry.total()).expect("small");
        let mut given = vec![0; facts.entry.postings.len()];
        for step in steps.into_iter().chain([1; 300]) {
            let step = step.min(total - facts.refunded);
            if step == 0 {
                break;
            }
            for (given, part) in given.iter_mut().zip(refund_parts(&facts, step).expect("fits")) {
                prop_assert!(part >= 0);
                *given += part;
            }
            facts.refunded += step;
            near_proportion(&facts, &given)?;
        }
        let amounts: Vec<i64> = facts.entry.postings.iter().map(|posting| posting.amount).collect();
        prop_assert_eq!(given, amounts);
        prop_assert_eq!(refund_parts(&facts, 1), None);
    }

    #[test]
    fn captures_in_any_steps_come_to_exactly_the_hold(
        debits in vec(1..=50_i64, 1..6),
        credits in vec(1..=50_i64, 1..6),
        steps in vec(1..=40_i64, 1..200),
    ) {
        let legs: Vec<Leg> = entry(&debits, &credits).postings.iter().map(Posting::leg).collect();
        let left = legs.iter().map(|leg| leg.amount).collect();
        let id = HoldId::from_raw(1);
        let (expires_at, state) = (Timestamp::EPOCH, HoldState::Open);
        let mut hold = Hold { id, code: 0, legs, left, expires_at, state };
        for step in steps.into_iter().chain([1; 300]) {
            let Some(parts) = capture_parts(&hold, step) else { continue };
            let taken: i64 = parts.iter().sum();
            prop_assert_eq!(taken, 2 * step);
            for (left, part) in hold.left.iter_mut().zip(parts) {
                prop_assert!(part >= 0 && part <= *left);
                *left -= part;
            }
        }
        prop_assert!(hold.left.iter().all(|&left| left == 0));
    }

    #[test]
    fn the_law_does_not_panic_at_nonsense(
        command in commands(),
        facts in (vec((amounts(), any::<bool>()), 0..70), amounts(), any::<bool>()),
        held in vec((amounts(), amounts(), any::<bool>()), 0..70),
        balances in vec((amounts(), amounts()), 1..6),
    ) {
        let world = nonsense(facts, held, balances);
        // Whatever it says, it says something.
        let _ = crate::decide(&world, &on_record_one(command), Timestamp::EPOCH);
    }
}

/// No posting strays from its proportion by more than one unit for each that came before it.
fn near_proportion(facts: &EntryFacts, given: &[i64]) -> Result<(), TestCaseError> {
    let total = facts.entry.total();
    for (posting, &given) in facts.entry.postings.iter().zip(given) {
        let exact = i128::from(facts.refunded) * i128::from(posting.amount);
        let stray = (i128::from(given) * total - exact).abs();
        prop_assert!(stray <= 2 * total, "{given} of {exact}/{total}");
    }
    Ok(())
}

/// An entry with these debits and credits; the last one makes both sides equal.
fn entry(debits: &[i64], credits: &[i64]) -> Entry {
    let (debited, credited): (i64, i64) = (debits.iter().sum(), credits.iter().sum());
    let mut legs: Vec<Leg> = Vec::new();
    legs.extend(debits.iter().map(|&amount| leg(Side::Debit, 1, amount)));
    legs.extend(credits.iter().map(|&amount| leg(Side::Credit, 2, amount)));
    if debited < credited {
        legs.push(leg(Side::Debit, 1, credited - debited));
    }
    if credited < debited {
        legs.push(leg(Side::Credit, 2, debited - credited));
    }
    let postings = legs.into_iter().map(posting).collect();
    Entry {
        code: 0,
        link: Link::None,
        postings,
    }
}

fn posting(leg: Leg) -> Posting {
    let Leg {
        account,
        side,
        amount,
    } = leg;
    Posting {
        account,
        side,
        amount,
        currency: Currency::CNY,
        version: 0,
        balance_after: 0,
    }
}

fn side(is_credit: bool) -> Side {
    if is_credit { Side::Credit } else { Side::Debit }
}

/// A world that no journal leads to.
fn nonsense(
    (postings, refunded, reversed): (Vec<(i64, bool)>, i64, bool),
    held: Vec<(i64, i64, bool)>,
    balances: Vec<(i64, i64)>,
) -> World {
    let mut world = World::default();
    for (number, (posted, held)) in (1..).zip(balances) {
        let account = AccountId::from_raw(number);
        let (currency, class) = (Currency::CNY, Class::User);
        let opening = Opening {
            account,
            owner: 0,
            currency,
            class,
            floor: None,
            ceiling: None,
        };
        world.run(&Command::Open(opening)).expect("opens");
        let account = world.accounts.get_mut(&account).expect("opened");
        (account.posted, account.held, account.version) = (posted, held, posted);
    }
    let account = |place: usize| 1 + i64::try_from(place % 3).unwrap_or(0);
    let postings = postings.into_iter().enumerate();
    let postings = postings
        .map(|(place, (amount, is_credit))| posting(leg(side(is_credit), account(place), amount)));
    let entry = Entry {
        code: 0,
        link: Link::None,
        postings: postings.collect(),
    };
    world.entries.insert(
        EntryId::from_raw(1),
        EntryFacts {
            entry,
            refunded,
            reversed,
        },
    );
    let legs = held.iter().enumerate();
    let legs =
        legs.map(|(place, &(amount, _, is_credit))| leg(side(is_credit), account(place), amount));
    let (id, expires_at) = (HoldId::from_raw(1), Timestamp::from_micros(1));
    let (legs, left) = (
        legs.collect(),
        held.iter().skip(usize::from(reversed)).map(|h| h.1),
    );
    let left = left.collect();
    world.holds.insert(
        id,
        Hold {
            id,
            code: 0,
            legs,
            left,
            expires_at,
            state: HoldState::Open,
        },
    );
    world
}

fn on_record_one(command: Command) -> Command {
    let one = RecordId::from_raw(1);
    match command {
        Command::Capture { amount, rest, .. } => Command::Capture {
            hold: one.into(),
            amount,
            rest,
        },
        Command::Reverse { .. } => Command::Reverse { entry: one.into() },
        Command::Refund { amount, .. } => Command::Refund {
            entry: one.into(),
            amount,
        },
        command => command,
    }
}
