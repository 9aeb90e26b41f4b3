//! From refusals to gRPC, once: the only place of this crate that names `tonic::Code`.
//!
//! Codes and the metadata `exception` are those that KurrentDB sends, because clients decide by them.

use prost_types::Any;
use rapport_domain::envelope::{ExpectedRevision, Revision};
use rapport_event_store::{APPEND_BYTES_MAX, AppendError, EVENT_BYTES_MAX, EVENTS_PER_APPEND_MAX, ReadError};
use rapport_proto::kurrent as wire;
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code, Status};

use crate::refusal::Refusal;

/// Metadata that names the kind of failure.
const EXCEPTION: &str = "exception";

/// A refusal as it is told: code, text, and the metadata of KurrentDB.
struct Told {
    code: Code,
    message: String,
    metadata: Vec<(&'static str, String)>,
    /// For the log only.
    cause: Option<String>,
}

impl Told {
    fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), metadata: Vec::new(), cause: None }
    }

    fn exception(self, name: &str) -> Self {
        self.with(EXCEPTION, name)
    }

    fn with(mut self, key: &'static str, value: impl ToString) -> Self {
        self.metadata.push((key, value.to_string()));
        self
    }

    fn because(mut self, cause: String) -> Self {
        self.cause = Some(cause);
        self
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        let told = told(refusal);
        if let Some(cause) = &told.cause {
            tracing::error!(code = ?told.code, %cause, "a call over the KurrentDB protocol failed");
        }
        let mut metadata = MetadataMap::new();
        for (key, value) in told.metadata {
            if let Ok(value) = MetadataValue::try_from(value) {
                metadata.insert(key, value);
            }
        }
        Self::with_metadata(told.code, told.message, metadata)
    }
}

/// What broke off while messages came in. A message that is too large is the append that is too large.
pub(crate) fn broken(status: Status) -> Refusal {
    match status.code() {
        Code::OutOfRange | Code::ResourceExhausted => Refusal::AppendTooLarge,
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
        | Code::Unimplemented
        | Code::Internal
        | Code::Unavailable
        | Code::DataLoss
        | Code::Unauthenticated => Refusal::Broken(status),
    }
}

/// A refusal as the answer to one append of a batch. Clients decide by the detail, not by the code.
pub(crate) fn batch_error(refusal: Refusal) -> tonic_types::Status {
    let known = detail(&refusal);
    let status = Status::from(refusal);
    let message = status.message().to_owned();
    let detail =
        known.unwrap_or_else(|| packed("BadRequest", &wire::BadRequest { message: message.clone() }));
    tonic_types::Status { code: status.code().into(), message, details: vec![detail] }
}

/// What the protocol has a detail for.
fn detail(refusal: &Refusal) -> Option<Any> {
    match refusal {
        Refusal::Append(AppendError::WrongRevision { expected, actual, .. }) => {
            Some(packed("WrongExpectedVersion", &wrong_expected_version(*expected, *actual)))
        }
        Refusal::SystemName => Some(packed("AccessDenied", &wire::AccessDenied {})),
        Refusal::TimedOut => Some(packed("Timeout", &wire::Timeout {})),
        Refusal::Append(
            AppendError::OutcomeUnknown { .. }
            | AppendError::TimePassed { .. }
            | AppendError::TimeFixed
            | AppendError::StorageFull
            | AppendError::ReadOnly { .. }
            | AppendError::Unavailable { .. }
            | AppendError::Closed,
        )
        | Refusal::Busy
        | Refusal::Stopping => Some(packed("Unknown", &wire::Unknown {})),
        Refusal::AppendTooLarge
        | Refusal::EventTooLarge { .. }
        | Refusal::Append(AppendError::TooLarge { .. }) => {
            let limit = u32::try_from(APPEND_BYTES_MAX).unwrap_or(u32::MAX);
            Some(packed(
                "MaximumAppendSizeExceeded",
                &wire::MaximumAppendSizeExceeded { max_append_size: limit },
            ))
        }
        Refusal::Append(AppendError::IdReused { .. })
        | Refusal::Malformed(_)
        | Refusal::PropertyMissing(_)
        | Refusal::TooManyEvents
        | Refusal::PositionInvalid
        | Refusal::PositionBeyondEnd { .. }
        | Refusal::TooManySubscriptions
        | Refusal::AppendOnly
        | Refusal::Read(_)
        | Refusal::Broken(_) => None,
    }
}

fn packed(name: &str, message: &impl prost::Message) -> Any {
    Any { type_url: format!("type.googleapis.com/event_store.client.{name}"), value: message.encode_to_vec() }
}

fn wrong_expected_version(
    expected: ExpectedRevision,
    actual: Option<Revision>,
) -> wire::WrongExpectedVersion {
    use wire::wrong_expected_version::{CurrentStreamRevisionOption, ExpectedStreamPositionOption};
    let current = match actual {
        Some(Revision(revision)) => CurrentStreamRevisionOption::CurrentStreamRevision(revision),
        None => CurrentStreamRevisionOption::CurrentNoStream(()),
    };
    let expected = match expected {
        ExpectedRevision::Any => ExpectedStreamPositionOption::ExpectedAny(()),
        ExpectedRevision::NoStream => ExpectedStreamPositionOption::ExpectedNoStream(()),
        ExpectedRevision::StreamExists => ExpectedStreamPositionOption::ExpectedStreamExists(()),
        ExpectedRevision::Exact(Revision(revision)) => {
            ExpectedStreamPositionOption::ExpectedStreamPosition(revision)
        }
    };
    wire::WrongExpectedVersion {
        current_stream_revision_option: Some(current),
        expected_stream_position_option: Some(expected),
    }
}

fn told(refusal: Refusal) -> Told {
    match refusal {
        Refusal::Malformed(what) => Told::new(Code::InvalidArgument, what),
        Refusal::PropertyMissing(_) => Told::new(Code::InvalidArgument, refusal.to_string())
            .exception("missing-required-metadata-property")
            .with("required-metadata-properties", "type,content-type"),
        Refusal::SystemName => {
            Told::new(Code::PermissionDenied, refusal.to_string()).exception("access-denied")
        }
        Refusal::PositionInvalid | Refusal::PositionBeyondEnd { .. } => {
            Told::new(Code::InvalidArgument, refusal.to_string())
        }
        Refusal::EventTooLarge { id, bytes } => Told::new(
            Code::InvalidArgument,
            format!("the event {id} has {bytes} bytes, at most {EVENT_BYTES_MAX} are taken"),
        )
        .exception("maximum-append-event-size-exceeded")
        .with("maximum-append-event-size", EVENT_BYTES_MAX)
        .with("event-id", id)
        .with("proposed-append-event-size", bytes),
        Refusal::AppendTooLarge => append_too_large(),
        Refusal::TooManyEvents => Told::new(
            Code::InvalidArgument,
            format!("an append takes at most {EVENTS_PER_APPEND_MAX} events"),
        ),
        Refusal::Busy => Told::new(
            Code::Unavailable,
            "too much is being appended at once; nothing was written, send it again",
        ),
        Refusal::TooManySubscriptions => {
            Told::new(Code::ResourceExhausted, "there are as many subscriptions as there may be; end one")
        }
        Refusal::TimedOut => Told::new(
            Code::Aborted,
            "Operation timed out: the events may have been written; send them again with the same ids",
        ),
        Refusal::AppendOnly => Told::new(
            Code::FailedPrecondition,
            "the log is appended to, never changed: streams can be neither deleted nor truncated",
        ),
        Refusal::Stopping => stopping(),
        Refusal::Append(error) => append(error),
        Refusal::Read(error) => read(error),
        Refusal::Broken(status) => Told::new(status.code(), status.message()),
    }
}

fn append(error: AppendError) -> Told {
    match error {
        AppendError::WrongRevision { .. } => {
            Told::new(Code::AlreadyExists, "WrongExpectedVersion").exception("wrong-expected-version")
        }
        AppendError::IdReused { .. } => Told::new(Code::AlreadyExists, error.to_string()),
        AppendError::TooLarge { .. } => append_too_large(),
        // This protocol names no time, so that none is refused.
        AppendError::TimePassed { .. } | AppendError::TimeFixed => {
            Told::new(Code::FailedPrecondition, error.to_string())
        }
        AppendError::StorageFull => Told::new(Code::ResourceExhausted, error.to_string()),
        AppendError::ReadOnly { cause } | AppendError::Unavailable { cause } => unavailable().because(cause),
        AppendError::OutcomeUnknown { cause } => Told::new(
            Code::Unknown,
            "whether the events were written is unknown; send them again with the same ids",
        )
        .because(cause),
        AppendError::Closed => stopping(),
    }
}

fn read(error: ReadError) -> Told {
    match error {
        ReadError::Corrupt { position, cause } => Told::new(
            Code::DataLoss,
            format!("the event at position {position} cannot be read; tell the operator"),
        )
        .because(cause),
        ReadError::Unavailable { cause } => unavailable().because(cause),
        ReadError::Closed => stopping(),
    }
}

fn append_too_large() -> Told {
    Told::new(Code::InvalidArgument, format!("Maximum Append Size of {APPEND_BYTES_MAX} Exceeded."))
        .exception("maximum-append-size-exceeded")
        .with("maximum-append-size", APPEND_BYTES_MAX)
}

fn unavailable() -> Told {
    Told::new(Code::Unavailable, "the log cannot be used at the moment; send the same request again")
}

fn stopping() -> Told {
    Told::new(Code::Unavailable, "the server is shutting down")
}
