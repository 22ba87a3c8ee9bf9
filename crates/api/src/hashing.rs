use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;

use crate::problem::{Code, Problem};

/// Longest wait for a permit; who waits longer would be late anyway.
const WAIT_MOST: Duration = Duration::from_secs(2);
/// Waiting places for each permit (reliability case 28: a queue of 32).
const WAITING_PER_PERMIT: usize = 32;

/// Where passwords are hashed: few at a time, so that sign-ins cannot take the processor and the
/// memory from payments, with a bounded queue before them.
#[derive(Clone, Debug)]
pub(crate) struct HashingPool {
    permits: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl HashingPool {
    /// A pool that hashes `width` passwords at a time.
    pub(crate) fn new(width: usize) -> Self {
        let width = width.max(1);
        Self {
            permits: Arc::new(Semaphore::new(width)),
            places: Arc::new(Semaphore::new(width * (1 + WAITING_PER_PERMIT))),
        }
    }

    /// Runs a hash on a thread of its own.
    ///
    /// # Errors
    /// [`Code::Overloaded`] if too many wait, or the wait is too long.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        hash: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let _place = self
            .places
            .try_acquire()
            .map_err(|_| Problem::from(Code::Overloaded))?;
        let waiting = tokio::time::timeout(WAIT_MOST, Arc::clone(&self.permits).acquire_owned());
        let Ok(Ok(permit)) = waiting.await else {
            return Err(Code::Overloaded.into());
        };
        let hashed = tokio::task::spawn_blocking(move || {
            // Held by the thread, since a caller who leaves does not stop the hash.
            let _permit = permit;
            hash()
        });
        hashed.await.map_err(|_| Code::Internal.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_is_turned_away() {
        let pool = HashingPool::new(1);
        let (finish, finished) = std::sync::mpsc::channel::<()>();
        let slow = tokio::spawn({
            let pool = pool.clone();
            async move { pool.run(move || finished.recv().is_ok()).await }
        });
        while pool.permits.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let waiting: Vec<_> = (0..WAITING_PER_PERMIT)
            .map(|_| {
                tokio::spawn({
                    let pool = pool.clone();
                    async move { pool.run(|| ()).await }
                })
            })
            .collect();
        while pool.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        // A running hash keeps the paused clock from moving by itself.
        tokio::time::advance(WAIT_MOST).await;
        let shed = pool.run(|| ()).await.expect_err("no place");
        assert_eq!(shed.code(), Code::Overloaded);
        for late in waiting {
            let late = late.await.expect("a task").expect_err("the wait is over");
            assert_eq!(late.code(), Code::Overloaded);
        }
        finish.send(()).expect("the hash runs");
        assert!(slow.await.expect("a task").expect("hashed"));
    }
}
