//! The rules once more, in the plainest way that is right: one map of balances, one of holds, one
//! of movements. Shares no code with the ledger.

use std::collections::BTreeMap;

use ledger::{Event, Rest};
use payments::{Standing, limits::Limits};
use vocab::{AccountId, EntryId, HoldId, RecordId, Timestamp};

use super::act::Act;

/// Small, so that people run into them: 5.00 a payment, 20.00 a day.
pub(super) const LIMITS: Limits = Limits {
    per_payment_major: 5,
    per_day_major: 20,
    ..Limits::PLAIN
};
const PER_PAYMENT: i64 = 500;
const PER_DAY: i64 = 2_000;

#[derive(Debug, Default)]
pub(super) struct Model {
    wallets: BTreeMap<AccountId, Wallet>,
    holds: BTreeMap<HoldId, Hold>,
    entries: BTreeMap<EntryId, Movement>,
}

#[derive(Clone, Debug, Default)]
struct Wallet {
    posted: i64,
    held: i64,
    debit_frozen: bool,
    credit_frozen: bool,
    /// The day of the last outgoing payment, and how much went out on it.
    sent: (i64, i64),
    /// Records that moved it, oldest first.
    lines: Vec<RecordId>,
}

#[derive(Clone, Debug)]
struct Hold {
    from: AccountId,
    to: AccountId,
    left: i64,
    expires_at: Timestamp,
    /// Why it can no longer be used, once it is over.
    over: Option<&'static str>,
}

/// One movement; the rail is `None`.
#[derive(Clone, Debug)]
struct Movement {
    from: Option<AccountId>,
    to: Option<AccountId>,
    amount: i64,
    refunded: i64,
    reversed: bool,
    is_final: bool,
}

type Verdict = Result<(), &'static str>;

fn refuse_if(condition: bool, code: &'static str) -> Verdict {
    if condition { Err(code) } else { Ok(()) }
}

impl Model {
    pub(super) fn open(&mut self, account: AccountId) {
        self.wallets.insert(account, Wallet::default());
    }

    pub(super) fn available(&self, account: AccountId) -> i64 {
        let wallet = &self.wallets[&account];
        wallet.posted - wallet.held
    }

    /// Everybody's money.
    pub(super) fn sum(&self) -> i128 {
        self.wallets
            .values()
            .map(|wallet| i128::from(wallet.posted))
            .sum()
    }

    /// Newest first.
    pub(super) fn lines(&self, account: AccountId) -> Vec<RecordId> {
        self.wallets[&account].lines.iter().rev().copied().collect()
    }

    pub(super) fn decide(&self, act: &Act, at: Timestamp) -> Verdict {
        match *act {
            Act::TopUp { to, .. } => self.may_receive(Some(to)),
            Act::PayNobody { .. } => Err("payee_not_found"),
            Act::Pay { from, to, amount } => self.decide_payment(from, to, amount, at),
            Act::Reserve {
                from,
                to,
                amount,
                expires_at,
            } => {
                refuse_if(expires_at <= at, "expiry_passed")?;
                self.may_move(Some(from), Some(to))?;
                refuse_if(self.available(from) < amount, "insufficient_funds")
            }
            Act::Capture { hold, amount, .. } => self.decide_capture(hold, amount, at),
            Act::Void { hold } => self.open_hold(hold).map(|_| ()),
            Act::Expire { hold } => {
                let hold = self.open_hold(hold)?;
                refuse_if(at < hold.expires_at, "hold_not_expired")
            }
            Act::Refund { entry, amount } => self.decide_refund(entry, amount),
            Act::Reverse { entry } => self.decide_reversal(entry),
            Act::Freeze { .. } => Ok(()),
        }
    }

    fn decide_payment(
        &self,
        from: AccountId,
        to: AccountId,
        amount: i64,
        at: Timestamp,
    ) -> Verdict {
        refuse_if(from == to, "same_account")?;
        self.may_move(Some(from), Some(to))?;
        refuse_if(amount > PER_PAYMENT, "limit_exceeded")?;
        let (day, sent) = self.wallets[&from].sent;
        let today = if day == at.day() { sent } else { 0 };
        refuse_if(today + amount > PER_DAY, "limit_exceeded")?;
        refuse_if(self.available(from) < amount, "insufficient_funds")
    }

    fn decide_capture(&self, hold: HoldId, amount: i64, at: Timestamp) -> Verdict {
        let hold = self.open_hold(hold)?;
        refuse_if(at >= hold.expires_at, "hold_expired")?;
        self.may_move(Some(hold.from), Some(hold.to))?;
        refuse_if(amount > hold.left, "amount_exceeds_hold")
    }

    fn decide_refund(&self, entry: EntryId, amount: i64) -> Verdict {
        let made = self.entries.get(&entry).ok_or("entry_not_found")?;
        refuse_if(made.reversed, "already_reversed")?;
        refuse_if(made.is_final, "reversal_is_final")?;
        if made.refunded < made.amount {
            self.may_move(made.to, made.from)?;
        }
        refuse_if(
            amount > made.amount - made.refunded,
            "refund_exceeds_payment",
        )?;
        self.can_afford(made.to, amount)
    }

    fn decide_reversal(&self, entry: EntryId) -> Verdict {
        let made = self.entries.get(&entry).ok_or("entry_not_found")?;
        refuse_if(made.reversed, "already_reversed")?;
        refuse_if(made.is_final, "reversal_is_final")?;
        refuse_if(made.refunded > 0, "already_refunded")?;
        self.may_move(made.to, made.from)?;
        self.can_afford(made.to, made.amount)
    }

    fn open_hold(&self, hold: HoldId) -> Result<&Hold, &'static str> {
        let hold = self.holds.get(&hold).ok_or("hold_not_found")?;
        hold.over.map_or(Ok(hold), Err)
    }

    fn may_move(&self, from: Option<AccountId>, to: Option<AccountId>) -> Verdict {
        let is_frozen = from.is_some_and(|from| self.wallets[&from].debit_frozen);
        refuse_if(is_frozen, "account_frozen")?;
        self.may_receive(to)
    }

    fn may_receive(&self, to: Option<AccountId>) -> Verdict {
        let is_frozen = to.is_some_and(|to| self.wallets[&to].credit_frozen);
        refuse_if(is_frozen, "payee_frozen")
    }

    /// The rail affords everything.
    fn can_afford(&self, from: Option<AccountId>, amount: i64) -> Verdict {
        let is_short = from.is_some_and(|from| self.available(from) < amount);
        refuse_if(is_short, "insufficient_funds")
    }

    pub(super) fn apply(&mut self, act: &Act, id: RecordId, at: Timestamp) {
        match *act {
            Act::TopUp { to, amount } => self.make(id, [None, Some(to)], amount),
            Act::Pay { from, to, amount } => {
                self.make(id, [Some(from), Some(to)], amount);
                self.count_sent(from, amount, at);
            }
            Act::PayNobody { .. } => unreachable!("always refused"),
            Act::Reserve {
                from,
                to,
                amount,
                expires_at,
            } => {
                self.wallet(from).held += amount;
                let hold = Hold {
                    from,
                    to,
                    left: amount,
                    expires_at,
                    over: None,
                };
                self.holds.insert(id.into(), hold);
            }
            Act::Capture { hold, amount, rest } => self.capture(hold, amount, rest, (id, at)),
            Act::Void { hold } => self.release(hold, "hold_voided"),
            Act::Expire { hold } => self.release(hold, "hold_expired"),
            Act::Refund { entry, amount } => {
                self.take_back(id, entry, amount);
                self.entry(entry).refunded += amount;
            }
            Act::Reverse { entry } => {
                let amount = self.entries[&entry].amount;
                self.take_back(id, entry, amount);
                self.entry(entry).reversed = true;
            }
            Act::Freeze {
                account,
                debit,
                credit,
            } => {
                let wallet = self.wallet(account);
                (wallet.debit_frozen, wallet.credit_frozen) = (debit, credit);
            }
        }
    }

    fn make(&mut self, id: RecordId, [from, to]: [Option<AccountId>; 2], amount: i64) {
        self.shift(id, [from, to], amount);
        let made = Movement {
            from,
            to,
            amount,
            refunded: 0,
            reversed: false,
            is_final: false,
        };
        self.entries.insert(id.into(), made);
    }

    fn take_back(&mut self, id: RecordId, entry: EntryId, amount: i64) {
        let Movement { from, to, .. } = self.entries[&entry];
        self.make(id, [to, from], amount);
        self.entry(id.into()).is_final = true;
    }

    fn capture(
        &mut self,
        id: HoldId,
        amount: i64,
        rest: Rest,
        (record, at): (RecordId, Timestamp),
    ) {
        let hold = self.holds.get_mut(&id).expect("decided before");
        hold.left -= amount;
        let released = if rest == Rest::Release { hold.left } else { 0 };
        hold.left -= released;
        if hold.left == 0 {
            hold.over = Some("hold_captured");
        }
        let (from, to) = (hold.from, hold.to);
        self.wallet(from).held -= amount + released;
        self.make(record, [Some(from), Some(to)], amount);
        self.count_sent(from, amount, at);
    }

    fn release(&mut self, id: HoldId, why: &'static str) {
        let hold = self.holds.get_mut(&id).expect("decided before");
        hold.over = Some(why);
        let (from, left) = (hold.from, std::mem::take(&mut hold.left));
        self.wallet(from).held -= left;
    }

    fn shift(&mut self, id: RecordId, [from, to]: [Option<AccountId>; 2], amount: i64) {
        for (account, change) in [(from, -amount), (to, amount)] {
            if let Some(account) = account {
                let wallet = self.wallet(account);
                wallet.posted += change;
                wallet.lines.push(id);
            }
        }
    }

    fn count_sent(&mut self, from: AccountId, amount: i64, at: Timestamp) {
        let sent = &mut self.wallet(from).sent;
        if sent.0 != at.day() {
            *sent = (at.day(), 0);
        }
        sent.1 += amount;
    }

    fn wallet(&mut self, account: AccountId) -> &mut Wallet {
        self.wallets.get_mut(&account).expect("an opened account")
    }

    fn entry(&mut self, entry: EntryId) -> &mut Movement {
        self.entries.get_mut(&entry).expect("decided before")
    }

    /// Each posting of an entry carries the version and the balance that the model has now.
    pub(super) fn agrees_with(&self, event: &Event) -> Result<(), String> {
        let Event::Posted(entry) = event else {
            return Ok(());
        };
        for posting in &entry.postings {
            let Some(wallet) = self.wallets.get(&posting.account) else {
                continue;
            };
            let is_right = posting.balance_after == wallet.posted
                && usize::try_from(posting.version) == Ok(wallet.lines.len());
            if !is_right {
                return Err(format!("{posting:?}, but {wallet:?}"));
            }
        }
        Ok(())
    }

    pub(super) fn agrees_with_standing(&self, standing: &Standing) -> Result<(), String> {
        let account = &standing.account;
        let wallet = &self.wallets[&account.id];
        let is_right = account.posted == wallet.posted
            && account.held == wallet.held
            && account.restriction.debit_frozen == wallet.debit_frozen
            && account.restriction.credit_frozen == wallet.credit_frozen
            && usize::try_from(account.version) == Ok(wallet.lines.len());
        if is_right {
            Ok(())
        } else {
            Err(format!("{account:?}, but {wallet:?}"))
        }
    }
}
