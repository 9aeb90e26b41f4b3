//! The port: what every adapter promises.

use std::collections::BTreeSet;

use async_trait::async_trait;
use futures::TryStreamExt as _;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use rapport_domain::envelope::{EventId, ExpectedRevision, NewEvent, Position, Recorded, Revision, StreamId};
use rapport_domain::value::Instant;

/// Most events that one append takes.
pub const EVENTS_PER_APPEND_MAX: usize = 1_000;
/// Largest event: type, metadata and data, in bytes.
pub const EVENT_BYTES_MAX: usize = 1024 * 1024;
/// Largest append: all its events, in bytes.
pub const APPEND_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Events for the end of a stream, as one of several appends that are done in turn.
#[derive(Debug, Clone)]
pub struct Append {
    /// Where to.
    pub stream: StreamId,
    /// What is believed of the stream.
    pub expected: ExpectedRevision,
    /// All of them, next to each other, or none.
    pub events: Vec<NewEvent>,
    /// A time of the past to record them at; `None`: now.
    pub recorded_at: Option<Instant>,
}

/// An append that has its place in the order of the log; resolves to what became of it.
pub type Pending = BoxFuture<'static, Result<Appended, AppendError>>;

/// Events as they are read.
pub type EventStream = BoxStream<'static, Result<Recorded, ReadError>>;

/// An append-only log of events, ordered as a whole and per stream.
#[async_trait]
pub trait EventStore: Send + Sync + 'static {
    /// Adds events to the end of a stream: all of them, next to each other, or none. Durable when it returns.
    ///
    /// Idempotent: when every id stands in the log already, in this order, in this stream, with the same type
    /// and data, the answer is that of the first append and [`Appended::repeated`], whatever `expected` says. No
    /// events: succeeds where `expected` holds.
    ///
    /// # Errors
    /// See [`AppendError`]; [`AppendError::outcome`] tells whether the events may be in the log after all.
    async fn append(
        &self,
        stream: &StreamId,
        expected: ExpectedRevision,
        events: Vec<NewEvent>,
    ) -> Result<Appended, AppendError>;

    /// Does several appends, each as [`EventStore::append`] does, one after the other, and forces them to disk together
    /// where the store can. The first that fails ends it: those before it stand, those after it are not tried, so
    /// nothing is ever recorded ahead of what should come before it. Answers those that were tried, in their order;
    /// only the last answer can be an error. Where that is [`AppendError::OutcomeUnknown`], it says so of those after
    /// it too.
    ///
    /// Each may say when it is recorded: history that is brought in as it happened. Log time never goes backwards, so a
    /// time is refused once something later is recorded ([`AppendError::TimePassed`]). A repetition is answered as
    /// ever. A store that sets its times itself takes none ([`AppendError::TimeFixed`]).
    async fn append_in_turn(&self, appends: Vec<Append>) -> Vec<Result<Appended, AppendError>> {
        let mut answers = Vec::with_capacity(appends.len());
        for Append { stream, expected, events, recorded_at } in appends {
            answers.push(match recorded_at {
                None => self.append(&stream, expected, events).await,
                Some(_) => Err(AppendError::TimeFixed),
            });
            if answers.last().is_some_and(Result::is_err) {
                break;
            }
        }
        answers
    }

    /// Hands an append over, like [`EventStore::append`], and returns once it has its place: whatever is handed over
    /// later to the same stream comes after it. The answer is awaited apart, so that one caller can have many
    /// appends under way in order. An answer that is dropped takes nothing back.
    ///
    /// A store without a queue of its own appends at once.
    async fn submit(&self, stream: StreamId, expected: ExpectedRevision, events: Vec<NewEvent>) -> Pending {
        let appended = self.append(&stream, expected, events).await;
        Box::pin(std::future::ready(appended))
    }

    /// Events of one stream, beginning with `from` inclusive, ending at the first or the last event. A stream
    /// that does not exist is empty.
    fn read_stream(&self, stream: &StreamId, from: Revision, direction: Direction) -> EventStream;

    /// The log from `from` inclusive to the head of the moment of the call, in order, without a hole.
    fn read_all(&self, from: Position, filter: &Filter) -> EventStream;

    /// The event at a position; `None` where there is none.
    ///
    /// # Errors
    /// When the store cannot be read, or the event is damaged.
    async fn read_at(&self, position: Position) -> Result<Option<Recorded>, ReadError> {
        let next = self.read_all(position, &Filter::all()).try_next().await?;
        Ok(next.filter(|recorded| recorded.position == position))
    }

    /// Returns as soon as the head lies after `after`, with the head. Never polls.
    ///
    /// # Errors
    /// When the store is closed.
    async fn wait_for(&self, after: Position) -> Result<Position, ReadError>;

    /// Position of the last event; [`Position::START`] while there is none.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn head(&self) -> Result<Position, ReadError>;

    /// Position of the last event recorded at or before a time; [`Position::START`] when there is none.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn position_at(&self, recorded_at: Instant) -> Result<Position, ReadError>;

    /// Position of the event with this id; `None` where no event has it.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn position_of(&self, id: EventId) -> Result<Option<Position>, ReadError>;

    /// The same for many, each in its place.
    ///
    /// # Errors
    /// As [`EventStore::position_of`].
    async fn positions_of(&self, ids: Vec<EventId>) -> Result<Vec<Option<Position>>, ReadError> {
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            found.push(self.position_of(id).await?);
        }
        Ok(found)
    }

    /// How the positions of this log follow each other.
    fn positions(&self) -> Positions;
}

/// How positions follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Positions {
    /// 1, 2, 3 and so on: a number that is left out is an event that is missing.
    Dense,
    /// Ascending, with gaps that mean nothing. The positions between the first and the last event of an append are
    /// not known to whoever appended it.
    Sparse,
}

impl Positions {
    /// Whether an event at `position` can come right after the one at `before`.
    #[must_use]
    pub fn follows(self, before: Position, position: Position) -> bool {
        match self {
            Self::Dense => position == before.next(),
            Self::Sparse => position > before,
        }
    }
}

/// Which way a stream is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Oldest first.
    Forward,
    /// Newest first.
    Backward,
}

/// Which events to read. Empty parts let everything through; all parts must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Stream categories.
    pub categories: BTreeSet<String>,
    /// Beginnings of event types.
    pub type_prefixes: BTreeSet<String>,
    /// Whole streams.
    pub streams: BTreeSet<StreamId>,
}

impl Filter {
    /// Lets everything through.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Whether an event passes.
    #[must_use]
    pub fn matches(&self, stream: &StreamId, event_type: &str) -> bool {
        self.passes_type(event_type) && self.passes_stream(stream)
    }

    /// Whether events of a type may pass.
    pub(crate) fn passes_type(&self, event_type: &str) -> bool {
        self.type_prefixes.is_empty() || self.type_prefixes.iter().any(|p| event_type.starts_with(p))
    }

    /// Whether events of a stream may pass.
    pub(crate) fn passes_stream(&self, stream: &StreamId) -> bool {
        (self.categories.is_empty() || self.categories.contains(stream.category()))
            && (self.streams.is_empty() || self.streams.contains(stream))
    }
}

/// What an append did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Revision of the stream's last event of this append; `None` for an append of nothing to an empty stream.
    pub revision: Option<Revision>,
    /// Position of that event; the stream's last position for an append of nothing.
    pub position: Position,
    /// Whether the events stood in the log already, from an earlier append, and nothing was written.
    pub repeated: bool,
}

/// Whether a failed append may have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It did not.
    NotApplied,
    /// Nobody can tell: try again with the same ids and the same expected revision, and only so.
    Unknown,
}

/// Why an append failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    /// The stream is not where the writer believed.
    #[error("stream {stream} is at {actual:?}, not at {expected:?}")]
    WrongRevision {
        /// The stream.
        stream: StreamId,
        /// What was believed.
        expected: ExpectedRevision,
        /// Its last revision; `None` when it has no event.
        actual: Option<Revision>,
    },
    /// An id stands in the log with another payload, or some ids of the append stand there and others do not.
    #[error("event {id} stands in the log already, as another event")]
    IdReused {
        /// The id.
        id: EventId,
    },
    /// More or larger events than one append takes.
    #[error("an append takes at most {limit} {unit}, this one has {actual}")]
    TooLarge {
        /// What was counted.
        unit: &'static str,
        /// The limit.
        limit: usize,
        /// What the append has.
        actual: usize,
    },
    /// The time to record the events at lies before that of the last event.
    #[error("the log has recorded events at {last} already; log time never goes backwards")]
    TimePassed {
        /// When the last event was recorded.
        last: Instant,
    },
    /// The store takes no times to record events at.
    #[error("the log sets the times of its events itself")]
    TimeFixed,
    /// The disk is full. Nothing was written.
    #[error("no space is left for the log")]
    StorageFull,
    /// The log refuses to write, because an earlier write failed in a way that leaves its state unknown.
    #[error("the log takes no writes since a failed one; restart after checking the disk: {cause}")]
    ReadOnly {
        /// What failed, for the operator's log.
        cause: String,
    },
    /// The store could not be reached, and nothing was sent.
    #[error("the event store cannot be reached: {cause}")]
    Unavailable {
        /// What failed, for the operator's log.
        cause: String,
    },
    /// The connection or the disk failed while the events were on their way.
    #[error("whether the events were written is unknown: {cause}")]
    OutcomeUnknown {
        /// What failed, for the operator's log.
        cause: String,
    },
    /// The store is shutting down.
    #[error("the event store is closed")]
    Closed,
}

impl AppendError {
    /// Whether the events may be in the log.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::OutcomeUnknown { .. } => Outcome::Unknown,
            Self::WrongRevision { .. }
            | Self::IdReused { .. }
            | Self::TooLarge { .. }
            | Self::TimePassed { .. }
            | Self::TimeFixed
            | Self::StorageFull
            | Self::ReadOnly { .. }
            | Self::Unavailable { .. }
            | Self::Closed => Outcome::NotApplied,
        }
    }
}

/// Why a read failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadError {
    /// The stored bytes are not what was written.
    #[error("the event at position {position} is damaged: {cause}")]
    Corrupt {
        /// Where.
        position: Position,
        /// How.
        cause: String,
    },
    /// The store could not be reached or read.
    #[error("the event store cannot be read: {cause}")]
    Unavailable {
        /// What failed, for the operator's log.
        cause: String,
    },
    /// The store is shutting down.
    #[error("the event store is closed")]
    Closed,
}
