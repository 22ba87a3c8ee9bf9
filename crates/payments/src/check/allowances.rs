//! The allowances against the replay: what each record used of one, added up again.

use db::{Fault, Read};
use ledger::{Event, Link, Record, Side};
use rustc_hash::FxHashMap;
use vocab::{AccessTokenId, RecordId};

use super::{Report, world::World};
use crate::{
    allowance::{self, Allowance, Used},
    books::calendar::Calendar,
    order::Code,
};

#[derive(Debug)]
pub(super) struct Allowances {
    calendar: Calendar,
    stored: FxHashMap<AccessTokenId, Allowance>,
    uses: FxHashMap<RecordId, AccessTokenId>,
    replayed: FxHashMap<AccessTokenId, Used>,
}

impl Allowances {
    pub(super) fn load(tx: &mut impl Read) -> Result<Self, Fault> {
        let stored = allowance::all(tx)?;
        let mut uses = FxHashMap::default();
        allowance::each_use(tx, |record, id| {
            uses.insert(record, id);
        })?;
        Ok(Self {
            calendar: Calendar::load(tx)?,
            stored: stored.into_iter().map(|one| (one.id, one)).collect(),
            uses,
            replayed: FxHashMap::default(),
        })
    }

    /// Follows one replayed record.
    pub(super) fn record(&mut self, world: &World, record: &Record, report: &mut Report) {
        let Some(id) = self.uses.remove(&record.id) else {
            return;
        };
        let sent = sent_by(record);
        let is_sound = self.stored.get(&id).zip(sent).is_some_and(|(one, sent)| {
            let (account, currency, _) = sent;
            world.owners.get(&account) == Some(&one.owner.raw()) && currency == one.caps.currency
        });
        match sent {
            Some((_, _, minor)) if is_sound => {
                let count = self.calendar.count(record.id, record.at);
                self.replayed.entry(id).or_default().count(count, minor);
            }
            _ => report.differ(format!("{}: it cannot have used {id}", record.id)),
        }
    }

    /// What can only be said at the end.
    pub(super) fn finish(&self, report: &mut Report) {
        let mut lost: Vec<_> = self.uses.keys().copied().collect();
        lost.sort_unstable();
        for record in lost {
            report.differ(format!("{record}: a use names it, and it is not there"));
        }
        let mut ids: Vec<_> = self.stored.keys().copied().collect();
        ids.sort_unstable();
        for id in ids {
            let replayed = self.replayed.get(&id).copied().unwrap_or_default();
            if self.stored[&id].used != replayed {
                report.differ(format!("{id}: what it used is not what the replay says"));
            }
        }
    }
}

/// The payer's account, the currency and the sum of a transfer.
fn sent_by(record: &Record) -> Option<(vocab::AccountId, vocab::Currency, i64)> {
    let Event::Posted(entry) = &record.event else {
        return None;
    };
    if entry.code != Code::Transfer as u16 || entry.link != Link::None {
        return None;
    }
    let mut postings = entry.postings.iter();
    let debit = postings.find(|posting| posting.side == Side::Debit)?;
    Some((debit.account, debit.currency, debit.amount))
}
