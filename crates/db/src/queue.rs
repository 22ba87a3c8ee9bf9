//! The bounded queue before the writer. It refuses work before the work would be late.

use std::collections::VecDeque;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::health::Status;
use crate::job::Job;
use crate::lane::Runner;
use crate::stats::Counters;
use crate::{Fault, FaultKind, Options};

/// A closure costs the writer about as much as this many commands of a lane.
pub(crate) const JOB_WEIGHT: usize = 8;

/// A batch lighter than this mostly measures the disk's latency, not what the writer can do.
const TELLING_WEIGHT: u64 = 64;

pub(crate) struct Queue {
    state: Mutex<Waiting>,
    wake: Condvar,
    status: Arc<Status>,
    counters: Arc<Counters>,
    limits: Limits,
}

struct Limits {
    count: usize,
    time: Duration,
    count_to_shed: usize,
    batch_jobs: usize,
    batch_weight: usize,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Box<dyn Job>>,
    count: usize,
    weight: usize,
    /// The writer sleeps and must be woken; waking costs a system call.
    sleeping: bool,
    closed: bool,
    pace: Pace,
}

/// What the writer has next.
pub(crate) enum Turn {
    /// Some work was taken.
    Batch(Load),
    /// Nothing came in time.
    Idle,
    /// Nothing waits and nothing will come.
    Closed,
}

/// What one batch took from the queue.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Load {
    /// Commands: closures, and what is inside the items of lanes.
    pub(crate) commands: usize,
    /// The same, as the writer's time counts.
    pub(crate) weight: usize,
}

/// How long the writer needs for one unit of weight, learned from its last telling batches.
#[derive(Default)]
struct Pace {
    weight: u64,
    nanos: u64,
}

impl Pace {
    fn learn(&mut self, weight: u64, time: Duration) {
        if weight < TELLING_WEIGHT {
            return;
        }
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.weight = (self.weight / 4 * 3).saturating_add(weight);
        self.nanos = (self.nanos / 4 * 3).saturating_add(nanos);
    }

    fn time_for(&self, weight: usize) -> Option<Duration> {
        let nanos = u128::from(self.nanos) * weight as u128 / u128::from(self.weight.max(1));
        (self.weight > 0).then(|| Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
    }
}

/// A place in the queue. The queue stays locked until the writer is woken.
pub(crate) struct Place<'a> {
    queue: &'a Queue,
    state: MutexGuard<'a, Waiting>,
}

impl Place<'_> {
    pub(crate) fn take_by(mut self, job: Box<dyn Job>) {
        self.state.jobs.push_back(job);
        self.wake_writer();
    }

    pub(crate) fn wake_writer(mut self) {
        let sleeping = std::mem::take(&mut self.state.sleeping);
        drop(self.state);
        if sleeping {
            self.queue.wake.notify_one();
        }
    }
}

impl Queue {
    pub(crate) fn new(options: &Options, status: Arc<Status>, counters: Arc<Counters>) -> Queue {
        let limits = Limits {
            count: options.max_waiting_writes,
            time: options.max_queue_time,
            count_to_shed: options.min_waiting_to_shed,
            batch_jobs: options.max_batch_jobs,
            batch_weight: options.max_batch_weight,
        };
        Queue {
            state: Mutex::default(),
            wake: Condvar::new(),
            status,
            counters,
            limits,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reserves a place for `weight`, or refuses.
    pub(crate) fn admit(&self, weight: usize) -> Result<Place<'_>, Fault> {
        self.status.check_writable()?;
        let mut state = self.lock();
        if state.closed {
            return Err(Fault::stopped("it is shutting down"));
        }
        let full = state.count >= self.limits.count;
        if full || self.is_late(&state) {
            drop(state);
            self.counters.shed.fetch_add(1, Relaxed);
            let text = if full {
                "the queue is full"
            } else {
                "the queue is too slow"
            };
            return Err(Fault::new(FaultKind::Overloaded, text));
        }
        state.count += 1;
        state.weight += weight;
        Ok(Place { queue: self, state })
    }

    fn is_late(&self, state: &Waiting) -> bool {
        state.count >= self.limits.count_to_shed
            && state
                .pace
                .time_for(state.weight)
                .is_some_and(|time| time > self.limits.time)
    }

    /// Waits for work, at most for `patience`, and takes everything that fits into one batch.
    pub(crate) fn take(
        &self,
        patience: Option<Duration>,
        jobs: &mut VecDeque<Box<dyn Job>>,
        lanes: &mut [Box<dyn Runner>],
    ) -> Turn {
        let mut state = self.wait(patience);
        if state.count == 0 {
            return if state.closed {
                Turn::Closed
            } else {
                Turn::Idle
            };
        }
        let fitting = state
            .jobs
            .len()
            .min(self.limits.batch_jobs.saturating_sub(jobs.len()));
        jobs.extend(state.jobs.drain(..fitting));
        let mut load = Load {
            commands: fitting,
            weight: fitting * JOB_WEIGHT,
        };
        let mut count = fitting;
        for lane in lanes {
            let taken = lane.take(self.limits.batch_weight);
            count += taken.count;
            load.commands += taken.weight;
            load.weight += taken.weight;
        }
        state.count -= count;
        state.weight -= load.weight;
        Turn::Batch(load)
    }

    fn wait(&self, patience: Option<Duration>) -> MutexGuard<'_, Waiting> {
        let deadline = patience.map(|patience| Instant::now() + patience);
        let mut state = self.lock();
        while state.count == 0 && !state.closed {
            state.sleeping = true;
            state = match deadline.map(|at| at.saturating_duration_since(Instant::now())) {
                None => self
                    .wake
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => break,
                Some(left) => {
                    let woken = self.wake.wait_timeout(state, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        state.sleeping = false;
        state
    }

    /// Tells how long a batch of `weight` took.
    pub(crate) fn learn(&self, weight: usize, time: Duration) {
        self.lock().pace.learn(weight as u64, time);
    }

    /// Accepts nothing more; what waits is still taken.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        drop(state);
        self.wake.notify_all();
    }

    /// Accepts nothing more and gives back the jobs that waited.
    pub(crate) fn abandon(&self) -> VecDeque<Box<dyn Job>> {
        let mut state = self.lock();
        state.closed = true;
        state.count = 0;
        state.weight = 0;
        std::mem::take(&mut state.jobs)
    }

    /// Writes and commands that wait now.
    pub(crate) fn depth(&self) -> (usize, usize) {
        let state = self.lock();
        (state.count, state.weight)
    }
}
