use ledger::Rest;
use vocab::{AccountId, EntryId, HoldId, RecordId, Timestamp};

use super::{
    act::{Act, Asked, account},
    model::Model,
};
use crate::SeededEntropy;

/// Draws what people want, with a bias towards what can go wrong.
#[derive(Debug)]
pub(super) struct Draw {
    people: u64,
    keys: u64,
    holds: Vec<HoldId>,
    entries: Vec<EntryId>,
    asked: Vec<Asked>,
}

impl Draw {
    pub(super) const fn new(people: u64) -> Self {
        Self {
            people,
            keys: 0,
            holds: Vec::new(),
            entries: Vec::new(),
            asked: Vec::new(),
        }
    }

    /// Records made by `act` can be asked for from now on.
    pub(super) fn note(&mut self, act: &Act, id: RecordId) {
        match act {
            Act::Reserve { .. } => self.holds.push(id.into()),
            Act::TopUp { .. }
            | Act::Pay { .. }
            | Act::Capture { .. }
            | Act::Refund { .. }
            | Act::Reverse { .. } => self.entries.push(id.into()),
            _ => {}
        }
    }

    /// An answered order, which may be repeated.
    pub(super) fn remember(&mut self, asked: &Asked) {
        self.asked.push(asked.clone());
    }

    pub(super) fn next(&mut self, chance: &SeededEntropy, now: &Timestamp, model: &Model) -> Asked {
        if !self.asked.is_empty() && chance.chance(10) {
            let mut again = chance.pick(&self.asked).clone();
            if chance.chance(25) {
                again.act = self.act(chance, *now, model);
            }
            return again;
        }
        self.keys += 1;
        // Now and then one key is used twice before its first answer.
        if chance.chance(3) {
            self.keys -= 1;
        }
        let act = self.act(chance, *now, model);
        Asked {
            key: format!("key-{}", self.keys),
            act,
        }
    }

    fn act(&self, chance: &SeededEntropy, now: Timestamp, model: &Model) -> Act {
        let [from, to] = [self.someone(chance), self.someone(chance)];
        match chance.below(100) {
            0..15 => Act::TopUp {
                to,
                amount: amount(chance, 700),
            },
            15..45 => Act::Pay {
                from,
                to,
                amount: self.tempting(chance, from, model),
            },
            45..48 => Act::PayNobody {
                from,
                amount: amount(chance, 50),
            },
            48..62 if from != to => {
                let lasts = i64::try_from(chance.below(900)).unwrap_or(0) - 20;
                let amount = self.tempting(chance, from, model);
                Act::Reserve {
                    from,
                    to,
                    amount,
                    expires_at: now.plus_seconds(lasts),
                }
            }
            62..72 => {
                let rest = if chance.chance(50) {
                    Rest::Keep
                } else {
                    Rest::Release
                };
                Act::Capture {
                    hold: self.hold(chance),
                    amount: amount(chance, 120),
                    rest,
                }
            }
            72..77 => Act::Void {
                hold: self.hold(chance),
            },
            77..82 => Act::Expire {
                hold: self.hold(chance),
            },
            82..89 => Act::Refund {
                entry: self.entry(chance),
                amount: amount(chance, 80),
            },
            89..94 => Act::Reverse {
                entry: self.entry(chance),
            },
            94..97 => {
                let [debit, credit] = [chance.chance(50), chance.chance(50)];
                Act::Freeze {
                    account: from,
                    debit,
                    credit,
                }
            }
            _ => Act::Freeze {
                account: from,
                debit: false,
                credit: false,
            },
        }
    }

    /// Often exactly what is left, or one too many.
    fn tempting(&self, chance: &SeededEntropy, from: AccountId, model: &Model) -> i64 {
        let available = model.available(from);
        match chance.below(6) {
            0 => available.max(1),
            1 => available.max(0) + 1,
            _ => amount(chance, 200),
        }
    }

    fn someone(&self, chance: &SeededEntropy) -> AccountId {
        account(chance.below(self.people))
    }

    /// A hold that was made, or one that never was.
    fn hold(&self, chance: &SeededEntropy) -> HoldId {
        match self.holds.len() {
            0 => HoldId::from_raw(5),
            _ if chance.chance(5) => HoldId::from_raw(5),
            _ => recent(chance, &self.holds),
        }
    }

    fn entry(&self, chance: &SeededEntropy) -> EntryId {
        match self.entries.len() {
            0 => EntryId::from_raw(5),
            _ if chance.chance(5) => EntryId::from_raw(5),
            _ => recent(chance, &self.entries),
        }
    }
}

/// One of the last few, or of all.
fn recent<T: Copy>(chance: &SeededEntropy, of: &[T]) -> T {
    let window = if chance.chance(70) {
        of.len().min(6)
    } else {
        of.len()
    };
    *chance.pick(&of[of.len() - window..])
}

fn amount(chance: &SeededEntropy, most: u64) -> i64 {
    i64::try_from(1 + chance.below(most)).unwrap_or(1)
}
