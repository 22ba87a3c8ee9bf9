//! A closure on its way to the writer, without its types.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::ticket::Answer;
use crate::{Fault, Ticket, Tx};

pub(crate) trait Job: Send {
    /// Runs the closure and keeps its result. False: what it wrote must be undone.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Replaces the result.
    fn fail(&mut self, fault: Fault);
    /// Tells the result to the ticket. Only the first call counts.
    fn answer(&mut self);
}

pub(crate) struct WriteJob<F, T, E> {
    closure: F,
    result: Option<Result<T, E>>,
    answer: Option<Answer<T, E>>,
}

impl<F, T, E> WriteJob<F, T, E>
where
    F: FnMut(&mut Tx<'_>) -> Result<T, E>,
    E: From<Fault>,
{
    pub(crate) fn new(closure: F) -> (WriteJob<F, T, E>, Ticket<Result<T, E>>) {
        let (answer, ticket) = Ticket::open();
        (
            WriteJob {
                closure,
                result: None,
                answer: Some(answer),
            },
            ticket,
        )
    }
}

impl<F, T, E> Job for WriteJob<F, T, E>
where
    F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<Fault> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let result = catch_unwind(AssertUnwindSafe(|| (self.closure)(tx)))
            .unwrap_or_else(|_| Err(Fault::internal("a write closure panicked").into()));
        let kept = result.is_ok();
        self.result = Some(result);
        kept
    }

    fn fail(&mut self, fault: Fault) {
        self.result = Some(Err(fault.into()));
    }

    fn answer(&mut self) {
        if let (Some(answer), Some(result)) = (self.answer.take(), self.result.take()) {
            // Nobody may be waiting any more; the write stands all the same.
            let _ = answer.send(result);
        }
    }
}
