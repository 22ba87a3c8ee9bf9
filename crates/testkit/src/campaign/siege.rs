use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::task::JoinHandle;

use super::{Fate, Finding, Intent, load::draw};
use crate::{SeededEntropy, client::Connection, person::Person};

/// How long one request may take before the client hangs up and asks again.
const ANSWER_LIMIT: Duration = Duration::from_secs(8);
/// Between two tries, doubled up to the longest, with jitter.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

/// How stubborn clients are.
#[derive(Clone, Copy, Debug)]
pub struct Stubbornness {
    pub clients: usize,
    /// Payments of each client at most …
    pub most: usize,
    /// … and no new one after this.
    pub lasting: Duration,
    /// A payment that is not final after this is a broken promise.
    pub patience: Duration,
    /// Acts in a hundred that only look at somebody's newest record.
    pub looks: u64,
}

/// What somebody was shown: their newest record and the balance after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    pub person: usize,
    /// Moments of asking and of the answer, since the beginning.
    pub span: (Duration, Duration),
    pub record: String,
    pub balance: i64,
}

/// What stubborn clients lived through.
#[derive(Clone, Debug, Default)]
pub struct Endured {
    /// Every one of them is final.
    pub intents: Vec<Intent>,
    /// Of each intent: when it was first sent and when it was final, since the beginning.
    pub spans: Vec<(Duration, Duration)>,
    pub looks: Vec<Look>,
    /// Tries without a final answer.
    pub repeats: u64,
    /// The longest time until a payment was final.
    pub slowest: Duration,
}

impl Endured {
    /// The longest time without any final payment.
    pub fn longest_gap(&self) -> Duration {
        let mut finals: Vec<Duration> = self.spans.iter().map(|(_, end)| *end).collect();
        finals.sort_unstable();
        let gaps = finals.windows(2).map(|pair| pair[1] - pair[0]);
        gaps.max().unwrap_or_default()
    }

    fn add(&mut self, other: Self) {
        self.intents.extend(other.intents);
        self.repeats += other.repeats;
        self.slowest = self.slowest.max(other.slowest);
        self.spans.extend(other.spans);
        self.looks.extend(other.looks);
    }
}

/// Clients that repeat each payment under its key, at whichever server answers, until it is final.
#[derive(Debug)]
pub struct Siege {
    clients: Vec<JoinHandle<Result<Endured, Finding>>>,
}

pub(super) struct Orders {
    pub(super) servers: Vec<SocketAddr>,
    pub(super) crew: Arc<Vec<Person>>,
    pub(super) name: String,
    pub(super) seed: u64,
    pub(super) stubbornness: Stubbornness,
}

impl Siege {
    pub(super) fn begin(orders: Orders) -> Self {
        let chance = SeededEntropy::new(orders.seed);
        let started = Instant::now();
        let clients = (0..orders.stubbornness.clients).map(|number| {
            let client = Client {
                servers: orders.servers.clone(),
                at: number,
                connection: None,
                crew: Arc::clone(&orders.crew),
                chance: SeededEntropy::new(chance.below(u64::MAX)),
                started,
                endured: Endured::default(),
            };
            let name = format!("{}-client{number}", orders.name);
            tokio::spawn(client.work(name, orders.stubbornness))
        });
        Self {
            clients: clients.collect(),
        }
    }

    /// Waits for all.
    pub async fn gather(self) -> Result<Endured, Finding> {
        let mut endured = Endured::default();
        for client in self.clients {
            endured.add(client.await.map_err(std::io::Error::other)??);
        }
        Ok(endured)
    }
}

struct Client {
    servers: Vec<SocketAddr>,
    /// Which server is asked.
    at: usize,
    connection: Option<Connection>,
    crew: Arc<Vec<Person>>,
    chance: SeededEntropy,
    started: Instant,
    endured: Endured,
}

impl Client {
    async fn work(mut self, name: String, stubbornness: Stubbornness) -> Result<Endured, Finding> {
        for number in 0..stubbornness.most {
            if self.started.elapsed() >= stubbornness.lasting {
                break;
            }
            if self.chance.chance(stubbornness.looks) {
                self.look().await;
                continue;
            }
            let mut intent = draw(&self.crew, format!("{name}-{number}"), &self.chance);
            let sent = self.started.elapsed();
            self.finish(&mut intent, stubbornness.patience).await?;
            self.endured.intents.push(intent);
            self.endured.spans.push((sent, self.started.elapsed()));
        }
        Ok(self.endured)
    }

    /// Looks at somebody's newest record; a look that fails has seen nothing.
    async fn look(&mut self) {
        let people = self.crew.len() as u64;
        let person = usize::try_from(self.chance.below(people)).unwrap_or_default();
        let sent = self.started.elapsed();
        let Some(mut connection) = self.connection.take() else {
            let opened = Connection::open(self.servers[self.at % self.servers.len()]).await;
            self.connection = opened.ok();
            return;
        };
        let shown = self.crew[person].newest_records(&mut connection);
        let Ok(Ok(page)) = tokio::time::timeout(ANSWER_LIMIT, shown).await else {
            self.at += 1;
            return;
        };
        self.connection = Some(connection);
        if let Some(newest) = page.first() {
            self.endured.looks.push(Look {
                person,
                span: (sent, self.started.elapsed()),
                record: newest.id.clone(),
                balance: newest.balance_after,
            });
        }
    }

    async fn finish(&mut self, intent: &mut Intent, patience: Duration) -> Result<(), Finding> {
        let begun = Instant::now();
        let mut pause = SHORTEST_PAUSE;
        loop {
            let tried = tokio::time::timeout(ANSWER_LIMIT, self.attempt(intent)).await;
            match tried {
                Ok(Ok(())) if matches!(intent.fate, Fate::Applied(_) | Fate::Refused(..)) => break,
                Ok(Err(broken @ Finding::Broken(_))) => return Err(broken),
                // Declined, unknown, or no answer: the same key again.
                Ok(Ok(())) => {}
                Ok(Err(Finding::Act(_))) | Err(_) => {
                    self.connection = None;
                    self.at += 1;
                }
            }
            self.endured.repeats += 1;
            if begun.elapsed() > patience {
                let key = &intent.wish.key;
                let story = format!("{key} is not final after {patience:?}: {:?}", intent.fate);
                return Err(Finding::Broken(story));
            }
            let most = u64::try_from(pause.as_micros()).unwrap_or(1).max(1);
            tokio::time::sleep(Duration::from_micros(self.chance.below(most))).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        self.endured.slowest = self.endured.slowest.max(begun.elapsed());
        Ok(())
    }

    async fn attempt(&mut self, intent: &mut Intent) -> Result<(), Finding> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(self.servers[self.at % self.servers.len()]).await?,
        };
        intent.send(&self.crew, &mut connection).await?;
        self.connection = Some(connection);
        Ok(())
    }
}
