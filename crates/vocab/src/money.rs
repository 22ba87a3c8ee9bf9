use std::{fmt, str::FromStr};

use thiserror::Error;

#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum MoneyError {
    #[error("not an enabled ISO 4217 currency")]
    UnknownCurrency,
    #[error("not a whole number of minor units")]
    NotWhole,
    #[error("amounts of different currencies do not add up")]
    CurrencyMismatch,
    #[error("the sum does not fit")]
    Overflow,
}

macro_rules! currencies {
    ($($code:ident $number:literal $exponent:literal $symbol:literal),* $(,)?) => {
        /// An enabled currency, ISO 4217.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(clippy::upper_case_acronyms, reason = "ISO 4217 codes are written so")]
        pub enum Currency { $($code),* }

        impl Currency {
            /// Every enabled currency.
            pub const ALL: &'static [Self] = &[$(Self::$code),*];

            /// The ISO 4217 alphabetic code.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$code => stringify!($code)),* }
            }

            /// The ISO 4217 numeric code; stored and hashed in place of the letters.
            pub const fn number(self) -> u16 {
                match self { $(Self::$code => $number),* }
            }

            /// Decimal places between the minor and the major unit.
            pub const fn exponent(self) -> u32 {
                match self { $(Self::$code => $exponent),* }
            }

            /// The sign that people write.
            pub const fn symbol(self) -> &'static str {
                match self { $(Self::$code => $symbol),* }
            }

            /// The currency of a numeric code.
            pub const fn from_number(number: u16) -> Option<Self> {
                match number { $($number => Some(Self::$code),)* _ => None }
            }
        }

        impl FromStr for Currency {
            type Err = MoneyError;

            fn from_str(code: &str) -> Result<Self, MoneyError> {
                match code {
                    $(stringify!($code) => Ok(Self::$code),)*
                    _ => Err(MoneyError::UnknownCurrency),
                }
            }
        }
    };
}

currencies! {
    CNY 156 2 "¥",
    USD 840 2 "$",
    EUR 978 2 "€",
    GBP 826 2 "£",
    HKD 344 2 "HK$",
    JPY 392 0 "JP¥",
    KRW 410 0 "₩",
    SGD 702 2 "S$",
    AUD 36 2 "A$",
    CAD 124 2 "C$",
    CHF 756 2 "CHF",
    THB 764 2 "฿",
    KWD 414 3 "KD",
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A sum of money: minor units of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

impl Money {
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// The sum of both.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch);
        }
        let minor = self
            .minor
            .checked_add(other.minor)
            .ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// Reads minor units as people's programs send them in text: `0` or digits without a leading
    /// zero, an optional minus sign, ASCII only, within 64 bits.
    pub fn parse_minor(text: &str) -> Result<i64, MoneyError> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        if !is_plain || (digits.len() > 1 && digits.starts_with('0')) {
            return Err(MoneyError::NotWhole);
        }
        text.parse().map_err(|_| MoneyError::Overflow)
    }
}

/// The sum in major units with the currency's code, `12.34 CNY`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exponent = self.currency.exponent();
        let scale = 10_u64.pow(exponent);
        let size = self.minor.unsigned_abs();
        let sign = if self.minor < 0 { "-" } else { "" };
        if exponent == 0 {
            return write!(f, "{sign}{size} {}", self.currency);
        }
        let width = exponent as usize;
        write!(
            f,
            "{sign}{}.{:0width$} {}",
            size / scale,
            size % scale,
            self.currency
        )
    }
}

/// Splits `total` over `weights` by largest remainder: the parts sum to the total exactly, no part
/// exceeds its weight while the total does not exceed their sum, and ties go to the earlier part.
/// `None` if a number is negative or all weights are zero.
pub fn split(total: i64, weights: &[i64]) -> Option<Vec<i64>> {
    if total < 0 || weights.iter().any(|&weight| weight < 0) {
        return None;
    }
    let sum: i128 = weights.iter().map(|&weight| i128::from(weight)).sum();
    if sum == 0 {
        return None;
    }
    let mut parts = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    let mut given: i128 = 0;
    for (place, &weight) in weights.iter().enumerate() {
        let product = i128::from(total) * i128::from(weight);
        parts.push(i64::try_from(product / sum).ok()?);
        given += product / sum;
        remainders.push((product % sum, place));
    }
    remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let missing = usize::try_from(i128::from(total) - given).ok()?;
    for &(_, place) in remainders.iter().take(missing) {
        parts[place] += 1;
    }
    Some(parts)
}
