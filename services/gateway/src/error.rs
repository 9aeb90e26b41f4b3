//! Everything that a call can end with but an answer. [`crate::status`] turns it into a gRPC status, once.

use std::time::Duration;

use rapport_application::Failure;
use rapport_application::reactors::UnknownReactor;
use rapport_domain::envelope::Position;
use rapport_domain::value::Label;
use rapport_projections::{ControlError, QueryError};
use rapport_transparency::{NotaryError, Refusal};

/// A field that broke a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field in the request: `contact_points[1].email`.
    pub field: String,
    /// `UPPER_SNAKE`: `EMAIL_MALFORMED`.
    pub reason: &'static str,
    /// What would have been accepted. Never what was sent: that may be personal.
    pub description: String,
}

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Fields broke rules; here are all of them.
    #[error("{}", malformed(.0.len()))]
    Invalid(Vec<Violation>),
    /// The metadata does not say who calls in the form `kind:id`.
    #[error("the caller's identity is malformed")]
    CallerMalformed,
    /// The credential is missing, nobody's, not valid any more, or somebody else's than the caller says to be.
    #[error("the caller does not prove who it is")]
    CallerUnproved,
    /// The caller makes more calls than it may.
    #[error("the caller calls too fast")]
    CallerTooFast {
        /// How long to wait.
        wait: Duration,
    },
    /// No policy permits the caller what it calls.
    #[error("no policy permits the caller {rpc}")]
    CallDenied {
        /// What it calls.
        rpc: Label,
    },
    /// What was opened for an answer cannot be written down, so it does not leave.
    #[error("the access record cannot be written: {0}")]
    AccessUnrecorded(Failure),
    /// It took too long.
    #[error("the call took too long")]
    DeadlinePassed,
    /// The server is told to stop.
    #[error("the server is shutting down")]
    Stopping,
    /// As many watches as there can be are open.
    #[error("too many watches are open")]
    TooManyWatches,
    /// The caller of a watch took no message for too long.
    #[error("the caller took no message for too long")]
    WatchTooSlow,
    /// The resume token is not one of this watch.
    #[error("the resume token is not one of this watch")]
    ResumeToken,
    /// It panicked: a fault of ours.
    #[error("the call panicked")]
    Panicked,
    /// The command failed.
    #[error(transparent)]
    Command(#[from] Failure),
    /// The query failed.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The read model does not obey.
    #[error(transparent)]
    Control(#[from] ControlError),
    /// There is no such reactor.
    #[error(transparent)]
    Reactor(#[from] UnknownReactor),
    /// No checkpoint has the event yet.
    #[error("no checkpoint was signed yet that has the event")]
    CheckpointBehind,
    /// No checkpoint that has the event was cosigned yet.
    #[error("no quorum of witnesses has cosigned a checkpoint that has the event")]
    CheckpointNotCosigned,
    /// Checkpoints are refused.
    #[error("no checkpoint is signed any more: {0}")]
    CheckpointRefused(Refusal),
    /// The event is not the one that the tree was made of.
    #[error("the event at position {0} is not the one that was recorded")]
    EventRewritten(Position),
    /// A fork is declared where nothing is refused.
    #[error("checkpoints are signed, so there is no fork")]
    ForkUnfounded,
    /// The checkpoint that a new history begins with cannot be kept.
    #[error(transparent)]
    Notary(#[from] NotaryError),
}

/// What is said of a request with so many fields that break rules.
pub(crate) fn malformed(fields: usize) -> String {
    match fields {
        1 => "a field of the request is malformed".to_owned(),
        fields => format!("{fields} fields of the request are malformed"),
    }
}
