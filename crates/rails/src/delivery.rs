//! The job that sends messages: claim, send, settle; three steps, and only the first and the last
//! are database transactions.

use db::Db;
use identity::{Delivery, Error, Ground, Messenger, OutboundMessage, SendFault, outbox, purge};
use vocab::Clock;

/// Messages that one step takes at most.
const BATCH: i64 = 64;

/// Sends what is due, once. Gives the number of messages that were tried; the job loop calls again
/// at once if it is not zero, and otherwise when a message may have been written or after a pause.
/// Blocks: run it on a thread of its own, not on an async one.
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
    let sent = claimed.into_iter().map(|message| {
        let outcome = messenger.send(&message);
        if let Err(fault) = &outcome {
            tracing::warn!(message = %message.id, tries = message.tries, %fault, "not sent");
        }
        (message, outcome)
    });
    settle(db, ground, clock, sent.collect())?;
    Ok(count)
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
    sent: Vec<(OutboundMessage, Result<Delivery, SendFault>)>,
) -> Result<(), Error> {
    let (ground, now) = (ground.clone(), clock.now());
    db.write(move |tx| {
        let cx = ground.at(now);
        sent.iter()
            .try_for_each(|(message, outcome)| outbox::settle(tx, &cx, message, outcome))
    })
    .wait()
}
