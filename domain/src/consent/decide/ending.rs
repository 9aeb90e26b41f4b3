//! How a consent ends when its subject does not take it back.

use crate::consent::event::{Event, Expired, Revoked};
use crate::consent::parts::Topic;
use crate::consent::rejection::Rejection;
use crate::consent::state::Status;
use crate::context::Context;
use crate::value::Label;

use super::in_force;

pub(super) fn expired(
    status: Option<&Status>,
    topic: &Topic,
    context: &Context,
) -> Result<Option<Event>, Rejection> {
    match status {
        Some(Status::Given { consent_id, valid_until: Some(valid_until) }) if *valid_until <= context.now => {
            Ok(Some(
                Expired { consent_id: *consent_id, topic: topic.clone(), valid_until: *valid_until }.into(),
            ))
        }
        Some(Status::Given { .. }) => Err(Rejection::NotExpired),
        Some(Status::Expired { .. }) => Ok(None),
        Some(
            Status::Requested { .. }
            | Status::Pending(_)
            | Status::Refused
            | Status::Withdrawn
            | Status::Revoked { .. }
            | Status::Invalidated { .. },
        )
        | None => Err(Rejection::NotRequested),
    }
}

pub(super) fn revoked(
    status: Option<&Status>,
    topic: &Topic,
    reason: &Label,
    context: &Context,
) -> Result<Option<Event>, Rejection> {
    match status {
        Some(Status::Given { consent_id, valid_until }) if in_force(*valid_until, context.now) => {
            Ok(Some(Revoked { consent_id: *consent_id, topic: topic.clone(), reason: reason.clone() }.into()))
        }
        Some(Status::Revoked { .. }) => Ok(None),
        Some(
            Status::Given { .. }
            | Status::Requested { .. }
            | Status::Pending(_)
            | Status::Refused
            | Status::Withdrawn
            | Status::Expired { .. }
            | Status::Invalidated { .. },
        )
        | None => Err(Rejection::NotGiven),
    }
}
