//! Work that waits for one of a few threads, bounded by count and by time.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::{Fault, FaultKind};

pub(super) struct Pool<J> {
    state: Mutex<Waiting<J>>,
    wake: Condvar,
    most: usize,
    longest: Duration,
    shed: AtomicU64,
}

struct Waiting<J> {
    jobs: VecDeque<(Instant, J)>,
    is_closed: bool,
}

impl<J> Pool<J> {
    pub(super) fn new(most: usize, longest: Duration) -> Pool<J> {
        Pool {
            state: Mutex::new(Waiting {
                jobs: VecDeque::new(),
                is_closed: false,
            }),
            wake: Condvar::new(),
            most,
            longest,
            shed: AtomicU64::new(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes `job`, or refuses: too much waits, or what waits does so for too long.
    pub(super) fn submit(&self, job: J) -> Result<(), Fault> {
        let mut state = self.lock();
        if state.is_closed {
            return Err(Fault::stopped("it is shutting down"));
        }
        let oldest = state.jobs.front().map(|(since, _)| since.elapsed());
        if state.jobs.len() >= self.most || oldest.is_some_and(|age| age > self.longest) {
            self.shed.fetch_add(1, Relaxed);
            return Err(Fault::new(FaultKind::Overloaded, "too much waits"));
        }
        state.jobs.push_back((Instant::now(), job));
        drop(state);
        self.wake.notify_one();
        Ok(())
    }

    /// The next job; none when nothing will come any more.
    pub(super) fn next(&self) -> Option<J> {
        let mut state = self.lock();
        loop {
            if let Some((_, job)) = state.jobs.pop_front() {
                return Some(job);
            }
            if state.is_closed {
                return None;
            }
            state = self
                .wake
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.wake.notify_all();
    }

    pub(super) fn depth(&self) -> u64 {
        self.lock().jobs.len() as u64
    }

    pub(super) fn shed(&self) -> u64 {
        self.shed.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_served_is_refused() {
        let pool = Pool::new(1, Duration::from_secs(60));
        pool.submit(1).unwrap();
        let refused = pool.submit(2).unwrap_err();
        assert_eq!(refused.kind(), FaultKind::Overloaded);
        assert_eq!((pool.shed(), pool.depth()), (1, 1));
        assert_eq!(pool.next(), Some(1));
        pool.close();
        assert_eq!(pool.next(), None);
        assert_eq!(pool.submit(3).unwrap_err().kind(), FaultKind::Unavailable);
    }
}
