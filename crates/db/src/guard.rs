//! Watches the free space, so that writes are refused before the disk is full and not by it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::health::Status;
use crate::stats::Counters;
use crate::{OpenError, Options};

/// NFS, SMB and CIFS, by the numbers of statfs(2).
const NETWORK_DISKS: [i64; 4] = [0x6969, 0x517b, 0xff53_4d42, 0xfe53_4d42];

const MOST_RESERVED: u64 = 512 << 20;

pub(crate) struct Guard {
    dir: PathBuf,
    interval: Duration,
    reserve: Option<u64>,
    status: Arc<Status>,
    counters: Arc<Counters>,
}

impl Guard {
    pub(crate) fn new(options: &Options, status: Arc<Status>, counters: Arc<Counters>) -> Guard {
        let (interval, reserve) = (options.guard_interval, options.reserve);
        Guard {
            dir: options.dir.clone(),
            interval,
            reserve,
            status,
            counters,
        }
    }

    /// Looks every second until the other side of `ended` is dropped.
    pub(crate) fn run(&self, ended: &Receiver<()>) {
        while ended.recv_timeout(self.interval) == Err(RecvTimeoutError::Timeout) {
            self.look();
        }
    }

    /// Below the reserve writes stop; an eighth above it they are taken again.
    pub(crate) fn look(&self) {
        // A directory that cannot be asked will tell the writer in its own way.
        let Ok(volume) = rustix::fs::statvfs(&self.dir) else {
            return;
        };
        let free = volume.f_bavail.saturating_mul(volume.f_frsize);
        let size = volume.f_blocks.saturating_mul(volume.f_frsize);
        let reserve = self.reserve.unwrap_or((size / 20).min(MOST_RESERVED));
        self.counters.free_bytes.store(free, Relaxed);
        if free < reserve {
            self.status.set_full(true);
        } else if free >= reserve.saturating_add(reserve / 8) {
            self.status.set_full(false);
        }
    }
}

/// Locks and syncs of network file systems cannot be trusted with money.
pub(crate) fn check_local(dir: &Path) -> Result<(), OpenError> {
    let kind = rustix::fs::statfs(dir)
        .map_err(std::io::Error::from)?
        .f_type;
    if NETWORK_DISKS.contains(&(kind as i64)) {
        return Err(OpenError::NetworkDisk {
            path: dir.to_owned(),
        });
    }
    Ok(())
}
