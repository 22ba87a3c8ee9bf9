//! The promise of an answer, for async callers and for plain threads.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::oneshot;

use crate::Fault;

/// The answer to a write or a read that was submitted. Await it, or [`wait`](Ticket::wait) for it.
///
/// Dropping a ticket does not take the work back.
#[must_use = "a write is done only when its ticket says so"]
pub struct Ticket<T> {
    state: State<T>,
    /// The answer when the store ended without giving one.
    lost: fn() -> T,
}

enum State<T> {
    Answered(Option<T>),
    Waiting(oneshot::Receiver<T>),
}

pub(crate) type Answer<T, E> = oneshot::Sender<Result<T, E>>;

impl<T, E: From<Fault>> Ticket<Result<T, E>> {
    pub(crate) fn open() -> (Answer<T, E>, Ticket<Result<T, E>>) {
        let (sender, receiver) = oneshot::channel();
        let lost = || Err(E::from(Fault::lost()));
        (
            sender,
            Ticket {
                state: State::Waiting(receiver),
                lost,
            },
        )
    }

    pub(crate) fn refused(fault: Fault) -> Ticket<Result<T, E>> {
        let lost = || Err(E::from(Fault::lost()));
        Ticket {
            state: State::Answered(Some(Err(E::from(fault)))),
            lost,
        }
    }
}

impl<T> Ticket<T> {
    /// Blocks this thread until the answer is there. For tests, jobs and other plain threads;
    /// inside an async task, await the ticket instead.
    ///
    /// # Panics
    ///
    /// When called from an async task.
    pub fn wait(self) -> T {
        match self.state {
            State::Answered(Some(answer)) => answer,
            State::Answered(None) => (self.lost)(),
            State::Waiting(receiver) => receiver.blocking_recv().unwrap_or_else(|_| (self.lost)()),
        }
    }
}

// The answer is moved, never pinned.
impl<T> Unpin for Ticket<T> {}

impl<T> Future for Ticket<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let this = self.get_mut();
        match &mut this.state {
            State::Answered(answer) => Poll::Ready(answer.take().unwrap_or_else(this.lost)),
            State::Waiting(receiver) => Pin::new(receiver)
                .poll(context)
                .map(|answer| answer.unwrap_or_else(|_| (this.lost)())),
        }
    }
}

impl<T> fmt::Debug for Ticket<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").finish_non_exhaustive()
    }
}
