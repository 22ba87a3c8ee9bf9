//! How much a person may send: per payment, day, year and lifetime, by tier and by the strength of
//! the proof, lowered by the person if they like.
//!
//! What went out is counted with the payer's account, in the transaction that moves the money.
//! It is counted conservatively: what is given back later does not reduce it. Sums of different
//! currencies are never added, since nothing here knows a rate; a preset whose law speaks of one
//! currency allows no other.

mod store;

use db::{Fault, Read, Tx};
pub(crate) use store::ALL as STATEMENTS;
use vocab::{AccessTokenId, ApprovalId, Currency, Money, Timestamp, UserId};

use crate::{
    Limit, Rejection,
    books::Standing,
    factors::{Circumstances, Table},
};

/// Which rule book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preset {
    /// No tiers; the same numbers for everybody.
    #[default]
    Plain,
    /// China: classes I to III of the People's Bank's announcement 2015 No. 43, and daily sums by
    /// the number of factors (Yinfa 2017 No. 296). Yuan only, days and years of Shanghai.
    Cn,
    /// Europe: strong authentication with the exemption of article 16 of (EU) 2018/389.
    Eu,
}

impl Preset {
    /// As written in settings and shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Cn => "cn",
            Self::Eu => "eu",
        }
    }

    /// Reads [`Preset::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Plain, Self::Cn, Self::Eu]
            .into_iter()
            .find(|preset| preset.code() == code)
    }

    /// How far its days and years are ahead of UTC, in seconds. Shanghai has no summer time.
    pub const fn offset_seconds(self) -> i64 {
        match self {
            Self::Plain | Self::Eu => 0,
            Self::Cn => 8 * 3_600,
        }
    }
}

/// How well a person is known: the account classes of the People's Bank.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// One external channel has confirmed who they are.
    #[default]
    One,
    /// Three channels, or face to face.
    Two,
    /// Five channels, or face to face.
    Three,
}

impl Tier {
    /// 1 to 3.
    pub const fn number(self) -> i64 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
        }
    }

    /// Reads [`Tier::number`]; what is lower or unknown is the lowest.
    pub const fn from_number(number: i64) -> Self {
        match number {
            2 => Self::Two,
            3 => Self::Three,
            _ => Self::One,
        }
    }
}

/// What a payment was authorised with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Nothing that counts by itself.
    None,
    /// Fewer than two independent factors.
    #[default]
    One,
    /// Two independent factors.
    Two,
    /// Two independent factors, one of them a signature over the payment.
    Signed,
}

/// What a person allows themselves, in minor units of one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnLimits {
    pub per_payment: Option<i64>,
    pub per_day: Option<i64>,
}

/// What is known of a payer at the moment of a payment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    pub tier: Tier,
    pub strength: Strength,
    pub own: OwnLimits,
    /// The allowance that a program pays out of.
    pub allowance: Option<AccessTokenId>,
    /// To whom and from where.
    pub around: Circumstances,
    /// The approval that was shown with the payment.
    pub approval: Option<Shown>,
    /// After how many seconds it arrives; at once if zero.
    pub delay_seconds: i64,
}

/// An approval as it was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    pub id: ApprovalId,
    /// A digest of the payment's note and reference.
    pub words: [u8; 16],
}

/// How a limit can be raised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Raise {
    #[default]
    VerifyIdentity = 1,
    AddFactor = 2,
    /// The person has lowered it.
    RaiseOwn = 3,
    /// Only time helps.
    Wait = 4,
    /// The access token's caps.
    RaiseCaps = 5,
}

impl Raise {
    /// As shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::VerifyIdentity => "verify_identity",
            Self::AddFactor => "add_factor",
            Self::RaiseOwn => "raise_own_limit",
            Self::Wait => "wait",
            Self::RaiseCaps => "raise_caps",
        }
    }

    pub(crate) const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::VerifyIdentity,
            2 => Self::AddFactor,
            3 => Self::RaiseOwn,
            4 => Self::Wait,
            5 => Self::RaiseCaps,
            _ => return None,
        })
    }
}

/// A ceiling in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    pub max: i64,
    pub raise: Raise,
}

/// The ceilings that hold for one payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub per_payment: Bound,
    pub per_day: Bound,
    pub per_year: Option<Bound>,
    pub lifetime: Option<Bound>,
}

/// The rule book of a server, in major units, the same number for every currency it allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub preset: Preset,
    /// One payment.
    pub per_payment_major: i64,
    /// All payments of one day.
    pub per_day_major: i64,
}

/// Class I: 1,000 yuan since the account was opened (People's Bank 2015 No. 43).
const CLASS_ONE_LIFETIME: i64 = 1_000;
/// Class II: 100,000 yuan a year, all accounts together (as above).
const CLASS_TWO_YEAR: i64 = 100_000;
/// Class III: 200,000 yuan a year, all accounts together (as above).
const CLASS_THREE_YEAR: i64 = 200_000;
/// A day with fewer than two factors: 1,000 yuan (as above; Yinfa 2017 No. 296 for codes).
const ONE_FACTOR_DAY: i64 = 1_000;
/// A day with two factors without a certificate: 5,000 yuan (as above).
const TWO_FACTORS_DAY: i64 = 5_000;

impl Limits {
    /// Without tiers: a million a payment, five million a day (own).
    pub const PLAIN: Self = Self {
        preset: Preset::Plain,
        per_payment_major: 1_000_000,
        per_day_major: 5_000_000,
    };

    /// The rule book of a preset.
    pub const fn of(preset: Preset) -> Self {
        Self {
            preset,
            ..Self::PLAIN
        }
    }

    /// Which proofs payments need.
    pub const fn table(&self) -> Table {
        Table::of(self.preset)
    }

    /// What holds for a payer under these terms in this currency.
    pub fn bounds(&self, terms: &Terms, currency: Currency) -> Bounds {
        let bound = |major, raise| Bound {
            max: minor(major, currency).minor,
            raise,
        };
        let plain = Bounds {
            per_payment: bound(self.per_payment_major, Raise::VerifyIdentity),
            per_day: bound(self.per_day_major, Raise::VerifyIdentity),
            per_year: None,
            lifetime: None,
        };
        let law = match self.preset {
            Preset::Plain | Preset::Eu => plain,
            Preset::Cn if currency != Currency::CNY => {
                let nothing = bound(0, Raise::Wait);
                Bounds {
                    per_payment: nothing,
                    per_day: nothing,
                    ..plain
                }
            }
            Preset::Cn => Bounds {
                per_day: match terms.strength {
                    Strength::None | Strength::One => bound(ONE_FACTOR_DAY, Raise::AddFactor),
                    Strength::Two => bound(TWO_FACTORS_DAY, Raise::AddFactor),
                    Strength::Signed => plain.per_day,
                },
                per_year: match terms.tier {
                    Tier::One => None,
                    Tier::Two => Some(bound(CLASS_TWO_YEAR, Raise::VerifyIdentity)),
                    Tier::Three => Some(bound(CLASS_THREE_YEAR, Raise::Wait)),
                },
                lifetime: match terms.tier {
                    Tier::One => Some(bound(CLASS_ONE_LIFETIME, Raise::VerifyIdentity)),
                    Tier::Two | Tier::Three => None,
                },
                ..plain
            },
        };
        Bounds {
            per_payment: lowered(law.per_payment, terms.own.per_payment),
            per_day: lowered(law.per_day, terms.own.per_day),
            ..law
        }
    }

    /// The least strength whose day still has room for a payment; the strongest if none has.
    pub fn strength_for(&self, sent_today: i64, money: Money) -> Strength {
        let has_room = |strength: &Strength| {
            let terms = Terms {
                strength: *strength,
                ..Terms::default()
            };
            let day = self.bounds(&terms, money.currency).per_day;
            sent_today.saturating_add(money.minor) <= day.max
        };
        let mut all = [Strength::None, Strength::One, Strength::Two].into_iter();
        all.find(has_room).unwrap_or(match self.preset {
            Preset::Cn => Strength::Signed,
            Preset::Plain | Preset::Eu => Strength::None,
        })
    }

    /// The day and the year of a moment.
    pub fn moment(&self, at: Timestamp) -> Moment {
        Moment::new(at, self.preset.offset_seconds())
    }

    /// Whether `payer` may send `money` now; the first window that is too small says no.
    pub(crate) fn allow(
        &self,
        payer: &Standing,
        terms: &Terms,
        money: Money,
        at: Timestamp,
    ) -> Result<(), Rejection> {
        let moment = self.moment(at);
        for window in self.windows(payer, terms, money.currency, moment) {
            if !window.has_room_for(money.minor) {
                let of = |minor| Money::new(minor, money.currency);
                return Err(Rejection::LimitExceeded {
                    limit: window.limit,
                    max: of(window.bound.max),
                    used: of(window.used),
                    resets_at: window.resets_at,
                    raise: window.bound.raise,
                });
            }
        }
        Ok(())
    }

    /// Every window that holds for this payer, with what is used of it.
    pub fn windows(
        &self,
        payer: &Standing,
        terms: &Terms,
        currency: Currency,
        moment: Moment,
    ) -> impl Iterator<Item = Window> + use<> {
        let bounds = self.bounds(terms, currency);
        let window = |limit, bound, used, resets_at| Window {
            limit,
            bound,
            used,
            resets_at,
        };
        let day = Some(moment.next_day());
        let year = Some(moment.next_year());
        let (out, this_year) = (payer.out.on(moment.day), payer.out.in_year(moment.year));
        let lifetime = payer.out.lifetime;
        [
            Some(window(Limit::PerPayment, bounds.per_payment, 0, None)),
            Some(window(Limit::PerDay, bounds.per_day, out, day)),
            bounds
                .per_year
                .map(|bound| window(Limit::PerYear, bound, this_year, year)),
            bounds
                .lifetime
                .map(|bound| window(Limit::Lifetime, bound, lifetime, None)),
        ]
        .into_iter()
        .flatten()
    }
}

/// One window of a payer's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub limit: Limit,
    pub bound: Bound,
    /// Minor units; zero for a single payment.
    pub used: i64,
    /// None if it never does.
    pub resets_at: Option<Timestamp>,
}

impl Window {
    fn has_room_for(&self, minor: i64) -> bool {
        self.used
            .checked_add(minor)
            .is_some_and(|sum| sum <= self.bound.max)
    }
}

/// A moment as limits count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    offset_seconds: i64,
    /// Days since the epoch in the rule book's zone.
    pub day: i64,
    /// Months since the year 0.
    pub month: i64,
    pub year: i64,
}

impl Moment {
    pub(crate) fn new(at: Timestamp, offset_seconds: i64) -> Self {
        let local = at.plus_seconds(offset_seconds);
        let (year, month, _) = local.date();
        Self {
            offset_seconds,
            day: local.day(),
            month: 12 * year + month - 1,
            year,
        }
    }

    /// When the next day begins.
    pub const fn next_day(&self) -> Timestamp {
        self.utc(Timestamp::from_micros((self.day + 1) * Timestamp::DAY))
    }

    /// When the next month begins.
    pub const fn next_month(&self) -> Timestamp {
        let next = self.month + 1;
        self.utc(Timestamp::of_date(next / 12, next % 12 + 1, 1))
    }

    /// When the next year begins.
    pub const fn next_year(&self) -> Timestamp {
        self.utc(Timestamp::of_date(self.year + 1, 1, 1))
    }

    const fn utc(&self, local: Timestamp) -> Timestamp {
        local.plus_seconds(-self.offset_seconds)
    }
}

/// What a person allows themselves, by currency.
pub fn own(read: &mut impl Read, user: UserId) -> Result<Vec<(Currency, OwnLimits)>, Fault> {
    store::own(read, user.raw())
}

/// Keeps what a person allows themselves in a currency.
pub fn set_own(
    tx: &mut Tx<'_>,
    user: UserId,
    currency: Currency,
    limits: OwnLimits,
) -> Result<(), Fault> {
    store::set_own(tx, user.raw(), currency, limits)
}

fn lowered(law: Bound, own: Option<i64>) -> Bound {
    match own {
        Some(max) if max < law.max => Bound {
            max,
            raise: Raise::RaiseOwn,
        },
        _ => law,
    }
}

fn minor(major: i64, currency: Currency) -> Money {
    let scale = 10_i64.saturating_pow(currency.exponent());
    Money::new(major.saturating_mul(scale), currency)
}
