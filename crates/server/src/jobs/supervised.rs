//! Loops that outlive their failures.

use std::{fmt::Display, sync::Arc, time::Duration};

use tokio::{task::JoinHandle, time::timeout};

use crate::stop::Stop;

/// How long a job rests after a failure.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// What a round of a job came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// There was something to do, so there may be more.
    Busy,
    /// Nothing was left to do.
    Idle,
}

/// How often a job looks: `idle` after a round that found nothing, `busy` after one that did.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    pub busy: Duration,
    pub idle: Duration,
}

/// Loops that run until the server stops.
#[derive(Debug)]
pub struct Jobs {
    stop: Stop,
    loops: Vec<JoinHandle<()>>,
}

impl Jobs {
    pub fn new(stop: Stop) -> Self {
        Self {
            stop,
            loops: Vec::new(),
        }
    }

    /// Starts a loop. A round that fails or panics is logged and tried again.
    pub fn start<F, R, E>(&mut self, name: &'static str, pace: Pace, round: F)
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<Round, E>> + Send + 'static,
        E: Display + Send + 'static,
    {
        let stop = self.stop.clone();
        let round = Arc::new(round);
        self.loops.push(tokio::spawn(async move {
            while !stop.is_asked() {
                let pause = match tokio::spawn(round()).await {
                    Ok(Ok(Round::Busy)) => pace.busy,
                    Ok(Ok(Round::Idle)) => pace.idle,
                    Ok(Err(error)) => {
                        tracing::warn!(job = name, %error, "a round failed");
                        AFTER_FAILURE
                    }
                    Err(panic) => {
                        tracing::error!(job = name, %panic, "a round has a bug");
                        AFTER_FAILURE
                    }
                };
                let _ = timeout(pause, stop.clone().wait()).await;
            }
        }));
    }

    /// Waits for the rounds under way; to be called once the stop was asked for.
    pub async fn finish(self) {
        for ended in self.loops {
            let _ = ended.await;
        }
    }
}
