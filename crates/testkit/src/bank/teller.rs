//! One client of the bank.

use std::{
    fmt,
    time::{Duration, Instant},
};

use tokio_postgres::{Client, Error, types::ToSql};

use super::{Finding, Mutant, Report, Run, Told, connect};
use crate::SeededEntropy;

/// How long a try may take before the client hangs up; nothing is ever cancelled.
const TRY_LIMIT: Duration = Duration::from_secs(3);
/// Between two tries, doubled each time up to the longest, with jitter.
const SHORTEST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

const CLAIM: &str = "INSERT INTO transfers (key, payer, payee, amount) VALUES ($1, $2, $3, $4) \
                     ON CONFLICT (key) DO NOTHING";
const LOCK: &str = "SELECT id, balance, version FROM accounts WHERE id IN ($1, $2) \
                    ORDER BY id FOR UPDATE";
const LOOK: &str = "SELECT id, balance, version FROM accounts WHERE id IN ($1, $2) ORDER BY id";
const MOVE: &str = "UPDATE accounts SET balance = balance + $2, version = version + 1 \
                    WHERE id = $1";
const POST: &str = "INSERT INTO postings (account, version, change, balance_after, key) \
                    VALUES ($1, $2, $3, $4, $5)";

/// A transfer somebody wishes for.
struct Wish {
    key: String,
    payer: i64,
    payee: i64,
    amount: i64,
}

/// Why a try did not tell.
enum Setback {
    /// COMMIT was not sent.
    Before(Error),
    /// COMMIT was sent and its answer says nothing certain, or none came.
    AtCommit,
    /// Nothing came back in time, wherever it was.
    Silence,
}

impl fmt::Display for Setback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Before(error) => write!(f, "before COMMIT: {error}"),
            Self::AtCommit => f.write_str("at COMMIT"),
            Self::Silence => f.write_str("silence"),
        }
    }
}

pub(super) struct Teller {
    run: Run,
    name: usize,
    started: Instant,
    chance: SeededEntropy,
    client: Option<Client>,
    report: Report,
}

impl Teller {
    pub(super) fn new(run: Run, name: usize, started: Instant, seed: u64) -> Self {
        Self {
            run,
            name,
            started,
            chance: SeededEntropy::new(seed),
            client: None,
            report: Report::default(),
        }
    }

    pub(super) async fn work(mut self, transfers: usize) -> Result<Report, Finding> {
        for number in 0..transfers {
            if self.started.elapsed() >= self.run.lasting {
                break;
            }
            let key = format!("{}-{}-{number}", self.run.name, self.name);
            let told = if self.chance.chance(self.run.looks) {
                self.look(key).await?
            } else {
                self.transfer(key).await?
            };
            self.report.told.push(told);
        }
        Ok(self.report)
    }

    fn moment(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn pair(&self) -> (i64, i64) {
        let accounts = u64::try_from(self.run.accounts).unwrap_or(2);
        let place = |drawn: u64| i64::try_from(drawn).unwrap_or_default();
        let one = place(self.chance.below(accounts));
        let step = 1 + place(self.chance.below(accounts - 1));
        (1 + one, 1 + (one + step) % self.run.accounts)
    }

    async fn transfer(&mut self, key: String) -> Result<Told, Finding> {
        let (payer, payee) = self.pair();
        let amount = 1 + i64::try_from(self.chance.below(50)).unwrap_or_default();
        let sent = self.moment();
        let begun = Instant::now();
        let mut pause = SHORTEST_PAUSE;
        for attempt in 0_u32.. {
            let key = match self.run.mutant {
                Mutant::RetryWithoutKey if attempt > 0 => format!("{key}#{attempt}"),
                _ => key.clone(),
            };
            let wish = Wish {
                key,
                payer,
                payee,
                amount,
            };
            match self.attempt(&wish).await {
                Ok(()) => break,
                Err(setback) if begun.elapsed() > self.run.patience => {
                    let key = &wish.key;
                    let story = format!("{key} after {attempt} tries, the last {setback}");
                    return Err(Finding::Unsettled(story));
                }
                Err(Setback::Before(_)) => self.report.retried += 1,
                Err(Setback::AtCommit | Setback::Silence) => self.report.doubts += 1,
            }
            self.rest(&mut pause).await;
        }
        self.report.slowest = self.report.slowest.max(begun.elapsed());
        Ok(Told {
            key,
            sent,
            answered: Some(self.moment()),
            seen: Vec::new(),
        })
    }

    async fn rest(&self, pause: &mut Duration) {
        let most = u64::try_from(pause.as_micros()).unwrap_or(1).max(1);
        tokio::time::sleep(Duration::from_micros(self.chance.below(most))).await;
        *pause = (*pause * 2).min(LONGEST_PAUSE);
    }

    /// One try on one connection. A connection that failed in any way is not used again.
    async fn attempt(&mut self, wish: &Wish) -> Result<(), Setback> {
        let mut client = match self.client.take() {
            Some(client) => client,
            None => connect(&self.run.url).await.map_err(Setback::Before)?,
        };
        let mutant = self.run.mutant;
        let tried = tokio::time::timeout(TRY_LIMIT, transfer(&mut client, wish, mutant)).await;
        match tried {
            Ok(Ok(())) => {
                self.client = Some(client);
                Ok(())
            }
            Ok(Err(setback)) => Err(setback),
            Err(_) => Err(Setback::Silence),
        }
    }

    async fn look(&mut self, key: String) -> Result<Told, Finding> {
        let (one, two) = self.pair();
        let begun = Instant::now();
        let mut pause = SHORTEST_PAUSE;
        loop {
            let sent = self.moment();
            let tried = tokio::time::timeout(TRY_LIMIT, self.seen(one, two)).await;
            if let Ok(Ok(seen)) = tried {
                let answered = Some(self.moment());
                return Ok(Told {
                    key,
                    sent,
                    answered,
                    seen,
                });
            }
            self.client = None;
            if begun.elapsed() > self.run.patience {
                return Err(Finding::Unsettled(key));
            }
            self.rest(&mut pause).await;
        }
    }

    async fn seen(&mut self, one: i64, two: i64) -> Result<Vec<(i64, i64, i64)>, Error> {
        if self.client.is_none() {
            self.client = Some(connect(&self.run.url).await?);
        }
        let Some(client) = &self.client else {
            return Ok(Vec::new());
        };
        let rows = client.query(LOOK, &[&one, &two]).await?;
        Ok(rows
            .iter()
            .map(|row| (row.get(0), row.get(2), row.get(1)))
            .collect())
    }
}

/// The whole transaction, or what was done under its key before.
async fn transfer(client: &mut Client, wish: &Wish, mutant: Mutant) -> Result<(), Setback> {
    let tx = client.transaction().await.map_err(Setback::Before)?;
    let Wish {
        key,
        payer,
        payee,
        amount,
    } = wish;
    let claimed = tx
        .execute(CLAIM, &[key, payer, payee, amount])
        .await
        .map_err(Setback::Before)?;
    if claimed == 0 {
        // Done before: the row can only be seen because it was committed.
        return tx.rollback().await.map_err(Setback::Before);
    }
    let rows = tx
        .query(LOCK, &[payer, payee])
        .await
        .map_err(Setback::Before)?;
    for row in rows {
        let (id, balance, version): (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
        let change = if id == *payer { -amount } else { *amount };
        let (next, after) = (version + 1, balance + change);
        let shift: [&(dyn ToSql + Sync); 2] = [&id, &change];
        let post: [&(dyn ToSql + Sync); 5] = [&id, &next, &change, &after, key];
        tokio::try_join!(tx.execute(MOVE, &shift), tx.execute(POST, &post))
            .map_err(Setback::Before)?;
    }
    if mutant == Mutant::AckBeforeCommit {
        let _unheard = tx.commit().await;
        return Ok(());
    }
    match tx.commit().await {
        Ok(()) => Ok(()),
        Err(_) => Err(Setback::AtCommit),
    }
}
