//! How the server ends: in order on a signal, at once on a second one or when the order takes too
//! long, and on its own when the store cannot say any more what is durable.

use std::{
    process,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use crate::failure::{During as _, Failure};

/// Exit code after a fault of the store that only a new start can judge; a supervisor restarts.
pub const STORE_FAILED: i32 = 70;

/// The longest a stop may take before the process just ends. Nothing acknowledged is at risk: it
/// was durable before it was acknowledged.
const LONGEST_STOP: Duration = Duration::from_secs(10);
/// What answers under way get to leave the process after the store failed.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// Turns true when the server is to stop. Clones watch the same thing.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Resolves once the server is to stop.
    pub async fn wait(mut self) {
        // The sender lives in the task that waits for signals; if that is gone, so are we.
        let _ = self.0.wait_for(|stop| *stop).await;
    }

    /// Whether the server is to stop: as [`Stop::wait`] has it, or who waits between two looks
    /// would not wait at all.
    pub fn is_asked(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}

/// Listens to SIGTERM and SIGINT from now on. The first asks for a stop, after `tell` was called;
/// the second ends the process.
pub fn on_signals(tell: impl FnOnce() + Send + 'static) -> Result<Stop, Failure> {
    let mut terminate = signal(SignalKind::terminate()).during("listening to SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).during("listening to SIGINT")?;
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        let mut next = async || {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        next().await;
        // What ends the process comes before what may fail.
        exit_after(LONGEST_STOP, 1, "the stop took too long");
        sender.send_replace(true);
        tell();
        tracing::info!("stopping");
        next().await;
        exit_now(1, "stopped at once by a second signal");
    });
    Ok(Stop(receiver))
}

/// What the store calls when an I/O error leaves it in doubt: says so once, lets the answers under
/// way leave, and ends the process.
pub fn on_fatal() -> db::OnFatal {
    Arc::new(|fault| {
        tracing::error!(%fault, "the store failed; only a new start can tell what is durable");
        exit_after(LAST_WORDS, STORE_FAILED, "the store failed");
    })
}

fn exit_after(pause: Duration, code: i32, why: &'static str) {
    thread::spawn(move || {
        let (_open, never) = mpsc::channel::<()>();
        let _ = never.recv_timeout(pause);
        exit_now(code, why);
    });
}

#[expect(
    clippy::exit,
    reason = "the orderly way out has failed or would come too late"
)]
fn exit_now(code: i32, why: &'static str) -> ! {
    tracing::error!("{why}");
    process::exit(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_cannot_be_told_any_more_is_to_stop() {
        let (sender, receiver) = watch::channel(false);
        let stop = Stop(receiver);
        assert!(!stop.is_asked());
        drop(sender);
        stop.clone().wait().await;
        assert!(stop.is_asked(), "it says what it waited for");
    }
}
