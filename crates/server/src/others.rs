//! Hears what other servers of one database committed, so that streams here tell it too.

use std::{
    sync::mpsc::{RecvTimeoutError, Sender, channel},
    thread::{Builder, JoinHandle},
    time::Duration,
};

use payments::Observer as _;
use vocab::RecordId;

use crate::{
    failure::{During as _, Failure},
    wire::House,
};

/// How long a commit elsewhere may stay unheard.
const EVERY: Duration = Duration::from_millis(100);

/// Looks in a row before the end of the listening is asked for again.
const LOOKS_MOST: u32 = 100;

/// The listening; ends when it is dropped. On an embedded store there is nobody to listen to.
#[derive(Debug)]
pub struct Others {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Others {
    pub fn follow(house: &House) -> Result<Self, Failure> {
        if !house.books.is_shared() {
            return Ok(Self {
                end: None,
                thread: None,
            });
        }
        let house = house.clone();
        let (end, ended) = channel();
        let follow = move || {
            let mut newest = RecordId::from_raw(0);
            while ended.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                // A look takes some rows of the journal; behind a busy server several are due.
                let mut looks = 0;
                while look(&house, &mut newest) && looks < LOOKS_MOST {
                    looks += 1;
                }
            }
        };
        let thread = Builder::new()
            .name("others".to_owned())
            .spawn(follow)
            .during("starting to listen to other servers")?;
        Ok(Self {
            end: Some(end),
            thread: Some(thread),
        })
    }
}

/// The journal is the feed: whoever committed, the accounts that moved are in it. While nobody
/// listens only its end is looked at. True if there may be more.
fn look(house: &House, newest: &mut RecordId) -> bool {
    let is_listening = house.hub.is_listening();
    let after = if is_listening {
        *newest
    } else {
        RecordId::from_raw(0)
    };
    let books = house.books.clone();
    let found = house.db.read(move |tx| books.changes_after(tx, after));
    // The next look sees what this one could not.
    let Ok((accounts, last)) = found.wait() else {
        return false;
    };
    let has_moved = is_listening && last > *newest;
    *newest = last;
    if !accounts.is_empty() {
        house.hub.changed(&accounts);
    } else if !is_listening {
        // Whoever came meanwhile may have looked before the end that was found.
        house.hub.recheck();
    }
    has_moved
}

impl Drop for Others {
    fn drop(&mut self) {
        self.end.take();
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}
