//! What a gateway says when it says no: a call that failed, or an item of a stream that was refused.

use std::fmt::Write as _;

use rapport_proto::v1::ItemRefused;
use tonic_types::{ErrorDetails, StatusExt as _};

use super::advice;

/// What kind of no it is. It decides on the exit code, and on whether an import goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// There is no such thing.
    NotFound,
    /// Malformed, not allowed, or against a rule. The same again is refused again.
    Refused,
    /// Not now.
    Unavailable,
    /// A fault of the server.
    Failed,
}

/// A field that broke a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Path of the field in the request: `header.occurred_at`.
    pub path: String,
    /// For people.
    pub description: String,
    /// `UPPER_SNAKE`.
    pub reason: String,
}

/// A no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// Number of the gRPC status code.
    pub code: u32,
    /// `UPPER_SNAKE`, see `errors.proto`. Empty when the answer did not come from a gateway.
    pub reason: String,
    /// For people.
    pub message: String,
    /// The fields that broke a rule.
    pub fields: Vec<Field>,
}

/// Numbers of the status codes, as in the gRPC specification ("Status codes and their use in gRPC").
mod code {
    pub(super) const CANCELLED: u32 = 1;
    pub(super) const UNKNOWN: u32 = 2;
    pub(super) const INVALID_ARGUMENT: u32 = 3;
    pub(super) const DEADLINE_EXCEEDED: u32 = 4;
    pub(super) const NOT_FOUND: u32 = 5;
    pub(super) const ALREADY_EXISTS: u32 = 6;
    pub(super) const PERMISSION_DENIED: u32 = 7;
    pub(super) const RESOURCE_EXHAUSTED: u32 = 8;
    pub(super) const FAILED_PRECONDITION: u32 = 9;
    pub(super) const ABORTED: u32 = 10;
    pub(super) const OUT_OF_RANGE: u32 = 11;
    pub(super) const INTERNAL: u32 = 13;
    pub(super) const UNAVAILABLE: u32 = 14;
    pub(super) const UNAUTHENTICATED: u32 = 16;
}

impl Refusal {
    /// What kind of no it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self.code {
            code::NOT_FOUND => Kind::NotFound,
            code::INVALID_ARGUMENT
            | code::ALREADY_EXISTS
            | code::PERMISSION_DENIED
            | code::FAILED_PRECONDITION
            | code::ABORTED
            | code::OUT_OF_RANGE
            | code::UNAUTHENTICATED => Kind::Refused,
            // Cancelled is what this client's own deadline says.
            code::CANCELLED | code::DEADLINE_EXCEEDED | code::RESOURCE_EXHAUSTED | code::UNAVAILABLE => {
                Kind::Unavailable
            }
            _ => Kind::Failed,
        }
    }

    /// Whether the same request, with the same id, may succeed in a moment.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self.code {
            code::ABORTED => self.reason != "REVISION_MISMATCH",
            code::CANCELLED | code::DEADLINE_EXCEEDED | code::UNAVAILABLE => {
                self.reason != "PROJECTION_PARKED"
            }
            _ => false,
        }
    }

    /// Whether other requests of the same caller would be refused too: nothing is gained by going on.
    #[must_use]
    pub fn concerns_all(&self) -> bool {
        matches!(self.kind(), Kind::Unavailable)
            || matches!(self.code, code::PERMISSION_DENIED | code::UNAUTHENTICATED)
            || matches!(self.reason.as_str(), "LOG_TIME_PASSED" | "LOG_TIME_FIXED")
    }

    /// Reason, fields and advice, in lines.
    #[must_use]
    pub fn details(&self) -> String {
        let mut text = String::new();
        if !self.reason.is_empty() {
            let _ = writeln!(text, "  reason: {}", self.reason);
        }
        for field in &self.fields {
            let _ = writeln!(text, "  field {}: {} ({})", field.path, field.description, field.reason);
        }
        let advice = if self.reason.is_empty() && self.code == code::UNAVAILABLE {
            Some(advice::BROKE_OFF)
        } else {
            advice::of(&self.reason, self.kind())
        };
        if let Some(advice) = advice {
            let _ = writeln!(text, "  what to do: {advice}");
        }
        text
    }
}

impl From<&tonic::Status> for Refusal {
    fn from(status: &tonic::Status) -> Self {
        let details = status.get_error_details();
        let fields = details.bad_request().map(|bad| bad.field_violations.as_slice()).unwrap_or_default();
        Self {
            code: if broke_off(status, &details) {
                code::UNAVAILABLE
            } else {
                u32::try_from(i32::from(status.code())).unwrap_or_default()
            },
            reason: details.error_info().map(|info| info.reason.clone()).unwrap_or_default(),
            message: status.message().to_owned(),
            fields: fields
                .iter()
                .map(|violation| Field {
                    path: violation.field.clone(),
                    description: violation.description.clone(),
                    reason: violation.reason.clone(),
                })
                .collect(),
        }
    }
}

/// Whether it is the connection that failed and not the gateway that said no: the cause is on this side, and no
/// reason came with it. HTTP/2 calls it by several codes.
fn broke_off(status: &tonic::Status, details: &ErrorDetails) -> bool {
    let code = u32::try_from(i32::from(status.code())).unwrap_or_default();
    let by_transport = std::error::Error::source(status).is_some() && details.error_info().is_none();
    by_transport && matches!(code, code::UNKNOWN | code::INTERNAL)
}

impl From<ItemRefused> for Refusal {
    fn from(item: ItemRefused) -> Self {
        let fields = item.fields.into_iter();
        Self {
            code: item.code,
            reason: item.reason,
            message: item.message,
            fields: fields
                .map(|field| Field {
                    path: field.field,
                    description: field.description,
                    reason: field.reason,
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Exit, Failure};

    #[test]
    fn every_detail_of_a_status_is_printed() {
        let mut details = ErrorDetails::with_error_info("REQUEST_INVALID", "rapport", []);
        details.add_bad_request_violation("contact_id", "expected an id");
        let status = tonic::Status::with_error_details(3.into(), "the request is malformed", details);
        let failure = Failure::from(status);
        assert_eq!(failure.exit(), Exit::Refused);
        assert_eq!(
            failure.report(),
            "error: the request is malformed\n  reason: REQUEST_INVALID\n  field contact_id: expected an id ()\n  \
             what to do: correct the fields named above and send it again\n"
        );
    }

    #[test]
    fn the_exit_code_follows_from_the_status_code() {
        let exit = |code: i32| Failure::from(tonic::Status::new(code.into(), "")).exit();
        let exits: Vec<u8> = (1..=16).map(|code| exit(code) as u8).collect();
        assert_eq!(exits, [5, 1, 4, 5, 3, 4, 4, 5, 4, 4, 4, 1, 1, 5, 1, 4]);
    }

    #[test]
    fn a_connection_that_breaks_off_is_tried_again_and_a_fault_of_the_server_is_not() {
        let mut broken = tonic::Status::internal("h2 protocol error");
        broken.set_source(std::sync::Arc::new(std::io::Error::other("connection reset")));
        assert!(Refusal::from(&broken).is_transient());
        assert!(!Refusal::from(&tonic::Status::internal("internal error")).is_transient());
    }

    #[test]
    fn a_stale_revision_is_not_sent_again_and_a_race_is() {
        let refusal = |code, reason: &str| Refusal {
            code,
            reason: reason.to_owned(),
            message: String::new(),
            fields: Vec::new(),
        };
        assert!(!refusal(10, "REVISION_MISMATCH").is_transient());
        assert!(refusal(10, "CONCURRENT_UPDATE").is_transient());
        assert!(refusal(14, "OUTCOME_UNKNOWN").is_transient());
        assert!(!refusal(9, "OPPORTUNITY_CLOSED").is_transient());
        assert!(refusal(8, "STORAGE_FULL").concerns_all());
        assert!(!refusal(9, "OPPORTUNITY_CLOSED").concerns_all());
    }
}
