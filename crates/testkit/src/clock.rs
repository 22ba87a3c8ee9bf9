use std::sync::atomic::{AtomicI64, Ordering};

use vocab::{Clock, Timestamp};

/// A clock that stands until the test moves it, forward or back.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    pub const fn at(start: Timestamp) -> Self {
        Self(AtomicI64::new(start.micros()))
    }

    pub fn set(&self, now: Timestamp) {
        self.0.store(now.micros(), Ordering::SeqCst);
    }

    /// Moves by whole seconds, back if negative.
    pub fn advance(&self, seconds: i64) {
        self.0
            .fetch_add(seconds * Timestamp::SECOND, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}
