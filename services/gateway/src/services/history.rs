//! `HistoryService`.

mod append;
mod bulk;
mod export;

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use rapport_application::{HistoryFilter, HistoryQuery, Reveal};
use rapport_domain::envelope::{Position, Recorded, StreamId};
use rapport_domain::id::ContactId;
use rapport_domain::value::{Instant, Invalid};
use rapport_proto::v1 as wire;
use rapport_proto::v1::history_service_server::HistoryService;
use rapport_proto::v1::read_history_request::{From, To};
use tonic::{Request, Response, Status, Streaming};

use super::Services;
use super::streams::until_stopped;
use crate::access::admitted;
use crate::caller::circumstances;
use crate::error::Error;
use crate::parse::Fields;
use crate::wire::timestamp;

/// Most entries of one filter.
const FILTER_ENTRIES_MAX: usize = 100;
/// Longest entry of a filter, in bytes.
const FILTER_BYTES_MAX: usize = 200;

/// Where a reading begins or ends, as the caller says it.
#[derive(Debug, Clone, Copy)]
enum Bound {
    At(Position),
    Time(Instant),
}

/// A request as it was read; times are not positions yet.
struct Parsed {
    from: Option<Bound>,
    to: Option<Bound>,
    filter: HistoryFilter,
}

#[tonic::async_trait]
impl HistoryService for Services {
    type ReadHistoryStream = BoxStream<'static, Result<wire::HistoryEvent, Status>>;
    type ExportStream = export::Export;
    type BulkAppendEventsStream = BoxStream<'static, Result<wire::BulkAppendEventsResponse, Status>>;

    async fn read_history(
        &self,
        request: Request<wire::ReadHistoryRequest>,
    ) -> Result<Response<Self::ReadHistoryStream>, Status> {
        let admitted = admitted(&request)?;
        let message = request.into_inner();
        let Parsed { from, to, filter } = parse(&message)?;
        let query = HistoryQuery {
            from: self.first_position(from).await?,
            to: self.last_position(to).await?,
            follow: message.follow,
            filter,
            reveal: message.open_personal.then_some(Reveal::Clear),
        };
        let look = Arc::new(self.record.look(&admitted).await);
        if let Some(reveal) = query.reveal {
            self.record.may_have(&admitted, &look, reveal).await.map_err(Error::from)?;
        }
        let events = self.application.history(&look, query).map_err(Error::from)?;
        let events =
            events.map(|event| event.map(history_event).map_err(|failure| Error::from(failure).into()));
        let events = if message.open_personal {
            self.record.disclosed(admitted, look, events).boxed()
        } else {
            events.boxed()
        };
        let events =
            if message.follow { until_stopped(events, &self.stopping).boxed() } else { events.boxed() };
        Ok(Response::new(events))
    }

    async fn export(
        &self,
        request: Request<wire::ExportRequest>,
    ) -> Result<Response<Self::ExportStream>, Status> {
        let admitted = admitted(&request)?;
        Ok(Response::new(self.answer_export(admitted, request.into_inner()).await?))
    }

    async fn get_head(
        &self,
        _request: Request<wire::GetHeadRequest>,
    ) -> Result<Response<wire::GetHeadResponse>, Status> {
        let head = self.application.head().await.map_err(Error::from)?;
        Ok(Response::new(wire::GetHeadResponse { position: head.0 }))
    }

    async fn append_events(
        &self,
        request: Request<wire::AppendEventsRequest>,
    ) -> Result<Response<wire::AppendEventsResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let journal = self.application.journal(circumstances.actor.clone()).map_err(Error::from)?;
        let facts = append::parse(&circumstances, self.application.now(), request.into_inner())?;
        let entered = journal.append(facts).await.map_err(Error::from)?;
        Ok(Response::new(append::answer(entered)))
    }

    async fn bulk_append_events(
        &self,
        request: Request<Streaming<wire::AppendEventsRequest>>,
    ) -> Result<Response<Self::BulkAppendEventsStream>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let journal = self.application.journal(circumstances.actor.clone()).map_err(Error::from)?;
        let bulk = bulk::Bulk { application: Arc::clone(&self.application), journal, circumstances };
        let answers = until_stopped(bulk.append(request.into_inner()), &self.stopping);
        Ok(Response::new(answers.boxed()))
    }
}

impl Services {
    async fn first_position(&self, from: Option<Bound>) -> Result<Position, Error> {
        match from {
            None => Ok(Position::START.next()),
            Some(Bound::At(position)) => Ok(position),
            // The first event at or after the time is the one after the last event before it.
            Some(Bound::Time(time)) => {
                let before = Instant::from_micros(time.micros().saturating_sub(1)).unwrap_or(Instant::MIN);
                Ok(self.application.position_at(before).await?.next())
            }
        }
    }

    async fn last_position(&self, to: Option<Bound>) -> Result<Option<Position>, Error> {
        match to {
            None => Ok(None),
            Some(Bound::At(position)) => Ok(Some(position)),
            Some(Bound::Time(time)) => Ok(Some(self.application.position_at(time).await?)),
        }
    }
}

fn parse(message: &wire::ReadHistoryRequest) -> Result<Parsed, Error> {
    let mut fields = Fields::new();
    let from = match &message.from {
        None => Some(None),
        Some(From::FromPosition(position)) => Some(Some(Bound::At(Position(*position)))),
        Some(From::FromTime(time)) => {
            fields.instant("from_time", Some(*time)).map(|time| time.map(Bound::Time))
        }
    };
    let to = match &message.to {
        None => Some(None),
        Some(To::ToPosition(position)) => Some(Some(Bound::At(Position(*position)))),
        Some(To::ToTime(time)) => fields.instant("to_time", Some(*time)).map(|time| time.map(Bound::Time)),
    };
    let categories = entries(&mut fields, "categories", &message.categories, plain);
    let type_prefixes = entries(&mut fields, "type_prefixes", &message.type_prefixes, plain);
    let streams = entries(&mut fields, "streams", &message.streams, stream);
    let contact = fields.optional("contact_id", &message.contact_id, ContactId::parse);
    let (from, to, categories, type_prefixes, streams, contact) =
        fields.finish((from, to, categories, type_prefixes, streams, contact))?;
    let mut filter = HistoryFilter { contact, ..HistoryFilter::default() };
    filter.events.categories = categories;
    filter.events.type_prefixes = type_prefixes;
    filter.events.streams = streams;
    Ok(Parsed { from, to, filter })
}

fn entries<T: Ord>(
    fields: &mut Fields,
    field: &str,
    given: &[String],
    parse: fn(&str) -> Result<T, Invalid>,
) -> Option<BTreeSet<T>> {
    if given.len() > FILTER_ENTRIES_MAX {
        fields.refuse(
            field,
            Invalid::new("TOO_MANY", format!("expected at most {FILTER_ENTRIES_MAX} entries")),
        );
        return None;
    }
    let parsed: Vec<Option<T>> = given
        .iter()
        .enumerate()
        .map(|(index, text)| fields.required(&format!("{field}[{index}]"), text, parse))
        .collect();
    parsed.into_iter().collect()
}

fn plain(text: &str) -> Result<String, Invalid> {
    if text.len() <= FILTER_BYTES_MAX {
        Ok(text.to_owned())
    } else {
        Err(Invalid::new("TEXT_MALFORMED", format!("expected at most {FILTER_BYTES_MAX} bytes")))
    }
}

fn stream(text: &str) -> Result<StreamId, Invalid> {
    StreamId::parse(text).map_err(|error| Invalid::new("STREAM_MALFORMED", error.to_string()))
}

/// An event as it is handed out.
pub(super) fn history_event(recorded: Recorded) -> wire::HistoryEvent {
    wire::HistoryEvent {
        position: recorded.position.0,
        stream: recorded.stream.to_string(),
        revision: recorded.revision.0,
        event_id: recorded.id.to_string(),
        event_type: recorded.event_type,
        recorded_at: Some(timestamp(recorded.recorded_at)),
        metadata: recorded.metadata,
        data: recorded.data,
    }
}
