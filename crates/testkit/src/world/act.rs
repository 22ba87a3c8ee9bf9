use ledger::{Command, Leg, Rest, Side};
use payments::{
    Action, Code, Intention, Language, Order, Rejection, Reply, Route, limits::Terms,
    request_digest, wallet,
};
use vocab::{AccountId, Currency, EntryId, HoldId, Money, Timestamp, UserId};

pub(super) const CURRENCY: Currency = Currency::CNY;

/// What somebody wants of the books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    TopUp {
        to: AccountId,
        amount: i64,
    },
    Pay {
        from: AccountId,
        to: AccountId,
        amount: i64,
    },
    PayNobody {
        from: AccountId,
        amount: i64,
    },
    Reserve {
        from: AccountId,
        to: AccountId,
        amount: i64,
        expires_at: Timestamp,
    },
    Capture {
        hold: HoldId,
        amount: i64,
        rest: Rest,
    },
    Void {
        hold: HoldId,
    },
    Expire {
        hold: HoldId,
    },
    Refund {
        entry: EntryId,
        amount: i64,
    },
    Reverse {
        entry: EntryId,
    },
    Freeze {
        account: AccountId,
        debit: bool,
        credit: bool,
    },
}

/// An act under its key. Every act has one here, also those that the house does without, so that
/// after a crash each can be asked for again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) key: String,
    pub(super) act: Act,
}

/// The account of a person.
pub(super) fn account(person: u64) -> AccountId {
    AccountId::from_raw(1_000_000 + i64::try_from(person).expect("few people"))
}

impl Asked {
    pub(super) fn order(&self) -> Order {
        Order {
            intention: Some(self.intention()),
            reference: None,
            memo: None,
            action: self.act.action(),
        }
    }

    pub(super) fn intention(&self) -> Intention {
        Intention {
            caller: UserId::from_raw(7),
            // One scope for all, so that a key can be used again for anything else.
            route: Route::TransferCreate,
            key: self.key.as_str().into(),
            request: request_digest(&[format!("{:?}", self.act).as_bytes()]),
            reply: Reply {
                request: 1,
                language: Language::En,
            },
        }
    }
}

impl Act {
    fn action(&self) -> Action {
        let money = |amount| Money::new(amount, CURRENCY);
        match *self {
            Self::TopUp { to, amount } => {
                let rail = wallet::sandbox_rail(CURRENCY);
                Action::TopUp {
                    rail,
                    to,
                    money: money(amount),
                }
            }
            Self::Pay { from, to, amount } => Action::Transfer {
                from,
                to: Ok(to),
                money: money(amount),
                terms: Terms::default(),
            },
            Self::PayNobody { from, amount } => Action::Transfer {
                from,
                to: Err(Rejection::PayeeNotFound),
                money: money(amount),
                terms: Terms::default(),
            },
            _ => Action::Ledger(self.command()),
        }
    }

    fn command(&self) -> Command {
        match *self {
            Self::Reserve {
                from,
                to,
                amount,
                expires_at,
            } => Command::Hold {
                code: Code::Payment as u16,
                legs: vec![
                    Leg {
                        account: from,
                        side: Side::Debit,
                        amount,
                    },
                    Leg {
                        account: to,
                        side: Side::Credit,
                        amount,
                    },
                ],
                expires_at,
            },
            Self::Capture { hold, amount, rest } => Command::Capture { hold, amount, rest },
            Self::Void { hold } => Command::Void { hold },
            Self::Expire { hold } => Command::Expire { hold },
            Self::Refund { entry, amount } => Command::Refund { entry, amount },
            Self::Reverse { entry } => Command::Reverse { entry },
            Self::Freeze {
                account,
                debit,
                credit,
            } => Command::Restrict {
                account,
                debit_frozen: debit,
                credit_frozen: credit,
            },
            Self::TopUp { .. } | Self::Pay { .. } | Self::PayNobody { .. } => {
                unreachable!("these are actions of their own")
            }
        }
    }
}
