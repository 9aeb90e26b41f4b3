//! A file that is followed: its task, and what can be asked of it.

use std::sync::Arc;

use rapport_domain::envelope::Position;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{self, JoinHandle};

use super::Core;
use super::file::{ModelFile, Note, OpenError};
use super::follower::{Command, Follower};
use super::source::{Log, UNBOUNDED};
use super::visibility::Visibility;
use crate::projection::{ProjectError, Projection};

/// Commands that wait for one follower.
const COMMANDS_QUEUED_MAX: usize = 8;

/// A file with the task that folds the log into it.
pub(crate) struct Following {
    pub(crate) core: Arc<Core>,
    /// The last position that it takes in for now.
    pub(crate) bound: watch::Sender<Position>,
    commands: mpsc::Sender<Command>,
    task: JoinHandle<()>,
}

impl Following {
    /// Starts to follow the log, on the current tokio runtime.
    pub(crate) fn start<P: Projection>(
        file: ModelFile,
        projection: P,
        log: Log,
        visibility: Arc<Visibility>,
        bound: Position,
    ) -> Self {
        let core = Arc::new(Core::new(file, visibility));
        let (commands, received) = mpsc::channel(COMMANDS_QUEUED_MAX);
        let bound = watch::Sender::new(bound);
        let follower = Follower::new(Arc::clone(&core), log, bound.subscribe(), received, projection);
        Self { core, bound, commands, task: tokio::spawn(follower.run()) }
    }

    /// Lets it take in whatever there is.
    pub(crate) fn unbind(&self) {
        self.bound.send_replace(UNBOUNDED);
    }

    pub(crate) async fn pause(&self) -> Option<()> {
        ask(&self.commands, Command::Pause).await
    }

    pub(crate) async fn resume(&self) -> Option<()> {
        ask(&self.commands, Command::Resume).await
    }

    pub(crate) async fn start_over(&self) -> Option<Result<(), OpenError>> {
        ask(&self.commands, Command::StartOver).await
    }

    /// Lets it stand still, and says where.
    pub(crate) async fn hold(&self) -> Option<Position> {
        ask(&self.commands, Command::Hold).await
    }

    pub(crate) async fn let_go(&self) -> Option<()> {
        ask(&self.commands, Command::LetGo).await
    }

    pub(crate) async fn note(&self, note: Note) -> Option<Result<(), ProjectError>> {
        ask(&self.commands, |done| Command::Note(note, done)).await
    }

    pub(crate) async fn scrub(&self) -> Option<Result<(), ProjectError>> {
        ask(&self.commands, Command::Scrub).await
    }

    /// Lets it end after the batch at hand.
    pub(crate) async fn stop(self) {
        // A follower that has ended already hears nothing, and that is what is wanted.
        let _ = self.commands.send(Command::Stop).await;
        let _ = self.task.await;
    }

    /// The same; then the file goes. Whoever still asks it is answered first.
    pub(crate) async fn stop_and_delete(self) {
        let core = Arc::clone(&self.core);
        self.stop().await;
        delete(core.file.clone()).await;
    }
}

/// Deletes a file that nobody has open.
pub(crate) async fn delete(file: ModelFile) {
    let projection = file.projection;
    let deleted = task::spawn_blocking(move || file.delete()).await;
    if let Ok(Err(error)) = deleted {
        // The next start tries again.
        tracing::warn!(projection, %error, "a file that is of no use any more cannot be deleted");
    }
}

/// Asks a task for something and waits until it is done; nothing when the task has ended.
pub(super) async fn ask<C, T>(
    commands: &mpsc::Sender<C>,
    command: impl FnOnce(oneshot::Sender<T>) -> C,
) -> Option<T> {
    let (done, answer) = oneshot::channel();
    commands.send(command(done)).await.ok()?;
    answer.await.ok()
}
