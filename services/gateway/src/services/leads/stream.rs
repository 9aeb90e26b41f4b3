//! Many captures over one stream, answered in the order they are sent.
//!
//! Several are taken in at a time; those of one address wait for each other. One that is refused does not hold up the others. A
//! failure that is no fault of the item ends the stream: the caller sends everything that has no answer again, and what was
//! taken in already is not taken in twice.

use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};
use rapport_proto::v1 as wire;
use tonic::{Status, Streaming};

use crate::error::Error;
use crate::parse::Circumstances;
use crate::services::Services;
use crate::services::streams::{Place, until_stopped};
use crate::status::{is_passing, refused, unread};

/// Captures that are under way at a time.
const CAPTURES_AT_A_TIME_MAX: usize = 64;

/// Answers to captures, as they are told.
pub(super) type Answers = BoxStream<'static, Result<wire::CaptureLeadsResponse, Status>>;

pub(super) fn capture(
    services: Services,
    circumstances: Circumstances,
    items: Streaming<wire::CaptureLeadRequest>,
) -> Answers {
    let stopping = services.stopping.clone();
    let answers = items.map_err(unread).enumerate().map(move |(index, item)| {
        let (services, circumstances) = (services.clone(), circumstances.clone());
        async move { answer(&services, &circumstances, index, item?).await }
    });
    until_stopped(answers.buffered(CAPTURES_AT_A_TIME_MAX), &stopping).boxed()
}

async fn answer(
    services: &Services,
    circumstances: &Circumstances,
    index: usize,
    item: wire::CaptureLeadRequest,
) -> Result<wire::CaptureLeadsResponse, Status> {
    use wire::capture_leads_response::Outcome;
    let Place { index, request_id } =
        Place::of(u64::try_from(index).unwrap_or(u64::MAX), item.header.as_ref());
    let outcome = match services.captured(circumstances, &item).await {
        Ok(captured) => Outcome::Captured(captured),
        Err(Error::Command(failure)) if is_passing(&failure) => return Err(Error::from(failure).into()),
        // Whether somebody is known could not be looked up; that is no fault of theirs.
        Err(error @ Error::Query(_)) => return Err(error.into()),
        Err(error) => Outcome::Refused(refused(error)),
    };
    Ok(wire::CaptureLeadsResponse { index, request_id, outcome: Some(outcome) })
}
