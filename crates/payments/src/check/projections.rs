//! The projections against the replay.
//!
//! Rows up to the watermark are complete; newer ones may be there (a flush under way, or rows
//! written with their record) and say themselves up to which record they are good. Keys and
//! history are compared by a sum over all of their rows first, which needs no memory; only if the
//! sums differ, row by row.

use db::{Fault, Read, Value};
use ledger::{Entry, Event, Posting, Record};
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};
use vocab::{AccountId, EntryId, HoldId, RecordId};

use super::{Report, int_of, watermark, world::World};
use crate::books::{
    HistoryLine, Standing, Tally,
    calendar::Calendar,
    record_keys,
    state::{KeyHash, counts_as_outgoing, scheduled_out},
    store,
};

/// A sum over rows that does not depend on their order.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sum {
    rows: u64,
    mixed: u128,
}

impl Sum {
    fn add(&mut self, parts: &[i64], hash: KeyHash) {
        let mut hasher = Sha256::new();
        hasher.update(hash.to_be_bytes());
        for part in parts {
            hasher.update(part.to_be_bytes());
        }
        let mut half = [0; 16];
        half.copy_from_slice(&hasher.finalize()[..16]);
        self.mixed = self.mixed.wrapping_add(u128::from_be_bytes(half));
        self.rows += 1;
    }

    fn add_line(&mut self, account: AccountId, line: &HistoryLine) {
        let HistoryLine {
            version,
            record,
            delta,
            balance_after,
            code,
        } = *line;
        let parts = [
            account.raw(),
            version,
            record.raw(),
            delta,
            balance_after,
            i64::from(code),
        ];
        self.add(&parts, 0);
    }
}

/// An account as the replay has it, with what the stories keep beside it.
#[derive(Clone, Copy, Debug, Default)]
struct Beside {
    out: Tally,
    /// The newest record that touched it up to the watermark.
    touched: i64,
}

#[derive(Debug)]
pub(super) struct Projections {
    watermark: RecordId,
    calendar: Calendar,
    rows: FxHashMap<AccountId, Standing>,
    compared: u64,
    beside: FxHashMap<AccountId, Beside>,
    keys: Sum,
    history: Sum,
    /// Keys of records after the watermark.
    newer_keys: Vec<(KeyHash, RecordId)>,
}

impl Projections {
    pub(super) fn load(tx: &mut impl Read) -> Result<Self, Fault> {
        let rows = tx.query(store::ALL_ACCOUNTS, &[], store::read_standing)?;
        Ok(Self {
            watermark: watermark(tx)?,
            calendar: Calendar::load(tx)?,
            rows: rows.into_iter().map(|row| (row.account.id, row)).collect(),
            compared: 0,
            beside: FxHashMap::default(),
            keys: Sum::default(),
            history: Sum::default(),
            newer_keys: Vec::new(),
        })
    }

    /// Follows one replayed record.
    pub(super) fn record(&mut self, world: &World, record: &Record, report: &mut Report) {
        let is_projected = record.id <= self.watermark;
        for hash in record_keys(record) {
            if is_projected {
                self.keys.add(&[record.id.raw()], hash);
            } else {
                self.newer_keys.push((hash, record.id));
            }
        }
        for account in touched_by(world, record) {
            let beside = self.beside.entry(account).or_default();
            if is_projected {
                beside.touched = record.id.raw();
            }
        }
        if let Event::Posted(entry) = &record.event {
            for posting in &entry.postings {
                self.posting(record, (entry, is_projected), posting);
            }
        }
        if let Event::Held { code, legs, .. } = &record.event {
            let count = self.calendar.count(record.id, record.at);
            for leg in scheduled_out(*code, legs) {
                let beside = self.beside.entry(leg.account).or_default();
                beside.out.count(count, leg.amount);
            }
        }
        for account in touched_by(world, record) {
            self.compare(world, account, record.id, report);
        }
    }

    fn posting(
        &mut self,
        record: &Record,
        (entry, is_projected): (&Entry, bool),
        posting: &Posting,
    ) {
        if is_projected {
            self.history.add_line(
                posting.account,
                &HistoryLine::of(record.id, entry.code, posting),
            );
        }
        if counts_as_outgoing(entry, posting) {
            let beside = self.beside.entry(posting.account).or_default();
            beside
                .out
                .count(self.calendar.count(record.id, record.at), posting.amount);
        }
    }

    /// Compares an account's row at the record up to which it says it is good.
    fn compare(&mut self, world: &World, account: AccountId, at: RecordId, report: &mut Report) {
        let Some(row) = self.rows.get(&account).filter(|row| row.as_of == at) else {
            return;
        };
        let Some(replayed) = world.accounts.get(&account) else {
            return;
        };
        self.compared += 1;
        let beside = self.beside.get(&account).copied().unwrap_or_default();
        let owner = world.owners.get(&account).copied().unwrap_or(0);
        let mut demand = |name: &str, stored: i64, wanted: i64| {
            if stored != wanted {
                report.differ(format!(
                    "{account}: {name} is {stored}, the replay says {wanted}"
                ));
            }
        };
        demand("posted", row.account.posted, replayed.posted);
        demand("held", row.account.held, replayed.held);
        demand("version", row.account.version, replayed.version);
        demand("owner", row.owner, owner);
        demand("the day's sum", row.out.day_sum, beside.out.day_sum);
        demand("the day of its sum", row.out.day, beside.out.day);
        demand(
            "the day's payments",
            row.out.day_count,
            beside.out.day_count,
        );
        demand("the year's sum", row.out.year_sum, beside.out.year_sum);
        demand("the year of its sum", row.out.year, beside.out.year);
        demand("the lifetime's sum", row.out.lifetime, beside.out.lifetime);
        if row.account != *replayed {
            let terms = "its currency, class, bounds or freezes";
            let only_balances = ledger::Account {
                posted: replayed.posted,
                held: replayed.held,
                version: replayed.version,
                ..row.account.clone()
            };
            if only_balances != *replayed {
                report.differ(format!("{account}: {terms} are not what the replay says"));
            }
        }
    }

    /// What can only be said at the end.
    pub(super) fn finish(
        &self,
        tx: &mut impl Read,
        world: &World,
        report: &mut Report,
    ) -> Result<(), Fault> {
        self.finish_accounts(world, report);
        finish_owners(tx, world, report)?;
        finish_holds(tx, world, report)?;
        finish_facts(tx, world, report)?;
        self.finish_keys(tx, report)?;
        self.finish_history(tx, report)
    }

    fn finish_accounts(&self, world: &World, report: &mut Report) {
        let mut ids: Vec<_> = world.accounts.keys().copied().collect();
        ids.sort_unstable();
        for id in ids {
            match self.rows.get(&id) {
                None => report.differ(format!("{id}: it has no row")),
                Some(row) => {
                    let touched = self.beside.get(&id).map_or(0, |beside| beside.touched);
                    if row.as_of.raw() < touched {
                        report.differ(format!("{id}: its row is older than the watermark"));
                    }
                }
            }
        }
        let mut unknown: Vec<_> = self
            .rows
            .keys()
            .filter(|id| !world.accounts.contains_key(*id))
            .collect();
        unknown.sort_unstable();
        for id in unknown {
            report.differ(format!("{id}: it has a row and was never opened"));
        }
        let rows = self.rows.len() as u64;
        if self.compared < rows {
            let missed = rows - self.compared;
            report.differ(format!(
                "{missed} account rows claim a record that did not touch them"
            ));
        }
    }

    fn finish_keys(&self, tx: &mut impl Read, report: &mut Report) -> Result<(), Fault> {
        let mut stored = Sum::default();
        tx.scan(
            store::ALL_KEYS,
            &[db::ValueRef::Int(self.watermark.raw())],
            &mut |row| {
                stored.add(&[row.int(1)?], KeyHash::from_be_bytes(row.bytes(0)?));
                Ok(())
            },
        )?;
        if stored != self.keys {
            self.name_keys(tx, report)?;
        }
        for (hash, record) in &self.newer_keys {
            let found = int_of(
                tx,
                store::FIND_KEY,
                Value::Blob(hash.to_be_bytes().to_vec()),
            )?;
            if found.is_some_and(|found| found != record.raw()) {
                report.differ(format!("{record}: its key points to another record"));
            }
        }
        Ok(())
    }

    fn name_keys(&self, tx: &mut impl Read, report: &mut Report) -> Result<(), Fault> {
        let before = report.differences_total;
        let mut wanted: FxHashMap<KeyHash, RecordId> = FxHashMap::default();
        super::each_record(tx, |record| {
            if record.id <= self.watermark {
                for hash in record_keys(&record) {
                    if let Some(first) = wanted.insert(hash, record.id) {
                        let id = record.id;
                        report.differ(format!("{id}: its key or reference was used by {first}"));
                    }
                }
            }
        })?;
        tx.scan(
            store::ALL_KEYS,
            &[db::ValueRef::Int(self.watermark.raw())],
            &mut |row| {
                let (hash, record) = (KeyHash::from_be_bytes(row.bytes(0)?), row.int(1)?);
                let record = RecordId::from_raw(record);
                if wanted.remove(&hash) != Some(record) {
                    report.differ(format!("a key points to {record}, which did not use it"));
                }
                Ok(())
            },
        )?;
        let mut missing: Vec<_> = wanted.into_values().collect();
        missing.sort_unstable();
        for record in missing {
            report.differ(format!("{record}: its key or reference has no row"));
        }
        if report.differences_total == before {
            report.differ("the keys are not what the replay says".to_owned());
        }
        Ok(())
    }

    fn finish_history(&self, tx: &mut impl Read, report: &mut Report) -> Result<(), Fault> {
        let mut stored = Sum::default();
        tx.scan(store::ALL_HISTORY, &[], &mut |row| {
            let account = AccountId::from_raw(row.int(0)?);
            for line in store::unpack_history(row.int(1)?, row.blob(2)?)? {
                if line.record <= self.watermark {
                    stored.add_line(account, &line);
                }
            }
            Ok(())
        })?;
        if stored != self.history {
            self.name_history(tx, report)?;
        }
        Ok(())
    }

    fn name_history(&self, tx: &mut impl Read, report: &mut Report) -> Result<(), Fault> {
        let before = report.differences_total;
        let mut wanted: FxHashMap<(AccountId, i64), HistoryLine> = FxHashMap::default();
        super::each_record(tx, |record| {
            if let Event::Posted(entry) = &record.event
                && record.id <= self.watermark
            {
                for posting in &entry.postings {
                    let line = HistoryLine::of(record.id, entry.code, posting);
                    wanted.insert((posting.account, posting.version), line);
                }
            }
        })?;
        tx.scan(store::ALL_HISTORY, &[], &mut |row| {
            let account = AccountId::from_raw(row.int(0)?);
            for line in store::unpack_history(row.int(1)?, row.blob(2)?)? {
                let version = line.version;
                if line.record <= self.watermark && wanted.remove(&(account, version)) != Some(line)
                {
                    report.differ(format!(
                        "{account}: its history at version {version} is not what the replay says"
                    ));
                }
            }
            Ok(())
        })?;
        let mut missing: Vec<_> = wanted.into_keys().collect();
        missing.sort_unstable();
        for (account, version) in missing {
            report.differ(format!("{account}: its history lacks version {version}"));
        }
        if report.differences_total == before {
            report.differ("the history is not what the replay says".to_owned());
        }
        Ok(())
    }
}

/// The accounts whose row a record moves forward.
fn touched_by(world: &World, record: &Record) -> Vec<AccountId> {
    let of_hold = |hold: HoldId| {
        let hold = world.holds.get(&hold);
        hold.map_or_else(Vec::new, |hold| {
            hold.legs.iter().map(|leg| leg.account).collect()
        })
    };
    let mut accounts = match &record.event {
        Event::Opened(opening) => vec![opening.account],
        Event::Bounded { account, .. } | Event::Restricted { account, .. } => vec![*account],
        Event::Posted(entry) => {
            let mut accounts: Vec<_> = entry.postings.iter().map(|p| p.account).collect();
            if let ledger::Link::Capture { of, .. } = entry.link {
                accounts.extend(of_hold(of));
            }
            accounts
        }
        Event::Held { .. } => of_hold(HoldId::from(record.id)),
        Event::Voided { hold } | Event::Expired { hold } => of_hold(*hold),
        Event::Rejected { .. } => Vec::new(),
    };
    accounts.sort_unstable();
    accounts.dedup();
    accounts
}

fn finish_owners(tx: &mut impl Read, world: &World, report: &mut Report) -> Result<(), Fault> {
    let mut owned = 0;
    tx.scan(store::ALL_OWNED, &[], &mut |row| {
        let (owner, account) = (row.int(0)?, AccountId::from_raw(row.int(1)?));
        owned += 1;
        if world.owners.get(&account) != Some(&owner) {
            report.differ(format!(
                "{account}: it is listed under an owner it does not have"
            ));
        }
        Ok(())
    })?;
    if owned != world.owners.values().filter(|owner| **owner != 0).count() {
        report.differ("the list of owners is not what the replay says".to_owned());
    }
    Ok(())
}

fn finish_holds(tx: &mut impl Read, world: &World, report: &mut Report) -> Result<(), Fault> {
    let rows = tx.query(store::ALL_HOLDS, &[], store::read_hold)?;
    let mut seen = 0;
    for row in &rows {
        match world.holds.get(&row.id) {
            Some(replayed) if replayed == row => seen += 1,
            Some(_) => report.differ(format!("{}: it is not what the replay says", row.id)),
            None => report.differ(format!("{}: it has a row and was never made", row.id)),
        }
    }
    if seen < world.holds.len() && rows.len() < world.holds.len() {
        let missing = world.holds.len() - rows.len();
        report.differ(format!("{missing} holds have no row"));
    }
    Ok(())
}

fn finish_facts(tx: &mut impl Read, world: &World, report: &mut Report) -> Result<(), Fault> {
    let rows = tx.query(store::ALL_FACTS, &[], |row| {
        Ok((
            EntryId::from_raw(row.int(0)?),
            (row.int(1)?, row.int(2)? != 0),
        ))
    })?;
    let mut rows: FxHashMap<_, _> = rows.into_iter().collect();
    let mut facts: Vec<_> = world.facts.iter().collect();
    facts.sort_unstable_by_key(|(id, _)| **id);
    for (id, facts) in facts {
        let stored = rows.remove(id).unwrap_or((0, false));
        if stored != (facts.refunded, facts.reversed) {
            report.differ(format!(
                "{id}: what was taken back of it is not what the replay says"
            ));
        }
    }
    for (id, stored) in rows {
        if stored != (0, false) {
            report.differ(format!(
                "{id}: nothing was taken back of it, its row says otherwise"
            ));
        }
    }
    Ok(())
}
