use std::{fmt, sync::Arc};

use db::Db;
use identity::{Delivery, Error, Ground, Messenger, OutboundMessage, SendFault, sandbox};
use vocab::Clock;

/// Sandbox mode's messenger: messages land in the outbox page instead of leaving the machine.
#[derive(Clone)]
pub struct SandboxMessenger {
    db: Db,
    ground: Ground,
    clock: Arc<dyn Clock>,
}

impl SandboxMessenger {
    pub fn new(db: Db, ground: Ground, clock: Arc<dyn Clock>) -> Self {
        Self { db, ground, clock }
    }
}

impl Messenger for SandboxMessenger {
    fn deduplicates(&self, _: &OutboundMessage) -> bool {
        true
    }

    fn send(&self, message: &OutboundMessage) -> Result<Delivery, SendFault> {
        let (ground, now, message) = (self.ground.clone(), self.clock.now(), message.clone());
        let written = self
            .db
            .write(move |tx| sandbox::deliver(tx, &ground.at(now), &message))
            .wait();
        match written {
            Ok(()) => Ok(Delivery::default()),
            Err(Error::Rejected(rejection)) => Err(SendFault::Permanent(rejection.code().into())),
            Err(Error::Failed(fault)) => Err(SendFault::Temporary(fault.to_string())),
        }
    }
}

impl fmt::Debug for SandboxMessenger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SandboxMessenger")
    }
}
