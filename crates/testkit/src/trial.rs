use std::{io, time::Duration};

use crate::{
    campaign::{Campaign, Finding, Load, Settled},
    process::{Launch, Process},
};

/// Enough for a stop that projects a full tail.
const STOP_LIMIT: Duration = Duration::from_secs(20);
/// What one client pays at most within one load; the outage comes first.
const UNENDING: usize = 100_000;

/// A server, a campaign on it, and outages in between.
#[derive(Debug)]
pub struct Trial {
    pub launch: Launch,
    pub campaign: Campaign,
    process: Option<Process>,
}

impl Trial {
    /// Starts the server and signs people up.
    pub async fn begin(launch: Launch, people: usize, seed: u64) -> Result<Self, Finding> {
        let process = launch.start()?;
        let campaign = Campaign::enlist(process.address(), people, seed).await?;
        Ok(Self {
            launch,
            campaign,
            process: Some(process),
        })
    }

    /// One outage: load, after 50 to 150 ms `cut`, a new start, then the questions.
    ///
    /// # Panics
    /// If an outage before this one failed.
    pub async fn outage(
        &mut self,
        clients: usize,
        cut: impl FnOnce(Process, &Load) -> io::Result<()>,
    ) -> Result<Settled, Finding> {
        let process = self.process.take().expect("a running server");
        let load = self.campaign.load(process.address(), clients, UNENDING);
        let micros = 50_000 + self.campaign.below(100_000);
        tokio::time::sleep(Duration::from_micros(micros)).await;
        cut(process, &load)?;
        let intents = load.gather().await?;
        let process = self.launch.start()?;
        let settled = self.campaign.settle(process.address(), intents).await?;
        self.process = Some(process);
        Ok(settled)
    }

    /// Lets another program serve until the next outage; after it, `launch` serves again and
    /// answers the questions.
    pub fn serve_by(&mut self, other: &Launch) -> Result<(), Finding> {
        if let Some(process) = self.process.take() {
            process.stop(STOP_LIMIT)?;
        }
        self.process = Some(other.start()?);
        Ok(())
    }

    /// Replays everything beside the running server.
    pub fn check(&self) -> Result<(), Finding> {
        match self.launch.check()? {
            (_, true) => Ok(()),
            (text, false) => Err(Finding::Broken(format!("the check found:\n{text}"))),
        }
    }

    /// Stops the server and replays everything.
    pub fn end(mut self) -> Result<(), Finding> {
        if let Some(process) = self.process.take() {
            let status = process.stop(STOP_LIMIT)?;
            if !status.success() {
                return Err(Finding::Broken(format!("a clean stop ended with {status}")));
            }
        }
        self.check()
    }
}
