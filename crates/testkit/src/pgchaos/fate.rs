//! What can happen to a commit or a statement on its way, and how it is drawn.

use std::time::Duration;

use crate::SeededEntropy;

/// What truly became of a commit whose answer is forged or lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    Committed,
    RolledBack,
}

/// An error that the proxy makes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forged {
    /// 40001: a serialization failure.
    Serialization,
    /// 40003: the server itself does not know.
    CompletionUnknown,
    /// 25006: the server has become a standby.
    ReadOnly,
    /// 57P01: an operator ends the session; the connection is gone.
    AdminShutdown,
}

impl Forged {
    pub const fn sqlstate(self) -> &'static str {
        match self {
            Self::Serialization => "40001",
            Self::CompletionUnknown => "40003",
            Self::ReadOnly => "25006",
            Self::AdminShutdown => "57P01",
        }
    }

    pub(super) const fn is_fatal(self) -> bool {
        matches!(self, Self::AdminShutdown)
    }
}

/// What happens to one commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Pass,
    /// Both connections close; COMMIT never arrives.
    CutBefore,
    /// Both close at the moment COMMIT is sent: nobody knows, and the server may still be at it.
    CutAtOnce,
    /// Both close when the server has answered; the client never hears it.
    CutAfter,
    /// The client hears an error, whatever the truth is.
    Forge(Forged, Truth),
    /// COMMIT waits in the proxy, then all goes on.
    Delay,
    /// Nothing moves any more, and after a while both close.
    Hole(Truth),
}

/// Every fate that is not `Pass`.
pub const FATES: [Fate; 14] = [
    Fate::CutBefore,
    Fate::CutAtOnce,
    Fate::CutAfter,
    Fate::Delay,
    Fate::Hole(Truth::Committed),
    Fate::Hole(Truth::RolledBack),
    Fate::Forge(Forged::Serialization, Truth::Committed),
    Fate::Forge(Forged::Serialization, Truth::RolledBack),
    Fate::Forge(Forged::CompletionUnknown, Truth::Committed),
    Fate::Forge(Forged::CompletionUnknown, Truth::RolledBack),
    Fate::Forge(Forged::ReadOnly, Truth::Committed),
    Fate::Forge(Forged::ReadOnly, Truth::RolledBack),
    Fate::Forge(Forged::AdminShutdown, Truth::Committed),
    Fate::Forge(Forged::AdminShutdown, Truth::RolledBack),
];

/// How much goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Commits in a thousand that do not pass.
    pub commits: u64,
    /// Among what befalls commits; each entry as likely as another.
    pub fates: Vec<Fate>,
    /// Statements in ten thousand that the server is made to fail with a true 40001, 40P01 or, for
    /// a third of them, whose connection is cut.
    pub statements: u64,
    /// The longest delay; each is drawn up to it.
    pub delay: Duration,
    /// How long a hole stays open.
    pub hole: Duration,
}

impl Plan {
    /// A tenth of all commits, every fate, and some statements.
    pub fn tenth() -> Self {
        Self {
            commits: 100,
            fates: FATES.to_vec(),
            statements: 20,
            delay: Duration::from_millis(50),
            hole: Duration::from_millis(1_500),
        }
    }

    /// Every commit meets this.
    pub fn always(fate: Fate) -> Self {
        Self {
            commits: 1_000,
            fates: vec![fate],
            statements: 0,
            ..Self::tenth()
        }
    }

    /// Nothing happens; a proxy that is only there.
    pub fn calm() -> Self {
        Self {
            commits: 0,
            statements: 0,
            ..Self::tenth()
        }
    }

    pub(super) fn commit(&self, chance: &SeededEntropy) -> Fate {
        if chance.below(1_000) < self.commits {
            *chance.pick(&self.fates)
        } else {
            Fate::Pass
        }
    }

    pub(super) fn statement(&self, chance: &SeededEntropy) -> Mishap {
        if chance.below(10_000) >= self.statements {
            return Mishap::None;
        }
        *chance.pick(&[Mishap::Raise("40001"), Mishap::Raise("40P01"), Mishap::Cut])
    }
}

/// What happens to one statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mishap {
    None,
    /// The server raises this SQLSTATE, so that the transaction has truly failed.
    Raise(&'static str),
    Cut,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_chaos_and_a_tenth_is_a_tenth() {
        let draw = |seed| -> Vec<Fate> {
            let chance = SeededEntropy::new(seed);
            let plan = Plan::tenth();
            (0..10_000).map(|_| plan.commit(&chance)).collect()
        };
        let (one, again, other) = (draw(1), draw(1), draw(2));
        assert_eq!(one, again);
        assert_ne!(one, other);
        let struck = one.iter().filter(|fate| **fate != Fate::Pass).count();
        assert!((900..1_100).contains(&struck), "{struck}");
        assert!(FATES.iter().all(|fate| one.contains(fate)));
    }
}
