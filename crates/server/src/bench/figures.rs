//! How measured figures are collected and written for people.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::failure::{During, Failure};

/// The longest time that is told apart, in microseconds: ten minutes.
const LONGEST: u64 = 600_000_000;

/// Measured times, to a thousandth of themselves.
#[derive(Debug)]
pub(super) struct Times(Histogram<u64>);

impl Times {
    pub(super) fn new() -> Result<Self, Failure> {
        Histogram::new_with_bounds(1, LONGEST, 3)
            .map(Self)
            .during("making a histogram")
    }

    pub(super) fn add(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(LONGEST);
        self.0.saturating_record(micros.clamp(1, LONGEST));
    }

    /// `p50 1.234 ms, p99 …, p99.9 …, max …`.
    pub(super) fn line(&self) -> String {
        let at = |quantile| millis(self.0.value_at_quantile(quantile));
        let (p50, p99, p999) = (at(0.5), at(0.99), at(0.999));
        format!(
            "p50 {p50} ms, p99 {p99} ms, p99.9 {p999} ms, max {} ms",
            millis(self.0.max())
        )
    }
}

/// Microseconds as milliseconds with three decimals.
fn millis(micros: u64) -> String {
    format!("{}.{:03}", micros / 1_000, micros % 1_000)
}

/// `1,234,567`, for people.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many a second.
pub(super) fn rate(count: u64, time: Duration) -> u64 {
    let micros = time.as_micros().max(1);
    u64::try_from(u128::from(count) * 1_000_000 / micros).unwrap_or(u64::MAX)
}
