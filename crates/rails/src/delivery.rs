//! The job that sends messages: claim, send, settle; three steps, and only the first and the last
//! are database transactions.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    vec::IntoIter,
};

use db::Db;
use identity::{Delivery, Error, Ground, Messenger, OutboundMessage, SendFault, outbox, purge};
use vocab::Clock;

/// Messages that one step takes at most.
const BATCH: i64 = 64;
/// Messages on their way to gateways at a time; a gateway may take seconds, and people wait.
const SENDERS: usize = 8;
/// What is left of a lease when nothing more is begun: longer than a gateway may take.
const SLOWEST_SECONDS: i64 = 120;

/// What became of one message of a batch.
enum Sent {
    Tried(Result<Delivery, SendFault>),
    /// There was no time to try.
    NotTried,
}

/// Sends what is due, once. Gives the number of messages that were claimed; the job loop calls
/// again at once if it is not zero, and otherwise when a message may have been written or after a
/// pause. Blocks: run it on a thread of its own, not on an async one.
///
/// # Errors
/// A fault of the store. Messages that were claimed come back when their lease ends.
pub fn deliver_once(
    db: &Db,
    ground: &Ground,
    clock: &dyn Clock,
    messenger: &dyn Messenger,
) -> Result<usize, Error> {
    let claimed = claim(db, ground, clock)?;
    let count = claimed.len();
    if count == 0 {
        return Ok(0);
    }
    let lease = ground.policy.send_lease_seconds;
    let begin_until = clock.now().plus_seconds((lease - SLOWEST_SECONDS).max(1));
    let claimed = Mutex::new(claimed.into_iter());
    let sent = Mutex::new(Vec::with_capacity(count));
    let send = || {
        while let Some(message) = next(&claimed) {
            let outcome = if clock.now() < begin_until {
                Sent::Tried(try_once(messenger, &message))
            } else {
                Sent::NotTried
            };
            locked(&sent).push((message, outcome));
        }
    };
    thread::scope(|scope| {
        for _ in 1..count.min(SENDERS) {
            scope.spawn(send);
        }
        send();
    });
    let sent = sent.into_inner().unwrap_or_else(PoisonError::into_inner);
    settle(db, ground, clock, sent)?;
    Ok(count)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn next(claimed: &Mutex<IntoIter<OutboundMessage>>) -> Option<OutboundMessage> {
    locked(claimed).next()
}

/// A message that may be out already is sent only where its repeat is known as one.
fn try_once(messenger: &dyn Messenger, message: &OutboundMessage) -> Result<Delivery, SendFault> {
    let is_safe_to_repeat = messenger.deduplicates(message);
    let outcome = if message.is_resumed && !is_safe_to_repeat {
        Err(SendFault::Unknown(
            "an earlier try did not come to an end".into(),
        ))
    } else {
        messenger.send(message)
    };
    if let Err(fault) = &outcome {
        tracing::warn!(message = %message.id, tries = message.tries, %fault, "not sent");
    }
    match outcome {
        Err(SendFault::Unknown(said)) if is_safe_to_repeat => Err(SendFault::Temporary(said)),
        outcome => outcome,
    }
}

/// Deletes one slice of what is over. Gives the number of rows; call again soon if it is not zero.
///
/// # Errors
/// A fault of the store.
pub fn purge_once(db: &Db, ground: &Ground, clock: &dyn Clock) -> Result<usize, Error> {
    let (ground, now) = (ground.clone(), clock.now());
    db.write(move |tx| purge::purge_slice(tx, &ground.at(now)))
        .wait()
}

fn claim(db: &Db, ground: &Ground, clock: &dyn Clock) -> Result<Vec<OutboundMessage>, Error> {
    let now = clock.now();
    let reader = ground.clone();
    // An idle job must not make the writer commit nothing.
    if !db
        .read(move |tx| outbox::has_due(tx, &reader.at(now)))
        .wait()?
    {
        return Ok(Vec::new());
    }
    let writer = ground.clone();
    db.write(move |tx| outbox::claim(tx, &writer.at(now), BATCH))
        .wait()
}

fn settle(
    db: &Db,
    ground: &Ground,
    clock: &dyn Clock,
    sent: Vec<(OutboundMessage, Sent)>,
) -> Result<(), Error> {
    let (ground, now) = (ground.clone(), clock.now());
    db.write(move |tx| {
        let cx = ground.at(now);
        sent.iter()
            .try_for_each(|(message, outcome)| match outcome {
                Sent::Tried(outcome) => outbox::settle(tx, &cx, message, outcome),
                Sent::NotTried => outbox::release(tx, &cx, message),
            })
    })
    .wait()
}
