//! What read models refuse.

use rapport_projections::{ControlError, QueryError, Thing};
use rapport_proto::v1::ErrorReason;
use tonic::Code;

use super::{Public, overloaded, shutting_down, store_unavailable};

/// Why a read model has no answer.
pub(super) fn query(error: QueryError) -> Public {
    match error {
        QueryError::Behind { requested, current, .. } => Public::new(
            Code::Unavailable,
            ErrorReason::ProjectionBehind,
            "the read model has not reached min_position yet; ask again",
        )
        .with("requestedPosition", requested)
        .with("currentPosition", current),
        QueryError::Building { projection, requested, current, left } => {
            let left = left.map_or_else(String::new, |left| format!(", about {} seconds left", left.as_secs() + 1));
            let message = format!(
                "the read model {projection} is being built: position {current} of {requested}{left}; ask again"
            );
            Public::new(Code::Unavailable, ErrorReason::ProjectionBehind, message)
                .with("requestedPosition", requested)
                .with("currentPosition", current)
        }
        QueryError::Parked { projection, position } => Public::new(
            Code::Unavailable,
            ErrorReason::ProjectionParked,
            "the read model met an event that it cannot apply, and waits for an operator; see ListProjections",
        )
        .with("projection", projection)
        .with("parkedPosition", position),
        QueryError::NotReady { projection, requested } => Public::new(
            Code::Unavailable,
            ErrorReason::AsOfNotReady,
            "the read model of that moment is being put together; ask again",
        )
        .with("projection", projection)
        .with("requestedPosition", requested),
        QueryError::NotFound { what } => not_found(what),
        QueryError::PipelineAmbiguous => Public::new(
            Code::FailedPrecondition,
            ErrorReason::PipelineAmbiguous,
            "there are several pipelines; say which with pipeline_id, see ListPipelines",
        ),
        QueryError::PageToken => Public::new(
            Code::InvalidArgument,
            ErrorReason::PageTokenInvalid,
            "the page token is not one of this query; begin again with the first page",
        ),
        QueryError::TooLarge { what, limit } => Public::new(
            Code::FailedPrecondition,
            ErrorReason::ReportTooLarge,
            format!("a report has at most {limit} {}; ask for less", what.as_str()),
        )
        .with("limit", limit),
        QueryError::TreeTooSmall { requested, size } => Public::new(
            Code::FailedPrecondition,
            ErrorReason::TreeTooSmall,
            format!("{error}; see GetCheckpoint"),
        )
        .with("requestedSize", requested)
        .with("treeSize", size),
        QueryError::Busy { projection } => {
            overloaded("too many queries at once; ask again").with("projection", projection)
        }
        QueryError::Unavailable { cause } => store_unavailable().because(cause),
        QueryError::Closed { .. } => shutting_down(),
    }
}

/// Why a read model does not obey.
pub(super) fn control(error: ControlError) -> Public {
    match error {
        ControlError::ProjectionNotFound { .. } => {
            Public::new(Code::NotFound, ErrorReason::ProjectionNotFound, error.to_string())
        }
        ControlError::File(cause) => store_unavailable().because(cause),
        ControlError::Log { cause } | ControlError::NotScrubbed { cause, .. } => {
            store_unavailable().because(cause)
        }
        ControlError::NotParked { .. } => Public::new(
            Code::FailedPrecondition,
            ErrorReason::ProjectionNotParked,
            format!("{error}; see ListProjections"),
        ),
        ControlError::RebuildUnderWay { .. } => Public::new(
            Code::FailedPrecondition,
            ErrorReason::ProjectionRebuildUnderWay,
            format!("{error}; wait until it is done, or discard it first"),
        ),
        ControlError::CannotTakeOver { .. } => Public::new(
            Code::FailedPrecondition,
            ErrorReason::ProjectionNothingBuilt,
            format!("{error}; see ListProjections, and discard it or try again"),
        ),
        ControlError::NothingBuilt { .. } => {
            Public::new(Code::FailedPrecondition, ErrorReason::ProjectionNothingBuilt, error.to_string())
        }
        ControlError::Closed { .. } => shutting_down(),
    }
}

fn not_found(what: Thing) -> Public {
    let reason = match what {
        Thing::Contact => ErrorReason::ContactNotFound,
        Thing::Pipeline => ErrorReason::PipelineNotFound,
        Thing::Opportunity => ErrorReason::OpportunityNotFound,
        Thing::Subscription => ErrorReason::SubscriptionNotFound,
        Thing::Case => ErrorReason::CaseNotFound,
        Thing::Lead => ErrorReason::LeadNotFound,
        Thing::Task => ErrorReason::TaskNotFound,
        Thing::PriceBook => ErrorReason::PriceBookNotFound,
        Thing::Quote => ErrorReason::QuoteNotFound,
        Thing::Calendar => ErrorReason::CalendarNotFound,
        Thing::Event => ErrorReason::EventNotFound,
    };
    Public::new(Code::NotFound, reason, format!("there is no such {}", what.as_str()))
}
