//! A judge of histories: were the answers those of one strict order of events?
//!
//! Every posting carries its account's version and balance after it, so no search is needed. Per
//! account the versions follow each other without a gap and each balance from the one before; what
//! was acknowledged before another act began comes before it; and the graph of all acts has no
//! cycle. Its edges: who wrote a version after whom (ww), who read what somebody wrote (wr), who
//! overwrote what somebody had read (rw), and real time. Lost updates, write skew, stale reads and
//! cycles through reads (G2-item) all show. Time and memory grow with the history, a sort apart.

mod graph;

use std::{collections::BTreeMap, fmt};

use graph::Graph;

/// One account's name in a history.
pub type AccountName = u64;

/// A new version of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Write {
    pub account: AccountName,
    /// Counted from 1 without gaps, or from what the opening says.
    pub version: u64,
    /// Minor units.
    pub change: i64,
    pub balance_after: i64,
}

/// An account as somebody was shown it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    pub account: AccountName,
    pub version: u64,
    pub balance: i64,
}

/// One thing that somebody asked for and that happened, with the moments of one stopwatch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Act {
    /// For the one who reads a finding.
    pub name: String,
    /// Not before this it can have happened; microseconds.
    pub sent: u64,
    /// Not after this it happened; `None` if no answer told.
    pub answered: Option<u64>,
    pub writes: Vec<Write>,
    /// What it saw and left as it was.
    pub sights: Vec<Sight>,
}

/// Where an account stands before the history begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub version: u64,
    pub balance: i64,
}

/// What is wrong with a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Two acts wrote the same version: an update was lost.
    Doubled(String),
    /// A version is missing.
    Gap(String),
    /// A balance does not follow from the one before.
    Balance(String),
    /// A sight of a version that never was, or with another balance.
    Phantom(String),
    /// No order of all acts agrees with what each saw and with time.
    Cycle(String),
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Doubled(what) => write!(f, "a lost update: {what}"),
            Self::Gap(what) => write!(f, "a gap: {what}"),
            Self::Balance(what) => write!(f, "a broken balance: {what}"),
            Self::Phantom(what) => write!(f, "a phantom: {what}"),
            Self::Cycle(what) => write!(f, "no order of events: {what}"),
        }
    }
}

/// What was checked, for the one who asks whether it was anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    pub acts: usize,
    pub writes: usize,
    pub sights: usize,
    pub accounts: usize,
}

/// A history of acts, with where accounts stood before it; those not named began at nothing.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub opening: BTreeMap<AccountName, Standing>,
    pub acts: Vec<Act>,
}

/// The acts that wrote an account, by version.
#[derive(Debug, Default)]
struct Chain {
    opening: Standing,
    /// The version after the opening comes first: act and balance.
    links: Vec<(usize, i64)>,
}

impl History {
    /// The first flaw found, or how much was looked at.
    pub fn judge(&self) -> Result<Judged, Flaw> {
        let chains = self.chains()?;
        let mut graph = Graph::new(self.acts.len());
        for chain in chains.values() {
            for pair in chain.links.windows(2) {
                graph.edge(pair[0].0, pair[1].0);
            }
        }
        let mut judged = Judged {
            acts: self.acts.len(),
            accounts: chains.len(),
            ..Judged::default()
        };
        for (number, act) in self.acts.iter().enumerate() {
            judged.writes += act.writes.len();
            judged.sights += act.sights.len();
            for sight in &act.sights {
                self.place_sight(&chains, &mut graph, (number, sight))?;
            }
        }
        graph.real_time(&self.acts);
        match graph.cycle() {
            None => Ok(judged),
            Some(cycle) => Err(Flaw::Cycle(self.told(&cycle))),
        }
    }

    /// Sorts writes into chains and follows each.
    fn chains(&self) -> Result<BTreeMap<AccountName, Chain>, Flaw> {
        let mut sorted: BTreeMap<AccountName, Vec<(Write, usize)>> = BTreeMap::new();
        for (number, act) in self.acts.iter().enumerate() {
            for write in &act.writes {
                sorted
                    .entry(write.account)
                    .or_default()
                    .push((*write, number));
            }
        }
        let mut chains = BTreeMap::new();
        for account in self.opening.keys() {
            sorted.entry(*account).or_default();
        }
        for (account, mut writes) in sorted {
            writes.sort_unstable_by_key(|(write, number)| (write.version, *number));
            let opening = self.opening.get(&account).copied().unwrap_or_default();
            let chain = self.follow(opening, &writes)?;
            chains.insert(account, chain);
        }
        Ok(chains)
    }

    fn follow(&self, opening: Standing, writes: &[(Write, usize)]) -> Result<Chain, Flaw> {
        let mut at = opening;
        let mut links = Vec::with_capacity(writes.len());
        for (write, number) in writes {
            let name = &self.acts[*number].name;
            let told = || format!("{name}: {write:?} after {at:?}");
            if write.version <= at.version {
                return Err(Flaw::Doubled(told()));
            }
            if write.version > at.version + 1 {
                return Err(Flaw::Gap(told()));
            }
            if at.balance.checked_add(write.change) != Some(write.balance_after) {
                return Err(Flaw::Balance(told()));
            }
            at = Standing {
                version: write.version,
                balance: write.balance_after,
            };
            links.push((*number, write.balance_after));
        }
        Ok(Chain { opening, links })
    }

    /// A sight lies after the act that wrote what it saw, and before the one that wrote over it.
    fn place_sight(
        &self,
        chains: &BTreeMap<AccountName, Chain>,
        graph: &mut Graph,
        (number, sight): (usize, &Sight),
    ) -> Result<(), Flaw> {
        let phantom = || Flaw::Phantom(format!("{}: {sight:?}", self.acts[number].name));
        let none = Chain::default();
        let chain = chains.get(&sight.account).unwrap_or(&none);
        let place = sight
            .version
            .checked_sub(chain.opening.version)
            .and_then(|place| usize::try_from(place).ok())
            .filter(|place| *place <= chain.links.len())
            .ok_or_else(phantom)?;
        let seen = match place.checked_sub(1) {
            None => chain.opening.balance,
            Some(link) => chain.links[link].1,
        };
        if seen != sight.balance {
            return Err(phantom());
        }
        if let Some((writer, _)) = place.checked_sub(1).map(|link| chain.links[link]) {
            graph.edge(writer, number);
        }
        if let Some((after, _)) = chain.links.get(place) {
            graph.edge(number, *after);
        }
        Ok(())
    }

    fn told(&self, cycle: &[usize]) -> String {
        const MOST: usize = 8;
        let mut told: Vec<String> = cycle
            .iter()
            .take(MOST)
            .map(|number| {
                let act = &self.acts[*number];
                format!("{} [{}..{:?}]", act.name, act.sent, act.answered)
            })
            .collect();
        if cycle.len() > MOST {
            told.push(format!("{} more", cycle.len() - MOST));
        }
        told.join(" -> ")
    }
}

#[cfg(test)]
mod tests;
