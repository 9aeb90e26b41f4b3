//! What is still to do, in the order in which it is due.

use std::collections::{BTreeMap, BTreeSet};

use rapport_domain::envelope::{ActorKind, EventId, Metadata, Position, Recorded, Revision};
use rapport_domain::value::{Instant, Reference};

use crate::call::Cause;

/// Most tasks that are open at a time: an agenda is kept in memory.
pub const AGENDA_MAX: usize = 1_000_000;

/// Which actor a reactor is.
pub(super) fn actor_id(reactor: &str) -> String {
    format!("reactor.{reactor}")
}

/// Something to do. Equal tasks are one: put on the agenda again, it has the newer time.
pub trait Task: Ord + Clone + Send + Sync + 'static {
    /// The rule that it follows, in a word. A part of its request id, so it is never changed.
    fn rule(&self) -> &'static str;
    /// What it is about: an id. Never personal.
    fn about(&self) -> String;
}

/// A task with its circumstances.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// When it is to be done.
    pub(super) due: Instant,
    /// Whether it is to be done whatever the clock says: it answers an event, and clocks of servers differ.
    pub(super) at_once: bool,
    /// Where the event stands that left it to do.
    pub(super) position: Position,
    /// That event.
    pub(super) cause: Cause,
    /// The business transaction that the event is a part of.
    pub(super) correlation_id: Option<Reference>,
    /// How often it was tried in vain, what came of it last, and when it is tried again.
    pub(super) failed: Option<Failed>,
}

/// What came of a task that was tried in vain.
#[derive(Debug, Clone)]
pub(super) struct Failed {
    pub(super) attempts: u32,
    pub(super) cause: String,
    /// `None`: not by itself.
    pub(super) again_at: Option<Instant>,
}

impl Entry {
    /// When it is looked at next, and before others of that time; `None`: never.
    fn place(&self) -> Option<(Instant, Position)> {
        let when = match &self.failed {
            None if self.at_once => Some(Instant::MIN),
            None => Some(self.due),
            Some(failed) => failed.again_at,
        };
        when.map(|when| (when, self.position))
    }
}

/// The open tasks of a reactor.
#[derive(Debug)]
pub struct Agenda<T: Task> {
    entries: BTreeMap<T, Entry>,
    order: BTreeSet<(Instant, Position, T)>,
    failed: BTreeSet<T>,
    max: usize,
}

impl<T: Task> Agenda<T> {
    /// An empty one that takes so many tasks.
    pub(super) const fn with_room_for(max: usize) -> Self {
        Self { entries: BTreeMap::new(), order: BTreeSet::new(), failed: BTreeSet::new(), max }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn is_over_full(&self) -> bool {
        self.entries.len() > self.max
    }

    /// When something is to be looked at next.
    pub(super) fn next(&self) -> Option<Instant> {
        self.order.first().map(|(when, ..)| *when)
    }

    /// The earliest time that something is, or was, due at.
    pub(super) fn earliest_due(&self) -> Option<Instant> {
        let has_not_failed = |(_, _, task): &&(Instant, Position, T)| !self.failed.contains(task);
        let next = self.order.iter().find(has_not_failed).and_then(|(_, _, task)| self.entries.get(task));
        let next = next.map(|entry| entry.due);
        self.failed().map(|(_, entry, _)| entry.due).chain(next).min()
    }

    /// What is to be looked at next, where its time has come, in order; so much at most.
    pub(super) fn due(&self, now: Instant, most: usize) -> Vec<(T, Entry)> {
        let due = self.order.iter().take_while(|(when, ..)| *when <= now).take(most);
        due.filter_map(|(_, _, task)| Some((task.clone(), self.entries.get(task)?.clone()))).collect()
    }

    /// Those that were tried in vain.
    pub(super) fn failed(&self) -> impl Iterator<Item = (&T, &Entry, &Failed)> {
        self.failed.iter().filter_map(|task| {
            let entry = self.entries.get(task)?;
            Some((task, entry, entry.failed.as_ref()?))
        })
    }

    /// How many they are.
    pub(super) fn failed_count(&self) -> usize {
        self.failed.len()
    }

    pub(super) fn put(&mut self, task: T, entry: Entry) {
        self.take(&task);
        if let Some((when, position)) = entry.place() {
            self.order.insert((when, position, task.clone()));
        }
        if entry.failed.is_some() {
            self.failed.insert(task.clone());
        }
        self.entries.insert(task, entry);
    }

    pub(super) fn take(&mut self, task: &T) {
        self.failed.remove(task);
        if let Some((when, position)) = self.entries.remove(task).and_then(|entry| entry.place()) {
            self.order.remove(&(when, position, task.clone()));
        }
    }

    /// Lets everything that was tried in vain be tried at once.
    pub(super) fn forgive(&mut self) {
        let failed: Vec<(T, Entry)> =
            self.failed().map(|(task, entry, _)| (task.clone(), entry.clone())).collect();
        for (task, entry) in failed {
            self.put(task, Entry { failed: None, ..entry });
        }
    }
}

/// What changes on an agenda.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change<T> {
    /// This is to be done.
    Todo(T),
    /// This is done, or to be done no more.
    Settled(T),
}

/// What an event leaves to do.
pub struct Left<'a, T: Task> {
    agenda: &'a mut Agenda<T>,
    recorded: &'a Recorded,
    metadata: &'a Metadata,
}

impl<'a, T: Task> Left<'a, T> {
    pub(super) const fn by(
        recorded: &'a Recorded,
        metadata: &'a Metadata,
        agenda: &'a mut Agenda<T>,
    ) -> Self {
        Self { agenda, recorded, metadata }
    }

    /// The second part of the name of the event's stream.
    #[must_use]
    pub fn stream_id(&self) -> &str {
        self.recorded.stream.id()
    }

    /// The event's id.
    #[must_use]
    pub const fn event_id(&self) -> EventId {
        self.recorded.id
    }

    /// The event's place in its stream.
    #[must_use]
    pub const fn revision(&self) -> Revision {
        self.recorded.revision
    }

    /// When it happened; business time.
    #[must_use]
    pub const fn occurred_at(&self) -> Instant {
        self.metadata.occurred_at
    }

    /// Whether a reactor of this name did it, here or on another server.
    #[must_use]
    pub fn is_by(&self, reactor: &str) -> bool {
        let actor = &self.metadata.actor;
        actor.kind == ActorKind::System && actor.id.as_str() == actor_id(reactor)
    }

    /// This is to be done at a time.
    pub fn set(&mut self, task: T, due: Instant) {
        self.put(task, due, false);
    }

    /// This is to be done at once, or no more.
    pub(super) fn change(&mut self, changes: impl IntoIterator<Item = Change<T>>) {
        for change in changes {
            match change {
                Change::Todo(task) => self.set_now(task),
                Change::Settled(task) => self.settle(&task),
            }
        }
    }

    /// This is to be done at once.
    pub fn set_now(&mut self, task: T) {
        self.put(task, self.recorded.recorded_at, true);
    }

    fn put(&mut self, task: T, due: Instant, at_once: bool) {
        let cause = Cause { event_id: self.recorded.id, depth: self.metadata.causation_depth };
        let correlation_id = Reference::parse(&self.metadata.correlation_id).ok();
        let position = self.recorded.position;
        self.agenda.put(task, Entry { due, at_once, position, cause, correlation_id, failed: None });
    }

    /// When it came to the log: of an event that was recorded as it happened, when it was imported.
    #[must_use]
    pub fn came_at(&self) -> Instant {
        self.metadata.imported_at.unwrap_or(self.recorded.recorded_at)
    }

    /// This is to be done at the time that a clock shows, or no more where it shows none. What was past when the event came
    /// was done already, or is history.
    pub fn set_or_settle(&mut self, task: T, due: Option<Instant>) {
        match due {
            Some(due) if due > self.came_at() => self.set(task, due),
            Some(_) => {}
            None => self.settle(&task),
        }
    }

    /// Whether it was told when it was long past: it was imported as it happened.
    #[must_use]
    pub const fn is_history(&self) -> bool {
        self.metadata.imported_at.is_some()
    }

    /// This is to be done no more, unless it was due by a moment.
    pub fn settle_after(&mut self, task: &T, moment: Instant) {
        if self.agenda.entries.get(task).is_some_and(|entry| entry.due > moment) {
            self.agenda.take(task);
        }
    }

    /// This is done, or to be done no more.
    pub fn settle(&mut self, task: &T) {
        self.agenda.take(task);
    }
}
