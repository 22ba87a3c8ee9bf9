//! What the server does without being asked: delivers messages, ends holds whose time has passed,
//! and forgets what is over.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use identity::{Error, Messenger, reseal};
use payments::{approval, holds};
use tokio::task::spawn_blocking;

use crate::{keys, stop::Stop, wire::House};

mod supervised;

pub use supervised::{Jobs, Pace, Round};

/// Somebody waits for a code: a message leaves within a tenth of a second, and while there are
/// more, at once.
const DELIVERY: Pace = Pace {
    busy: Duration::from_millis(5),
    idle: Duration::from_millis(100),
};

/// A slice a second until nothing is left, then once a minute.
const PURGE: Pace = Pace {
    busy: Duration::from_secs(1),
    idle: Duration::from_secs(60),
};

/// A hold ends within a second of its time.
const EXPIRY: Pace = Pace {
    busy: Duration::from_millis(5),
    idle: Duration::from_secs(1),
};
/// What a crash left between a freeze and the books is finished at the start, and within a second.
const FREEZES: Pace = Pace {
    busy: Duration::from_millis(200),
    idle: Duration::from_secs(1),
};
/// Approvals of payments forgotten in one slice.
const PURGE_MOST: i64 = 500;
/// People whose freezes are finished in one round.
const FREEZES_MOST: i64 = 100;
/// Holds ended in one batch.
const EXPIRY_MOST: i64 = 500;

/// What time alone brings about in people's accounts happens within a second of its moment.
const LIFE: Pace = Pace {
    busy: Duration::from_millis(50),
    idle: Duration::from_secs(1),
};

/// Sealing anew rides between other writes; a new root key is noticed within a second.
const SEALING: Pace = Pace {
    busy: Duration::from_millis(5),
    idle: Duration::from_secs(1),
};
/// Values looked at in one step of sealing anew: about a millisecond of the writer.
const SEALING_MOST: i64 = 100;

/// Starts every job of a server.
pub fn start(house: &House, messenger: Arc<dyn Messenger>, stop: Stop) -> Jobs {
    let mut jobs = Jobs::new(stop);
    let post = house.clone();
    jobs.start("deliver messages", DELIVERY, move || {
        deliver(post.clone(), messenger.clone())
    });
    let holds = house.clone();
    jobs.start("end holds", EXPIRY, move || expire(holds.clone()));
    let freezes = house.clone();
    jobs.start("finish freezes", FREEZES, move || {
        finish_freezes(freezes.clone())
    });
    let adjustments = house.clone();
    jobs.start("finish adjustments", FREEZES, move || {
        finish_adjustments(adjustments.clone())
    });
    let lives = house.clone();
    jobs.start("let accounts live on", LIFE, move || live_on(lives.clone()));
    let sealing = house.clone();
    let done = Arc::new(AtomicU8::new(0));
    jobs.start("seal anew", SEALING, move || {
        seal_anew(sealing.clone(), done.clone())
    });
    let house = house.clone();
    jobs.start("forget what is over", PURGE, move || purge(house.clone()));
    jobs
}

/// Sends the messages that are due, some at a time.
pub async fn deliver(house: House, messenger: Arc<dyn Messenger>) -> Result<Round, Error> {
    let House {
        db, ground, clock, ..
    } = house;
    let step = move || rails::deliver_once(&db, &ground, clock.as_ref(), messenger.as_ref());
    blocking(step).await
}

/// Releases what is still held after its time.
pub async fn expire(house: House) -> Result<Round, Error> {
    let now = house.clock.now();
    let orders = house
        .db
        .read(move |tx| holds::expiry_orders(tx, now, EXPIRY_MOST))
        .await?;
    if orders.is_empty() {
        return Ok(Round::Idle);
    }
    house.books.submit(orders).await?;
    Ok(Round::Busy)
}

/// Lets accounts follow freezes whose answer never came.
pub async fn finish_freezes(house: House) -> Result<Round, Error> {
    match house.app.finish_freezes(FREEZES_MOST).await? {
        0 => Ok(Round::Idle),
        _ => Ok(Round::Busy),
    }
}

/// Posts adjustments whose approval was not followed.
pub async fn finish_adjustments(house: House) -> Result<Round, Error> {
    match house.app.finish_adjustments(FREEZES_MOST).await? {
        0 => Ok(Round::Idle),
        _ => Ok(Round::Busy),
    }
}

/// Applies changes of contacts that have cooled off, lets payments arrive that are due, puts copies
/// of people's data together, and closes accounts whose week is over.
pub async fn live_on(house: House) -> Result<Round, Error> {
    let app = &house.app;
    let count = app.apply_due_contacts().await?
        + app.let_due_arrive().await?
        + app.prepare_exports().await?
        + app.close_due_accounts().await?;
    match count {
        0 => Ok(Round::Idle),
        _ => Ok(Round::Busy),
    }
}

/// Takes a new root key into use and moves everything under it, one step at a time.
pub async fn seal_anew(house: House, done: Arc<AtomicU8>) -> Result<Round, Error> {
    if take_new_root(&house).await? {
        return Ok(Round::Busy);
    }
    let current = house.ground.keys.current();
    if done.load(Ordering::Relaxed) == current {
        return Ok(Round::Idle);
    }
    let (ground, now) = (house.ground.clone(), house.clock.now());
    let progress = house
        .db
        .write(move |tx| reseal::advance(tx, &ground.at(now), SEALING_MOST))
        .await?;
    if !progress.is_done() {
        return Ok(Round::Busy);
    }
    done.store(current, Ordering::Relaxed);
    tracing::info!(
        generation = current,
        changed = progress.changed,
        "everything is sealed under the newest root key"
    );
    Ok(Round::Idle)
}

/// Servers of one database get a new root key while all of them stand still: what one seals under
/// it, the others could not open.
async fn take_new_root(house: &House) -> Result<bool, Error> {
    if house.is_shared {
        return Ok(false);
    }
    let dir = house.dir.clone();
    let roots = spawn_blocking(move || keys::read_roots(&dir)).await;
    let roots = roots
        .map_err(|panic| db::Fault::internal(panic.to_string()))?
        .map_err(|failure| db::Fault::internal(failure.to_string()))?;
    let Some((&newest, root)) = roots
        .last_key_value()
        .filter(|(newest, _)| **newest > house.ground.keys.current())
    else {
        return Ok(false);
    };
    house.ground.keys.add(newest, root);
    let (ground, now) = (house.ground.clone(), house.clock.now());
    house
        .db
        .write(move |tx| reseal::promote(tx, &ground.at(now), newest))
        .await?;
    tracing::info!(generation = newest, "a new root key is in use");
    Ok(true)
}

async fn purge(house: House) -> Result<Round, Error> {
    let House {
        db, ground, clock, ..
    } = house;
    let now = clock.now();
    let approvals = db
        .write(move |tx| approval::purge(tx, now, PURGE_MOST))
        .await?;
    match blocking(move || rails::purge_once(&db, &ground, clock.as_ref())).await? {
        Round::Idle if approvals == 0 => Ok(Round::Idle),
        _ => Ok(Round::Busy),
    }
}

async fn blocking(
    step: impl FnOnce() -> Result<usize, Error> + Send + 'static,
) -> Result<Round, Error> {
    let done = spawn_blocking(step).await;
    match done.map_err(|panic| db::Fault::internal(panic.to_string()))?? {
        0 => Ok(Round::Idle),
        _ => Ok(Round::Busy),
    }
}
