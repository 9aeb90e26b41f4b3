//! Many appends over one stream, in the order they are sent.
//!
//! Each is handed to the store as it comes, without waiting for those before it, so that everything that has come in
//! shares a commit. Answers are awaited in the same order. A caller that does not take its answers is not read from.

use std::sync::Arc;

use futures::{Stream, StreamExt as _, TryStreamExt as _};
use rapport_application::journal::Pending;
use rapport_application::{Application, Journal};
use rapport_proto::v1 as wire;
use rapport_proto::v1::bulk_append_events_response::Outcome;
use tonic::{Status, Streaming};

use super::append;
use crate::error::Error;
use crate::parse::Circumstances;
use crate::services::streams::Place;
use crate::status::{is_passing, refused, unread};

/// Appends of one stream that are under way; then no further one is taken. The store bounds their bytes.
const APPENDS_UNDER_WAY_MAX: usize = 1_024;

/// What the appends of one stream stand on.
pub(super) struct Bulk {
    pub(super) application: Arc<Application>,
    pub(super) journal: Journal,
    pub(super) circumstances: Circumstances,
}

/// A request on its way to an answer.
enum Handed {
    /// It could not be read, and nothing after it can be.
    Broken(Status),
    /// It was refused before the log was asked.
    Refused(Place, Error),
    /// It has its place.
    Pending(Place, Pending),
}

impl Bulk {
    /// The answers to requests. The first failure that is no fault of a request is the last answer.
    pub(super) fn append(
        self,
        requests: Streaming<wire::AppendEventsRequest>,
    ) -> impl Stream<Item = Result<wire::BulkAppendEventsResponse, Status>> + use<> {
        let bulk = Arc::new(self);
        let indexed = futures::stream::iter(0_u64..).zip(requests.map_err(unread));
        let handed = indexed.then(move |(index, request)| {
            let bulk = Arc::clone(&bulk);
            async move { bulk.hand_over(index, request).await }
        });
        handed.map(Handed::answer).buffered(APPENDS_UNDER_WAY_MAX)
    }

    async fn hand_over(&self, index: u64, request: Result<wire::AppendEventsRequest, Status>) -> Handed {
        let message = match request {
            Ok(message) => message,
            Err(status) => return Handed::Broken(status),
        };
        let place = Place::of(index, message.header.as_ref());
        match append::parse(&self.circumstances, self.application.now(), message) {
            Err(error) => Handed::Refused(place, error),
            Ok(facts) => match self.journal.submit(facts).await {
                Ok(pending) => Handed::Pending(place, pending),
                Err(failure) => Handed::Refused(place, failure.into()),
            },
        }
    }
}

impl Handed {
    async fn answer(self) -> Result<wire::BulkAppendEventsResponse, Status> {
        let (place, outcome) = match self {
            Self::Broken(status) => return Err(status),
            Self::Refused(place, error) => (place, Err(error)),
            Self::Pending(place, pending) => match pending.await {
                Err(failure) if is_passing(&failure) => return Err(Error::from(failure).into()),
                entered => (place, entered.map_err(Error::from)),
            },
        };
        let outcome = match outcome {
            Ok(entered) => Outcome::Appended(append::answer(entered)),
            Err(error) => Outcome::Refused(refused(error)),
        };
        let Place { index, request_id } = place;
        Ok(wire::BulkAppendEventsResponse { index, request_id, outcome: Some(outcome) })
    }
}
