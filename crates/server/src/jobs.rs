//! What the server does without being asked: delivers messages, ends holds whose time has passed,
//! and forgets what is over.

use std::{sync::Arc, time::Duration};

use identity::{Error, Messenger};
use payments::holds;
use tokio::task::spawn_blocking;

use crate::{stop::Stop, wire::House};

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
/// People whose freezes are finished in one round.
const FREEZES_MOST: i64 = 100;
/// Holds ended in one batch.
const EXPIRY_MOST: i64 = 500;

/// What time alone brings about in people's accounts happens within a second of its moment.
const LIFE: Pace = Pace {
    busy: Duration::from_millis(50),
    idle: Duration::from_secs(1),
};

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
    let lives = house.clone();
    jobs.start("let accounts live on", LIFE, move || live_on(lives.clone()));
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

/// Applies changes of contacts that have cooled off, puts copies of people's data together, and
/// closes accounts whose week is over.
pub async fn live_on(house: House) -> Result<Round, Error> {
    let app = &house.app;
    let count = app.apply_due_contacts().await?
        + app.prepare_exports().await?
        + app.close_due_accounts().await?;
    match count {
        0 => Ok(Round::Idle),
        _ => Ok(Round::Busy),
    }
}

async fn purge(house: House) -> Result<Round, Error> {
    let House {
        db, ground, clock, ..
    } = house;
    blocking(move || rails::purge_once(&db, &ground, clock.as_ref())).await
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
