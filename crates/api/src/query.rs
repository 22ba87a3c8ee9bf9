//! Query parameters of lists: every name must be known, every value readable.

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use utoipa::IntoParams;
use vocab::{RecordId, Timestamp};

use crate::{
    App,
    problem::{Code, Problem},
};

/// Entries of a page, if the caller does not say.
const LIMIT_DEFAULT: usize = 20;
const LIMIT_MOST: usize = 100;
/// What a cursor begins with; the rest is nobody's business.
const CURSOR: &str = "cur";

/// The parameters of a request that have not been read yet.
#[derive(Debug)]
pub(crate) struct Parameters(Vec<(String, String)>);

/// A filter that can be read from parameters.
pub(crate) trait FromParameters: Sized {
    fn read(parameters: &mut Parameters) -> Result<Self, Problem>;
}

/// The extractor for a filter: refuses what the filter does not know.
#[derive(Debug)]
pub(crate) struct Filters<T>(pub(crate) T);

impl<T: FromParameters> FromRequestParts<App> for Filters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        Parameters::of(parts.uri.query().unwrap_or_default())
            .read_all()
            .map(Self)
    }
}

impl Parameters {
    fn of(query: &str) -> Self {
        Self(
            form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    fn read_all<T: FromParameters>(mut self) -> Result<T, Problem> {
        let filter = T::read(&mut self)?;
        match self.0.pop() {
            Some((name, _)) => Err(Problem::field(Code::UnknownFilter, name)),
            None => Ok(filter),
        }
    }

    /// The value of a parameter, if it is given; giving it twice is refused.
    pub(crate) fn take(&mut self, name: &'static str) -> Result<Option<String>, Problem> {
        let mut found = self
            .0
            .extract_if(.., |(key, _)| key == name)
            .map(|(_, value)| value);
        let first = found.next();
        if found.next().is_some() {
            return Err(wrong(name, "must be given once"));
        }
        Ok(first)
    }

    /// The value of a parameter, read; `None` from `read` refuses it.
    pub(crate) fn read<T>(
        &mut self,
        name: &'static str,
        expected: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.take(name)? else {
            return Ok(None);
        };
        match read(&text) {
            Some(value) => Ok(Some(value)),
            None => Err(wrong(name, expected)),
        }
    }
}

/// A parameter with a wrong value.
pub(crate) fn wrong(name: &'static str, expected: &'static str) -> Problem {
    Problem::field(Code::InvalidParameter, name).with_text(expected)
}

/// Which part of a list is asked for.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "the fields are the contract's; Paging is what is read from them"
)]
pub(crate) struct PagingParameters {
    /// Entries of a page, 1 to 100; 20 if absent.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u8>,
    /// The cursor `next` of the page before this one.
    after: Option<String>,
    /// A cursor; the page that ends just before it.
    before: Option<String>,
}

/// What a list's cursors stand for.
pub(crate) trait Cursor: Copy {
    fn parse(text: &str) -> Option<Self>;
    fn show(self) -> String;
}

impl Cursor for RecordId {
    fn parse(text: &str) -> Option<Self> {
        Self::parse_prefixed(CURSOR, text).ok()
    }

    fn show(self) -> String {
        self.with_prefix(CURSOR)
    }
}

macro_rules! cursors_by_text {
    ($($id:ty),*) => { $(
        impl Cursor for $id {
            fn parse(text: &str) -> Option<Self> {
                text.strip_prefix(CURSOR)?.strip_prefix('_')?.parse().ok()
            }

            fn show(self) -> String {
                format!("{CURSOR}_{self}")
            }
        }
    )* };
}

cursors_by_text!(
    vocab::AccessTokenId,
    vocab::FreezeId,
    vocab::MessageId,
    vocab::SessionId,
    vocab::SecurityTokenId,
    vocab::DeviceId
);

/// The name of an entry of the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EntryName(pub(crate) [u8; 32]);

impl Cursor for EntryName {
    fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix(CURSOR)?.strip_prefix('_')?;
        crate::hex::read(hex).map(Self)
    }

    fn show(self) -> String {
        format!("{CURSOR}_{}", crate::hex::Hex(self.0))
    }
}

/// Where a page starts, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start<C> {
    Newest,
    After(C),
    Before(C),
}

/// Which part of a list is asked for, read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paging<C> {
    pub(crate) limit: usize,
    pub(crate) start: Start<C>,
}

impl<C: Cursor> FromParameters for Paging<C> {
    fn read(parameters: &mut Parameters) -> Result<Self, Problem> {
        let limit = parameters.read("limit", "must be a whole number from 1 to 100", |text| {
            text.parse()
                .ok()
                .filter(|limit| (1..=LIMIT_MOST).contains(limit))
        })?;
        let after = parameters.read("after", "must be a cursor of this list", C::parse)?;
        let before = parameters.read("before", "must be a cursor of this list", C::parse)?;
        let start = match (after, before) {
            (None, None) => Start::Newest,
            (Some(after), None) => Start::After(after),
            (None, Some(before)) => Start::Before(before),
            (Some(_), Some(_)) => return Err(wrong("before", "cannot stand beside after")),
        };
        Ok(Self {
            limit: limit.unwrap_or(LIMIT_DEFAULT),
            start,
        })
    }
}

impl<C: Cursor + PartialOrd> Paging<C> {
    /// The page of a short list that is at hand as a whole, newest first.
    pub(crate) fn cut<T>(&self, all: Vec<T>, id: impl Fn(&T) -> C) -> (Vec<T>, Option<C>) {
        let is_wanted = |item: &T| match self.start {
            Start::Newest => true,
            Start::After(older) => id(item) < older,
            Start::Before(newer) => id(item) > newer,
        };
        let mut wanted: Vec<T> = all.into_iter().filter(is_wanted).collect();
        let surplus = wanted.len().saturating_sub(self.limit);
        if let Start::Before(_) = self.start {
            wanted.drain(..surplus);
        }
        wanted.truncate(self.limit);
        let has_older = surplus > 0 || matches!(self.start, Start::Before(_));
        let next = wanted.last().map(&id).filter(|_| has_older);
        (wanted, next)
    }
}

/// Reads a moment: RFC 3339 in UTC (`2026-11-22T20:33:33Z`) or a day (`2026-11-22`, its start).
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    let (day, time) = match text.split_once('T') {
        Some((day, time)) => (day, time.strip_suffix('Z')?),
        None => (text, "00:00:00"),
    };
    let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [year, month, date] = numbers(day, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    let is_time = hour < 24 && minute < 60 && second < 60;
    let micros = format!("{fraction:0<6}").get(..6)?.parse::<u32>().ok()?;
    let days = days_from_civil(year, month, date)?;
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second;
    is_time.then(|| Timestamp::from_micros(seconds * Timestamp::SECOND + i64::from(micros)))
}

fn numbers(text: &str, between: char, widths: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(between);
    let mut read = |width: usize| {
        let part = parts.next()?;
        let is_plain = part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit());
        is_plain.then(|| part.parse().ok())?
    };
    let numbers = [read(widths[0])?, read(widths[1])?, read(widths[2])?];
    parts.next().is_none().then_some(numbers)
}

/// A proleptic Gregorian date to days since the epoch (Howard Hinnant's `days_from_civil`).
fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// The one variable of a route's path, as it was sent; what cannot be read is no id of anything.
#[derive(Debug)]
pub(crate) struct PathText(String);

impl PathText {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The id it stands for; what is no id of this kind does not exist.
    pub(crate) fn id<T: std::str::FromStr>(&self) -> Result<T, Problem> {
        self.0.parse().map_err(|_| Code::NotFound.into())
    }

    /// The record it stands for under the prefix of its kind.
    pub(crate) fn record(&self, prefix: &str) -> Result<RecordId, Problem> {
        RecordId::parse_prefixed(prefix, &self.0).map_err(|_| Code::NotFound.into())
    }
}

impl FromRequestParts<App> for PathText {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let variables = RawPathParams::from_request_parts(parts, app).await;
        let first = variables
            .ok()
            .and_then(|all| all.iter().next().map(|(_, v)| v.to_owned()));
        Ok(Self(first.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paging(query: &str) -> Result<Paging<RecordId>, (&'static str, String)> {
        Parameters::of(query)
            .read_all::<Paging<RecordId>>()
            .map_err(|problem| {
                (
                    problem.code().name(),
                    problem.param().unwrap_or_default().to_owned(),
                )
            })
    }

    #[test]
    fn pages_are_read_strictly() {
        assert!(matches!(
            paging(""),
            Ok(Paging {
                limit: 20,
                start: Start::Newest
            })
        ));
        let id = RecordId::from_raw(77);
        let query = format!("limit=100&after={}", id.show());
        assert!(
            matches!(paging(&query), Ok(Paging { limit: 100, start: Start::After(at) }) if at == id)
        );
        let cases = [
            ("limit=0", "invalid_parameter", "limit"),
            ("limit=101", "invalid_parameter", "limit"),
            ("limit=-1", "invalid_parameter", "limit"),
            ("limit=1e1", "invalid_parameter", "limit"),
            ("limit=", "invalid_parameter", "limit"),
            ("limit=5&limit=5", "invalid_parameter", "limit"),
            ("after=x", "invalid_parameter", "after"),
            ("before=trf_0000000000001", "invalid_parameter", "before"),
            (
                "after=cur_0000000000001&before=cur_0000000000001",
                "invalid_parameter",
                "before",
            ),
            ("colour=red", "unknown_filter", "colour"),
            ("limit=5&Limit=5", "unknown_filter", "Limit"),
        ];
        for (query, code, param) in cases {
            assert_eq!(
                paging(query).expect_err(query),
                (code, param.to_owned()),
                "{query}"
            );
        }
    }

    #[test]
    fn moments_are_read() {
        let good = [
            ("1970-01-01", 0),
            ("2000-02-29T00:00:00Z", 951_782_400_000_000),
            ("2026-11-22T20:33:33.000001Z", 1_795_379_613_000_001),
            ("2026-11-22T20:33:33.5Z", 1_795_379_613_500_000),
        ];
        for (text, micros) in good {
            assert_eq!(moment(text), Some(Timestamp::from_micros(micros)), "{text}");
        }
        for text in [
            "",
            "T",
            "2026-13-01",
            "2026-02-29",
            "2026-1-1",
            "2026-11-22T24:00:00Z",
            "2026-11-22T20:33:33",
            "2026-11-22T20:33Z",
            "２０２６-11-22",
            "1",
            "2026-11-22T20:33:33.xZ",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
