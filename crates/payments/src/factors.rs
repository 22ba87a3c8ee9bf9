//! Which proofs a payment needs: a table by amount, by whom it goes to, and by where it comes from.
//!
//! What proves who somebody is, is not known here; only which classes of proof came with a payment.
//! A code by SMS or e-mail is a proof beside another one and nothing by itself.

use vocab::{Currency, Money};

use crate::limits::{Preset, Strength};

/// A proof that may come with a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Factor {
    /// The Token: something the payer has.
    SecurityToken = 1,
    /// Six digits on a device of theirs: something they know.
    Pin = 2,
    /// An authenticator app: something they have.
    Totp = 4,
    /// A code by SMS: something they have, if nobody took over the number.
    Sms = 8,
    /// A passkey that was unlocked, over a challenge for exactly this payment.
    Passkey = 16,
}

impl Factor {
    /// Every factor, as they are offered.
    pub const ALL: [Self; 5] = [
        Self::SecurityToken,
        Self::Pin,
        Self::Totp,
        Self::Sms,
        Self::Passkey,
    ];

    /// As shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::SecurityToken => "security_token",
            Self::Pin => "pin",
            Self::Totp => "totp",
            Self::Sms => "sms",
            Self::Passkey => "passkey",
        }
    }
}

/// Some factors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Factors(u8);

impl Factors {
    /// Every factor there is.
    pub const EVERY: Self = Self(31);

    /// As stored; bits that mean nothing are dropped.
    pub fn from_bits(bits: i64) -> Self {
        Self(u8::try_from(bits & 31).unwrap_or_default())
    }

    /// Reads [`Factors::from_bits`].
    pub fn bits(self) -> i64 {
        i64::from(self.0)
    }

    /// These and one more.
    #[must_use]
    pub const fn with(self, factor: Factor) -> Self {
        Self(self.0 | factor as u8)
    }

    /// These and those.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    pub const fn has(self, factor: Factor) -> bool {
        self.0 & factor as u8 != 0
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How strong they are together.
    pub const fn strength(self) -> Strength {
        let knows = self.has(Factor::Pin);
        let has = self.has(Factor::SecurityToken) || self.has(Factor::Totp);
        if self.has(Factor::Passkey) {
            Strength::Signed
        } else if knows && (has || self.has(Factor::Sms)) {
            Strength::Two
        } else if knows || has {
            Strength::One
        } else {
            Strength::None
        }
    }

    /// The smallest sets of these that are as strong as that, what asks least first.
    pub fn sets(self, needs: Strength) -> Vec<Vec<Factor>> {
        let candidates: &[&[Factor]] = match needs {
            Strength::None => &[],
            Strength::One => &[
                &[Factor::SecurityToken],
                &[Factor::Pin],
                &[Factor::Totp],
                &[Factor::Passkey],
            ],
            Strength::Two => &[
                &[Factor::Passkey],
                &[Factor::Pin, Factor::SecurityToken],
                &[Factor::Pin, Factor::Totp],
                &[Factor::Pin, Factor::Sms],
            ],
            Strength::Signed => &[&[Factor::Passkey]],
        };
        let is_theirs = |set: &&&[Factor]| set.iter().all(|factor| self.has(*factor));
        let theirs = candidates.iter().filter(is_theirs);
        theirs.map(|set| set.to_vec()).collect()
    }
}

/// What is known of a payment beside its amount. A payment about which nothing is said is one to
/// somebody known, from a known place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// Nobody whom the payer has paid much before, or since yesterday only.
    pub is_new_payee: bool,
    pub is_new_device: bool,
    pub is_unfamiliar_network: bool,
}

impl Circumstances {
    /// Whether it comes from somewhere new.
    pub const fn is_elsewhere(self) -> bool {
        self.is_new_device || self.is_unfamiliar_network
    }
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Always,
    /// A payee who is new.
    NewPayee,
    /// A device that is new, or an unfamiliar network.
    Elsewhere,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    pub name: &'static str,
    /// It holds for payments above this, in major units.
    pub above: i64,
    /// It holds once the day's sum with this payment is above this, in major units.
    pub day_above: i64,
    pub when: When,
    pub needs: Strength,
    /// After how many seconds the money should rather arrive.
    pub delay: Option<i64>,
    pub source: &'static str,
}

/// Small payments that need no proof, for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exemption {
    /// Sums of other currencies are never added, so it is in one.
    pub currency: Currency,
    /// One payment, major units.
    pub per_payment: i64,
    /// All of them since the payer last proved themselves, major units.
    pub sum: i64,
    /// Their number since then.
    pub count: i64,
    pub source: &'static str,
}

/// The table of a rule book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    pub rules: &'static [Rule],
    pub exemption: Option<Exemption>,
}

/// Money arrives two hours or a day later where the payer likes (own; what the People's Bank's
/// Yinfa 2016 No. 261 has every bank offer).
pub const DELAYS: [i64; 3] = [0, 7_200, 86_400];
/// A payee is new for a day (own; Crypto.com after January 2022).
pub const PAYEE_YOUNG_SECONDS: i64 = 86_400;

const EVERY: Rule = Rule {
    name: "every_payment",
    above: 0,
    day_above: 0,
    when: When::Always,
    needs: Strength::One,
    delay: None,
    source: "own: the Token, or the PIN on a device of one's own",
};

const PLAIN: &[Rule] = &[
    EVERY,
    Rule {
        name: "large_from_elsewhere",
        above: 50_000,
        when: When::Elsewhere,
        needs: Strength::Two,
        delay: Some(86_400),
        source: "own",
        ..EVERY
    },
    Rule {
        name: "large_to_new_payee",
        above: 50_000,
        when: When::NewPayee,
        delay: Some(7_200),
        source: "own",
        ..EVERY
    },
];

/// The sums of a day are limits by strength in this rule book, see `limits`.
const CN: &[Rule] = &[
    EVERY,
    Rule {
        name: "from_elsewhere",
        above: 1_000,
        when: When::Elsewhere,
        needs: Strength::Two,
        delay: Some(86_400),
        source: "own, at the sum of People's Bank 2015 No. 43 for one factor",
        ..EVERY
    },
    Rule {
        name: "to_new_payee",
        above: 1_000,
        when: When::NewPayee,
        needs: Strength::Two,
        delay: Some(86_400),
        source: "own, at the sum of People's Bank 2015 No. 43 for one factor",
        ..EVERY
    },
    Rule {
        name: "day_of_two_factors",
        day_above: 5_000,
        above: 5_000,
        needs: Strength::Two,
        source: "People's Bank 2015 No. 43: 5,000 yuan a day with two factors",
        ..EVERY
    },
];

const EU: &[Rule] = &[
    Rule {
        name: "every_payment",
        needs: Strength::Two,
        source: "(EU) 2015/2366 article 97, (EU) 2018/389 articles 4, 5 and 9",
        ..EVERY
    },
    Rule {
        name: "large_from_elsewhere",
        above: 1_000,
        when: When::Elsewhere,
        needs: Strength::Two,
        delay: Some(86_400),
        source: "own",
        ..EVERY
    },
    Rule {
        name: "large_to_new_payee",
        above: 1_000,
        when: When::NewPayee,
        needs: Strength::Two,
        delay: Some(7_200),
        source: "own",
        ..EVERY
    },
];

const EU_SMALL: Exemption = Exemption {
    currency: Currency::EUR,
    per_payment: 30,
    sum: 100,
    count: 5,
    source: "(EU) 2018/389 article 16, both of its measures",
};

/// What a payment needs, and what is suggested for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    pub strength: Strength,
    /// Seconds after which the money should rather arrive.
    pub delay: Option<i64>,
}

/// Small payments since the payer last proved themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unproven {
    /// Minor units.
    pub sum: i64,
    pub count: i64,
}

impl Table {
    /// The table of a rule book.
    pub const fn of(preset: Preset) -> Self {
        let (rules, exemption) = match preset {
            Preset::Plain => (PLAIN, None),
            Preset::Cn => (CN, None),
            Preset::Eu => (EU, Some(EU_SMALL)),
        };
        Self { rules, exemption }
    }

    /// Whether payee, device and network matter to this payment.
    pub fn looks_around(&self, money: Money) -> bool {
        let asks = |rule: &&Rule| rule.when != When::Always;
        let mut asking = self.rules.iter().filter(asks);
        let is_small = |small: &Exemption| small.currency == money.currency;
        asking.any(|rule| money.minor > minor(rule.above, money.currency))
            || self.exemption.as_ref().is_some_and(is_small)
    }

    /// Whether a payment of this size makes its payee somebody known.
    pub fn makes_known(&self, money: Money) -> bool {
        let mut asking = self.rules.iter().filter(|rule| rule.when == When::NewPayee);
        asking.any(|rule| money.minor > minor(rule.above, money.currency))
    }

    /// What a payment needs by the rules alone. `sent_today` does not include it.
    pub fn need(&self, money: Money, sent_today: i64, around: Circumstances) -> Need {
        let of = |major| minor(major, money.currency);
        let day = sent_today.saturating_add(money.minor);
        let holds = |rule: &&Rule| {
            let is_met = match rule.when {
                When::Always => true,
                When::NewPayee => around.is_new_payee,
                When::Elsewhere => around.is_elsewhere(),
            };
            is_met && money.minor > of(rule.above) && day > of(rule.day_above)
        };
        let mut need = Need {
            strength: Strength::None,
            delay: None,
        };
        for rule in self.rules.iter().filter(holds) {
            need.strength = need.strength.max(rule.needs);
            need.delay = need.delay.max(rule.delay);
        }
        need
    }

    /// Whether a payment is small enough to need no proof this time.
    pub fn exempts(&self, money: Money, before: Unproven, around: Circumstances) -> bool {
        let Some(small) = self
            .exemption
            .filter(|small| small.currency == money.currency)
        else {
            return false;
        };
        let of = |major| minor(major, money.currency);
        !around.is_elsewhere()
            && money.minor <= of(small.per_payment)
            && before.sum.saturating_add(money.minor) <= of(small.sum)
            && before.count < small.count
    }
}

fn minor(major: i64, currency: Currency) -> i64 {
    major.saturating_mul(10_i64.saturating_pow(currency.exponent()))
}
