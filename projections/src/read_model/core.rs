//! One file of a read model, as its follower, its readers and the keeper share it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rapport_domain::envelope::Position;
use rapport_domain::value::Instant as Moment;
use rusqlite::Connection;
use tokio::sync::watch;
use tokio::time::Instant;

use super::event::LogEvent;
use super::file::{Checkpoint, ModelFile};
use super::progress::{Progress, State, wait_until};
use super::readers::Readers;
use super::visibility::Visibility;
use super::writer::{Writer, handles};
use crate::projection::Projection;
use crate::query::{Answer, Freshness, QueryError};

/// One file, followed and asked.
pub(crate) struct Core {
    pub(crate) file: ModelFile,
    pub(crate) progress: watch::Sender<Progress>,
    pub(crate) readers: Readers,
    visibility: Arc<Visibility>,
    /// Whether it is the one that is asked.
    serves: AtomicBool,
    /// How many events it passes over because an operator said so.
    skipped: AtomicUsize,
}

impl Core {
    pub(crate) fn new(file: ModelFile, visibility: Arc<Visibility>) -> Self {
        let readers = Readers::new(file.clone());
        let progress = watch::Sender::new(Progress::starting());
        let (serves, skipped) = (AtomicBool::new(false), AtomicUsize::new(0));
        Self { file, progress, readers, visibility, serves, skipped }
    }

    pub(crate) fn state(&self) -> State {
        self.progress.borrow().state.clone()
    }

    pub(crate) fn position(&self) -> Position {
        self.progress.borrow().position
    }

    /// Log time of the last event that it has taken in.
    pub(crate) fn recorded_at(&self) -> Option<Moment> {
        self.progress.borrow().recorded_at
    }

    pub(crate) fn skipped(&self) -> usize {
        self.skipped.load(Ordering::Relaxed)
    }

    /// Whether it is known from where on it may answer.
    pub(crate) fn can_answer(&self) -> bool {
        self.progress.borrow().floor.is_some()
    }

    /// Whether it may answer, and has taken in everything up to a position.
    pub(crate) fn has(&self, at: Position) -> bool {
        let progress = self.progress.borrow();
        progress.floor.is_some_and(|floor| progress.position >= floor.max(at))
    }

    /// What every answer includes.
    pub(super) fn floor(&self) -> Position {
        self.progress.borrow().floor.unwrap_or_default()
    }

    /// Whether it has yet to take in what was in the log when it was opened.
    pub(crate) fn is_behind_its_floor(&self) -> bool {
        let progress = self.progress.borrow();
        progress.floor.is_none_or(|floor| progress.position < floor)
    }

    /// Runs a query on one consistent state that is as fresh as it is asked for; nothing when the file was thrown away,
    /// or another one has taken its place.
    pub(super) async fn answer<T, Q>(
        &self,
        freshness: Freshness,
        query: &Arc<Q>,
    ) -> Result<Option<Answer<T>>, QueryError>
    where
        T: Send + 'static,
        Q: Fn(&Connection) -> Result<T, QueryError> + Send + Sync + 'static,
    {
        let waited = wait_until(self.file.projection, self.progress.subscribe(), freshness).await?;
        let Some(required) = waited else { return Ok(None) };
        let query = Arc::clone(query);
        let known = self.progress.borrow().clone();
        let answer = self.readers.run(freshness.deadline, move |connection| {
            let snapshot = connection.transaction()?;
            let position = Self::stands_for(&known, Checkpoint::read(&snapshot)?.position);
            // Less than was waited for: the file has been thrown away in between, and is folded again.
            if position < required {
                return Ok(None);
            }
            query(&snapshot).map(|value| Some(Answer { position, value }))
        });
        match answer.await {
            // The file was just being thrown away.
            Err(QueryError::Unavailable { .. }) if self.is_gone() => Ok(None),
            answer => answer,
        }
    }

    fn is_gone(&self) -> bool {
        let progress = self.progress.borrow();
        progress.floor.is_none() || progress.superseded
    }

    /// Waits until it has taken in more than a position; `false` when that cannot come any more.
    pub(super) async fn moved(&self, after: Position) -> bool {
        let mut progress = self.progress.subscribe();
        let moved = progress
            .wait_for(|progress| progress.position > after || (progress.ended && !progress.superseded));
        moved.await.is_ok_and(|progress| progress.position > after)
    }

    /// Waits until it has taken in the log up to a position, whole.
    pub(super) async fn reached_by(&self, position: Position) {
        self.until(|progress| progress.position >= position && !progress.is_loading).await;
    }

    /// The same, or until it stands still.
    pub(super) async fn reached_or_at_rest(&self, position: Position) {
        let rests = |progress: &Progress| progress.state != State::Running || progress.ended;
        self.until(|progress| progress.position >= position || rests(progress)).await;
    }

    /// The same, or until it cannot get past something; whether it has got there.
    pub(super) async fn reached_or_parked(&self, position: Position) -> bool {
        let parked = |progress: &Progress| matches!(progress.state, State::Parked(_));
        self.until(|progress| progress.position >= position || parked(progress)).await;
        self.position() >= position
    }

    /// Waits until it is known where it stands.
    pub(super) async fn opened(&self) {
        self.until(|progress| progress.floor.is_some()).await;
    }

    async fn until(&self, is_so: impl FnMut(&Progress) -> bool) {
        // The sender is a part of this.
        let _ = self.progress.subscribe().wait_for(is_so).await;
    }

    pub(super) fn enter(&self, state: State) {
        self.progress.send_modify(|progress| progress.state = state);
    }

    /// A batch is in the file. Whoever asks sees it.
    pub(super) fn reached<P: Projection>(&self, writer: &Writer<P>, batch: &[Arc<LogEvent>]) {
        let floor = self.floor();
        self.progress.send_modify(|progress| {
            progress.position = writer.checkpoint().position;
            progress.written = writer.written();
            progress.is_loading = writer.is_loading();
            if let Some(last) = batch.last() {
                progress.recorded_at = Some(last.recorded_at);
            }
        });
        // What was in the log before could not be seen any sooner.
        if self.serves.load(Ordering::Relaxed) && batch.last().is_some_and(|last| last.position > floor) {
            let seen = batch.iter().filter(|event| event.position > floor && handles::<P>(event));
            self.visibility.seen(seen.map(|event| event.recorded_at));
        }
    }

    /// The position that an answer stands for, from the checkpoint that it was read with and from what was known
    /// before: the events between `written` and `position` change nothing.
    pub(super) fn stands_for(known: &Progress, checkpoint: Position) -> Position {
        if checkpoint >= known.written { checkpoint.max(known.position) } else { checkpoint }
    }

    /// A file was opened, and its last event was recorded then: it answers from a position on.
    pub(super) fn opened_at<P: Projection>(
        &self,
        writer: &Writer<P>,
        recorded_at: Option<Moment>,
        floor: Position,
    ) {
        let position = writer.checkpoint().position;
        self.progress.send_modify(|progress| {
            progress.is_loading = writer.is_loading();
            progress.position = position;
            progress.recorded_at = recorded_at;
            progress.written = position;
            progress.floor = Some(floor);
            progress.began = Some((Instant::now(), position));
        });
    }

    pub(super) fn skips(&self, events: usize) {
        self.skipped.store(events, Ordering::Relaxed);
    }

    /// It is the one that is asked.
    pub(super) fn serve(&self) {
        self.serves.store(true, Ordering::Relaxed);
    }

    /// Another file has taken its place.
    pub(super) fn supersede(&self) {
        self.progress.send_modify(|progress| progress.superseded = true);
    }

    pub(super) fn end(&self) {
        self.progress.send_modify(|progress| progress.ended = true);
    }

    pub(super) fn start_over(&self) {
        self.progress.send_replace(Progress::starting());
    }
}
