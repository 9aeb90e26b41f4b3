//! What can be wrong with a log, and what to do about it.

use rapport_domain::envelope::{Position, Revision};

/// Something that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFinding {
    /// The first event that it is about; nothing where it is about none.
    pub from: Option<Position>,
    /// The last one.
    pub to: Option<Position>,
    /// What it is.
    pub fault: LogFault,
}

impl LogFinding {
    /// Whether it is only about what stands in an event, which is as it was written.
    #[must_use]
    pub const fn is_content(&self) -> bool {
        matches!(self.fault, LogFault::Content { .. })
    }
}

/// What can be wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogFault {
    /// What SQLite says of its file.
    #[error("the file is damaged: {says}")]
    Engine {
        /// SQLite's words, which name pages.
        says: String,
    },
    /// A table, a trigger or a setting is not one that Rapport made.
    #[error("`{name}` is not declared as this version declares it")]
    Declaration {
        /// Its name.
        name: String,
    },
    /// The log's own name does not fit its checksum.
    #[error("the name of the log is damaged")]
    Name,
    /// An event is missing, or is not what was written.
    #[error("the event is damaged: {cause}")]
    Event {
        /// How.
        cause: String,
    },
    /// An event does not hold what it says, or holds what nobody can read.
    #[error("the event cannot be understood: {cause}")]
    Content {
        /// How.
        cause: String,
    },
    /// What is sealed in an event cannot be opened any more, and was not erased; or the keys that it says were destroyed
    /// are in use.
    #[error("the keys of the event do not fit it: {cause}")]
    Keys {
        /// How.
        cause: String,
    },
    /// Log time went backwards.
    #[error("the event was recorded before the one in front of it")]
    Time,
    /// A revision is not the one after the one before it.
    #[error("revision {found} of its stream comes after {}", before.map_or("none".to_owned(), |before| before.to_string()))]
    Revision {
        /// The revision before, if there is one.
        before: Option<Revision>,
        /// The revision that the event has.
        found: Revision,
    },
    /// Two events have one id.
    #[error("the event has the same id as the one at position {other}")]
    IdTwice {
        /// Where the other one is.
        other: Position,
    },
    /// An index does not have an event, or has it elsewhere.
    #[error("the index `{index}` does not lead to the event")]
    NotIndexed {
        /// Its table.
        index: &'static str,
    },
    /// An index leads to an event that is another one, or is not there.
    #[error("the index `{index}` leads here with the key of another event")]
    WrongEntry {
        /// Its table.
        index: &'static str,
    },
    /// The entries of an index do not stand in the order of their keys.
    #[error("the index `{index}` is out of order")]
    Disorder {
        /// Its table.
        index: &'static str,
    },
    /// The indexes are said to hold more events than there are.
    #[error("the indexes are said to hold events up to position {indexed_to}, which is after the last one")]
    IndexedTooFar {
        /// How far.
        indexed_to: Position,
    },
}

impl LogFault {
    /// What to do about it.
    #[must_use]
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::Engine { .. }
            | Self::Event { .. }
            | Self::Time
            | Self::Revision { .. }
            | Self::IdTwice { .. }
            | Self::Name => {
                "stop the server, keep the files as they are, check the disk, and restore the log from a backup with `rapport restore`"
            }
            Self::Content { .. } => {
                "keep the event as it is and report it with the version of Rapport that wrote it; a newer version may understand it"
            }
            Self::Keys { .. } => {
                "vault.db is not the one that belongs to this log: put the newer one back, or restore log and keys of one backup with `rapport restore`"
            }
            Self::Declaration { .. } => {
                "another program changed it; take a backup with `rapport backup` and restore it with `rapport restore`, which makes it anew"
            }
            Self::NotIndexed { .. }
            | Self::WrongEntry { .. }
            | Self::Disorder { .. }
            | Self::IndexedTooFar { .. } => {
                "the events themselves are whole; take a backup with `rapport backup` and restore it with `rapport restore`, which makes the indexes anew"
            }
        }
    }
}
