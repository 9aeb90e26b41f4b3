//! What every query has in common: how fresh the answer must be, what it stands for, and why there is none.

use rapport_domain::envelope::Position;
use rapport_vault::VaultError;
use tokio::time::{Duration, Instant};

use crate::storage::StorageTrouble;

/// How fresh an answer must be, and how long to wait for that. The first argument of every query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// The answer includes every event up to this position; [`Position::START`]: whatever is there.
    pub min_position: Position,
    /// What was known there is answered, and nothing that came later; `None`: what is known now. The log has to hold it.
    pub as_of: Option<Position>,
    /// Until when to wait for it.
    pub deadline: Instant,
}

impl Freshness {
    /// An answer that includes `min_position`, waited for at most so long.
    #[must_use]
    pub fn at_least(min_position: Position, patience: Duration) -> Self {
        Self { min_position, as_of: None, deadline: Instant::now() + patience }
    }

    /// An answer with what was known at a position that the log holds, waited for at most so long.
    #[must_use]
    pub fn as_of(position: Position, patience: Duration) -> Self {
        Self { as_of: Some(position), ..Self::at_least(Position::START, patience) }
    }
}

/// An answer, and the position that it stands for: exactly the events up to there are in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<T> {
    /// Position of the last event in it.
    pub position: Position,
    /// The answer.
    pub value: T,
}

/// What a query asked for and did not find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// A contact.
    Contact,
    /// A pipeline.
    Pipeline,
    /// A deal.
    Opportunity,
    /// A contract.
    Subscription,
    /// An event of the log.
    Event,
    /// A case.
    Case,
    /// A lead.
    Lead,
    /// A task.
    Task,
    /// A price book.
    PriceBook,
    /// A quote.
    Quote,
    /// A calendar.
    Calendar,
}

impl Thing {
    /// What it is called.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Pipeline => "pipeline",
            Self::Opportunity => "opportunity",
            Self::Subscription => "subscription",
            Self::Event => "event",
            Self::Case => "case",
            Self::Lead => "lead",
            Self::Task => "task",
            Self::PriceBook => "price book",
            Self::Quote => "quote",
            Self::Calendar => "calendar",
        }
    }
}

/// What a report was asked for too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Months of a report.
    Months,
    /// Rows of a report.
    Rows,
}

impl Measure {
    /// What it is called.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Months => "months",
            Self::Rows => "rows",
        }
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The read model did not get as far as it should in time.
    #[error("the read model {projection} is at position {current}, not yet at {requested}")]
    Behind {
        /// Which read model.
        projection: &'static str,
        /// Where it should be.
        requested: Position,
        /// Where it is.
        current: Position,
    },
    /// The read model is being folded from the log, and is not yet as far as every answer has to be.
    #[error(
        "the read model {projection} is being built: it is at position {current}, and answers from {requested} on"
    )]
    Building {
        /// Which read model.
        projection: &'static str,
        /// Where it should be.
        requested: Position,
        /// Where it is.
        current: Position,
        /// How long that will take, as it goes now; `None` while nobody can tell.
        left: Option<Duration>,
    },
    /// The read model waits for an operator, before the position that was asked for.
    #[error("the read model {projection} is parked before position {position}")]
    Parked {
        /// Which read model.
        projection: &'static str,
        /// The event that it cannot take in; [`Position::START`] when it is not about an event.
        position: Position,
    },
    /// The read model of a moment is still being put together.
    #[error("the read model {projection} of position {requested} is being put together")]
    NotReady {
        /// Which read model.
        projection: &'static str,
        /// The moment.
        requested: Position,
    },
    /// There is no such thing.
    #[error("no such {}", what.as_str())]
    NotFound {
        /// What was asked for.
        what: Thing,
    },
    /// There are several pipelines, and the query names none.
    #[error("there are several pipelines; say which")]
    PipelineAmbiguous,
    /// The page token is not one of this query.
    #[error("the page token is not one of this query; begin again with the first page")]
    PageToken,
    /// The answer would be larger than answers are.
    #[error("a report has at most {limit} {}", what.as_str())]
    TooLarge {
        /// What there is too much of.
        what: Measure,
        /// The limit.
        limit: usize,
    },
    /// The tree over the log has fewer events than the query names.
    #[error("the tree over the log has {size} events, fewer than {requested}")]
    TreeTooSmall {
        /// Events that the query names.
        requested: u64,
        /// Events of the tree.
        size: u64,
    },
    /// Too many queries at once: none became free in time.
    #[error("the read model {projection} has too many queries at once")]
    Busy {
        /// Which read model.
        projection: &'static str,
    },
    /// The read model's file cannot be read.
    #[error("the read model cannot be read: {cause}")]
    Unavailable {
        /// What failed, for the operator's log.
        cause: String,
    },
    /// The process is shutting down.
    #[error("the read model {projection} is closed")]
    Closed {
        /// Which read model.
        projection: &'static str,
    },
}

impl From<rusqlite::Error> for QueryError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Unavailable { cause: StorageTrouble::from(error).to_string() }
    }
}

/// What was sealed is not guessed at: a question that needs it has no answer.
impl From<VaultError> for QueryError {
    fn from(error: VaultError) -> Self {
        Self::Unavailable { cause: format!("a personal field cannot be opened: {error}") }
    }
}
