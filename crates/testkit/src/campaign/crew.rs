use std::{collections::BTreeSet, net::SocketAddr, ops::AddAssign, sync::Arc};

use super::{Fate, Finding, Intent, Load, Siege, Stubbornness, load::Orders, patiently, siege};
use crate::{
    SeededEntropy,
    client::Connection,
    person::{ActError, Contact, Person, join_all},
};

/// What everybody starts with, in minor units.
const FUNDS: i64 = 100_000;
/// Crowds that may be answered too late before that counts as a failure.
const MOST_CROWDS: usize = 5;
/// Connections over which a load is settled.
const SETTLERS: usize = 8;

/// A few people who pay each other, and what must be true of them.
#[derive(Clone, Debug)]
pub struct Campaign {
    crew: Arc<Vec<Person>>,
    /// What each must have, in minor units.
    posted: Vec<i64>,
    /// Ids of the records each must see.
    known: Vec<BTreeSet<String>>,
    chance: Arc<SeededEntropy>,
    loads: usize,
}

/// Counts over one settled load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    pub applied: usize,
    pub refused: usize,
    pub declined: usize,
    /// How many of these had no answer at first.
    pub unknown: usize,
}

impl AddAssign for Settled {
    fn add_assign(&mut self, other: Self) {
        self.applied += other.applied;
        self.refused += other.refused;
        self.declined += other.declined;
        self.unknown += other.unknown;
    }
}

impl Campaign {
    /// Signs `people` up, with money and active Tokens.
    pub async fn enlist(address: SocketAddr, people: usize, seed: u64) -> Result<Self, Finding> {
        let crew = join(address, people).await?;
        let mut to = Connection::open(address).await?;
        let mut known = Vec::new();
        for person in &crew {
            known.push(
                person
                    .records_until(&mut to, |_| false)
                    .await?
                    .into_iter()
                    .collect(),
            );
        }
        Ok(Self {
            posted: vec![FUNDS; crew.len()],
            crew: Arc::new(crew),
            known,
            chance: Arc::new(SeededEntropy::new(seed)),
            loads: 0,
        })
    }

    /// Begins a load of `clients`, each at most `most` payments.
    pub fn load(&mut self, address: SocketAddr, clients: usize, most: usize) -> Load {
        self.loads += 1;
        let is_distrusted = Arc::default();
        let orders = (0..clients).map(|client| Orders {
            is_distrusted: Arc::clone(&is_distrusted),
            crew: Arc::clone(&self.crew),
            name: format!("load{}-client{client}", self.loads),
            seed: self.chance.below(u64::MAX),
            most,
        });
        Load::begin(address, orders.collect())
    }

    /// Begins a siege of all `servers`, which share one database.
    pub fn besiege(&mut self, servers: &[SocketAddr], stubbornness: Stubbornness) -> Siege {
        self.loads += 1;
        Siege::begin(siege::Orders {
            servers: servers.to_vec(),
            crew: Arc::clone(&self.crew),
            name: format!("load{}", self.loads),
            seed: self.chance.below(u64::MAX),
            stubbornness,
        })
    }

    /// The people.
    pub fn crew(&self) -> &[Person] {
        &self.crew
    }

    /// A number below `bound` from the campaign's own chance.
    pub fn below(&self, bound: u64) -> u64 {
        self.chance.below(bound)
    }

    /// Repeats every wish of a load, then compares balances and records with what must be.
    pub async fn settle(
        &mut self,
        address: SocketAddr,
        intents: Vec<Intent>,
    ) -> Result<Settled, Finding> {
        let unknown = intents
            .iter()
            .filter(|intent| intent.fate == Fate::Unknown)
            .count();
        let intents = repeat_all(address, &self.crew, intents).await?;
        let mut settled = Settled {
            unknown,
            ..Settled::default()
        };
        let mut fresh = vec![BTreeSet::new(); self.crew.len()];
        for intent in &intents {
            match (&intent.fate, intent.payee) {
                (Fate::Applied(_), Some(payee)) => {
                    settled.applied += 1;
                    self.posted[intent.payer] -= intent.wish.amount;
                    self.posted[payee] += intent.wish.amount;
                    let id = intent.record().unwrap_or_default();
                    fresh[intent.payer].insert(id.clone());
                    fresh[payee].insert(id);
                }
                (Fate::Applied(_), None) => {
                    return Err(Finding::Broken(format!(
                        "{}: nobody was paid",
                        intent.wish.key
                    )));
                }
                (Fate::Refused(..), _) => settled.refused += 1,
                (Fate::Declined(_), _) => settled.declined += 1,
                (Fate::Unknown, _) => {
                    return Err(Finding::Broken(format!("{}: never final", intent.wish.key)));
                }
            }
        }
        self.compare(address, fresh).await?;
        Ok(settled)
    }

    /// Balances and new records of everybody.
    async fn compare(
        &mut self,
        address: SocketAddr,
        fresh: Vec<BTreeSet<String>>,
    ) -> Result<(), Finding> {
        let mut to = Connection::open(address).await?;
        for (number, expected) in fresh.into_iter().enumerate() {
            let person = &self.crew[number];
            let posted = patiently(async || person.posted(&mut to).await).await?;
            if posted != self.posted[number] {
                let wanted = self.posted[number];
                return Err(Finding::Broken(format!(
                    "person {number} has {posted}, must have {wanted}"
                )));
            }
            let known = &self.known[number];
            let is_known = |id: &str| known.contains(id);
            let listed = patiently(async || person.records_until(&mut to, is_known).await).await?;
            let seen: BTreeSet<String> = listed.iter().cloned().collect();
            if seen.len() != listed.len() || seen != expected {
                let missing: Vec<_> = expected.difference(&seen).collect();
                let invented: Vec<_> = seen.difference(&expected).collect();
                return Err(Finding::Broken(format!(
                    "person {number}: records missing {missing:?}, invented {invented:?}"
                )));
            }
            self.known[number].extend(expected);
        }
        Ok(())
    }
}

/// Signs people up. On a busy machine a sign-up may be answered too late, which is not what a
/// campaign is about: other people try again.
async fn join(address: SocketAddr, people: usize) -> Result<Vec<Person>, ActError> {
    let mut crowd = 0;
    loop {
        let contact = move |number| match number % 2 {
            0 => Contact::Phone(format!("+86138{:08}", crowd * 1_000 + number)),
            _ => Contact::Email(format!("person{number}@crowd{crowd}.example.com")),
        };
        match join_all(address, people, FUNDS, contact, || ()).await {
            Err(ActError::Unexpected { status: 503, .. }) if crowd < MOST_CROWDS => crowd += 1,
            joined => return joined,
        }
    }
}

/// Repeats every wish over several connections at once.
async fn repeat_all(
    address: SocketAddr,
    crew: &Arc<Vec<Person>>,
    intents: Vec<Intent>,
) -> Result<Vec<Intent>, Finding> {
    let share = intents.len().div_ceil(SETTLERS).max(1);
    let mut tasks = Vec::new();
    for part in intents.chunks(share) {
        let (mut part, crew) = (part.to_vec(), Arc::clone(crew));
        tasks.push(tokio::spawn(async move {
            let mut to = Connection::open(address).await?;
            for intent in &mut part {
                intent.repeat(&crew, &mut to).await?;
            }
            Ok::<_, Finding>(part)
        }));
    }
    let mut settled = Vec::with_capacity(intents.len());
    for task in tasks {
        settled.extend(task.await.map_err(std::io::Error::other)??);
    }
    Ok(settled)
}
