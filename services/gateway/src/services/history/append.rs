//! Facts of other services, from the wire and back.

use rapport_application::EVENTS_PER_APPEND_MAX;
use rapport_application::clock::lies_ahead;
use rapport_application::journal::{Entered, Fact, FactData, FactType, Facts};
use rapport_domain::envelope::{EventId, ExpectedRevision, Revision, StreamId};
use rapport_domain::value::{Instant, Invalid, Reference};
use rapport_proto::v1 as wire;

use crate::error::Error;
use crate::parse::{Circumstances, Fields, event_id, instant, time_in_future};
use crate::wire::receipt;

/// Reads a request.
pub(super) fn parse(
    circumstances: &Circumstances,
    now: Instant,
    message: wire::AppendEventsRequest,
) -> Result<Facts, Error> {
    let header = message.header.unwrap_or_default();
    let mut fields = Fields::new();
    let request_id = request_id(&mut fields, &header, &message.events);
    let occurred_at = fields.check("header.occurred_at", occurred(header.occurred_at, now));
    let source = fields.optional("header.source", &header.source, Reference::parse);
    let stream = fields.required("stream", &message.stream, |text| {
        StreamId::parse(text).map_err(|error| Invalid::new("STREAM_MALFORMED", error.to_string()))
    });
    let expected = expected(&mut fields, header.expected_revision, message.expected_stream);
    if header.record_at_occurred {
        let expected = "expected false: facts of other services are recorded when they come";
        fields.refuse("header.record_at_occurred", Invalid::new("NOT_FOR_FACTS", expected));
    }
    let facts = facts(&mut fields, stream.as_ref(), now, message.events);
    let correlation_id = fields.optional("correlation_id", &message.correlation_id, Reference::parse);
    let causation_id = fields.optional("causation_id", &message.causation_id, event_id);
    let (request_id, occurred_at, source, stream, expected, facts, correlation_id, causation_id) = fields
        .finish((request_id, occurred_at, source, stream, expected, facts, correlation_id, causation_id))?;
    Ok(Facts {
        stream,
        expected,
        facts,
        request_id,
        occurred_at,
        source,
        correlation_id: correlation_id.or_else(|| circumstances.correlation_id.clone()),
        causation_id,
        traceparent: circumstances.traceparent.clone(),
    })
}

/// The answer to a request.
pub(super) fn answer(entered: Entered) -> wire::AppendEventsResponse {
    wire::AppendEventsResponse { receipt: Some(receipt(entered.receipt)), repetition: entered.repetition }
}

/// The caller's, or where the events have ids of their own the first of them.
fn request_id(
    fields: &mut Fields,
    header: &wire::CommandHeader,
    events: &[wire::NewEvent],
) -> Option<Reference> {
    let own = events.first().map_or("", |event| event.event_id.as_str());
    let given = if header.request_id.is_empty() { own } else { &header.request_id };
    fields.required("header.request_id", given, Reference::parse)
}

fn expected(fields: &mut Fields, revision: Option<u64>, stream: i32) -> Option<ExpectedRevision> {
    let unspecified =
        revision.map_or(ExpectedRevision::Any, |revision| ExpectedRevision::Exact(Revision(revision)));
    match (wire::ExpectedStream::try_from(stream), revision) {
        (Ok(wire::ExpectedStream::Unspecified), _) => Some(unspecified),
        (Ok(wire::ExpectedStream::Absent), None) => Some(ExpectedRevision::NoStream),
        (Ok(wire::ExpectedStream::Present), None) => Some(ExpectedRevision::StreamExists),
        (Ok(wire::ExpectedStream::Absent | wire::ExpectedStream::Present), Some(_)) => {
            let expected = "expected nothing beside header.expected_revision";
            fields.refuse("expected_stream", Invalid::new("EXPECTED_TWICE", expected));
            None
        }
        (Err(_), _) => fields.unknown("expected_stream"),
    }
}

fn facts(
    fields: &mut Fields,
    stream: Option<&StreamId>,
    now: Instant,
    events: Vec<wire::NewEvent>,
) -> Option<Vec<Fact>> {
    if events.is_empty() {
        return fields.missing("events");
    }
    if events.len() > EVENTS_PER_APPEND_MAX {
        let expected = format!("expected at most {EVENTS_PER_APPEND_MAX} events");
        fields.refuse("events", Invalid::new("TOO_MANY", expected));
        return None;
    }
    let have_ids = events.first().is_some_and(|event| !event.event_id.is_empty());
    let category = stream.map(StreamId::category);
    let mut facts = Some(Vec::with_capacity(events.len()));
    for (index, event) in events.into_iter().enumerate() {
        let fact = fact(fields, index, event, have_ids, category, now);
        facts = facts.zip(fact).map(|(mut facts, fact)| {
            facts.push(fact);
            facts
        });
    }
    facts
}

fn fact(
    fields: &mut Fields,
    index: usize,
    event: wire::NewEvent,
    have_ids: bool,
    category: Option<&str>,
    now: Instant,
) -> Option<Fact> {
    let wire::NewEvent { event_type, data, event_id, occurred_at } = event;
    let fact_type = at(fields, index, "event_type", fact_type(event_type, category));
    let data = at(fields, index, "data", FactData::parse(data));
    let id = at(fields, index, "event_id", own_id(&event_id, have_ids));
    let occurred_at = at(fields, index, "occurred_at", occurred(occurred_at, now));
    Some(Fact { id: id?, fact_type: fact_type?, data: data?, occurred_at: occurred_at? })
}

/// Keeps a value of an event. The path of the field is written only where it broke a rule: there may be a thousand.
fn at<T>(fields: &mut Fields, index: usize, field: &str, parsed: Result<T, Invalid>) -> Option<T> {
    parsed.map_err(|invalid| fields.refuse(&format!("events[{index}].{field}"), invalid)).ok()
}

fn fact_type(text: String, category: Option<&str>) -> Result<FactType, Invalid> {
    let fact_type = FactType::parse(text)?;
    if category.is_none_or(|category| fact_type.is_of(category)) {
        Ok(fact_type)
    } else {
        Err(Invalid::new("EVENT_TYPE_FOREIGN", "expected a type that begins with the category of the stream"))
    }
}

fn own_id(text: &str, have_ids: bool) -> Result<Option<EventId>, Invalid> {
    match (text.is_empty(), have_ids) {
        (true, false) => Ok(None),
        (false, true) => event_id(text).map(Some),
        (true, true) | (false, false) => {
            Err(Invalid::new("EVENT_ID_MIXED", "expected an id on every event of the request, or on none"))
        }
    }
}

fn occurred(time: Option<prost_types::Timestamp>, now: Instant) -> Result<Option<Instant>, Invalid> {
    let Some(time) = time else { return Ok(None) };
    let at = instant(time)?;
    if lies_ahead(at, now) { Err(time_in_future()) } else { Ok(Some(at)) }
}
