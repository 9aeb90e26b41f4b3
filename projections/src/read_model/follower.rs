//! The task that feeds a read model's file: it follows the log, and obeys the keeper in between.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use rapport_domain::envelope::Position;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task;
use tokio::time::{Instant, sleep, sleep_until};

use super::Core;
use super::event::Batch;
use super::file::{Note, OpenError};
use super::progress::{Parked, State};
use super::skips::Skips;
use super::source::{Log, Source};
use super::writer::{Failure, Writer};
use crate::projection::{ProjectError, Projection, Remedy};

/// Most events of a transaction while the read model is close to the head: readers see them soon.
pub const LIVE_BATCH_EVENTS_MAX: usize = 500;
/// Most events of a transaction while the read model is far behind: the log is folded fast.
pub const CATCH_UP_BATCH_EVENTS_MAX: usize = 5_000;
/// A batch is closed when its events take this many bytes of memory, about. All that follow hold one each.
pub const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Attempts after a failure of the disk before the read model parks.
pub const STORAGE_RETRIES_MAX: u32 = 8;
/// Time before the first new attempt; doubled with each one.
const RETRY_DELAY: Duration = Duration::from_millis(100);
/// Longest time between two attempts.
const RETRY_DELAY_MAX: Duration = Duration::from_secs(5);
/// Time between two looks, of a parked read model, at what operators of other servers said of the event.
const SKIPS_INTERVAL: Duration = Duration::from_secs(1);

/// What the keeper asks for. The answer comes when it is done.
pub(crate) enum Command {
    Pause(oneshot::Sender<()>),
    Resume(oneshot::Sender<()>),
    /// Deletes the file; it is folded again from the first event.
    StartOver(oneshot::Sender<Result<(), OpenError>>),
    /// Stands still until it is let go, and says where, so that another file can take over.
    Hold(oneshot::Sender<Position>),
    LetGo(oneshot::Sender<()>),
    /// Writes into the file what is known of it.
    Note(Note, oneshot::Sender<Result<(), ProjectError>>),
    /// Leaves no byte of what was deleted in the file and its journal.
    Scrub(oneshot::Sender<Result<(), ProjectError>>),
    Stop,
}

/// Follows the log for one file.
pub(crate) struct Follower<P> {
    core: Arc<Core>,
    source: Source,
    commands: mpsc::Receiver<Command>,
    projection: P,
    writer: Option<Writer<P>>,
    /// Whether the file was found to belong to this log.
    trusted: bool,
    /// The events that are passed over; `None` until the log was asked.
    skips: Option<Arc<Skips>>,
    held: bool,
    /// Whether what the log says of skips is to be read before it is waited for.
    look_now: bool,
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
    /// The log moved while the read model is parked at an event.
    Look,
    Command(Command),
    Stop,
}

impl<P: Projection> Follower<P> {
    pub(crate) fn new(
        core: Arc<Core>,
        log: Log,
        bound: watch::Receiver<Position>,
        commands: mpsc::Receiver<Command>,
        projection: P,
    ) -> Self {
        Self {
            core,
            source: Source::new(log, bound),
            commands,
            projection,
            writer: None,
            trusted: false,
            skips: None,
            held: false,
            look_now: false,
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
            let was_trusted = self.trusted;
            let done = match self.wait().await {
                Woken::Stop => return,
                Woken::Command(command) => {
                    self.obey(command).await;
                    continue;
                }
                Woken::Work => self.step().await,
                Woken::Look => self.look().await,
            };
            match done {
                Ok(()) if was_trusted => self.failures = 0,
                // That a file could be opened again is no progress.
                Ok(()) => {}
                Err(failure) if failure.error.remedy() == Remedy::None => return,
                Err(failure) => self.failed(failure),
            }
        }
    }

    async fn wait(&mut self) -> Woken {
        let state = self.core.state();
        let at_hand = !self.trusted || self.skips.is_none();
        let (position, held, look_now) = (self.core.position(), self.held, self.look_now);
        let is_loading = self.writer.as_ref().is_some_and(Writer::is_loading);
        let (retry_at, source) = (self.retry_at, &mut self.source);
        let work = async move {
            match (&state, retry_at) {
                (State::Parked(parked), _) if parked.is_about_an_event() => {
                    if !look_now {
                        source.grown().await;
                        sleep(SKIPS_INTERVAL).await;
                    }
                    return Woken::Look;
                }
                (State::Paused | State::Parked(_), _) => pending().await,
                (State::Running, _) if held => pending().await,
                (State::Running, Some(time)) => sleep_until(time).await,
                (State::Running, None) if at_hand => {}
                (State::Running, None) => source.moved(position, is_loading).await,
            }
            Woken::Work
        };
        tokio::select! {
            biased;
            command = self.commands.recv() => match command {
                Some(Command::Stop) | None => Woken::Stop,
                Some(command) => Woken::Command(command),
            },
            woken = work => woken,
        }
    }

    /// One step towards the head: opens the file, checks it, or applies one batch.
    async fn step(&mut self) -> Result<(), Failure> {
        self.retry_at = None;
        let writer = self.take_writer().await?;
        let Some(skips) = self.skips.clone().filter(|_| self.trusted) else {
            return self.prepare(writer).await;
        };
        match self.source.next(writer.checkpoint().position).await {
            Ok(batch) => self.take_in(writer, batch, skips).await,
            Err(error) => {
                self.writer = Some(writer);
                Err(Failure::general(error))
            }
        }
    }

    async fn take_in(
        &mut self,
        mut writer: Writer<P>,
        batch: Batch,
        skips: Arc<Skips>,
    ) -> Result<(), Failure> {
        let arrival = self.source.arrival(self.core.floor());
        if writer.pass_over(&batch) {
            self.core.reached(&writer, &batch);
            self.writer = Some(writer);
            return Ok(());
        }
        let applying = task::spawn_blocking(move || {
            let applied = writer.apply(&batch, &skips);
            let completed = writer.complete_at(arrival, &skips);
            (writer, batch, applied, completed)
        });
        let (writer, batch, applied, completed) =
            applying.await.map_err(|_| self.forget(ProjectError::Panicked))?;
        // A file without its indexes is not told to have arrived.
        completed.inspect_err(|_| self.close())?;
        let done = batch.partition_point(|event| event.position <= writer.checkpoint().position);
        self.core.reached(&writer, &batch[..done]);
        self.writer = Some(writer);
        applied.inspect_err(|_| self.source.forget())
    }

    async fn take_writer(&mut self) -> Result<Writer<P>, Failure> {
        if let Some(writer) = self.writer.take() {
            return Ok(writer);
        }
        let (file, projection) = (self.core.file.clone(), self.projection.clone());
        let is_to_load = self.source.log().is_to_load().await.map_err(Failure::general)?;
        let positions = self.source.log().store.positions();
        let opening = move || Writer::open(&file, projection, positions, is_to_load);
        let opened = task::spawn_blocking(opening).await;
        match opened {
            Ok(Ok(writer)) => Ok(writer),
            Ok(Err(error)) => Err(self.forget(error.into())),
            Err(_) => Err(self.forget(ProjectError::Panicked)),
        }
    }

    /// After a failure of the file itself: it is opened and checked again.
    fn forget(&mut self, error: ProjectError) -> Failure {
        self.close();
        Failure::general(error)
    }

    fn close(&mut self) {
        self.writer = None;
        self.source.forget();
        self.trusted = false;
    }

    /// Checks that the file was folded from this log, and says from where on it may answer; finds out which events
    /// are passed over.
    async fn prepare(&mut self, mut writer: Writer<P>) -> Result<(), Failure> {
        let log = self.source.log().clone();
        let skips = match self.skips.clone() {
            Some(skips) => skips,
            None => {
                let read = Skips::read(log.store.as_ref(), P::NAME).await;
                Arc::new(read.map_err(|error| Failure::general(error.into()))?)
            }
        };
        self.core.skips(skips.len());
        self.skips = Some(Arc::clone(&skips));
        if !self.trusted {
            let folded = log.assert_folded(writer.checkpoint()).await;
            let (last, head) = folded.map_err(Failure::general)?;
            let arrival = self.source.arrival(head);
            let completing =
                task::spawn_blocking(move || writer.complete_at(arrival, &skips).map(|()| writer));
            writer = completing.await.map_err(|_| self.forget(ProjectError::Panicked))??;
            self.trusted = true;
            self.core.opened_at(&writer, last.map(|last| last.recorded_at), head);
        }
        self.writer = Some(writer);
        Ok(())
    }

    /// Looks whether the event that the read model is parked at is passed over by now.
    async fn look(&mut self) -> Result<(), Failure> {
        self.look_now = false;
        let State::Parked(parked) = self.core.state() else { return Ok(()) };
        let read = Skips::read(self.source.log().store.as_ref(), P::NAME).await;
        // The next look asks again.
        let Ok(skips) = read else { return Ok(()) };
        if parked.event_id.is_some_and(|event_id| skips.holds(event_id)) {
            self.skips = None;
            self.core.enter(State::Running);
        }
        Ok(())
    }

    fn failed(&mut self, failure: Failure) {
        self.failures = self.failures.saturating_add(1);
        let projection = P::NAME;
        let again = match failure.error.remedy() {
            Remedy::Patience => true,
            Remedy::Retry => self.failures <= STORAGE_RETRIES_MAX,
            Remedy::Operator | Remedy::None => false,
        };
        let Failure { position, event_type, event_id, error } = failure;
        let file = self.core.file.file_name();
        if again {
            tracing::warn!(projection, file, %position, %error, "read model tries again");
            let delay = RETRY_DELAY.saturating_mul(1 << self.failures.min(10)).min(RETRY_DELAY_MAX);
            self.retry_at = Some(Instant::now() + delay);
        } else {
            let event_type = String::from(event_type);
            tracing::error!(projection, file, %position, event_type, %error, "read model parked");
            // Somebody may have said so before it was met here.
            self.look_now = true;
            self.core.enter(State::Parked(Parked { position, event_type, event_id, error }));
        }
        self.source.forget();
    }

    async fn obey(&mut self, command: Command) {
        self.failures = 0;
        self.retry_at = None;
        // The wait that it cut short may have seen the log grow, which is not told again.
        self.look_now = true;
        match command {
            Command::Pause(done) => {
                self.source.forget();
                self.core.enter(State::Paused);
                let _ = done.send(());
            }
            Command::Resume(done) => {
                self.skips = None;
                self.core.enter(State::Running);
                let _ = done.send(());
            }
            Command::StartOver(done) => {
                let _ = done.send(self.start_over().await);
            }
            Command::Hold(done) => {
                self.held = true;
                let _ = done.send(self.core.position());
            }
            Command::LetGo(done) => {
                self.held = false;
                let _ = done.send(());
            }
            Command::Note(note, done) => {
                let _ = done.send(self.note(note).await);
            }
            Command::Scrub(done) => {
                let _ = done.send(self.scrub().await);
            }
            // Taken out where commands come in.
            Command::Stop => {}
        }
    }

    async fn note(&mut self, note: Note) -> Result<(), ProjectError> {
        self.with_writer(move |writer| writer.note(&note)).await
    }

    async fn scrub(&mut self) -> Result<(), ProjectError> {
        let core = Arc::clone(&self.core);
        let readers = core.readers.exclude().await;
        let scrubbed = self.with_writer(Writer::scrub).await;
        drop(readers);
        scrubbed
    }

    async fn with_writer(
        &mut self,
        work: impl FnOnce(&Writer<P>) -> Result<(), ProjectError> + Send + 'static,
    ) -> Result<(), ProjectError> {
        let writer = self.take_writer().await.map_err(|failure| failure.error)?;
        let working = task::spawn_blocking(move || {
            let worked = work(&writer);
            (writer, worked)
        });
        let (writer, worked) = working.await.map_err(|_| self.forget(ProjectError::Panicked).error)?;
        self.writer = Some(writer);
        worked
    }

    /// Deletes the file. It is made again, and folded, from the next step on.
    async fn start_over(&mut self) -> Result<(), OpenError> {
        self.source.forget();
        self.writer = None;
        self.trusted = false;
        self.skips = None;
        self.core.start_over();
        let readers = self.core.readers.exclude().await;
        let deleted = self.core.file.delete();
        drop(readers);
        match &deleted {
            Ok(()) => self.core.enter(State::Running),
            Err(error) => self.failed(Failure::general(ProjectError::from(error.clone()))),
        }
        deleted
    }
}

#[cfg(test)]
mod tests;
