//! Lanes: commands of one kind that the writer takes all at once.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::queue::Queue;
use crate::ticket::Answer;
use crate::{Fault, Ticket, Tx};

/// Takes commands of one kind, all that wait, into one call inside the shared transaction.
///
/// Per batch the writer calls, on its own thread: `run` with the items (if any), `ride` (if there
/// is a backlog), then exactly one of `committed` and `rolled_back`, and only then answers the
/// tickets. A fault or a panic rolls the whole batch back.
pub trait Lane: Send + 'static {
    /// One submission; may hold several commands.
    type Item: Send + 'static;
    /// The answer to one submission.
    type Outcome: Send + 'static;

    /// Commands inside the item: what it costs, against `Options::max_batch_weight`.
    fn weight(item: &Self::Item) -> usize;

    /// The same items once more, so that a transaction that was in the way of another one can be
    /// run again; none where the store is never shared. Such a lane keeps nothing in memory that
    /// it needs: it is not asked to `ride` or to `finish`, and another server may have written
    /// between two of its batches.
    fn copy(_items: &[Self::Item]) -> Option<Vec<Self::Item>> {
        None
    }

    /// Decides and stores the items; gives one outcome per item, in their order. A refusal is an
    /// outcome; `Err` is for faults and fails the whole batch.
    fn run(&mut self, tx: &mut Tx<'_>, items: Vec<Self::Item>)
    -> Result<Vec<Self::Outcome>, Fault>;

    /// Projects a slice inside this commit, for at most `budget`.
    fn ride(&mut self, tx: &mut Tx<'_>, budget: Duration) -> Result<(), Fault>;

    /// Whether `ride` has something to do. The writer also commits slices alone while idle.
    fn has_backlog(&self) -> bool;

    /// What `run` and `ride` wrote is durable; the tickets are answered after this returns.
    fn committed(&mut self);

    /// What `run` and `ride` wrote is gone, or nobody can say (then the store has stopped).
    fn rolled_back(&mut self);

    /// A clean stop: projects everything. `committed` or `rolled_back` follows.
    fn finish(&mut self, tx: &mut Tx<'_>) -> Result<(), Fault>;
}

/// The way into a lane, for any thread.
pub struct LaneHandle<L: Lane> {
    items: Arc<Items<L>>,
    queue: Arc<Queue>,
}

impl<L: Lane> LaneHandle<L> {
    /// Queues `item` for the next batch. The ticket is answered after the commit.
    pub fn submit(&self, item: L::Item) -> Ticket<Result<L::Outcome, Fault>> {
        let weight = L::weight(&item);
        match self.queue.admit(weight) {
            Ok(place) => {
                let (answer, ticket) = Ticket::open();
                self.items.lock().push_back(Entry {
                    item,
                    weight,
                    answer,
                });
                place.wake_writer();
                ticket
            }
            Err(fault) => Ticket::refused(fault),
        }
    }
}

impl<L: Lane> Clone for LaneHandle<L> {
    fn clone(&self) -> Self {
        LaneHandle {
            items: Arc::clone(&self.items),
            queue: Arc::clone(&self.queue),
        }
    }
}

impl<L: Lane> std::fmt::Debug for LaneHandle<L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LaneHandle").finish_non_exhaustive()
    }
}

struct Entry<L: Lane> {
    item: L::Item,
    weight: usize,
    answer: Answer<L::Outcome, Fault>,
}

/// The items that wait. Pushed and taken under the queue's lock, so this one is never contended.
struct Items<L: Lane>(Mutex<VecDeque<Entry<L>>>);

impl<L: Lane> Items<L> {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Entry<L>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) struct Taken {
    pub(crate) count: usize,
    pub(crate) weight: usize,
}

/// A lane as the writer sees it, without its types.
pub(crate) trait Runner: Send {
    fn take(&mut self, max_weight: usize) -> Taken;
    fn has_items(&self) -> bool;
    fn has_backlog(&self) -> bool;
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), Fault>;
    /// Keeps a copy of the items, for `take_back`.
    fn set_aside(&mut self);
    /// After a transaction that is gone: the items are as before `run`. False: there is no copy.
    fn take_back(&mut self) -> bool;
    fn ride(&mut self, tx: &mut Tx<'_>, budget: Duration) -> Result<(), Fault>;
    fn finish(&mut self, tx: &mut Tx<'_>) -> Result<(), Fault>;
    /// Tells the lane how its transaction ended, if it had a part in it.
    fn ended(&mut self, durable: bool);
    fn answer(&mut self);
    fn fail(&mut self, fault: &Fault);
    /// Fails the items that were not taken.
    fn refuse_waiting(&mut self, fault: &Fault);
    /// Drops them without an answer. Handles outlive the writer, so the items that wait would too,
    /// and their tickets would never be lost.
    fn abandon(&mut self);
}

struct LaneRunner<L: Lane> {
    lane: L,
    waiting: Arc<Items<L>>,
    items: Vec<L::Item>,
    spare: Option<Vec<L::Item>>,
    answers: Vec<Answer<L::Outcome, Fault>>,
    outcomes: Vec<L::Outcome>,
    /// The lane wrote into the open transaction and must hear how it ended.
    touched: bool,
}

pub(crate) fn open<L: Lane>(lane: L, queue: &Arc<Queue>) -> (LaneHandle<L>, Box<dyn Runner>) {
    let items = Arc::new(Items(Mutex::default()));
    let runner = LaneRunner {
        lane,
        waiting: Arc::clone(&items),
        items: Vec::new(),
        spare: None,
        answers: Vec::new(),
        outcomes: Vec::new(),
        touched: false,
    };
    (
        LaneHandle {
            items,
            queue: Arc::clone(queue),
        },
        Box::new(runner),
    )
}

impl<L: Lane> LaneRunner<L> {
    fn guarded<T>(&mut self, run: impl FnOnce(&mut L) -> Result<T, Fault>) -> Result<T, Fault> {
        self.touched = true;
        catch_unwind(AssertUnwindSafe(|| run(&mut self.lane)))
            .unwrap_or_else(|_| Err(Fault::internal("a lane panicked")))
    }
}

impl<L: Lane> Runner for LaneRunner<L> {
    fn take(&mut self, max_weight: usize) -> Taken {
        let mut waiting = self.waiting.lock();
        let mut taken = Taken {
            count: 0,
            weight: 0,
        };
        while let Some(next) = waiting.front() {
            if taken.count > 0 && taken.weight + next.weight > max_weight {
                break;
            }
            let Some(Entry {
                item,
                weight,
                answer,
            }) = waiting.pop_front()
            else {
                break;
            };
            self.items.push(item);
            self.answers.push(answer);
            taken.count += 1;
            taken.weight += weight;
        }
        taken
    }

    fn has_items(&self) -> bool {
        !self.items.is_empty()
    }

    fn has_backlog(&self) -> bool {
        self.lane.has_backlog()
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let items = std::mem::take(&mut self.items);
        let wanted = items.len();
        let outcomes = self.guarded(|lane| lane.run(tx, items))?;
        if outcomes.len() != wanted {
            return Err(Fault::internal(
                "a lane gave fewer or more outcomes than items",
            ));
        }
        self.outcomes = outcomes;
        Ok(())
    }

    fn set_aside(&mut self) {
        self.spare = L::copy(&self.items);
    }

    fn take_back(&mut self) -> bool {
        self.outcomes.clear();
        match self.spare.take() {
            Some(items) => {
                self.items = items;
                true
            }
            None => false,
        }
    }

    fn ride(&mut self, tx: &mut Tx<'_>, budget: Duration) -> Result<(), Fault> {
        self.guarded(|lane| lane.ride(tx, budget))
    }

    fn finish(&mut self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        self.guarded(|lane| lane.finish(tx))
    }

    fn ended(&mut self, durable: bool) {
        if std::mem::take(&mut self.touched) {
            if durable {
                self.lane.committed();
            } else {
                self.lane.rolled_back();
            }
        }
    }

    fn answer(&mut self) {
        for (answer, outcome) in self.answers.drain(..).zip(self.outcomes.drain(..)) {
            // Nobody may be waiting any more; the write stands all the same.
            let _ = answer.send(Ok(outcome));
        }
    }

    fn fail(&mut self, fault: &Fault) {
        self.items.clear();
        self.outcomes.clear();
        for answer in self.answers.drain(..) {
            let _ = answer.send(Err(fault.clone()));
        }
    }

    fn refuse_waiting(&mut self, fault: &Fault) {
        for entry in self.waiting.lock().drain(..) {
            let _ = entry.answer.send(Err(fault.clone()));
        }
    }

    fn abandon(&mut self) {
        self.answers.clear();
        self.waiting.lock().clear();
    }
}

impl<L: Lane> Drop for LaneRunner<L> {
    /// The handles would keep the items, and nobody would ever answer them.
    fn drop(&mut self) {
        self.waiting.lock().clear();
    }
}
