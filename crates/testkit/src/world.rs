//! A small world in one process: random people, orders, crashes at commits, a clock that jumps,
//! duplicates and restarts, all from one seed, against a model ledger of maps and plain sums.
//!
//! The model is told nothing but the orders in the order in which they were handed in, and the
//! moment that each record says. It must predict every answer, and every balance and list of
//! records after each start. A crash leaves orders without an answer: they are handed in again
//! under their keys, and must then be done once.

mod act;
mod differ;
mod draw;
mod model;
mod real;

use std::collections::BTreeMap;

use ledger::Event;
use payments::{Outcome, Recorded, Rejection};
use vocab::{RecordId, Timestamp};

use act::{Asked, account};
pub use differ::differ;
use draw::Draw;
use model::Model;
use real::{Crash, Real};

use crate::SeededEntropy;

/// People in a world.
const PEOPLE: u64 = 5;
/// Rounds of a world: some orders, answers, sometimes a crash or a clean restart.
const ROUNDS: u64 = 24;

/// What happened in one world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Story {
    pub applied: u64,
    pub refused: u64,
    pub repeated: u64,
    pub crashes: u64,
    pub restarts: u64,
}

/// Lets one world happen; `tell` hears each step. The error says what the books did otherwise than
/// the model.
pub fn live(seed: u64, tell: &mut dyn FnMut(&str)) -> Result<Story, String> {
    let mut world = World::begin(seed)?;
    for round in 0..ROUNDS {
        tell(&format!("round {round}"));
        world
            .round(tell)
            .map_err(|wrong| format!("seed {seed}, round {round}: {wrong}"))?;
    }
    world
        .end()
        .map_err(|wrong| format!("seed {seed}, at the end: {wrong}"))?;
    Ok(world.story)
}

struct World {
    chance: SeededEntropy,
    real: Real,
    model: Model,
    draw: Draw,
    /// What every key was used for, and the first answer.
    known: BTreeMap<String, (Asked, Recorded)>,
    last: (RecordId, Timestamp),
    story: Story,
}

/// Whether an order may have been done before a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doubt {
    None,
    Perhaps,
}

impl World {
    fn begin(seed: u64) -> Result<Self, String> {
        let chance = SeededEntropy::new(seed);
        let real = Real::begin(&chance)?;
        let mut model = Model::default();
        for person in 0..PEOPLE {
            real.open_account(person)?;
            model.open(account(person));
        }
        Ok(Self {
            draw: Draw::new(PEOPLE),
            chance,
            real,
            model,
            known: BTreeMap::new(),
            last: (RecordId::from_raw(0), Timestamp::EPOCH),
            story: Story::default(),
        })
    }

    fn round(&mut self, tell: &mut dyn FnMut(&str)) -> Result<(), String> {
        self.move_clock(tell);
        if self.chance.chance(15) {
            let crash = Crash::draw(&self.chance);
            tell(&format!("will crash: {crash:?}"));
            self.real.plan(crash);
        }
        let mut handed_in = Vec::new();
        for _ in 0..=self.chance.below(3) {
            let count = 1 + self.chance.below(8);
            let asked: Vec<Asked> = (0..count)
                .map(|_| self.draw.next(&self.chance, &self.real.now(), &self.model))
                .collect();
            handed_in.push((self.real.submit(&asked), asked));
        }
        let mut unanswered = Vec::new();
        for (ticket, asked) in handed_in {
            match ticket.wait() {
                Ok(outcomes) if unanswered.is_empty() => {
                    self.hear(asked, outcomes, Doubt::None, tell)?;
                }
                Ok(_) => return Err("a later submission was answered before an earlier".into()),
                Err(fault) => unanswered.push((asked, fault)),
            }
        }
        if !unanswered.is_empty() || self.real.has_crashed() {
            self.recover(unanswered, tell)?;
        } else if self.chance.chance(10) {
            tell("clean restart");
            self.story.restarts += 1;
            self.real.restart()?;
            self.compare()?;
        }
        Ok(())
    }

    fn move_clock(&mut self, tell: &mut dyn FnMut(&str)) {
        let seconds = match self.chance.below(10) {
            0 => 100_000,
            1 => -5_000,
            2 | 3 => 0,
            _ => i64::try_from(self.chance.below(600)).unwrap_or(0),
        };
        self.real.move_clock(seconds);
        tell(&format!("clock moves by {seconds} s"));
    }

    /// After a crash: what was certainly not done is not there; the rest is handed in again.
    fn recover(
        &mut self,
        unanswered: Vec<(Vec<Asked>, db::Fault)>,
        tell: &mut dyn FnMut(&str),
    ) -> Result<(), String> {
        tell("crashed");
        self.story.crashes += 1;
        self.real.reopen()?;
        for (asked, fault) in unanswered {
            if fault.is_definite() {
                self.expect_absent(&asked)?;
            }
            let again = self.real.submit(&asked).wait();
            let outcomes = again.map_err(|fault| format!("handed in again: {fault}"))?;
            let doubt = if fault.is_definite() {
                Doubt::None
            } else {
                Doubt::Perhaps
            };
            self.hear(asked, outcomes, doubt, tell)?;
        }
        self.compare()
    }

    fn expect_absent(&self, asked: &[Asked]) -> Result<(), String> {
        for asked in asked
            .iter()
            .filter(|asked| !self.known.contains_key(&asked.key))
        {
            if self.real.recall(asked)?.is_some() {
                return Err(format!(
                    "{asked:?} was done, though the store said it was not"
                ));
            }
        }
        Ok(())
    }

    fn hear(
        &mut self,
        asked: Vec<Asked>,
        outcomes: Vec<Outcome>,
        doubt: Doubt,
        tell: &mut dyn FnMut(&str),
    ) -> Result<(), String> {
        if asked.len() != outcomes.len() {
            return Err(format!(
                "{} orders, {} answers",
                asked.len(),
                outcomes.len()
            ));
        }
        for (asked, outcome) in asked.into_iter().zip(outcomes) {
            tell(&format!("{asked:?} -> {}", brief(&outcome)));
            let story = format!("{asked:?}");
            self.hear_one(asked, outcome, doubt)
                .map_err(|wrong| format!("{story}: {wrong}"))?;
        }
        Ok(())
    }

    fn hear_one(&mut self, asked: Asked, outcome: Outcome, doubt: Doubt) -> Result<(), String> {
        if let Some((first, answer)) = self.known.get(&asked.key) {
            self.story.repeated += 1;
            return repeated(first, answer, &asked, &outcome);
        }
        let Outcome::Recorded(recorded) = outcome else {
            return Err(format!("not recorded: {}", brief(&outcome)));
        };
        if recorded.replayed && doubt == Doubt::None {
            return Err("a fresh key was answered as a repeat".to_owned());
        }
        let (id, at) = (recorded.record.id, recorded.record.at);
        if id <= self.last.0 || at < self.last.1 {
            return Err(format!(
                "{id} at {at} does not follow {} at {}",
                self.last.0, self.last.1
            ));
        }
        self.last = (id, at);
        let expected = self.model.decide(&asked.act, at);
        match (&recorded.record.event, expected) {
            (Event::Rejected { code, details }, Err(expected)) => {
                let restored = Rejection::restore(*code, details);
                let (said, _) = restored.ok_or("the refusal cannot be read")?;
                if said.code() != expected {
                    return Err(format!("refused with {}, not {expected}", said.code()));
                }
                self.story.refused += 1;
            }
            (Event::Rejected { .. }, Ok(())) => return Err("refused against the rules".to_owned()),
            (event, Err(expected)) => return Err(format!("{expected} expected, was {event:?}")),
            (event, Ok(())) => {
                self.model.apply(&asked.act, id, at);
                self.model.agrees_with(event)?;
                self.draw.note(&asked.act, id);
                self.story.applied += 1;
            }
        }
        self.draw.remember(&asked);
        self.known.insert(asked.key.clone(), (asked, recorded));
        Ok(())
    }

    /// Balances, records and the whole journal against the model.
    fn compare(&self) -> Result<(), String> {
        for person in 0..PEOPLE {
            let account = account(person);
            self.model
                .agrees_with_standing(&self.real.standing(account)?)?;
            let listed = self.real.listed(account)?;
            if listed != self.model.lines(account) {
                return Err(format!(
                    "{account} lists {listed:?}, must list {:?}",
                    self.model.lines(account)
                ));
            }
        }
        let rail = self.real.standing(self.real.rail())?;
        if i128::from(rail.account.posted) + self.model.sum() != 0 {
            return Err(format!("the rail has {}", rail.account.posted));
        }
        self.real.check()
    }

    fn end(&mut self) -> Result<(), String> {
        self.real.plan_nothing();
        if self.real.has_crashed() {
            self.real.reopen()?;
        }
        self.compare()?;
        self.real.restart()?;
        self.compare()?;
        for (asked, answer) in self.known.values() {
            let outcomes = self.real.submit(std::slice::from_ref(asked)).wait();
            let outcome = outcomes.map_err(|fault| fault.to_string())?.remove(0);
            repeated(asked, answer, asked, &outcome)?;
        }
        Ok(())
    }
}

/// A key that was used before: the same answer for the same intention, and none for another.
fn repeated(
    first: &Asked,
    answer: &Recorded,
    again: &Asked,
    outcome: &Outcome,
) -> Result<(), String> {
    match outcome {
        Outcome::Recorded(now) if first.act == again.act => {
            let is_same = now.replayed
                && now.record == answer.record
                && now.place == answer.place
                && now.leaf == answer.leaf;
            if is_same {
                Ok(())
            } else {
                Err(format!("{answer:?} became {now:?}"))
            }
        }
        Outcome::KeyReused if first.act != again.act => Ok(()),
        other => Err(format!(
            "the key is known for {:?}, but: {}",
            first.act,
            brief(other)
        )),
    }
}

fn brief(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Recorded(recorded) => match &recorded.record.event {
            Event::Rejected { code, details } => {
                let said = Rejection::restore(*code, details);
                format!(
                    "refused: {}",
                    said.map_or("?", |(rejection, _)| rejection.code())
                )
            }
            _ => format!("{} at {}", recorded.record.id, recorded.record.at),
        },
        Outcome::Refused(rejection) => format!("refused without a key: {}", rejection.code()),
        Outcome::KeyReused => "key reused".to_owned(),
    }
}
