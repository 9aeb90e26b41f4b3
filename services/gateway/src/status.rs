//! From failures to gRPC, once: the only place that names `tonic::Code`.
//!
//! Every status carries exactly one `ErrorInfo`. The message is stable and public; what caused it goes to the
//! log. The table: aesthetics of the error taxonomy in ARCHITECTURE.md, reasons in `errors.proto`.

#![deny(clippy::wildcard_enum_match_arm)]

mod projections;
mod reasons;
#[cfg(test)]
mod tests;
mod transport;

use std::collections::HashMap;
use std::time::Duration;

use rapport_application::{AppendError, Failure, ReadError, VaultError};
use rapport_domain::aggregate::Reason;
use rapport_domain::value::{Invalid, Label};
use rapport_proto::v1::{ErrorReason, ItemRefused, RefusedField};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

use crate::error::{Error, Violation, malformed};
use crate::parse::{Fields, time_in_future};
use projections::{control, query};
use reasons::RejectionCode;
pub(crate) use transport::{explained, unread};

/// Domain of every `ErrorInfo`.
pub const ERROR_DOMAIN: &str = "rapport";
/// Most fields that one status lists; headers that carry more are refused by many clients.
const VIOLATIONS_MAX: usize = 25;
/// How long a caller waits before it asks again.
const RETRY_DELAY: Duration = Duration::from_millis(200);

/// A failure in its public form.
struct Public {
    code: Code,
    reason: String,
    message: String,
    metadata: HashMap<String, String>,
    violations: Vec<Violation>,
    /// For the log alone.
    cause: Option<String>,
    /// How long to wait before asking again, where another time may do.
    wait: Option<Duration>,
}

impl Public {
    fn new(code: Code, reason: ErrorReason, message: impl Into<String>) -> Self {
        Self {
            code,
            reason: reason.as_str_name().to_owned(),
            message: message.into(),
            metadata: HashMap::new(),
            violations: Vec::new(),
            cause: None,
            wait: None,
        }
    }

    fn rejected<R: RejectionCode + Reason + std::error::Error>(rejection: &R) -> Self {
        Self {
            code: rejection.code(),
            reason: rejection.reason().to_owned(),
            message: rejection.to_string(),
            metadata: HashMap::new(),
            violations: Vec::new(),
            cause: None,
            wait: None,
        }
    }

    fn with(mut self, key: &str, value: impl ToString) -> Self {
        self.metadata.insert(key.to_owned(), value.to_string());
        self
    }

    fn after(mut self, wait: Duration) -> Self {
        self.wait = Some(wait);
        self
    }

    fn because(mut self, cause: impl ToString) -> Self {
        self.cause = Some(cause.to_string());
        self
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        public(error).into()
    }
}

impl From<Public> for Status {
    fn from(public: Public) -> Self {
        let Public { code, reason, message, metadata, violations, cause, wait } = public;
        match code {
            Code::Internal | Code::DataLoss => tracing::error!(%reason, cause, "call failed"),
            Code::Unavailable | Code::ResourceExhausted => tracing::warn!(%reason, cause, "call failed"),
            Code::Ok
            | Code::Cancelled
            | Code::Unknown
            | Code::InvalidArgument
            | Code::DeadlineExceeded
            | Code::NotFound
            | Code::AlreadyExists
            | Code::PermissionDenied
            | Code::FailedPrecondition
            | Code::Aborted
            | Code::OutOfRange
            | Code::Unimplemented
            | Code::Unauthenticated => tracing::debug!(%reason, cause, "call refused"),
        }
        let mut details = ErrorDetails::with_error_info(reason.clone(), ERROR_DOMAIN, metadata);
        if !violations.is_empty() {
            details.set_bad_request(violations.into_iter().map(field_violation).collect::<Vec<_>>());
        }
        if code == Code::FailedPrecondition {
            details.add_precondition_failure_violation(reason, "", message.clone());
        }
        let wait = wait.or_else(|| (code == Code::Unavailable).then_some(RETRY_DELAY));
        if wait.is_some() {
            details.set_retry_info(wait);
        }
        Self::with_error_details(code, message, details)
    }
}

fn field_violation(violation: Violation) -> FieldViolation {
    let mut field = FieldViolation::new(violation.field, violation.description);
    field.reason = violation.reason.to_owned();
    field
}

/// The fields that are listed, and how many are not.
fn listed(mut violations: Vec<Violation>) -> Vec<Violation> {
    let left_out = violations.len().saturating_sub(VIOLATIONS_MAX);
    if left_out > 0 {
        violations.truncate(VIOLATIONS_MAX);
        violations.push(Violation {
            field: String::new(),
            reason: "MORE_FIELDS",
            description: format!("{left_out} more fields are malformed"),
        });
    }
    violations
}

/// Whether a failure is no fault of the item that met it: another try may succeed, and the items after it would meet
/// it too.
pub(crate) fn is_passing(failure: &Failure) -> bool {
    let public = command(failure.clone());
    matches!(public.code, Code::Unavailable | Code::ResourceExhausted)
        || public.reason == ErrorReason::ConcurrentUpdate.as_str_name()
}

/// A failure as the answer to one item of a stream.
pub(crate) fn refused(error: Error) -> ItemRefused {
    let Public { code, reason, message, violations, cause, .. } = public(error);
    tracing::debug!(%reason, cause, "item refused");
    let fields = violations
        .into_iter()
        .map(|violation| RefusedField {
            field: violation.field,
            description: violation.description,
            reason: violation.reason.to_owned(),
        })
        .collect();
    ItemRefused { code: u32::try_from(i32::from(code)).unwrap_or(0), reason, message, fields }
}

fn too_fast(wait: Duration) -> Public {
    let message = "the caller makes more calls a second than it may; wait, and send it again";
    Public::new(Code::ResourceExhausted, ErrorReason::CallerTooFast, message).after(wait)
}

fn denied(rpc: &Label) -> Public {
    let action = rpc.as_str().rsplit('/').next().unwrap_or_default();
    let message = format!("no role of the caller may {action}; `rapport policy list` shows who may");
    Public::new(Code::PermissionDenied, ErrorReason::PermissionMissing, message).with("permission", action)
}

/// It cannot be answered now, and may be later.
fn ask_again(reason: ErrorReason, message: impl Into<String>) -> Public {
    Public::new(Code::Unavailable, reason, message)
}

fn public(error: Error) -> Public {
    match error {
        Error::Invalid(violations) => {
            let message = malformed(violations.len());
            let public = Public::new(Code::InvalidArgument, ErrorReason::RequestInvalid, message);
            Public { violations: listed(violations), ..public }
        }
        Error::CallerMalformed => Public::new(
            Code::Unauthenticated,
            ErrorReason::CallerInvalid,
            "the metadata `rapport-actor` has the form `kind:id`; kinds are user, service, analyst, auditor, import and system",
        ),
        Error::CallerUnproved => Public::new(
            Code::Unauthenticated,
            ErrorReason::CallerUnauthenticated,
            "send the metadata `authorization` with `Bearer` and an API key or access token that is valid; leave `rapport-actor` out, or name whom it is given to",
        ),
        Error::CallerTooFast { wait } => too_fast(wait),
        Error::CallDenied { rpc } => denied(&rpc),
        Error::AccessUnrecorded(cause) => ask_again(
            ErrorReason::AccessUnrecorded,
            "that this was read cannot be written down at the moment, so it is not answered; ask again",
        )
        .because(cause),
        Error::DeadlinePassed => Public::new(
            Code::DeadlineExceeded,
            ErrorReason::DeadlineExceeded,
            "the call took too long; a command may have been applied: send it again with the same request_id",
        ),
        Error::Stopping => shutting_down(),
        Error::TooManyWatches => overloaded("as many watches as the server keeps are open; ask again"),
        Error::WatchTooSlow => Public::new(
            Code::Aborted,
            ErrorReason::WatchTooSlow,
            "no message was taken for too long; watch again with the last token",
        ),
        Error::ResumeToken => Public::new(
            Code::InvalidArgument,
            ErrorReason::ResumeTokenInvalid,
            "the resume token is not one of this watch; begin without one",
        ),
        Error::Panicked => internal("a call panicked".to_owned()),
        Error::Command(failure) => command(failure),
        Error::Query(error) => query(error),
        Error::Control(error) => control(error),
        Error::Reactor(error) => Public::new(Code::NotFound, ErrorReason::ReactorNotFound, error.to_string()),
        Error::CheckpointBehind => ask_again(
            ErrorReason::CheckpointBehind,
            "the event is in the log, and no checkpoint was signed since; ask again",
        ),
        Error::CheckpointNotCosigned => ask_again(
            ErrorReason::CheckpointNotCosigned,
            "no quorum of witnesses has cosigned a checkpoint that has the event; ask again, or, where this server has no \
             witnesses, without their cosignatures",
        ),
        Error::CheckpointRefused(refusal) => {
            Public::new(Code::FailedPrecondition, ErrorReason::CheckpointRefused, refusal.to_string())
        }
        Error::EventRewritten(position) => Public::new(
            Code::DataLoss,
            ErrorReason::EventRewritten,
            "the stored event is not the one that was recorded; tell the operator, who runs `rapport check`",
        )
        .with("position", position),
        Error::ForkUnfounded => Public::new(
            Code::FailedPrecondition,
            ErrorReason::ForkUnfounded,
            "checkpoints are signed, so the log goes on from what was signed; see GetCheckpoint",
        ),
        Error::Notary(cause) => store_unavailable().because(cause),
    }
}

/// What a command needs, and what is not there.
fn absent(reason: ErrorReason, failure: &Failure) -> Public {
    Public::new(Code::NotFound, reason, failure.to_string())
}

/// A permission of the caller that a command needs besides the policies.
fn lacking(permission: &'static str, failure: &Failure) -> Public {
    Public::new(Code::PermissionDenied, ErrorReason::PermissionMissing, failure.to_string())
        .with("permission", permission)
}

/// A field of the request that broke a rule.
fn faulty(field: &str, invalid: Invalid) -> Public {
    let mut fields = Fields::new();
    fields.refuse(field, invalid);
    public(fields.into())
}

fn command(failure: Failure) -> Public {
    match failure {
        Failure::Contact(rejection) => Public::rejected(&rejection),
        Failure::Interaction(rejection) => Public::rejected(&rejection),
        Failure::Pipeline(rejection) => Public::rejected(&rejection),
        Failure::Opportunity(rejection) => Public::rejected(&rejection),
        Failure::Subscription(rejection) => Public::rejected(&rejection),
        Failure::Consent(rejection) => Public::rejected(&rejection),
        Failure::Notice(rejection) => Public::rejected(&rejection),
        Failure::Suppression(rejection) => Public::rejected(&rejection),
        Failure::SubjectRequest(rejection) => Public::rejected(&rejection),
        Failure::Calendar(rejection) => Public::rejected(&rejection),
        Failure::SlaPolicy(rejection) => Public::rejected(&rejection),
        Failure::Case(rejection) => Public::rejected(&rejection),
        Failure::Lead(rejection) => Public::rejected(&rejection),
        Failure::ScoringModel(rejection) => Public::rejected(&rejection),
        Failure::RoutingPolicy(rejection) => Public::rejected(&rejection),
        Failure::FieldSet(rejection) => Public::rejected(&rejection),
        Failure::Task(rejection) => Public::rejected(&rejection),
        Failure::PriceBook(rejection) => Public::rejected(&rejection),
        Failure::Quote(rejection) => Public::rejected(&rejection),
        Failure::StillReadable { .. } => internal(failure.to_string()),
        Failure::PipelineUnknown => absent(ErrorReason::PipelineNotFound, &failure),
        Failure::CalendarUnknown => absent(ErrorReason::CalendarNotFound, &failure),
        Failure::SlaPolicyUnknown => absent(ErrorReason::SlaPolicyNotFound, &failure),
        Failure::PriceBookUnknown => absent(ErrorReason::PriceBookNotFound, &failure),
        Failure::TooManyCases { limit }
        | Failure::TooManyLeads { limit }
        | Failure::TooManyTouches { limit } => {
            Public::new(Code::FailedPrecondition, ErrorReason::ReportTooLarge, failure.to_string())
                .with("limit", limit)
        }
        Failure::RevisionMismatch { expected, actual } => {
            let actual = actual.map_or_else(|| "none".to_owned(), |actual| actual.to_string());
            Public::new(Code::Aborted, ErrorReason::RevisionMismatch, failure.to_string())
                .with("expectedRevision", expected)
                .with("actualRevision", actual)
        }
        Failure::OccursInFuture => faulty("header.occurred_at", time_in_future()),
        Failure::CapturedInFuture => faulty("evidence.captured_at", time_in_future()),
        Failure::RequestIdReused => {
            Public::new(Code::InvalidArgument, ErrorReason::RequestIdReused, failure.to_string())
        }
        Failure::EventIdReused { id } => {
            Public::new(Code::InvalidArgument, ErrorReason::EventIdReused, failure.to_string())
                .with("eventId", id)
        }
        Failure::CategoryReserved { ref category } => {
            let public =
                Public::new(Code::InvalidArgument, ErrorReason::CategoryReserved, failure.to_string());
            public.with("category", category)
        }
        Failure::AppendDenied => lacking("append_events", &failure),
        Failure::ConcurrentUpdate => {
            Public::new(Code::Aborted, ErrorReason::ConcurrentUpdate, failure.to_string())
        }
        Failure::DatingDenied => lacking("record_at_occurred", &failure),
        Failure::OccursAfterNow => {
            let expected = "expected a time that has come, to record it at";
            faulty("header.occurred_at", Invalid::new("TIME_IN_FUTURE", expected))
        }
        Failure::DisclosureDenied => lacking("open_personal", &failure),
        Failure::EventCorrupt { position, cause } => corrupt(position.0, cause),
        Failure::Unwritable { cause } => internal(cause),
        Failure::Append(error) => append(error),
        Failure::Read(error) => read(error),
        Failure::Vault(error) => vault(error),
    }
}

fn append(error: AppendError) -> Public {
    match error {
        AppendError::WrongRevision { .. } => Public::new(
            Code::Aborted,
            ErrorReason::ConcurrentUpdate,
            "others keep writing to the same stream; send the request again",
        ),
        AppendError::IdReused { .. } => Public::new(
            Code::InvalidArgument,
            ErrorReason::RequestIdReused,
            "this request id was used for another request; choose a new one",
        ),
        AppendError::TooLarge { unit, limit, actual } => Public::new(
            Code::InvalidArgument,
            ErrorReason::EventTooLarge,
            "the request is larger than the log takes",
        )
        .with("unit", unit)
        .with("limit", limit)
        .with("actual", actual),
        AppendError::TimePassed { last } => Public::new(
            Code::FailedPrecondition,
            ErrorReason::LogTimePassed,
            "the log has recorded something later already; history goes into a log in the order of time, and before \
             anything else",
        )
        .with("lastRecordedAt", last),
        AppendError::TimeFixed => {
            Public::new(Code::FailedPrecondition, ErrorReason::LogTimeFixed, error.to_string())
        }
        AppendError::StorageFull => storage_full(),
        AppendError::ReadOnly { cause } | AppendError::Unavailable { cause } => {
            store_unavailable().because(cause)
        }
        AppendError::OutcomeUnknown { cause } => Public::new(
            Code::Unavailable,
            ErrorReason::OutcomeUnknown,
            "whether the request was applied is unknown; send it again with the same request_id",
        )
        .because(cause),
        AppendError::Closed => shutting_down(),
    }
}

fn read(error: ReadError) -> Public {
    match error {
        ReadError::Corrupt { position, cause } => corrupt(position.0, cause),
        ReadError::Unavailable { cause } => store_unavailable().because(cause),
        ReadError::Closed => shutting_down(),
    }
}

fn vault(error: VaultError) -> Public {
    match error {
        VaultError::SubjectErased { .. } => Public::new(
            Code::FailedPrecondition,
            ErrorReason::SubjectErased,
            "the contact is erased, and takes no personal data; register a new one",
        ),
        VaultError::StorageFull => storage_full(),
        VaultError::TooLarge { field, limit } => Public::new(
            Code::InvalidArgument,
            ErrorReason::EventTooLarge,
            "a personal field is longer than the vault seals",
        )
        .with("field", field)
        .with("limit", limit),
        VaultError::Closed => shutting_down(),
        VaultError::KeyMissing { .. }
        | VaultError::ForeignEnvelope { .. }
        | VaultError::Tampered { .. }
        | VaultError::UnknownForm { .. }
        | VaultError::Unreadable { .. }
        | VaultError::UnknownEpoch { .. }
        | VaultError::Damaged { .. } => Public::new(
            Code::DataLoss,
            ErrorReason::EventCorrupt,
            "sealed data cannot be opened; tell the operator",
        )
        .because(error),
        VaultError::Crypto | VaultError::ClockUnset => internal(error.to_string()),
        VaultError::NotScrubbed
        | VaultError::Unforced
        | VaultError::Epoch(_)
        | VaultError::Storage { .. } => store_unavailable().because(error),
    }
}

fn corrupt(position: u64, cause: String) -> Public {
    Public::new(Code::DataLoss, ErrorReason::EventCorrupt, "a stored event cannot be read; tell the operator")
        .with("position", position)
        .because(cause)
}

fn internal(cause: String) -> Public {
    Public::new(Code::Internal, ErrorReason::Internal, "internal error").because(cause)
}

fn overloaded(message: &str) -> Public {
    Public::new(Code::Unavailable, ErrorReason::Overloaded, message)
}

fn storage_full() -> Public {
    Public::new(
        Code::ResourceExhausted,
        ErrorReason::StorageFull,
        "no space is left for the log; nothing was written. Free some and send the request again",
    )
}

fn store_unavailable() -> Public {
    Public::new(
        Code::Unavailable,
        ErrorReason::StoreUnavailable,
        "the store cannot be used at the moment; send the same request again",
    )
}

fn shutting_down() -> Public {
    Public::new(
        Code::Unavailable,
        ErrorReason::ShuttingDown,
        "the server is shutting down; send the request to another one",
    )
}
