//! A ledger in memory: the simplest store that the law can be tested on.

use std::collections::BTreeMap;

use vocab::{AccountId, Currency, EntryId, HoldId, RecordId, Timestamp};

use crate::{
    Account, Broken, Class, Command, EntryFacts, Event, Hold, HoldState, Leg, Link, Opening,
    Record, Rejection, Rest, Side, Store, View, decide, replay,
};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct World {
    pub(super) accounts: BTreeMap<AccountId, Account>,
    pub(super) holds: BTreeMap<HoldId, Hold>,
    pub(super) entries: BTreeMap<EntryId, EntryFacts>,
    pub(super) records: Vec<Record>,
    pub(super) now: Timestamp,
}

impl View for World {
    fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.get(&id)
    }

    fn hold(&self, id: HoldId) -> Option<&Hold> {
        self.holds.get(&id)
    }

    fn entry(&self, id: EntryId) -> Option<&EntryFacts> {
        self.entries.get(&id)
    }
}

impl Store for World {
    fn account_mut(&mut self, id: AccountId) -> Option<&mut Account> {
        self.accounts.get_mut(&id)
    }

    fn insert_account(&mut self, account: Account, _owner: i64) {
        self.accounts.insert(account.id, account);
    }

    fn hold_mut(&mut self, id: HoldId) -> Option<&mut Hold> {
        self.holds.get_mut(&id)
    }

    fn insert_hold(&mut self, hold: Hold) {
        self.holds.insert(hold.id, hold);
    }

    fn entry_mut(&mut self, id: EntryId) -> Option<&mut EntryFacts> {
        self.entries.get_mut(&id)
    }
}

impl World {
    /// Decides and folds; what was decided must always fold.
    pub(super) fn run(&mut self, command: &Command) -> Result<RecordId, Rejection> {
        let event = decide(self, command, self.now)?;
        let id = RecordId::from_raw(self.records.last().map_or(1, |last| last.id.raw() + 1));
        let record = Record {
            id,
            at: self.now,
            origin: None,
            memo: None,
            event,
        };
        self.fold(record)
            .unwrap_or_else(|broken| panic!("{command:?}: {broken}"));
        Ok(id)
    }

    /// Folds a record, and keeps it and what it posted.
    pub(super) fn fold(&mut self, record: Record) -> Result<(), Broken> {
        replay(self, &record)?;
        if let Event::Posted(entry) = &record.event {
            let facts = EntryFacts {
                entry: entry.clone(),
                refunded: 0,
                reversed: false,
            };
            self.entries.insert(record.id.into(), facts);
        }
        self.records.push(record);
        Ok(())
    }

    /// What holds at any time, whatever was asked.
    pub(super) fn check(&self) {
        self.check_conservation();
        self.check_holds();
        self.check_entries();
    }

    fn check_conservation(&self) {
        for &currency in Currency::ALL {
            let of_currency = self
                .accounts
                .values()
                .filter(|account| account.currency == currency);
            let posted: i128 = of_currency.map(|account| i128::from(account.posted)).sum();
            assert_eq!(posted, 0, "posted balances in {currency} sum to zero");
        }
        for account in self.accounts.values() {
            let postings = self
                .entries
                .values()
                .flat_map(|facts| &facts.entry.postings);
            let own = postings.filter(|posting| posting.account == account.id);
            let (mut count, mut sum) = (0, 0);
            for posting in own {
                count += 1;
                sum += signed(posting.leg());
                assert_eq!(posting.version, count, "versions are gap-free");
                assert_eq!(i128::from(posting.balance_after), sum, "balances follow");
            }
            assert_eq!((account.version, i128::from(account.posted)), (count, sum));
        }
    }

    /// Held is what open holds have left, and every hold is fully accounted for.
    fn check_holds(&self) {
        let mut held: BTreeMap<AccountId, i128> = BTreeMap::new();
        for hold in self.holds.values() {
            for (leg, &left) in hold.legs.iter().zip(&hold.left) {
                assert!(left >= 0 && left <= leg.amount, "{hold:?}");
                if leg.side == Side::Debit {
                    *held.entry(leg.account).or_default() += i128::from(left);
                }
            }
            let created = total(
                &hold.legs.iter().map(|leg| leg.amount).collect::<Vec<_>>(),
                hold,
            );
            let open = total(&hold.left, hold);
            assert!(open == 0 || hold.state == HoldState::Open);
            assert!(open != 0 || hold.state != HoldState::Open);
            let captured = self.captured(hold.id);
            let released = created - captured - open;
            assert!(released >= 0);
            let may_release = matches!(hold.state, HoldState::Voided | HoldState::Expired);
            assert!(
                released == 0 || may_release || self.has_released(hold.id),
                "{hold:?}"
            );
        }
        for account in self.accounts.values() {
            let expected = held.get(&account.id).copied().unwrap_or(0);
            assert_eq!(i128::from(account.held), expected);
        }
    }

    fn captured(&self, id: HoldId) -> i128 {
        let captures = self
            .entries
            .values()
            .filter_map(|facts| match facts.entry.link {
                Link::Capture { of, amount, .. } if of == id => {
                    assert_eq!(facts.entry.total(), i128::from(amount));
                    Some(i128::from(amount))
                }
                _ => None,
            });
        captures.sum()
    }

    fn has_released(&self, id: HoldId) -> bool {
        self.entries.values().any(|facts| match facts.entry.link {
            Link::Capture { of, rest, .. } => of == id && rest == Rest::Release,
            _ => false,
        })
    }

    /// Whatever was given back of an entry is linked to it, and never more than there was.
    fn check_entries(&self) {
        for (&id, facts) in &self.entries {
            let (mut refunded, mut reversals) = (0_i128, 0);
            for back in self.entries.values() {
                match back.entry.link {
                    Link::Refund { of, amount } if of == id => refunded += i128::from(amount),
                    Link::Reversal { of } if of == id => reversals += 1,
                    _ => {}
                }
            }
            assert_eq!(i128::from(facts.refunded), refunded);
            assert_eq!(i32::from(facts.reversed), reversals);
            assert!(refunded <= facts.entry.total());
            assert!(refunded == 0 || reversals == 0);
        }
    }
}

fn total(amounts: &[i64], hold: &Hold) -> i128 {
    let of = |side| -> i128 {
        let legs = hold
            .legs
            .iter()
            .zip(amounts)
            .filter(|(leg, _)| leg.side == side);
        legs.map(|(_, &amount)| i128::from(amount)).sum()
    };
    assert_eq!(of(Side::Debit), of(Side::Credit));
    of(Side::Debit)
}

pub(super) fn signed(leg: Leg) -> i128 {
    match leg.side {
        Side::Debit => -i128::from(leg.amount),
        Side::Credit => i128::from(leg.amount),
    }
}

pub(super) fn opening(account: i64, currency: Currency, floor: Option<i64>) -> Opening {
    Opening {
        account: AccountId::from_raw(account),
        owner: account,
        currency,
        class: Class::User,
        floor,
        ceiling: None,
    }
}

pub(super) fn leg(side: Side, account: i64, amount: i64) -> Leg {
    Leg {
        account: AccountId::from_raw(account),
        side,
        amount,
    }
}

/// A payment of one leg on either side.
pub(super) fn pay(from: i64, to: i64, amount: i64) -> Command {
    let legs = vec![
        leg(Side::Debit, from, amount),
        leg(Side::Credit, to, amount),
    ];
    Command::Post { code: 1, legs }
}

/// The reservation of such a payment, until second 10.
pub(super) fn reserve(from: i64, to: i64, amount: i64) -> Command {
    let legs = vec![
        leg(Side::Debit, from, amount),
        leg(Side::Credit, to, amount),
    ];
    Command::Hold {
        code: 2,
        legs,
        expires_at: Timestamp::from_micros(10),
    }
}
