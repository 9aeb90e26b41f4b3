//! Everything that can go wrong with a command, in one enum. The gateway maps it to gRPC, once.

use rapport_domain::envelope::{EventId, ExpectedRevision, Position, Revision};
use rapport_domain::{
    calendar, case, consent, contact, field_set, interaction, lead, notice, opportunity, pipeline,
    price_book, quote, routing_policy, scoring_model, sla_policy, subject_request, subscription, suppression,
    task,
};
use rapport_event_store::{AppendError, Outcome, ReadError};
use rapport_vault::VaultError;

/// Why a command or a reading of the log failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// The rules of a contact say no.
    #[error(transparent)]
    Contact(#[from] contact::Rejection),
    /// The rules of interactions say no.
    #[error(transparent)]
    Interaction(#[from] interaction::Rejection),
    /// The rules of a pipeline say no.
    #[error(transparent)]
    Pipeline(#[from] pipeline::Rejection),
    /// The rules of an opportunity say no.
    #[error(transparent)]
    Opportunity(#[from] opportunity::Rejection),
    /// The rules of a subscription say no.
    #[error(transparent)]
    Subscription(#[from] subscription::Rejection),
    /// The rules of consent say no.
    #[error(transparent)]
    Consent(#[from] consent::Rejection),
    /// The rules of notices say no.
    #[error(transparent)]
    Notice(#[from] notice::Rejection),
    /// The rules of a subject's request say no.
    #[error(transparent)]
    SubjectRequest(#[from] subject_request::Rejection),
    /// The rules of suppression say no.
    #[error(transparent)]
    Suppression(#[from] suppression::Rejection),
    /// The rules of a calendar say no.
    #[error(transparent)]
    Calendar(#[from] calendar::Rejection),
    /// The rules of an SLA policy say no.
    #[error(transparent)]
    SlaPolicy(#[from] sla_policy::Rejection),
    /// The rules of a case say no.
    #[error(transparent)]
    Case(#[from] case::Rejection),
    /// The rules of a lead say no.
    #[error(transparent)]
    Lead(#[from] lead::Rejection),
    /// The rules of a scoring model say no.
    #[error(transparent)]
    ScoringModel(#[from] scoring_model::Rejection),
    /// The rules of a routing policy say no.
    #[error(transparent)]
    RoutingPolicy(#[from] routing_policy::Rejection),
    /// The rules of a set of fields say no.
    #[error(transparent)]
    FieldSet(#[from] field_set::Rejection),
    /// The rules of a task say no.
    #[error(transparent)]
    Task(#[from] task::Rejection),
    /// The rules of a price book say no.
    #[error(transparent)]
    PriceBook(#[from] price_book::Rejection),
    /// The rules of a quote say no.
    #[error(transparent)]
    Quote(#[from] quote::Rejection),
    /// A field opens although the keys of its subject are destroyed: an alarm.
    #[error("the event at position {position} can still be read")]
    StillReadable {
        /// Where.
        position: Position,
    },
    /// No pipeline is published under this id.
    #[error("no pipeline is published under this id; publish it first")]
    PipelineUnknown,
    /// No calendar is published under this id.
    #[error("no calendar is published under this id; publish it first")]
    CalendarUnknown,
    /// No SLA policy is published under this id.
    #[error("no SLA policy is published under this id; publish it first")]
    SlaPolicyUnknown,
    /// No price book is published under this id.
    #[error("no price book is published under this id; publish it first")]
    PriceBookUnknown,
    /// More cases than a draft is tried on.
    #[error("a draft is tried on at most {limit} cases; ask about a shorter period")]
    TooManyCases {
        /// How many.
        limit: usize,
    },
    /// More leads than a draft is tried on.
    #[error("a draft is tried on at most {limit} leads; ask about a shorter period")]
    TooManyLeads {
        /// How many.
        limit: usize,
    },
    /// More things that contacts did than a draft counts.
    #[error(
        "a draft counts at most {limit} things that contacts did; ask about a shorter period, or let its rules look at fewer"
    )]
    TooManyTouches {
        /// How many.
        limit: usize,
    },
    /// The caller decided on an older state.
    #[error("the stream is at another revision than the caller last saw; read it and decide again")]
    RevisionMismatch {
        /// What the caller believed.
        expected: ExpectedRevision,
        /// Where the stream is; `None` when it has no event.
        actual: Option<Revision>,
    },
    /// What occurred has occurred: the time lies ahead.
    #[error("the time that it occurred at lies in the future")]
    OccursInFuture,
    /// What proves something was captured before it came here: the time lies ahead.
    #[error("the time that the evidence was captured at lies in the future")]
    CapturedInFuture,
    /// What is recorded at the time that it occurred at has come.
    #[error("the time to record it at lies in the future")]
    OccursAfterNow,
    /// The caller may not say when something is recorded.
    #[error("only imports record what they bring in at the time that it occurred at")]
    DatingDenied,
    /// The request id belongs to another request.
    #[error("this request id was used for another request; choose a new one")]
    RequestIdReused,
    /// An event id belongs to another event.
    #[error("an event id stands in the log already, as another event; choose a new one")]
    EventIdReused {
        /// The id.
        id: EventId,
    },
    /// A stream of Rapport's own.
    #[error("only Rapport writes to streams of this category; those of other services begin with `x_`")]
    CategoryReserved {
        /// The category.
        category: String,
    },
    /// The caller may not add facts to the log.
    #[error("only services, imports and the system add facts to the log")]
    AppendDenied,
    /// Others kept writing to the stream.
    #[error("others keep writing to the same stream; send the request again")]
    ConcurrentUpdate,
    /// The caller may not read personal data.
    #[error("the caller may not open personal data")]
    DisclosureDenied,
    /// A stored event does not have the shape of its type.
    #[error("the event at position {position} cannot be read")]
    EventCorrupt {
        /// Where.
        position: Position,
        /// How, for the operator's log.
        cause: String,
    },
    /// A value has no stored form: a fault of ours.
    #[error("an event cannot be written: {cause}")]
    Unwritable {
        /// What went wrong, for the operator's log.
        cause: String,
    },
    /// The log did not take the events.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The vault could not seal or open.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl Failure {
    /// Whether the command may have been applied.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::Append(error) => error.outcome(),
            Self::Contact(_)
            | Self::Interaction(_)
            | Self::Pipeline(_)
            | Self::Opportunity(_)
            | Self::Subscription(_)
            | Self::Consent(_)
            | Self::Notice(_)
            | Self::SubjectRequest(_)
            | Self::Suppression(_)
            | Self::Calendar(_)
            | Self::SlaPolicy(_)
            | Self::Case(_)
            | Self::Lead(_)
            | Self::ScoringModel(_)
            | Self::RoutingPolicy(_)
            | Self::FieldSet(_)
            | Self::Task(_)
            | Self::PriceBook(_)
            | Self::Quote(_)
            | Self::StillReadable { .. }
            | Self::PipelineUnknown
            | Self::CalendarUnknown
            | Self::SlaPolicyUnknown
            | Self::PriceBookUnknown
            | Self::TooManyCases { .. }
            | Self::TooManyLeads { .. }
            | Self::TooManyTouches { .. }
            | Self::RevisionMismatch { .. }
            | Self::OccursInFuture
            | Self::CapturedInFuture
            | Self::OccursAfterNow
            | Self::DatingDenied
            | Self::RequestIdReused
            | Self::EventIdReused { .. }
            | Self::CategoryReserved { .. }
            | Self::AppendDenied
            | Self::ConcurrentUpdate
            | Self::DisclosureDenied
            | Self::EventCorrupt { .. }
            | Self::Unwritable { .. }
            | Self::Read(_)
            | Self::Vault(_) => Outcome::NotApplied,
        }
    }
}
