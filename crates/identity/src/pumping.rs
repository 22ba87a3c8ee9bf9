//! What keeps strangers from having SMS sent for somebody's money: which countries are served, how
//! many go out per prefix and in all, and whether anybody uses what is sent.
//!
//! It counts codes to numbers that nobody here has proven, known or not, so that its answers do not
//! tell. Codes to people's own contacts are bounded per person and not touched by it: strangers
//! cannot use up what people need.

mod store;

pub(crate) use store::STATEMENTS;
use vocab::Timestamp;

use crate::{Contact, ContactKind, Cx, Error, Rejection};

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
/// Everybody's.
const ALL: &str = "";

/// One counter: so many in a window.
struct Budget<'a> {
    prefix: &'a str,
    seconds: i64,
    most: i64,
}

impl<'a> Budget<'a> {
    const fn of(prefix: &'a str, seconds: i64, most: i64) -> Self {
        Self {
            prefix,
            seconds,
            most,
        }
    }
}

/// Takes one of the sends that strangers may cause to this number; e-mail costs nothing.
///
/// # Errors
/// [`Rejection::CountryNotServed`]; [`Rejection::SendsPaused`] when a budget is used up, or when
/// too few of the codes to this prefix were used today.
pub(crate) fn take(tx: &mut db::Tx<'_>, cx: &Cx<'_>, to: &Contact) -> Result<(), Error> {
    if to.kind() != ContactKind::Phone {
        return Ok(());
    }
    let rules = &cx.policy.pumping;
    let is_served = |country: &str| rules.countries.iter().any(|served| served == country);
    if !rules.countries.is_empty() && !to.country().is_some_and(is_served) {
        return Err(Rejection::CountryNotServed.into());
    }
    let prefix = prefix_of(to, rules.prefix_digits);
    let (sent, used) = store::counts(tx, prefix, DAY, window(cx, DAY))?;
    let is_judged = sent >= rules.judged_sends;
    if is_judged && used.saturating_mul(100) < sent.saturating_mul(rules.used_percent) {
        return Err(paused(cx, DAY));
    }
    if rules.judged_sends < i64::MAX {
        take_one(tx, cx, &Budget::of(prefix, DAY, i64::MAX))?;
    }
    // In one order for everybody, so that transactions wait for each other and never in a circle.
    let budgets = [
        Budget::of(prefix, HOUR, rules.prefix_per_hour),
        Budget::of(ALL, HOUR, rules.per_hour),
        Budget::of(ALL, DAY, rules.per_day),
    ];
    let bounded = budgets.iter().filter(|budget| budget.most < i64::MAX);
    bounded
        .into_iter()
        .try_for_each(|budget| take_one(tx, cx, budget))
}

fn take_one(tx: &mut db::Tx<'_>, cx: &Cx<'_>, budget: &Budget<'_>) -> Result<(), Error> {
    if store::take(tx, budget, window(cx, budget.seconds))? {
        Ok(())
    } else {
        Err(paused(cx, budget.seconds))
    }
}

/// A code that was sent to this number proved somebody.
pub(crate) fn used(tx: &mut db::Tx<'_>, cx: &Cx<'_>, to: &Contact) -> Result<(), Error> {
    if to.kind() == ContactKind::Phone {
        let prefix = prefix_of(to, cx.policy.pumping.prefix_digits);
        store::used(tx, prefix, DAY, window(cx, DAY))?;
    }
    Ok(())
}

/// Forgets counters of more than two days ago; at most `most`.
pub(crate) fn purge(tx: &mut db::Tx<'_>, cx: &Cx<'_>, most: i64) -> Result<usize, Error> {
    Ok(store::purge(tx, cx.now.plus_seconds(-2 * DAY), most)?)
}

/// The first digits of E.164: a country's operator and region, never a person.
fn prefix_of(to: &Contact, digits: usize) -> &str {
    let all = to.value().trim_start_matches('+');
    all.get(..digits).unwrap_or(all)
}

/// When the present window began.
fn window(cx: &Cx<'_>, seconds: i64) -> Timestamp {
    let length = seconds * Timestamp::SECOND;
    Timestamp::from_micros(cx.now.micros().div_euclid(length) * length)
}

fn paused(cx: &Cx<'_>, seconds: i64) -> Error {
    let retry_at = window(cx, seconds).plus_seconds(seconds);
    Rejection::SendsPaused { retry_at }.into()
}
