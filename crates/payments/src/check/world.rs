//! The replayed world: what balances must be.

use std::collections::BTreeMap;

use ledger::{Account, EntryFacts, Event, Hold, HoldState, Record, Store, View};
use rustc_hash::FxHashMap;
use vocab::{AccountId, EntryId, HoldId};

use super::Report;

#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) accounts: FxHashMap<AccountId, Account>,
    pub(super) owners: FxHashMap<AccountId, i64>,
    pub(super) holds: BTreeMap<HoldId, Hold>,
    pub(super) facts: FxHashMap<EntryId, EntryFacts>,
}

impl World {
    /// After a record that does not follow from the ones before: believe what it says of its
    /// accounts, so that one broken record is named once.
    pub(super) fn follow(&mut self, record: &Record) {
        if let Event::Posted(entry) = &record.event {
            for posting in &entry.postings {
                if let Some(account) = self.accounts.get_mut(&posting.account) {
                    account.posted = posting.balance_after;
                    account.version = posting.version;
                }
            }
        }
    }

    /// Over all accounts of a currency balances sum to zero, and what is held is what open holds
    /// reserve.
    pub(super) fn balance(&self, report: &mut Report) {
        let mut sums: BTreeMap<_, i128> = BTreeMap::new();
        for account in self.accounts.values() {
            *sums.entry(account.currency).or_default() += i128::from(account.posted);
        }
        for (currency, sum) in sums {
            if sum != 0 {
                report.differ(format!(
                    "{currency}: all accounts sum to {sum}, not to zero"
                ));
            }
        }
        let mut held: BTreeMap<AccountId, i128> = BTreeMap::new();
        for hold in self
            .holds
            .values()
            .filter(|hold| hold.state == HoldState::Open)
        {
            for (leg, left) in hold.legs.iter().zip(&hold.left) {
                if leg.side == ledger::Side::Debit {
                    *held.entry(leg.account).or_default() += i128::from(*left);
                }
            }
        }
        for account in self.accounts.values() {
            let reserved = held.get(&account.id).copied().unwrap_or(0);
            if i128::from(account.held) != reserved {
                let (id, held) = (account.id, account.held);
                report.differ(format!(
                    "{id}: held is {held}, open holds reserve {reserved}"
                ));
            }
        }
    }
}

impl View for World {
    fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.get(&id)
    }

    fn hold(&self, id: HoldId) -> Option<&Hold> {
        self.holds.get(&id)
    }

    fn entry(&self, id: EntryId) -> Option<&EntryFacts> {
        self.facts.get(&id)
    }
}

impl Store for World {
    fn account_mut(&mut self, id: AccountId) -> Option<&mut Account> {
        self.accounts.get_mut(&id)
    }

    fn insert_account(&mut self, account: Account, owner: i64) {
        self.owners.insert(account.id, owner);
        self.accounts.insert(account.id, account);
    }

    fn hold_mut(&mut self, id: HoldId) -> Option<&mut Hold> {
        self.holds.get_mut(&id)
    }

    fn insert_hold(&mut self, hold: Hold) {
        self.holds.insert(hold.id, hold);
    }

    fn entry_mut(&mut self, id: EntryId) -> Option<&mut EntryFacts> {
        self.facts.get_mut(&id)
    }
}
