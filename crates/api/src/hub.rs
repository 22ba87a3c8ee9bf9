use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use payments::Observer;
use rustc_hash::FxHashMap;
use tokio::sync::Notify;
use vocab::{AccountId, UserId};

use crate::Code;

/// Streams of the whole server.
const STREAMS_MOST: usize = 10_000;
/// Streams of one person: a few tabs and devices.
const STREAMS_OF_ONE: usize = 16;

/// Who wants to be woken when an account changes. Knows no content: a woken stream looks for itself
/// what happened, and whether its session still lives.
#[derive(Debug, Default)]
pub struct Hub {
    streams: Mutex<Streams>,
    /// How many streams there are, so that the writer's thread need not lock for nobody.
    open: AtomicUsize,
    is_closed: AtomicBool,
}

#[derive(Debug, Default)]
struct Streams {
    last: u64,
    bells: FxHashMap<u64, Arc<Notify>>,
    by_account: FxHashMap<AccountId, Vec<u64>>,
    by_user: FxHashMap<UserId, usize>,
}

impl Observer for Hub {
    fn is_listening(&self) -> bool {
        self.open.load(Ordering::Acquire) > 0
    }

    /// Rings at every stream that watches one of these accounts.
    fn changed(&self, accounts: &[AccountId]) {
        let streams = self.streams();
        for account in accounts {
            let watching = streams.by_account.get(account).into_iter().flatten();
            watching
                .filter_map(|id| streams.bells.get(id))
                .for_each(|bell| bell.notify_one());
        }
    }
}

impl Hub {
    /// Rings at every stream: a session ended, or a person's accounts are others now.
    pub fn recheck(&self) {
        if self.is_listening() {
            self.streams()
                .bells
                .values()
                .for_each(|bell| bell.notify_one());
        }
    }

    /// Ends every stream, so that a server that stops need not wait for their readers.
    pub fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.recheck();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// How many streams are open.
    pub(crate) fn open_streams(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// A new bell for a person.
    ///
    /// # Errors
    /// [`Code::Overloaded`] if the server has too many or stops, [`Code::RateLimited`] if this
    /// person has.
    pub(crate) fn listen(self: &Arc<Self>, user: UserId) -> Result<Listener, Code> {
        let mut streams = self.streams();
        if self.is_closed() || streams.bells.len() >= STREAMS_MOST {
            return Err(Code::Overloaded);
        }
        let theirs = streams.by_user.entry(user).or_default();
        if *theirs >= STREAMS_OF_ONE {
            return Err(Code::RateLimited);
        }
        *theirs += 1;
        streams.last += 1;
        let id = streams.last;
        let bell = Arc::new(Notify::new());
        streams.bells.insert(id, Arc::clone(&bell));
        self.open.store(streams.bells.len(), Ordering::Release);
        Ok(Listener {
            hub: Arc::clone(self),
            id,
            user,
            bell,
            accounts: Vec::new(),
        })
    }

    fn streams(&self) -> MutexGuard<'_, Streams> {
        // Every change below leaves the maps whole, so a panic elsewhere does not matter.
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One stream's bell; dropping it ends the listening.
#[derive(Debug)]
pub(crate) struct Listener {
    hub: Arc<Hub>,
    id: u64,
    user: UserId,
    bell: Arc<Notify>,
    accounts: Vec<AccountId>,
}

impl Listener {
    /// Watches these accounts too.
    pub(crate) fn watch(&mut self, accounts: impl IntoIterator<Item = AccountId>) {
        let mut streams = self.hub.streams();
        for account in accounts {
            if !self.accounts.contains(&account) {
                self.accounts.push(account);
                streams.by_account.entry(account).or_default().push(self.id);
            }
        }
    }

    /// Returns when it has rung since the last time.
    pub(crate) async fn rung(&self) {
        self.bell.notified().await;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut streams = self.hub.streams();
        streams.bells.remove(&self.id);
        if let Some(theirs) = streams.by_user.get_mut(&self.user) {
            *theirs -= 1;
            if *theirs == 0 {
                streams.by_user.remove(&self.user);
            }
        }
        for account in &self.accounts {
            if let Some(watching) = streams.by_account.get_mut(account) {
                watching.retain(|id| *id != self.id);
                if watching.is_empty() {
                    streams.by_account.remove(account);
                }
            }
        }
        self.hub.open.store(streams.bells.len(), Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn has_rung(listener: &Listener) -> bool {
        tokio::time::timeout(Duration::ZERO, listener.rung())
            .await
            .is_ok()
    }

    #[tokio::test]
    async fn only_who_watches_is_woken() {
        let hub = Arc::new(Hub::default());
        let (first, second) = (AccountId::from_raw(1), AccountId::from_raw(2));
        hub.changed(&[first]);
        let (user, other) = (UserId::from_raw(1), UserId::from_raw(2));
        let mut alice = hub.listen(user).expect("a place");
        let mut bob = hub.listen(other).expect("a place");
        let more: Vec<_> = (1..STREAMS_OF_ONE).map(|_| hub.listen(user)).collect();
        assert!(more.iter().all(Result::is_ok));
        assert_eq!(
            hub.listen(user).expect_err("one too many"),
            Code::RateLimited
        );
        drop(more);
        alice.watch([first, first]);
        bob.watch([second]);
        hub.changed(&[first]);
        assert!(has_rung(&alice).await && !has_rung(&bob).await);
        hub.recheck();
        assert!(has_rung(&alice).await && has_rung(&bob).await);
        drop(alice);
        drop(bob);
        assert_eq!(hub.open_streams(), 0);
        let streams = hub.streams();
        assert!(streams.by_account.is_empty() && streams.by_user.is_empty());
    }
}
