//! Why a call is refused, or ends early.

use rapport_domain::envelope::Position;
use rapport_event_store::{AppendError, ReadError};
use tonic::Status;
use uuid::Uuid;

/// Why a call is refused, or ends early. What a caller reads of it stands in `status`.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// The request says something that it must not, or leaves out what it must say.
    #[error("{0}")]
    Malformed(String),
    /// An event without one of the two properties that every event has.
    #[error("the event has no `{0}` in its metadata")]
    PropertyMissing(&'static str),
    /// A stream or a type that begins with `$`.
    #[error("names that begin with `$` are those of KurrentDB itself; they cannot be written here")]
    SystemName,
    /// Commit and prepare position differ.
    #[error("commit and prepare position differ; take the position of an event as it is")]
    PositionInvalid,
    /// A subscription from behind the last event.
    #[error(
        "Trying to read from an invalid position: the log ends before it, at {head}; subscribe from the start, or to the log that the position is of"
    )]
    PositionBeyondEnd {
        /// Position of the last event.
        head: Position,
    },
    /// An event that is larger than the log takes.
    #[error("the event {id} has {bytes} bytes")]
    EventTooLarge {
        /// The event.
        id: Uuid,
        /// Type, metadata and data, in bytes.
        bytes: usize,
    },
    /// An append that is larger than the log takes, or than a message may be.
    #[error("the append is too large")]
    AppendTooLarge,
    /// An append of more events than the log takes.
    #[error("the append has too many events")]
    TooManyEvents,
    /// The appends that are on their way fill the room there is for them.
    #[error("too much is being appended at once")]
    Busy,
    /// As many subscriptions as there may be.
    #[error("too many subscriptions")]
    TooManySubscriptions,
    /// An append that did not come to an end in time.
    #[error("the append took too long")]
    TimedOut,
    /// Streams are not deleted.
    #[error("streams are not deleted")]
    AppendOnly,
    /// The server is stopping.
    #[error("the server is stopping")]
    Stopping,
    /// The log refused an append, or failed.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The call broke off while its messages came in.
    #[error("the request broke off")]
    Broken(Status),
}

impl Refusal {
    /// A request that says what it must not.
    pub(crate) fn malformed(what: impl Into<String>) -> Self {
        Self::Malformed(what.into())
    }
}
