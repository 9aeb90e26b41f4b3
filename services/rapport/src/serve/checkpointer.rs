//! The task that has the log signed, once a second while it moves.
//!
//! Before it signs anything it reads the whole log once, and compares each event with the leaf that the tree has of it;
//! then again every hour. So an event that was rewritten behind the server's back is named, and nothing is signed over it.

mod archive;
mod comparison;
mod metrics;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rapport_domain::envelope::Position;
use rapport_event_store::{EventStore, Filter};
use rapport_projections::{Answer, Freshness, Projections};
use rapport_transparency::{Grown, Notary, Refusal, Standing};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use self::archive::Archive;
use self::comparison::{Compared, compare};
pub(super) use self::metrics::CheckpointMetrics;

/// Time between two checkpoints, at least: each is forced to disk.
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(1);
/// Time between two readings of the whole log.
const COMPARISON_INTERVAL: Duration = Duration::from_secs(3_600);
/// The same, where the last one found something, or could not be done.
const RETRY_INTERVAL: Duration = Duration::from_secs(60);
/// How long the tree is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Has the log signed.
pub(super) struct Checkpointer {
    pub(super) notary: Arc<Notary>,
    pub(super) projections: Arc<Projections>,
    pub(super) store: Arc<dyn EventStore>,
    pub(super) metrics: CheckpointMetrics,
    pub(super) directory: Option<PathBuf>,
}

/// When the log is compared with the tree, and what the last time found.
struct Reading {
    due: Instant,
    is_sound: bool,
}

impl Checkpointer {
    /// Runs until the server is told to stop.
    pub(super) async fn run(self, stopping: CancellationToken) {
        let mut archive = self.directory.clone().map(Archive::in_folder);
        let mut standing = self.notary.watch();
        let mut reading = Reading { due: Instant::now(), is_sound: false };
        let work = async {
            loop {
                standing.mark_unchanged();
                let reached = self.advance(&mut reading).await;
                self.tell(&standing, archive.as_mut());
                self.moved(reached, &mut standing, reading.due).await;
                sleep(CHECKPOINT_INTERVAL).await;
            }
        };
        // The loop has no end of its own.
        let _: Option<()> = stopping.run_until_cancelled(work).await;
        if reading.is_sound {
            self.advance(&mut reading).await;
        }
        if let Some(archive) = &mut archive {
            archive.keep_last(&self.notary.standing());
        }
    }

    fn tell(&self, standing: &watch::Receiver<Standing>, archive: Option<&mut Archive>) {
        let standing = standing.borrow();
        self.metrics.tell(&standing);
        if let Some(archive) = archive {
            archive.keep(&standing);
        }
    }

    /// Waits until there may be something to sign, or to compare.
    async fn moved(&self, reached: Option<Position>, standing: &mut watch::Receiver<Standing>, due: Instant) {
        let Some(reached) = reached else { return };
        tokio::select! {
            _ = self.projections.transparency().moved(reached) => {}
            // Another history was begun.
            _ = standing.changed() => {}
            () = sleep_until(due) => {}
        }
    }

    /// Signs what the tree has grown to; where it stands, if it could be asked.
    async fn advance(&self, reading: &mut Reading) -> Option<Position> {
        let signed = self.notary.standing().checkpoint.size;
        let fresh = Freshness::at_least(Position::START, PATIENCE);
        let asked = self.projections.transparency().grown(fresh, signed).await;
        let Answer { position, value: grown } = asked
            .inspect_err(|error| tracing::debug!(%error, "the tree over the log cannot be asked"))
            .ok()?;
        let head = self.store.head().await.ok()?;
        if grown.size < signed && position < head {
            // It is being folded anew, and not as far as it was.
            return Some(position);
        }
        if reading.due <= Instant::now() {
            *reading = self.read(grown.size).await;
        }
        if reading.is_sound {
            self.sign(grown).await;
        }
        Some(position)
    }

    async fn sign(&self, grown: Grown) {
        let (notary, before) = (Arc::clone(&self.notary), self.notary.standing().refusal);
        let signing = tokio::task::spawn_blocking(move || notary.sign(&grown));
        let Ok(outcome) = signing.await else { return };
        if let Err(refusal) = outcome
            && before.as_ref() != Some(&refusal)
        {
            told(&refusal);
        }
    }

    /// Compares every event with its leaf.
    async fn read(&self, size: u64) -> Reading {
        let tree = self.projections.transparency();
        let log = self.store.read_all(Position::START.next(), &Filter::all());
        let (interval, is_sound) = match compare(log, tree, size).await {
            Ok(Compared::Same) => (COMPARISON_INTERVAL, true),
            Ok(Compared::Differs(position)) => {
                let refusal = Refusal::Rewritten { position: position.0 };
                told(&refusal);
                self.notary.refuse(refusal);
                (RETRY_INTERVAL, false)
            }
            Err(cause) => {
                tracing::warn!(
                    cause,
                    "the log could not be compared with its tree; nothing is signed until it is"
                );
                (RETRY_INTERVAL, false)
            }
        };
        Reading { due: Instant::now() + interval, is_sound }
    }
}

fn told(refusal: &Refusal) {
    let cause = std::error::Error::source(refusal).map(ToString::to_string);
    tracing::error!(%refusal, cause, "checkpoints are refused");
}
