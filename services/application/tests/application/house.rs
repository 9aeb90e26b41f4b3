//! An application with everything it stands on.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures::TryStreamExt as _;
use rapport_application::{Application, Clock, Disclosure, Look};
use rapport_domain::envelope::{ActorKind, Position, Recorded};
use rapport_domain::value::Instant;
use rapport_event_store::{
    Clock as LogClock, EmbeddedOptions, EmbeddedStore, EventStore, Filter, MemoryStore,
};
use rapport_vault::{RootKey, Vault};
use tempfile::TempDir;

use crate::sample::actor;

/// A clock that stands until it is moved.
pub(crate) struct StandingClock(AtomicI64);

impl StandingClock {
    /// 2026-11-21T09:30:00Z.
    const START_MICROS: i64 = 1_795_253_400_000_000;

    fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(Self::START_MICROS)))
    }

    /// The same, as a store takes it.
    fn of_the_log(self: &Arc<Self>) -> LogClock {
        let clock = Arc::clone(self);
        LogClock::new(move || clock.now())
    }

    pub(crate) fn advance_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    pub(crate) fn advance_days(&self, days: i64) {
        self.0.fetch_add(days * 86_400_000_000, Ordering::Relaxed);
    }
}

impl Clock for StandingClock {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.load(Ordering::Relaxed)).unwrap()
    }
}

/// An application over a store, with a vault in a directory of its own.
pub(crate) struct House {
    pub(crate) application: Arc<Application>,
    pub(crate) store: Arc<dyn EventStore>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) clock: Arc<StandingClock>,
    embedded: Option<Arc<EmbeddedStore>>,
    directory: TempDir,
}

impl House {
    /// A look on behalf of a kind of actor.
    pub(crate) fn look(&self, kind: ActorKind) -> Arc<Look> {
        Arc::new(Look::new(self.application.clearance(&actor(kind))))
    }

    pub(crate) fn in_memory() -> Self {
        let clock = StandingClock::new();
        let store = Arc::new(MemoryStore::with_clock(clock.of_the_log()));
        Self::build(new_directory(), store, None, clock)
    }

    /// A house over a store that has a time of its own.
    pub(crate) fn over(store: Arc<dyn EventStore>) -> Self {
        Self::build(new_directory(), store, None, StandingClock::new())
    }

    pub(crate) fn embedded() -> Self {
        Self::open_embedded(new_directory())
    }

    /// One house on each store.
    pub(crate) fn on_each_store() -> [Self; 2] {
        [Self::in_memory(), Self::embedded()]
    }

    fn open_embedded(directory: TempDir) -> Self {
        let clock = StandingClock::new();
        let options =
            EmbeddedOptions { index_interval: 7, clock: clock.of_the_log(), ..EmbeddedOptions::default() };
        let embedded = Arc::new(EmbeddedStore::open(&directory.path().join("data"), options).unwrap());
        Self::build(directory, Arc::clone(&embedded) as Arc<dyn EventStore>, Some(embedded), clock)
    }

    fn build(
        directory: TempDir,
        store: Arc<dyn EventStore>,
        embedded: Option<Arc<EmbeddedStore>>,
        clock: Arc<StandingClock>,
    ) -> Self {
        let root = RootKey::load(&directory.path().join("root.key")).unwrap();
        let vault = Arc::new(Vault::open(&directory.path().join("data/vault.db"), &root).unwrap());
        let application = Arc::new(application(&store, &vault, &clock));
        Self { application, store, vault, clock, embedded, directory }
    }

    /// Another application over the same store and vault: another replica, or the same one after a restart.
    pub(crate) fn replica(&self) -> Arc<Application> {
        Arc::new(application(&self.store, &self.vault, &self.clock))
    }

    /// The same, where approved erasures can be cancelled for some days.
    pub(crate) fn replica_with_window(&self, days: u64) -> Arc<Application> {
        let window = Duration::from_secs(days * 86_400);
        Arc::new(application(&self.store, &self.vault, &self.clock).with_erasure_window(window))
    }

    /// The house after a restart. What was only in the memory of the application is gone.
    pub(crate) async fn restarted(self) -> Self {
        let Self { application, store, vault, embedded, directory, .. } = self;
        drop((application, vault));
        match embedded {
            None => Self::build(directory, store, None, StandingClock::new()),
            Some(embedded) => {
                embedded.close().await;
                drop((store, embedded));
                Self::open_embedded(directory)
            }
        }
    }

    /// The clock, as the application takes it.
    pub(crate) fn ticking(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock) as Arc<dyn Clock>
    }

    /// Every event, in order.
    pub(crate) async fn log(&self) -> Vec<Recorded> {
        self.store.read_all(Position::START, &Filter::all()).try_collect().await.unwrap()
    }

    pub(crate) async fn head(&self) -> Position {
        self.store.head().await.unwrap()
    }

    /// Sets how large the embedded log may grow, in bytes.
    pub(crate) fn limit_log(&self, bytes: Option<u64>) {
        self.embedded.as_ref().unwrap().set_log_bytes_max(bytes);
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }
}

fn application(store: &Arc<dyn EventStore>, vault: &Arc<Vault>, clock: &Arc<StandingClock>) -> Application {
    Application::new(
        Arc::clone(store),
        Arc::clone(vault),
        Arc::clone(clock) as Arc<dyn Clock>,
        Disclosure::to([ActorKind::User, ActorKind::Service]),
    )
}

fn new_directory() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    prepare(directory.path());
    directory
}

fn prepare(directory: &Path) {
    std::fs::create_dir(directory.join("data")).unwrap();
    RootKey::create(&directory.join("root.key")).unwrap();
}
