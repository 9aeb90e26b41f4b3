//! When a reactor is asked: it follows the log to its end, does what is due, and waits.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt as _;
use futures::future::join_all;
use rapport_domain::envelope::{Actor, ActorKind, Metadata, Position, Recorded};
use rapport_domain::event::DomainEvent;
use rapport_domain::id::derived_uuid;
use rapport_domain::value::{Instant, Reference};
use rapport_event_store::{EventStore, Filter, ReadError};
use tokio::time::sleep;

use super::agenda::{AGENDA_MAX, Agenda, Entry, Failed, Left, Task, actor_id};
use super::desk::{Desk, Parked};
use super::{Reactor, Trouble};
use crate::call::Call;
use crate::clock::Clock;

/// Most automatic steps in a row, one caused by the other. What would be one more is not done, and shown: rules that answer
/// each other for ever are a mistake.
pub const CAUSATION_DEPTH_MAX: u32 = 16;
/// Longest time without a look at the clock: it may be set.
const LOOK_INTERVAL: Duration = Duration::from_secs(60);
/// How long what comes is gathered before the log is followed: a look for each commit would take the processors from those who
/// write.
const GATHERING: Duration = Duration::from_millis(100);
/// Pause before the log is read again that could not be.
const READ_PAUSE: Duration = Duration::from_secs(1);
/// Pause before what failed is tried a second time; then twice as long each time, in microseconds.
const RETRY_PAUSE_FIRST_MICROS: i64 = 1_000_000;
/// Longest of these pauses: ten minutes.
const RETRY_PAUSE_MAX_MICROS: i64 = 600_000_000;

/// Follows the log for one reactor.
pub struct Runner<R: Reactor> {
    reactor: R,
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    filter: Filter,
    agenda: Agenda<R::Task>,
    /// What is read next.
    next: Position,
    desk: Arc<Desk>,
}

/// Why the log could not be followed to its end.
enum Halt {
    Parked(Parked),
    Unread(ReadError),
}

impl From<ReadError> for Halt {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Corrupt { position, cause } => Self::Parked(Parked { position, cause }),
            ReadError::Unavailable { .. } | ReadError::Closed => Self::Unread(error),
        }
    }
}

impl<R: Reactor> Runner<R> {
    /// One that has read nothing yet.
    #[must_use]
    pub fn new(reactor: R, store: Arc<dyn EventStore>, clock: Arc<dyn Clock>) -> Self {
        Self::with_room_for(AGENDA_MAX, reactor, store, clock)
    }

    pub(super) fn with_room_for(
        tasks: usize,
        reactor: R,
        store: Arc<dyn EventStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let categories: BTreeSet<String> = R::CATEGORIES.iter().map(|name| (*name).to_owned()).collect();
        Self {
            reactor,
            store,
            clock,
            filter: Filter { categories, ..Filter::all() },
            agenda: Agenda::with_room_for(tasks),
            next: Position::START,
            desk: Arc::new(Desk::new(R::NAME)),
        }
    }

    /// Where an operator sees how it does.
    pub(super) fn desk(&self) -> Arc<Desk> {
        Arc::clone(&self.desk)
    }

    /// Folds the log to its end, and does nothing.
    ///
    /// # Errors
    /// When the log cannot be read. What is damaged parks the reactor.
    pub async fn catch_up(&mut self) -> Result<(), ReadError> {
        let followed = self.follow_or_park().await;
        self.report();
        followed
    }

    async fn follow_or_park(&mut self) -> Result<(), ReadError> {
        match self.follow().await {
            Ok(()) => {}
            Err(Halt::Unread(error)) => return Err(error),
            Err(Halt::Parked(parked)) => self.park(parked),
        }
        Ok(())
    }

    /// Does everything that is due by now, [`Reactor::AT_ONCE`] at a time, on the log as those before left it. Nothing while
    /// it is paused or parked.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn turn(&mut self) -> Result<(), ReadError> {
        if self.desk.takes_forgiveness() {
            self.agenda.forgive();
        }
        loop {
            if !self.desk.is_running() {
                break;
            }
            self.follow_or_park().await?;
            if !self.desk.is_running() {
                break;
            }
            let due = self.agenda.due(self.clock.now(), R::AT_ONCE);
            if due.is_empty() {
                break;
            }
            self.attempt(due).await;
        }
        self.report();
        Ok(())
    }

    /// Goes on until the log is closed.
    pub async fn run(mut self) {
        loop {
            match self.turn().await {
                Ok(()) => {}
                Err(ReadError::Closed) => return,
                Err(error @ (ReadError::Unavailable { .. } | ReadError::Corrupt { .. })) => {
                    tracing::warn!(reactor = R::NAME, %error, "the log cannot be followed");
                    sleep(READ_PAUSE).await;
                    continue;
                }
            }
            self.wait().await;
        }
    }

    /// Waits until there may be something to do.
    async fn wait(&self) {
        if !self.desk.is_running() {
            return self.desk.changed().await;
        }
        let now = self.clock.now();
        let until_due = self.agenda.next().map_or(LOOK_INTERVAL, |next| {
            let micros = next.micros().saturating_sub(now.micros());
            Duration::from_micros(u64::try_from(micros).unwrap_or_default()).min(LOOK_INTERVAL)
        });
        let before = Position(self.next.0.saturating_sub(1));
        tokio::select! {
            moved = self.store.wait_for(before) => sleep(if moved.is_ok() { GATHERING } else { READ_PAUSE }).await,
            () = sleep(until_due) => {}
            () = self.desk.changed() => {}
        }
    }

    async fn follow(&mut self) -> Result<(), Halt> {
        let head = self.store.head().await?;
        if head < self.next {
            return Ok(());
        }
        let mut events = self.store.read_all(self.next, &self.filter);
        while let Some(recorded) = events.try_next().await? {
            if recorded.position > head {
                break;
            }
            self.take_in(&recorded)?;
        }
        self.passed(head);
        Ok(())
    }

    fn take_in(&mut self, recorded: &Recorded) -> Result<(), Halt> {
        let position = recorded.position;
        let damaged = |error: serde_json::Error| Halt::Parked(Parked { position, cause: error.to_string() });
        let Some(event) = DomainEvent::decode(recorded).map_err(damaged)? else { return Ok(()) };
        let metadata = recorded.metadata().map_err(damaged)?;
        self.fold(recorded, &event, &metadata).map_err(Halt::Parked)
    }

    /// Takes an event in.
    ///
    /// # Errors
    /// When more is left to do than an agenda holds.
    pub(super) fn fold(
        &mut self,
        recorded: &Recorded,
        event: &DomainEvent,
        metadata: &Metadata,
    ) -> Result<(), Parked> {
        let position = recorded.position;
        self.reactor.fold(event, &mut Left::by(recorded, metadata, &mut self.agenda));
        if self.agenda.is_over_full() {
            return Err(Parked { position, cause: format!("more than {AGENDA_MAX} tasks are open") });
        }
        self.next = position.next();
        Ok(())
    }

    /// There is nothing to take in up to here.
    pub(super) fn passed(&mut self, position: Position) {
        self.next = self.next.max(position.next());
    }

    /// Tries tasks beside each other, and notes what came of each in their order.
    async fn attempt(&mut self, due: Vec<(R::Task, Entry)>) {
        let reactor = &self.reactor;
        let tries = due.into_iter().map(|(task, entry)| async move {
            let outcome = attempted(reactor, &task, &entry).await;
            (task, entry, outcome)
        });
        for (task, entry, outcome) in join_all(tries).await {
            self.note(task, entry, outcome);
        }
    }

    fn note(&mut self, task: R::Task, entry: Entry, outcome: Outcome) {
        match outcome {
            Outcome::Done { again } => {
                // A clock that was set back meanwhile shows that its time has not come: nothing may have been done.
                let early = (!entry.at_once && entry.due > self.clock.now()).then_some(entry.due);
                match again.or(early) {
                    Some(due) => self.agenda.put(task, Entry { due, at_once: false, failed: None, ..entry }),
                    None => self.agenda.take(&task),
                }
                self.desk.fired();
            }
            Outcome::Endless => {
                let cause =
                    format!("rules answer each other: {CAUSATION_DEPTH_MAX} automatic steps lead here");
                tracing::error!(reactor = R::NAME, rule = task.rule(), about = task.about(), cause);
                self.set_aside(task, entry, cause, false);
            }
            Outcome::Failed(trouble) if trouble.is_fault() => {
                let cause = format!("{} {}: {trouble}", task.rule(), task.about());
                self.park(Parked { position: entry.position, cause });
            }
            Outcome::Failed(trouble) => {
                tracing::warn!(reactor = R::NAME, rule = task.rule(), about = task.about(), %trouble, "tried again later");
                self.set_aside(task, entry, trouble.to_string(), true);
            }
        }
    }

    /// Lets a task wait that could not be done, and hold up no other.
    fn set_aside(&mut self, task: R::Task, entry: Entry, cause: String, is_retried: bool) {
        let before = entry.failed.as_ref().map_or(0, |failed| failed.attempts);
        let pause = RETRY_PAUSE_FIRST_MICROS.saturating_mul(1_i64 << before.min(30));
        let again = self.clock.now().micros().saturating_add(pause.min(RETRY_PAUSE_MAX_MICROS));
        let again_at = is_retried.then(|| Instant::from_micros(again).unwrap_or(Instant::MAX));
        let failed = Some(Failed { attempts: before.saturating_add(1), cause, again_at });
        self.agenda.put(task, Entry { failed, ..entry });
    }

    fn park(&self, parked: Parked) {
        tracing::error!(reactor = R::NAME, position = parked.position.0, cause = parked.cause, "parked");
        self.desk.park(parked);
    }

    fn report(&self) {
        self.desk.report(self.next, &self.agenda, self.clock.now());
    }
}

/// What came of a task.
enum Outcome {
    Done {
        again: Option<Instant>,
    },
    /// It is not even tried.
    Endless,
    Failed(Trouble),
}

async fn attempted<R: Reactor>(reactor: &R, task: &R::Task, entry: &Entry) -> Outcome {
    if entry.cause.depth >= CAUSATION_DEPTH_MAX {
        return Outcome::Endless;
    }
    let done = match call(R::NAME, task, entry) {
        Ok(call) => reactor.act(task, call).await,
        Err(trouble) => Err(trouble),
    };
    match done {
        Ok(again) => Outcome::Done { again },
        Err(trouble) => Outcome::Failed(trouble),
    }
}

/// The circumstances of a task's command: the same whenever and wherever it is tried.
fn call<T: Task>(reactor: &str, task: &T, entry: &Entry) -> Result<Call, Trouble> {
    let reference = |text: &str| {
        let unwritable = |cause: String| crate::Failure::Unwritable { cause };
        Reference::parse(text).map_err(|invalid| unwritable(invalid.expected))
    };
    // One event may leave the same to do for many.
    let which = derived_uuid(&[&entry.cause.event_id.to_string(), &task.about()]).simple();
    let request_id = reference(&format!("reactor:{reactor}:{}:{which}", task.rule()))?;
    Ok(Call {
        content_sha256: request_id.to_string(),
        request_id,
        expected_revision: None,
        occurred_at: None,
        record_at_occurred: false,
        actor: Actor { kind: ActorKind::System, id: reference(&actor_id(reactor))?, on_behalf_of: None },
        source: None,
        correlation_id: entry.correlation_id.clone(),
        traceparent: None,
        cause: Some(entry.cause),
    })
}
