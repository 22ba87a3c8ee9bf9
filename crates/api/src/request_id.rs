use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use vocab::{RecordId, Timestamp};

/// The name of one request, shown as `req_…`; ours alone, a caller's is never taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RequestId(u64);

impl RequestId {
    pub(crate) const fn from_raw(raw: u64) -> Self {
        Self(raw)
    }

    /// When the request came in.
    pub(crate) const fn time(self) -> Timestamp {
        RecordId::from_raw(self.0.cast_signed()).time()
    }

    pub(crate) const fn raw(self) -> u64 {
        self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = RecordId::from_raw(self.0.cast_signed());
        f.write_str(&shown.with_prefix("req"))
    }
}

/// Names requests: time-ordered like the other ids, unique within one run of the server.
#[derive(Debug, Default)]
pub(crate) struct RequestIds(AtomicU64);

impl RequestIds {
    pub(crate) fn next(&self, now: Timestamp) -> RequestId {
        let fresh = now.micros().unsigned_abs() << 11;
        let advance = |last: u64| Some(fresh.max(last.wrapping_add(1)));
        match self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, advance)
        {
            Ok(last) | Err(last) => RequestId(fresh.max(last.wrapping_add(1))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_while_the_clock_stands() {
        let ids = RequestIds::default();
        let now = Timestamp::from_micros(1_795_379_613_000_000);
        let (first, second) = (ids.next(now), ids.next(now));
        assert!(first.raw() < second.raw());
        assert!(first.to_string().starts_with("req_"), "{first}");
        assert!(
            ids.next(Timestamp::EPOCH).raw() > second.raw(),
            "the clock went back"
        );
    }
}
