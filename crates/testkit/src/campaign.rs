//! Load on a server that may die at any moment, and the questions asked after it came back.
//!
//! The campaign keeps its own books: what it wished, what it was told, and from that what every
//! balance and every list of records must be. An answer has one of three values: done, refused,
//! unknown. Done must be there, refused must not, unknown at most once, and a repeat under the
//! same key must turn unknown into one of the others.

mod crew;
mod history;
mod intent;
mod load;
mod siege;

pub use crew::{Campaign, Settled};
pub use intent::{Fate, Intent};
pub use load::Load;
pub use siege::{Endured, Look, Siege, Stubbornness};

use thiserror::Error;

use crate::person::ActError;

/// What a campaign found out.
#[derive(Debug, Error)]
pub enum Finding {
    /// The server broke its promise.
    #[error("broken promise: {0}")]
    Broken(String),
    /// The campaign itself could not go on.
    #[error(transparent)]
    Act(#[from] ActError),
}

impl From<std::io::Error> for Finding {
    fn from(error: std::io::Error) -> Self {
        Self::Act(error.into())
    }
}

/// Reads that a busy machine answers too late before that counts as a failure.
const MOST_LATE: usize = 20;

/// Asks again while the answer is that there was no time: nothing is lost by a read that waits.
async fn patiently<T>(mut ask: impl AsyncFnMut() -> Result<T, ActError>) -> Result<T, ActError> {
    let mut late = 0;
    loop {
        match ask().await {
            Err(ActError::Unexpected { status: 503, .. }) if late < MOST_LATE => late += 1,
            answered => return answered,
        }
    }
}
