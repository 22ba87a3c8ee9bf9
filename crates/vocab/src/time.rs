use std::fmt;

/// A moment: microseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    pub const EPOCH: Self = Self(0);
    /// One second in microseconds.
    pub const SECOND: i64 = 1_000_000;
    /// One day in microseconds.
    pub const DAY: i64 = 86_400 * Self::SECOND;

    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Later by whole seconds; stays at the end of time instead of overflowing.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(Self::SECOND)))
    }

    /// Seconds from `earlier` to `self`, negative if `self` is before it.
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0) / Self::SECOND
    }

    /// Year, month and day in UTC, of the proleptic Gregorian calendar.
    pub const fn date(self) -> (i64, i64, i64) {
        civil_from_days(self.day())
    }

    /// The first moment of a date in UTC.
    pub const fn of_date(year: i64, month: i64, day: i64) -> Self {
        Self(days_from_civil(year, month, day) * Self::DAY)
    }

    /// The UTC day number since the epoch.
    pub const fn day(self) -> i64 {
        self.0.div_euclid(Self::DAY)
    }
}

/// RFC 3339 in UTC with microseconds, `2026-11-22T20:33:33.000000Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.day());
        let micros = self.0.rem_euclid(Self::DAY);
        let seconds = micros / Self::SECOND;
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:06}Z",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60,
            micros % Self::SECOND
        )
    }
}

/// Days since the epoch to a proleptic Gregorian date (Howard Hinnant's `civil_from_days`).
const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 {
        month_index + 3
    } else {
        month_index - 9
    };
    let late = if month <= 2 { 1 } else { 0 };
    (year_of_era + era * 400 + late, month, day)
}

/// A proleptic Gregorian date to days since the epoch (Howard Hinnant's `days_from_civil`).
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Where "now" comes from. The only implementation that reads the system clock is the server's;
/// tests and the simulator own theirs.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}
