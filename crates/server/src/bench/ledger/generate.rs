use payments::{
    Action, Intention, Language, Order, Reply, Route, limits::Terms, request_digest, wallet,
};
use vocab::{AccountId, Currency, Money, UserId};

use crate::bench::{Ids, LedgerArgs};

const CURRENCY: Currency = Currency::CNY;
/// What every account is funded with, in minor units: more than it can spend within a day's limit.
const FUNDS: i64 = 1_000_000_000_000;
/// Transfers move 1 up to this many minor units.
const LARGEST: u64 = 1_000;
/// The first account's number; small ones belong to the house.
const FIRST_ACCOUNT: i64 = 1 << 40;
/// Crockford's alphabet, in which keys are written.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Draws the orders of a run, the same ones every time.
#[derive(Debug)]
pub(super) struct Generator {
    accounts: u64,
    transfers: u64,
    batch: usize,
    ids: Ids,
    hot: u64,
    chance: u64,
    /// Keys made so far.
    keys: u64,
}

impl Generator {
    pub(super) fn new(args: &LedgerArgs) -> Self {
        Self {
            accounts: u64::from(args.accounts),
            transfers: args.transfers,
            batch: usize::try_from(args.batch).unwrap_or(usize::MAX),
            ids: args.ids,
            hot: u64::from(args.hot),
            chance: 0x9e37_79b9_7f4a_7c15,
            keys: 0,
        }
    }

    /// One account for each owner.
    pub(super) fn openings(&self) -> impl Iterator<Item = Vec<Order>> + use<> {
        let order = |number| wallet::open_order(owner(number), account(number), CURRENCY);
        batches(self.accounts, self.batch, order)
    }

    /// One top-up for each account.
    pub(super) fn top_ups(&mut self) -> impl Iterator<Item = Vec<Order>> {
        let (count, batch) = (self.accounts, self.batch);
        batches(count, batch, |number| {
            let money = Money::new(FUNDS, CURRENCY);
            let rail = wallet::sandbox_rail(CURRENCY);
            let action = Action::TopUp {
                rail,
                to: account(number),
                money,
            };
            self.order(number, Route::TopUpCreate, action)
        })
    }

    /// Transfers between random accounts, or so many of a hundred to the first one.
    pub(super) fn transfers(&mut self) -> impl Iterator<Item = Vec<Order>> {
        let (count, batch) = (self.transfers, self.batch);
        batches(count, batch, |_| {
            let from = 1 + self.below(self.accounts - 1);
            let to = if self.below(100) < self.hot {
                0
            } else {
                (from + 1 + self.below(self.accounts - 1)) % self.accounts
            };
            let minor = i64::try_from(1 + self.below(LARGEST)).unwrap_or(1);
            let money = Money::new(minor, CURRENCY);
            let action = Action::Transfer {
                from: account(from),
                to: Ok(account(to)),
                money,
                terms: Terms::default(),
            };
            self.order(from, Route::TransferCreate, action)
        })
    }

    fn order(&mut self, owned_by: u64, route: Route, action: Action) -> Order {
        let key = self.key();
        let intention = Intention {
            caller: owner(owned_by),
            route,
            request: request_digest(&[key.as_bytes()]),
            key: key.into(),
            reply: Reply {
                request: self.keys,
                language: Language::En,
            },
        };
        Order {
            intention: Some(intention),
            reference: None,
            memo: None,
            action,
        }
    }

    /// A key of 128 bits: a count above chance, or chance alone.
    fn key(&mut self) -> String {
        self.keys += 1;
        let high = match self.ids {
            Ids::Time => self.keys,
            Ids::Random => self.draw(),
        };
        let bits = (u128::from(high) << 64) | u128::from(self.draw());
        (0..26)
            .rev()
            .map(|place| {
                let digit = usize::try_from((bits >> (5 * place)) & 31).unwrap_or(0);
                char::from(ALPHABET[digit])
            })
            .collect()
    }

    /// xorshift64*: cheap, because it shares its cores with what is measured.
    fn draw(&mut self) -> u64 {
        self.chance ^= self.chance >> 12;
        self.chance ^= self.chance << 25;
        self.chance ^= self.chance >> 27;
        self.chance.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: u64) -> u64 {
        (self.draw() >> 32) % bound
    }
}

fn account(number: u64) -> AccountId {
    AccountId::from_raw(FIRST_ACCOUNT + i64::try_from(number).unwrap_or(0))
}

fn owner(number: u64) -> UserId {
    UserId::from_raw(FIRST_ACCOUNT + i64::try_from(number).unwrap_or(0))
}

/// `count` orders, `size` at a time.
fn batches(
    count: u64,
    size: usize,
    mut order: impl FnMut(u64) -> Order,
) -> impl Iterator<Item = Vec<Order>> {
    let mut numbers = 0..count;
    std::iter::from_fn(move || {
        let batch: Vec<Order> = numbers.by_ref().take(size).map(&mut order).collect();
        (!batch.is_empty()).then_some(batch)
    })
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::PathBuf};

    use super::*;

    fn generator(ids: Ids, hot: u8) -> Generator {
        let data = PathBuf::new();
        Generator::new(&LedgerArgs {
            data,
            accounts: 10,
            transfers: 1_000,
            batch: 64,
            ids,
            hot,
        })
    }

    #[test]
    fn keys_are_distinct_and_ordered_on_wish() {
        for ids in [Ids::Time, Ids::Random] {
            let mut generator = generator(ids, 0);
            let keys: Vec<String> = (0..1_000).map(|_| generator.key()).collect();
            assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
            assert_eq!(keys.is_sorted(), ids == Ids::Time);
        }
    }

    #[test]
    fn a_hot_run_pays_one_account_and_nobody_pays_themselves() {
        for (hot, expected) in [(100, 1_000), (0, 0)] {
            let mut generator = generator(Ids::Time, hot);
            let orders: Vec<Order> = generator.transfers().flatten().collect();
            assert_eq!(orders.len(), 1_000);
            let pairs = orders.iter().map(|order| match &order.action {
                Action::Transfer {
                    from, to: Ok(to), ..
                } => (*from, *to),
                other => panic!("not a transfer: {other:?}"),
            });
            let mut to_first = 0;
            for (from, to) in pairs {
                assert_ne!(from, to);
                to_first += usize::from(to == account(0));
            }
            assert!(to_first >= expected);
        }
    }
}
