use std::{
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use quick_cache::{UnitWeighter, sync};
use rustc_hash::FxBuildHasher;

/// A bounded cache of facts that verbs may change. A fact is kept only if nothing was forgotten
/// since its loading began, so a load that raced with a change never brings the old fact back.
/// Where other servers may change facts too, each is believed for a short time only.
pub(crate) struct Cache<K, V> {
    entries: sync::Cache<K, (V, Option<Instant>), UnitWeighter, FxBuildHasher>,
    /// How long a fact is believed, if not for ever.
    life: Option<Duration>,
    /// How often something was forgotten. Held while keeping and while forgetting.
    changes: Mutex<u64>,
}

/// The state of a cache when a load began, and when that was if facts grow old.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoadedSince(u64, Option<Instant>);

impl<K: Eq + Hash + Clone, V: Clone> Cache<K, V> {
    pub(crate) fn new(capacity: usize) -> Self {
        let entries = sync::Cache::with(
            capacity,
            capacity as u64,
            UnitWeighter,
            FxBuildHasher,
            sync::DefaultLifecycle::default(),
        );
        Self {
            entries,
            life: None,
            changes: Mutex::new(0),
        }
    }

    /// A cache whose facts are believed for `life`, counted from before they were read; for ever
    /// if there is none.
    pub(crate) fn with_life(capacity: usize, life: Option<Duration>) -> Self {
        Self {
            life,
            ..Self::new(capacity)
        }
    }

    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let (value, since) = self.entries.get(key)?;
        let is_old = match (self.life, since) {
            (Some(life), Some(since)) => since.elapsed() > life,
            _ => false,
        };
        (!is_old).then_some(value)
    }

    /// To be asked before the load begins.
    pub(crate) fn loading(&self) -> LoadedSince {
        LoadedSince(*self.changes(), self.life.map(|_| Instant::now()))
    }

    /// Keeps what was loaded, unless something changed meanwhile.
    pub(crate) fn keep(&self, since: LoadedSince, key: K, value: V) {
        let changes = self.changes();
        if *changes == since.0 {
            self.entries.insert(key, (value, since.1));
        }
    }

    /// Forgets one fact. From the return on nobody reads it any more.
    pub(crate) fn forget(&self, key: &K) {
        let mut changes = self.changes();
        *changes += 1;
        self.entries.remove(key);
    }

    /// Forgets every fact that is not to stay; walks the whole cache.
    pub(crate) fn forget_unless(&self, stays: impl Fn(&V) -> bool) {
        let mut changes = self.changes();
        *changes += 1;
        self.entries.retain(|_, (value, _)| stays(value));
    }

    fn changes(&self) -> MutexGuard<'_, u64> {
        // The counter is valid at every moment, so a panic elsewhere does not matter.
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K, V> std::fmt::Debug for Cache<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_that_raced_with_a_change_is_not_kept() {
        let cache = Cache::new(10);
        let before = cache.loading();
        cache.forget(&1);
        cache.keep(before, 1, "old");
        assert_eq!(cache.get(&1), None);
        let after = cache.loading();
        cache.keep(after, 1, "new");
        assert_eq!(cache.get(&1), Some("new"));
        cache.forget_unless(|value| *value != "new");
        assert_eq!(cache.get(&1), None);
    }

    #[test]
    fn an_old_fact_is_not_believed() {
        let cache = Cache::with_life(10, Some(Duration::ZERO));
        cache.keep(cache.loading(), 1, "soon old");
        assert_eq!(cache.get(&1), None);
        let cache = Cache::with_life(10, Some(Duration::from_secs(3600)));
        cache.keep(cache.loading(), 1, "fresh");
        assert_eq!(cache.get(&1), Some("fresh"));
    }

    #[test]
    fn a_cache_is_bounded() {
        let cache = Cache::new(100);
        for n in 0..10_000 {
            let since = cache.loading();
            cache.keep(since, n, n);
        }
        let kept = (0..10_000).filter(|n| cache.get(n).is_some()).count();
        assert!(kept <= 110, "{kept} are kept");
    }
}
