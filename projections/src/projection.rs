//! What a read model is: a name, a version, a schema and a fold.

use rapport_domain::DomainEvent;
use rapport_domain::envelope::{Metadata, Position, Recorded, Revision};
use rapport_domain::id::ContactId;
use rapport_domain::value::Instant;
use rapport_event_store::ReadError;
use rapport_vault::VaultError;
use rusqlite::Transaction;

use crate::read_model::OpenError;
use crate::storage::{StorageTrouble, json_cause};

/// What [`Projection::HANDLES`] of a read model of every event says, whatever the types are.
pub const EVERY_EVENT: &[&str] = &["*"];

/// A read model's fold. The runtime feeds it every event that it handles, in the order of the log, once.
///
/// A clone of it is made for every transaction, so it keeps nothing of its own beyond that: whatever it has to remember
/// stands in its tables.
pub trait Projection: Clone + Send + Sync + 'static {
    /// Its name, for people, files and metrics: lower-case letters and `_`.
    const NAME: &'static str;
    /// Raised with every change of its schema, its fold or its page tokens; each version has files of its own.
    const VERSION: u32;
    /// The event types that it folds. Others are passed over.
    const HANDLES: &'static [&'static str];
    /// The text of every file of its module, tests left out: a part of its [`Definition`](crate::Definition).
    const SOURCES: &'static [&'static str];
    /// Those of them that the others are read by: definitions. They hold whatever business time is asked about.
    const FRAME: &'static [&'static str] = &[];

    /// The event types whose fold needs [`Projection::indexes`].
    const NEED_INDEXES: &'static [&'static str] = &[];
    /// The tables and indexes of an empty file, as SQL.
    fn schema() -> &'static str;

    /// Further indexes, as SQL: a file that is folded over a long log gets them when it has arrived, for they are made in
    /// a fraction of the time that keeping them right at each event takes. No snapshots are made on the way there: it is
    /// for read models that are asked about most moments themselves.
    #[must_use]
    fn indexes() -> &'static str {
        ""
    }

    /// Whether an event is one of those that it folds.
    #[must_use]
    fn handles(recorded: &Recorded) -> bool {
        Self::HANDLES == EVERY_EVENT || Self::HANDLES.contains(&recorded.event_type.as_str())
    }

    /// Takes in one event as the log has it: what a read model of [`EVERY_EVENT`] does, and nothing for all others.
    ///
    /// # Errors
    /// As [`Projection::project`].
    fn project_recorded(&mut self, tx: &Transaction<'_>, recorded: &Recorded) -> Result<(), ProjectError> {
        // Named for those who implement it.
        let _ = (tx, recorded);
        Ok(())
    }

    /// Takes in one event of a type that this build knows, and that it handles.
    ///
    /// # Errors
    /// When the event cannot be applied: the read model then parks before it.
    fn project(&mut self, tx: &Transaction<'_>, event: &Projected<'_>) -> Result<(), ProjectError>;

    /// Writes what it has kept back of the events since, to write once what many of them change. The last thing that it does
    /// in a transaction.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn settle(&mut self, tx: &Transaction<'_>) -> Result<(), ProjectError> {
        // Named for those who implement it.
        let _ = tx;
        Ok(())
    }
}

/// An event on its way into a read model.
#[derive(Debug, Clone, Copy)]
pub struct Projected<'a> {
    /// As the log has it.
    pub recorded: &'a Recorded,
    /// What happened.
    pub event: &'a DomainEvent,
    /// The circumstances.
    pub metadata: &'a Metadata,
}

/// What an event says.
#[derive(Debug)]
pub(crate) struct Decoded {
    event: DomainEvent,
    metadata: Metadata,
}

impl Decoded {
    /// Decodes an event; `None` when its type is not one that this build knows.
    ///
    /// # Errors
    /// When its data or its metadata do not have the shape of their type.
    pub(crate) fn of(recorded: &Recorded) -> Result<Option<Self>, ProjectError> {
        let data = |error| ProjectError::Data { cause: json_cause(&error) };
        let Some(event) = DomainEvent::decode(recorded).map_err(data)? else { return Ok(None) };
        let metadata =
            recorded.metadata().map_err(|error| ProjectError::Metadata { cause: json_cause(&error) })?;
        Ok(Some(Self { event, metadata }))
    }

    /// The event that it was decoded from, with what it says.
    pub(crate) const fn beside<'a>(&'a self, recorded: &'a Recorded) -> Projected<'a> {
        Projected { recorded, event: &self.event, metadata: &self.metadata }
    }
}

impl Projected<'_> {
    /// Business time.
    #[must_use]
    pub const fn occurred_at(&self) -> Instant {
        self.metadata.occurred_at
    }

    /// Its place in the log.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.recorded.position
    }

    /// Its place in its stream.
    #[must_use]
    pub const fn revision(&self) -> Revision {
        self.recorded.revision
    }

    /// The contact whose stream it stands in: `contact-`, `interaction-`, `consent-` and
    /// `suppression-` streams.
    ///
    /// # Errors
    /// When the stream's name holds no contact id.
    pub fn contact_of_stream(&self) -> Result<ContactId, ProjectError> {
        ContactId::parse(self.recorded.stream.id())
            .map_err(|_| ProjectError::Stream { noun: ContactId::NOUN })
    }
}

/// Why a read model cannot go on. Never holds what an event says, for that may be personal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProjectError {
    /// The event's JSON does not have the shape of its type.
    #[error("the event's data cannot be read: {cause}")]
    Data {
        /// Where it goes wrong.
        cause: String,
    },
    /// The event's metadata is not Rapport's.
    #[error("the event's metadata cannot be read: {cause}")]
    Metadata {
        /// Where it goes wrong.
        cause: String,
    },
    /// The stream's name holds no id of the kind that its category asks for.
    #[error("the stream's name holds no {noun} id")]
    Stream {
        /// The kind of id.
        noun: &'static str,
    },
    /// The log has a hole.
    #[error("the log has a hole: after position {after} comes {found}")]
    Gap {
        /// The last position before it.
        after: Position,
        /// The position that came.
        found: Position,
    },
    /// The read model has taken in more than the log holds.
    #[error(
        "the read model stands at position {checkpoint}, the log ends at {head}: it belongs to another log; run `rapport projections rebuild` for it"
    )]
    AheadOfLog {
        /// Where the read model stands.
        checkpoint: Position,
        /// Where the log ends.
        head: Position,
    },
    /// The event at the read model's position is not the one that it has taken in there.
    #[error(
        "position {checkpoint} of the log holds another event than the read model has taken in there: it belongs to another log; run `rapport projections rebuild` for it"
    )]
    ForeignLog {
        /// Where the read model stands.
        checkpoint: Position,
    },
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogTrouble),
    /// The vault cannot open a personal field.
    #[error("a personal field cannot be opened: {0}")]
    Vault(#[from] VaultError),
    /// The read model's file cannot be opened.
    #[error(transparent)]
    File(#[from] OpenError),
    /// The read model's file cannot be read or written.
    #[error(transparent)]
    Storage(#[from] StorageTrouble),
    /// The fold ended in a panic.
    #[error("the fold ended in a panic; the log of the process says where")]
    Panicked,
}

/// Why the log cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogTrouble {
    /// An event is damaged.
    #[error("the event at position {position} is damaged: {cause}")]
    Corrupt {
        /// Where.
        position: Position,
        /// How.
        cause: String,
    },
    /// It cannot be reached.
    #[error("the log cannot be read: {cause}")]
    Unavailable {
        /// What failed.
        cause: String,
    },
    /// It is closed.
    #[error("the log is closed")]
    Closed,
}

impl From<ReadError> for ProjectError {
    fn from(error: ReadError) -> Self {
        Self::Log(match error {
            ReadError::Corrupt { position, cause } => LogTrouble::Corrupt { position, cause },
            ReadError::Unavailable { cause } => LogTrouble::Unavailable { cause },
            ReadError::Closed => LogTrouble::Closed,
        })
    }
}

impl From<rusqlite::Error> for ProjectError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Storage(StorageTrouble::from(error))
    }
}

/// Whether trying again may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// The same attempt, later, for as long as it takes: the log will come back.
    Patience,
    /// The same attempt, a few times: the disk may have room again.
    Retry,
    /// Somebody has to look at it.
    Operator,
    /// The process is ending.
    None,
}

impl ProjectError {
    /// The place in the log that is at fault, where the log itself is.
    pub(crate) const fn position(&self) -> Option<Position> {
        match self {
            Self::Log(LogTrouble::Corrupt { position, .. }) | Self::Gap { found: position, .. } => {
                Some(*position)
            }
            Self::Log(LogTrouble::Unavailable { .. } | LogTrouble::Closed)
            | Self::Data { .. }
            | Self::Metadata { .. }
            | Self::Stream { .. }
            | Self::AheadOfLog { .. }
            | Self::ForeignLog { .. }
            | Self::Vault(_)
            | Self::File(_)
            | Self::Storage(_)
            | Self::Panicked => None,
        }
    }

    /// Whether it comes of what the event says: another server meets it at the same place, and passing over the event
    /// is a way on.
    pub(crate) const fn is_of_the_event(&self) -> bool {
        match self {
            Self::Data { .. } | Self::Metadata { .. } | Self::Stream { .. } | Self::Panicked => true,
            Self::Vault(
                VaultError::KeyMissing { .. }
                | VaultError::SubjectErased { .. }
                | VaultError::ForeignEnvelope { .. }
                | VaultError::Tampered { .. }
                | VaultError::UnknownForm { .. }
                | VaultError::Unreadable { .. }
                | VaultError::TooLarge { .. },
            ) => true,
            Self::Vault(
                VaultError::NotScrubbed
                | VaultError::Unforced
                | VaultError::StorageFull
                | VaultError::Storage { .. }
                | VaultError::Damaged { .. }
                | VaultError::UnknownEpoch { .. }
                | VaultError::Epoch(_)
                | VaultError::Crypto
                | VaultError::ClockUnset
                | VaultError::Closed,
            ) => false,
            Self::Storage(trouble) => !trouble.may_pass() && !trouble.is_damage(),
            Self::Gap { .. }
            | Self::AheadOfLog { .. }
            | Self::ForeignLog { .. }
            | Self::Log(_)
            | Self::File(_) => false,
        }
    }

    pub(crate) const fn remedy(&self) -> Remedy {
        match self {
            Self::Log(LogTrouble::Unavailable { .. }) => Remedy::Patience,
            Self::Log(LogTrouble::Closed) => Remedy::None,
            Self::Storage(trouble) => {
                if trouble.may_pass() {
                    Remedy::Retry
                } else {
                    Remedy::Operator
                }
            }
            Self::Vault(VaultError::Storage { .. }) => Remedy::Retry,
            Self::Vault(
                VaultError::KeyMissing { .. }
                | VaultError::SubjectErased { .. }
                | VaultError::ForeignEnvelope { .. }
                | VaultError::Tampered { .. }
                | VaultError::UnknownForm { .. }
                | VaultError::Unreadable { .. }
                | VaultError::TooLarge { .. }
                | VaultError::NotScrubbed
                | VaultError::Unforced
                | VaultError::StorageFull
                | VaultError::Damaged { .. }
                | VaultError::UnknownEpoch { .. }
                | VaultError::Epoch(_)
                | VaultError::Crypto
                | VaultError::ClockUnset
                | VaultError::Closed,
            )
            | Self::Log(LogTrouble::Corrupt { .. })
            | Self::Data { .. }
            | Self::Metadata { .. }
            | Self::Stream { .. }
            | Self::Gap { .. }
            | Self::AheadOfLog { .. }
            | Self::ForeignLog { .. }
            | Self::File(_)
            | Self::Panicked => Remedy::Operator,
        }
    }
}
