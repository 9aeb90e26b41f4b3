//! The task that feeds a read model: it follows the log, and obeys an operator in between.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use rapport_domain::envelope::Position;
use rapport_event_store::{EventStore, EventStream, Filter, Positions};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task;
use tokio::time::{Instant, sleep_until};

use super::Core;
use super::feed::{Batch, Feed};
use super::file::{Checkpoint, OpenError};
use super::progress::{Parked, State};
use super::writer::{Failure, Writer};
use crate::projection::{ProjectError, Projection, Remedy};

/// Most events of a transaction while the read model is close to the head: readers see them soon.
pub const LIVE_BATCH_EVENTS_MAX: usize = 500;
/// Most events of a transaction while the read model is far behind: the log is folded fast.
pub const CATCH_UP_BATCH_EVENTS_MAX: usize = 10_000;
/// A batch is closed when its events have this many bytes.
pub const BATCH_BYTES_MAX: usize = 32 * 1024 * 1024;
/// From how many events behind the head on a read model is far behind, where positions count events.
const FAR_BEHIND_EVENTS: u64 = 2_000;
/// Attempts after a failure of the disk before the read model parks.
pub const STORAGE_RETRIES_MAX: u32 = 8;
/// Time before the first new attempt; doubled with each one.
const RETRY_DELAY: Duration = Duration::from_millis(100);
/// Longest time between two attempts.
const RETRY_DELAY_MAX: Duration = Duration::from_secs(5);

/// What an operator asks for. The answer comes when it is done.
pub(crate) enum Command {
    Pause(oneshot::Sender<()>),
    Resume(oneshot::Sender<()>),
    Rebuild(oneshot::Sender<Result<(), OpenError>>),
    Stop,
}

/// Follows the log for one read model.
pub(crate) struct Follower<P> {
    core: Arc<Core>,
    store: Arc<dyn EventStore>,
    feed: Arc<Feed>,
    head: watch::Receiver<Position>,
    commands: mpsc::Receiver<Command>,
    projection: P,
    writer: Option<Writer<P>>,
    /// Whether the file was found to belong to this log.
    trusted: bool,
    page: Option<EventStream>,
    /// Whether the last batch was one of many, as far as its size tells.
    was_full: bool,
    failures: u32,
    retry_at: Option<Instant>,
}

/// Tells those who wait that nothing moves any more, however the task ends.
struct Ended(Arc<Core>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.end();
    }
}

enum Woken {
    Work,
    Command(Command),
    Stop,
}

impl<P: Projection> Follower<P> {
    pub(crate) fn new(
        core: Arc<Core>,
        store: Arc<dyn EventStore>,
        feed: Arc<Feed>,
        head: watch::Receiver<Position>,
        commands: mpsc::Receiver<Command>,
        projection: P,
    ) -> Self {
        Self {
            core,
            store,
            feed,
            head,
            commands,
            projection,
            writer: None,
            trusted: false,
            page: None,
            was_full: false,
            failures: 0,
            retry_at: None,
        }
    }

    /// Runs until it is told to stop, or the log is closed. Then it leaves one whole file behind.
    pub(crate) async fn run(mut self) {
        let ended = Ended(Arc::clone(&self.core));
        self.follow().await;
        drop(ended);
        // The last connection that may write works the journal into the file; so readers close before it.
        let readers = self.core.readers.exclude().await;
        let writer = self.writer.take();
        let _ = task::spawn_blocking(move || writer.map(Writer::finish)).await;
        drop(readers);
    }

    async fn follow(&mut self) {
        loop {
            match self.wait().await {
                Woken::Stop => return,
                Woken::Command(command) => self.obey(command).await,
                Woken::Work => match self.step().await {
                    Ok(()) => self.failures = 0,
                    Err(failure) if failure.error.remedy() == Remedy::None => return,
                    Err(failure) => self.failed(failure),
                },
            }
        }
    }

    async fn wait(&mut self) -> Woken {
        let running = self.core.state() == State::Running;
        let at_hand = !self.trusted || self.page.is_some();
        let position = self.core.position();
        let (retry_at, head) = (self.retry_at, &mut self.head);
        let work = async move {
            match retry_at {
                _ if !running => pending().await,
                Some(time) => sleep_until(time).await,
                None if at_hand => {}
                // The sender lives as long as the followers; should it be gone, the log is closed.
                None => {
                    let moved = head.wait_for(|head| *head > position).await.is_ok();
                    if !moved {
                        pending::<()>().await;
                    }
                }
            }
        };
        tokio::select! {
            biased;
            command = self.commands.recv() => match command {
                Some(Command::Stop) | None => Woken::Stop,
                Some(command) => Woken::Command(command),
            },
            () = work => Woken::Work,
        }
    }

    /// One step towards the head: opens the file, checks it, or applies one batch.
    async fn step(&mut self) -> Result<(), Failure> {
        self.retry_at = None;
        let mut writer = self.take_writer().await?;
        if !self.trusted {
            let checked = self.check(writer.checkpoint()).await;
            self.writer = Some(writer);
            return checked.map_err(Failure::general);
        }
        let batch = match self.read_batch(writer.checkpoint().position).await {
            Ok(batch) => batch,
            Err(error) => {
                self.writer = Some(writer);
                return Err(Failure::general(error));
            }
        };
        if writer.pass_over(&batch) {
            self.core.reached(writer.checkpoint().position, writer.written());
            self.writer = Some(writer);
            return Ok(());
        }
        self.was_full = batch.len() >= LIVE_BATCH_EVENTS_MAX;
        let applied = task::spawn_blocking(move || {
            let applied = writer.apply(&batch);
            (writer, applied)
        });
        let (writer, applied) = applied.await.map_err(|_| self.forget(ProjectError::Panicked))?;
        self.core.reached(writer.checkpoint().position, writer.written());
        self.writer = Some(writer);
        applied.inspect_err(|_| self.page = None)
    }

    async fn take_writer(&mut self) -> Result<Writer<P>, Failure> {
        if let Some(writer) = self.writer.take() {
            return Ok(writer);
        }
        let (file, projection) = (self.core.file.clone(), self.projection.clone());
        let positions = self.store.positions();
        let opened = task::spawn_blocking(move || Writer::open(&file, projection, positions)).await;
        match opened {
            Ok(Ok(writer)) => Ok(writer),
            Ok(Err(error)) => Err(self.forget(error.into())),
            Err(_) => Err(self.forget(ProjectError::Panicked)),
        }
    }

    /// After a failure of the file itself: it is opened and checked again.
    fn forget(&mut self, error: ProjectError) -> Failure {
        self.writer = None;
        self.page = None;
        self.trusted = false;
        Failure::general(error)
    }

    /// Checks that the file was folded from this log, and says from where on it may answer.
    async fn check(&mut self, checkpoint: &Checkpoint) -> Result<(), ProjectError> {
        let head = self.store.head().await?;
        if checkpoint.position > head {
            return Err(ProjectError::AheadOfLog { checkpoint: checkpoint.position, head });
        }
        if checkpoint.position > Position::START {
            let last = self.store.read_all(checkpoint.position, &Filter::all()).next().await.transpose()?;
            let same = last.is_some_and(|last| {
                last.position == checkpoint.position && checkpoint.event_id == Some(last.id.to_string())
            });
            if !same {
                return Err(ProjectError::ForeignLog { checkpoint: checkpoint.position });
            }
        }
        self.trusted = true;
        self.core.may_answer_from(checkpoint.position, head);
        Ok(())
    }

    fn is_far_behind(&self, after: Position, head: Position) -> bool {
        match self.store.positions() {
            Positions::Dense => head.0.saturating_sub(after.0) > FAR_BEHIND_EVENTS,
            Positions::Sparse => self.was_full,
        }
    }

    /// The next events of the log, as many as there are and a batch takes. None at the end of a page that was
    /// begun before.
    async fn read_batch(&mut self, after: Position) -> Result<Batch, ProjectError> {
        let head = *self.head.borrow();
        let limit =
            if self.is_far_behind(after, head) { CATCH_UP_BATCH_EVENTS_MAX } else { LIVE_BATCH_EVENTS_MAX };
        if self.page.is_none() {
            match self.feed.next(after, limit).await? {
                Some(batch) if batch.is_empty() && head > after => {
                    return Err(ProjectError::Gap { after, found: head });
                }
                Some(batch) => return Ok(batch),
                // The others are further; this one reads by itself until it has caught up with them.
                None => {}
            }
        }
        let begun = self.page.take();
        // A page reaches at least to a head that was known before it was begun.
        let expected = if begun.is_some() { after } else { head };
        let mut page = begun.unwrap_or_else(|| self.store.read_all(after.next(), &Filter::all()));
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < limit && bytes < BATCH_BYTES_MAX {
            match page.next().await {
                Some(Ok(event)) => {
                    bytes += event.data.len() + event.metadata.len();
                    batch.push(event);
                }
                Some(Err(error)) if batch.is_empty() => return Err(error.into()),
                None if batch.is_empty() && expected > after => {
                    return Err(ProjectError::Gap { after, found: expected });
                }
                // What was read is applied; what comes then is met again by the next page.
                Some(Err(_)) | None => return Ok(batch.into()),
            }
        }
        self.page = Some(page);
        Ok(batch.into())
    }

    fn failed(&mut self, failure: Failure) {
        self.failures = self.failures.saturating_add(1);
        let projection = P::NAME;
        let again = match failure.error.remedy() {
            Remedy::Patience => true,
            Remedy::Retry => self.failures <= STORAGE_RETRIES_MAX,
            Remedy::Operator | Remedy::None => false,
        };
        let Failure { position, event_type, error } = failure;
        if again {
            tracing::warn!(projection, %position, %error, "read model tries again");
            let delay = RETRY_DELAY.saturating_mul(1 << self.failures.min(10)).min(RETRY_DELAY_MAX);
            self.retry_at = Some(Instant::now() + delay);
        } else {
            tracing::error!(projection, %position, event_type, %error, "read model parked");
            self.core.enter(State::Parked(Parked { position, event_type, error }));
        }
        self.page = None;
    }

    async fn obey(&mut self, command: Command) {
        self.failures = 0;
        self.retry_at = None;
        match command {
            Command::Pause(done) => {
                self.page = None;
                self.core.enter(State::Paused);
                let _ = done.send(());
            }
            Command::Resume(done) => {
                self.core.enter(State::Running);
                let _ = done.send(());
            }
            Command::Rebuild(done) => {
                let _ = done.send(self.rebuild().await);
            }
            // Taken out where commands come in.
            Command::Stop => {}
        }
    }

    /// Deletes the file. It is made again, and folded, from the next step on.
    async fn rebuild(&mut self) -> Result<(), OpenError> {
        self.page = None;
        self.writer = None;
        self.trusted = false;
        self.core.start_over();
        let readers = self.core.readers.exclude().await;
        let deleted = self.core.file.delete();
        self.core.past.forget();
        drop(readers);
        match &deleted {
            Ok(()) => self.core.enter(State::Running),
            Err(error) => self.failed(Failure::general(ProjectError::from(error.clone()))),
        }
        deleted
    }
}
