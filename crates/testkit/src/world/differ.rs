//! One trace of operations on both engines: the same answers, to the byte; the same balances,
//! records and chain.

use std::fmt::Debug;

use super::{Doubt, PEOPLE, Real, Story, World, act::account, real::Place};
use crate::SeededEntropy;

/// Operations between two comparisons of everything.
const COMPARE_EVERY: u64 = 50;

/// Lets a world happen on the embedded store, and the same on a database server; `database` is
/// the address of an empty database. The error says what they did otherwise than each other, or
/// than the model.
pub fn differ(seed: u64, operations: u64, database: &str) -> Result<Story, String> {
    let told = |wrong| format!("seed {seed}: {wrong}");
    let mut pair = Pair::begin(seed, database).map_err(told)?;
    for number in 1..=operations {
        let step = pair.step();
        step.map_err(|wrong| format!("seed {seed}, operation {number}: {wrong}"))?;
        if number % COMPARE_EVERY == 0 {
            pair.compare()
                .map_err(|wrong| format!("seed {seed}, after operation {number}: {wrong}"))?;
        }
    }
    pair.end().map_err(told)?;
    Ok(pair.world.story)
}

struct Pair {
    /// The embedded store, with the model.
    world: World,
    /// The server; its clock and chance are the same.
    twin: Real,
}

impl Pair {
    fn begin(seed: u64, database: &str) -> Result<Self, String> {
        let world = World::begin(seed)?;
        let place = Place::Server(database.to_owned());
        let twin = Real::begin_on(place, &SeededEntropy::new(seed))?;
        for person in 0..PEOPLE {
            twin.open_account(person)?;
        }
        Ok(Self { world, twin })
    }

    fn step(&mut self) -> Result<(), String> {
        let world = &mut self.world;
        // Forward alone: a batch that appends nothing may move the moment that the embedded store
        // remembers, which is no answer to anybody.
        let seconds = match world.chance.below(10) {
            0 => 100_000,
            1 | 2 => 0,
            _ => i64::try_from(world.chance.below(600)).unwrap_or(0),
        };
        world.real.move_clock(seconds);
        self.twin.move_clock(seconds);
        let asked = world
            .draw
            .next(&world.chance, &world.real.now(), &world.model);
        let one = std::slice::from_ref(&asked);
        let here = world.real.submit(one).wait();
        let there = self.twin.submit(one).wait();
        let here = here.map_err(|fault| format!("the embedded store: {fault}"))?;
        let there = there.map_err(|fault| format!("the server: {fault}"))?;
        same(&format!("{asked:?}"), &here, &there)?;
        world.hear(vec![asked], here, Doubt::None, &mut |_| ())
    }

    fn compare(&self) -> Result<(), String> {
        let (here, there) = (&self.world.real, &self.twin);
        for person in 0..PEOPLE {
            let account = account(person);
            same(
                "a balance",
                &here.standing(account)?,
                &there.standing(account)?,
            )?;
            same("a list", &here.listed(account)?, &there.listed(account)?)?;
        }
        let rail = here.rail();
        same("the rail", &here.standing(rail)?, &there.standing(rail)?)?;
        same("the chain", &here.head()?, &there.head()?)
    }

    fn end(&mut self) -> Result<(), String> {
        self.world.real.restart()?;
        self.twin.restart()?;
        self.compare()?;
        self.world.compare()?;
        self.twin.check()
    }
}

/// What two engines say must read the same, to the last field.
fn same<T: Debug>(what: &str, here: &T, there: &T) -> Result<(), String> {
    let (here, there) = (format!("{here:?}"), format!("{there:?}"));
    if here == there {
        return Ok(());
    }
    Err(format!(
        "{what} differs\n  embedded: {here}\n  server:   {there}"
    ))
}
