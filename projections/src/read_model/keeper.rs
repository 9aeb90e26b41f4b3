//! The task that keeps a read model's files: which one serves, which one is built beside it, and when it takes over.
//!
//! What is begun is written down in the files, so that a process that ends at any moment goes on where it was.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{BoxFuture, pending};
use rapport_domain::envelope::Position;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::Shared;
use super::comparison::Comparison;
use super::file::{Checkpoint, ModelFile, Note, OpenError, Purpose, Standing, Survey};
use super::following::{Following, delete};
use super::past::Past;
use super::rebuild::{Building, Held, Meeting, NotCompared, Older, Phase};
use super::source::{Log, UNBOUNDED};
use super::visibility::Visibility;
use crate::projection::{ProjectError, Projection};

/// Longest time that what serves stands still for the file that takes over.
const SWITCH_TIME_MAX: Duration = Duration::from_secs(5);

/// What an operator asks for. The answer comes when it is done; of a rebuild, when it is begun.
pub(crate) enum Command {
    Pause(oneshot::Sender<()>),
    Resume(oneshot::Sender<()>),
    Rebuild {
        require_equal: bool,
        done: oneshot::Sender<Result<(), Refused>>,
    },
    /// Takes over what was held back.
    Switch(oneshot::Sender<Result<(), Refused>>),
    /// Throws away what was built beside.
    Discard(oneshot::Sender<Result<(), Refused>>),
    /// Leaves nothing of what was deleted: not in the files, and not in what was copied from them.
    Scrub(oneshot::Sender<Result<(), ProjectError>>),
    Stop,
}

/// Why a read model does not obey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is being rebuilt already.
    UnderWay,
    /// Nothing was built that waits for an operator.
    NothingBuilt,
    /// What was built does not get as far as what serves, or cannot be written.
    CannotTakeOver,
    /// Its file cannot be deleted.
    File(OpenError),
}

/// A step of a rebuild that is done.
enum Step {
    Compared(Result<Option<Comparison>, NotCompared>),
    CaughtUp,
}

/// A rebuild under way.
struct Rebuild {
    /// What is built beside the file that serves; `None` where that one itself is built.
    beside: Option<Following>,
    meeting: Arc<Meeting>,
    require_equal: bool,
    /// Why it will not be switched to by itself.
    held: Option<Held>,
    step: BoxFuture<'static, Step>,
}

/// Keeps the files of one read model.
pub(crate) struct Keeper<P> {
    directory: PathBuf,
    projection: P,
    log: Log,
    visibility: Arc<Visibility>,
    shared: Arc<Shared>,
    serving: Following,
    rebuild: Option<Rebuild>,
    /// Older files on their way out.
    leaving: Vec<JoinHandle<()>>,
    commands: mpsc::Receiver<Command>,
}

impl<P: Projection> Keeper<P> {
    /// Takes over the files that are there. `require_equal`: a definition that changed is switched to only where it says
    /// the same.
    pub(crate) fn open(
        directory: PathBuf,
        projection: P,
        log: Log,
        past: Arc<Past>,
        visibility: Arc<Visibility>,
        commands: mpsc::Receiver<Command>,
        require_equal: bool,
    ) -> (Self, Arc<Shared>) {
        let survey = Survey::of::<P>(&directory, require_equal);
        let bound = if survey.older.is_some() { Position::START } else { UNBOUNDED };
        let follow = |file, bound| {
            Following::start(file, projection.clone(), log.clone(), Arc::clone(&visibility), bound)
        };
        let serving = follow(survey.serving, bound);
        let shared = Arc::new(Shared::new(Arc::clone(&serving.core), past));
        let beside = survey.beside.map(|(file, standing)| (follow(file, Position::START), standing));
        let leaving = survey.left_over.into_iter().map(|file| tokio::spawn(delete(file))).collect();
        let keeper = Self {
            directory,
            projection,
            log,
            visibility,
            shared: Arc::clone(&shared),
            serving,
            rebuild: None,
            leaving,
            commands,
        };
        let keeper = match (beside, survey.older) {
            (Some((beside, standing)), _) => keeper.going_on(beside, standing, require_equal),
            (None, Some((file, standing))) => keeper.after(file, standing.checkpoint),
            (None, None) => keeper,
        };
        (keeper, shared)
    }

    /// Runs until it is told to stop; then every file is left whole.
    pub(crate) async fn run(mut self) {
        loop {
            let rebuild = self.rebuild.as_mut();
            tokio::select! {
                biased;
                command = self.commands.recv() => match command {
                    None | Some(Command::Stop) => break,
                    Some(command) => self.obey(command).await,
                },
                step = async { match rebuild {
                    Some(rebuild) => (&mut rebuild.step).await,
                    None => pending().await,
                }} => self.advance(step).await,
            }
        }
        let rebuild = self.rebuild.take();
        if let Some(beside) = rebuild.and_then(|rebuild| rebuild.beside) {
            beside.stop().await;
        }
        self.serving.stop().await;
        for leaving in self.leaving {
            let _ = leaving.await;
        }
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Pause(done) => {
                for following in self.followings() {
                    following.pause().await;
                }
                let _ = done.send(());
            }
            Command::Resume(done) => {
                for following in self.followings() {
                    following.resume().await;
                }
                let _ = done.send(());
            }
            Command::Rebuild { require_equal, done } => {
                let _ = done.send(self.rebuild(require_equal).await);
            }
            Command::Switch(done) => {
                let _ = done.send(self.switch_to_held().await);
            }
            Command::Discard(done) => {
                let _ = done.send(self.discard().await);
            }
            Command::Scrub(done) => {
                let _ = done.send(self.scrub().await);
            }
            // Taken out where commands come in.
            Command::Stop => {}
        }
    }

    fn followings(&self) -> impl Iterator<Item = &Following> {
        let beside = self.rebuild.as_ref().and_then(|rebuild| rebuild.beside.as_ref());
        std::iter::once(&self.serving).chain(beside)
    }

    async fn scrub(&mut self) -> Result<(), ProjectError> {
        let followings: Vec<&Following> = self.followings().collect();
        for following in followings {
            following.scrub().await.unwrap_or(Ok(()))?;
        }
        self.shared.past.forget();
        Ok(())
    }

    /// Builds a new file beside the one that serves; where that one cannot answer anyway, in its place.
    async fn rebuild(&mut self, require_equal: bool) -> Result<(), Refused> {
        if !self.serving.core.can_answer() {
            if let Some(Rebuild { beside: Some(beside), .. }) = self.rebuild.take() {
                self.leave(beside.stop_and_delete());
            }
            self.shared.building.send_replace(None);
            self.serving.unbind();
            self.shared.past.forget();
            return self.serving.start_over().await.unwrap_or(Ok(())).map_err(Refused::File);
        }
        if self.rebuild.is_some() {
            return Err(Refused::UnderWay);
        }
        let file = Survey::new_file::<P>(&self.directory, Purpose::Replace { require_equal });
        tracing::info!(
            projection = P::NAME,
            file = file.file_name(),
            "read model is built anew, beside the one that serves"
        );
        let beside = self.follow(file, Position::START);
        self.begin(beside, None, require_equal);
        Ok(())
    }

    /// Lets a file go in its own time: whoever still asks it is answered first.
    fn leave(&mut self, leaving: impl Future<Output = ()> + Send + 'static) {
        self.leaving.retain(|leaving| !leaving.is_finished());
        self.leaving.push(tokio::spawn(leaving));
    }

    fn follow(&self, file: ModelFile, bound: Position) -> Following {
        let (projection, log) = (self.projection.clone(), self.log.clone());
        Following::start(file, projection, log, Arc::clone(&self.visibility), bound)
    }

    /// A definition that changed is built beside the older one, or goes on being built.
    fn going_on(mut self, beside: Following, standing: Option<Standing>, require_equal: bool) -> Self {
        let file = beside.core.file.file_name();
        let from = standing.as_ref().map_or(Position::START, |standing| standing.checkpoint.position);
        tracing::info!(projection = P::NAME, file, %from, "read model is built anew, beside the one that serves");
        let require_equal = standing.as_ref().map_or(require_equal, |standing| standing.require_equal);
        self.begin(beside, standing.and_then(|standing| standing.comparison), require_equal);
        self
    }

    /// What serves is built itself: the older file has other tables, which this build cannot ask.
    fn after(mut self, older: ModelFile, checkpoint: Checkpoint) -> Self {
        let file = older.file_name();
        tracing::info!(
            projection = P::NAME,
            file,
            "read model is built anew; the older file has other tables and does not serve"
        );
        let meeting = self.meeting(Older::Kept(older, checkpoint.position), &self.serving);
        let (log, met) = (self.log.clone(), Arc::clone(&meeting));
        let step = async move {
            // A file of another log has nothing to tell.
            match log.assert_folded(&checkpoint).await {
                Ok(_) => Step::Compared(met.compare().await),
                Err(error) => Step::Compared(Err(NotCompared::Log(error))),
            }
        };
        self.rebuild =
            Some(Rebuild { beside: None, meeting, require_equal: false, held: None, step: step.boxed() });
        self.enter(Phase::Building);
        self
    }

    fn begin(&mut self, beside: Following, compared: Option<Comparison>, require_equal: bool) {
        let older = Older::Followed(Arc::clone(&self.serving.core));
        let meeting = self.meeting(older, &beside);
        let met = Arc::clone(&meeting);
        let step = match compared {
            None => async move { Step::Compared(met.compare().await) }.boxed(),
            // It was compared before the process ended.
            Some(comparison) => async move { Step::Compared(Ok(Some(comparison))) }.boxed(),
        };
        self.rebuild = Some(Rebuild { beside: Some(beside), meeting, require_equal, held: None, step });
        self.enter(Phase::Building);
    }

    fn meeting(&self, older: Older, newer: &Following) -> Arc<Meeting> {
        let shared = Arc::clone(&self.shared);
        let comparing = Box::new(move || shared.enter(Phase::Comparing));
        let (newer, bound) = (Arc::clone(&newer.core), newer.bound.clone());
        Arc::new(Meeting { older, newer, bound, comparing })
    }

    /// Tells everybody how far the rebuild is.
    fn enter(&self, phase: Phase) {
        let building = self.rebuild.as_ref().map(|rebuild| Building {
            core: Arc::clone(&rebuild.meeting.newer),
            phase,
            beside: rebuild.beside.is_some(),
            require_equal: rebuild.require_equal,
        });
        self.shared.building.send_replace(building);
    }

    async fn advance(&mut self, step: Step) {
        match step {
            Step::Compared(compared) => self.compared(compared).await,
            Step::CaughtUp => match self.rebuild.as_mut() {
                Some(Rebuild { held: Some(held), step, .. }) => {
                    let held = held.clone();
                    *step = pending().boxed();
                    tracing::warn!(
                        projection = P::NAME,
                        ?held,
                        "the rebuilt read model waits for `switch` or `discard`"
                    );
                    self.enter(Phase::Held(held));
                }
                Some(_) | None => {
                    self.switch().await;
                }
            },
        }
    }

    async fn compared(&mut self, compared: Result<Option<Comparison>, NotCompared>) {
        let Some(mut rebuild) = self.rebuild.take() else { return };
        let newer = rebuild.beside.as_ref().unwrap_or(&self.serving);
        match compared {
            Ok(Some(comparison)) => {
                report::<P>(&comparison);
                // Should it not be written, it is made again after the next start.
                newer.note(Note::Compared(comparison.clone())).await;
                if rebuild.require_equal && !comparison.is_equal() {
                    rebuild.held = Some(Held::Differs);
                }
                self.shared.compared.send_replace(Some(comparison));
            }
            Ok(None) => tracing::warn!(
                projection = P::NAME,
                "the older file cannot be opened, so nothing was compared"
            ),
            Err(error) => {
                tracing::error!(projection = P::NAME, %error, "the older file could not be compared with");
                rebuild.held = Some(Held::NotCompared { cause: error.to_string() });
            }
        }
        // After what was found is written down: beyond the older file it could not be found again.
        newer.unbind();
        match (&rebuild.beside, &rebuild.meeting.older) {
            (Some(_), _) | (None, Older::Followed(_)) => {
                let meeting = Arc::clone(&rebuild.meeting);
                rebuild.step = async move {
                    meeting.catch_up().await;
                    Step::CaughtUp
                }
                .boxed();
                self.rebuild = Some(rebuild);
                self.enter(Phase::CatchingUp);
            }
            // There is nothing to switch to. A file that could not be compared is left where it is.
            (None, Older::Kept(file, _)) => {
                if rebuild.held.is_none() {
                    self.leave(delete(file.clone()));
                }
                self.shared.building.send_replace(None);
            }
        }
    }

    async fn switch_to_held(&mut self) -> Result<(), Refused> {
        let is_held = matches!(self.shared.phase(), Some(Phase::Held(_)));
        if !is_held {
            return Err(Refused::NothingBuilt);
        }
        if self.switch().await { Ok(()) } else { Err(Refused::CannotTakeOver) }
    }

    /// Lets the new file take over, if it can: whoever asks from now on asks that one, and it has all that the older one
    /// has.
    async fn switch(&mut self) -> bool {
        let Some(mut rebuild) = self.rebuild.take() else { return false };
        let Some(newer) = rebuild.beside.take() else { return false };
        let Some(at) = self.serving.hold().await else { return false };
        // Too late is not there.
        let _ = timeout(SWITCH_TIME_MAX, newer.core.reached_or_at_rest(at)).await;
        let noted = if newer.core.position() >= at { newer.note(Note::Serves).await } else { None };
        if !matches!(noted, Some(Ok(()))) {
            tracing::error!(projection = P::NAME, ?noted, "the rebuilt read model cannot take over");
            self.serving.let_go().await;
            let cause = "the new file cannot be written, or does not go on".to_owned();
            rebuild.held = Some(Held::NotCompared { cause });
            rebuild.beside = Some(newer);
            rebuild.step = async { Step::CaughtUp }.boxed();
            self.rebuild = Some(rebuild);
            return false;
        }
        tracing::info!(projection = P::NAME, file = newer.core.file.file_name(), position = %at, "the rebuilt read model serves");
        self.shared.serve(Arc::clone(&newer.core));
        let older = std::mem::replace(&mut self.serving, newer);
        older.core.supersede();
        self.leave(older.stop_and_delete());
        true
    }

    async fn discard(&mut self) -> Result<(), Refused> {
        let Some(Rebuild { beside: Some(_), .. }) = &self.rebuild else { return Err(Refused::NothingBuilt) };
        let beside = self.rebuild.take().and_then(|rebuild| rebuild.beside);
        self.shared.building.send_replace(None);
        if let Some(beside) = beside {
            beside.stop_and_delete().await;
        }
        Ok(())
    }
}

/// Writes down how a new file compares with the older one.
fn report<P: Projection>(comparison: &Comparison) {
    let (projection, position) = (P::NAME, comparison.position);
    if comparison.is_equal() {
        tracing::info!(projection, %position, "the rebuilt read model says the same as the older one");
    }
    for table in comparison.tables.iter().filter(|table| !table.is_equal()) {
        tracing::warn!(
            projection,
            %position,
            table = table.table,
            only_in_older = table.only_in_older,
            only_in_newer = table.only_in_newer,
            changed = table.changed,
            "the rebuilt read model differs from the older one"
        );
    }
}
