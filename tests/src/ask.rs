//! Requests as a caller would write them, with what does not matter left out.

use rapport_proto::v1::{
    AppendEventsRequest, CommandHeader, ContactKind, InteractionChannel, InteractionDirection, Money,
    NewContactPoint, NewEvent, OpenOpportunityRequest, PublishPipelineRequest, QueryHeader,
    RecordInteractionRequest, RegisterContactRequest, Stage, StageType, new_contact_point::Point,
};
use tonic::Status;
use tonic_types::StatusExt as _;

/// The header of a command.
#[must_use]
pub fn header(request_id: &str) -> Option<CommandHeader> {
    Some(CommandHeader { request_id: request_id.to_owned(), ..CommandHeader::default() })
}

/// The header of a query that wants to see a position.
#[must_use]
pub fn after(position: u64) -> Option<QueryHeader> {
    Some(QueryHeader { min_position: position, as_of: None })
}

/// An amount in euros.
#[must_use]
pub fn euros(minor_units: i64) -> Option<Money> {
    Some(Money { minor_units, currency: "EUR".to_owned() })
}

/// A person to register.
#[must_use]
pub fn person(request_id: &str, name: &str) -> RegisterContactRequest {
    RegisterContactRequest {
        header: header(request_id),
        kind: ContactKind::Person.into(),
        name: name.to_owned(),
        ..RegisterContactRequest::default()
    }
}

/// An e-mail address to add.
#[must_use]
pub fn email(address: &str) -> NewContactPoint {
    NewContactPoint { point: Some(Point::Email(address.to_owned())), ..NewContactPoint::default() }
}

/// A call to record.
#[must_use]
pub fn call(request_id: &str, contact_id: &str, summary: &str) -> RecordInteractionRequest {
    RecordInteractionRequest {
        header: header(request_id),
        contact_id: contact_id.to_owned(),
        channel: InteractionChannel::Call.into(),
        direction: InteractionDirection::Inbound.into(),
        summary: summary.to_owned(),
        ..RecordInteractionRequest::default()
    }
}

/// A pipeline of four stages: new, offered, won, lost.
#[must_use]
pub fn pipeline(request_id: &str) -> PublishPipelineRequest {
    let stage = |key: &str, stage_type: StageType, probability_percent| Stage {
        key: key.to_owned(),
        name: key.to_owned(),
        r#type: stage_type.into(),
        probability_percent,
        ..Stage::default()
    };
    PublishPipelineRequest {
        header: header(request_id),
        name: "Sales".to_owned(),
        stages: vec![
            stage("new", StageType::Open, 10),
            stage("offered", StageType::Open, 50),
            stage("won", StageType::Won, 100),
            stage("lost", StageType::Lost, 0),
        ],
        ..PublishPipelineRequest::default()
    }
}

/// A deal to open.
#[must_use]
pub fn deal(request_id: &str, pipeline_id: &str, contact_id: &str) -> OpenOpportunityRequest {
    OpenOpportunityRequest {
        header: header(request_id),
        pipeline_id: pipeline_id.to_owned(),
        title: "A deal".to_owned(),
        contact_id: contact_id.to_owned(),
        ..OpenOpportunityRequest::default()
    }
}

/// A fact of another service, of a type of the stream's category.
#[must_use]
pub fn fact(request_id: &str, stream: &str, data: &str) -> AppendEventsRequest {
    let category = stream.split('-').next().unwrap_or_default();
    let event = NewEvent {
        event_type: format!("{category}.counted.v1"),
        data: data.to_owned(),
        ..NewEvent::default()
    };
    AppendEventsRequest {
        header: header(request_id),
        stream: stream.to_owned(),
        events: vec![event],
        ..AppendEventsRequest::default()
    }
}

/// The reason of a refusal.
///
/// # Panics
/// When it carries no `ErrorInfo`: every refusal does.
#[must_use]
pub fn reason(status: &Status) -> String {
    status.get_details_error_info().expect("an ErrorInfo").reason
}

/// The fields that a refusal names, in order.
#[must_use]
pub fn refused_fields(status: &Status) -> Vec<String> {
    let request = status.get_details_bad_request();
    request.map(|request| request.field_violations.into_iter().map(|v| v.field).collect()).unwrap_or_default()
}

/// A message as it travels, to compare answers byte for byte.
#[must_use]
pub fn encoded<M: prost::Message>(message: &M) -> Vec<u8> {
    message.encode_to_vec()
}
