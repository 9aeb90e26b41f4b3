//! An interaction on the wire, as a command.

use std::collections::BTreeSet;

use rapport_application::Call;
use rapport_domain::id::{ContactId, InteractionId, OpportunityId, SubscriptionId};
use rapport_domain::interaction::{Command, MENTIONS_MAX, RELATED_MAX, Record, Related, Source};
use rapport_domain::value::{ExternalRef, FreeText, Key, Label, Reference};
use rapport_proto::v1 as wire;

use crate::error::Error;
use crate::parse::{Circumstances, Fields, request_id};
use crate::wire::known;

/// A command to a contact's interactions, with what the answer needs of it.
pub(super) struct Parsed {
    pub(super) contact_id: ContactId,
    pub(super) interaction_id: InteractionId,
    /// Where another system keeps it; then it may be recorded already, under another id.
    pub(super) source: Option<Source>,
    pub(super) command: Command,
    pub(super) call: Call,
}

pub(super) fn record(
    circumstances: &Circumstances,
    message: &wire::RecordInteractionRequest,
) -> Result<Parsed, Error> {
    let mut fields = Fields::new();
    let call = fields.call(circumstances, message.header.as_ref(), message);
    let contact_id = fields.required("contact_id", &message.contact_id, ContactId::parse);
    let record = recorded(&mut fields, message);
    let (contact_id, record, call) = fields.finish((contact_id, record, call))?;
    let (interaction_id, source) = (record.interaction_id, record.source.clone());
    Ok(Parsed { contact_id, interaction_id, source, command: Command::Record(record), call })
}

fn recorded(fields: &mut Fields, message: &wire::RecordInteractionRequest) -> Option<Record> {
    let interaction_id =
        fields.minted("interaction_id", &message.interaction_id, InteractionId::parse, || {
            InteractionId::derived("request", request_id(message.header.as_ref()))
        });
    let channel = fields.enumerated("channel", message.channel, known::<wire::InteractionChannel>);
    let direction = fields.enumerated("direction", message.direction, known::<wire::InteractionDirection>);
    let summary = fields.optional("summary", &message.summary, FreeText::parse);
    let topic = fields.optional("topic", &message.topic, Key::parse);
    let outcome = fields.optional("outcome", &message.outcome, Label::parse);
    let value = fields.money("value", message.value.as_ref());
    let source = source(fields, message);
    let related = fields.listed("related", &message.related, RELATED_MAX, related);
    let segments = fields.segments("segments", &message.segments);
    let mentions = mentions(fields, &message.mentions);
    Some(Record {
        interaction_id: interaction_id?,
        channel: channel?,
        direction: direction?,
        summary: summary?.map(Into::into),
        topic: topic?,
        duration_seconds: message.duration_seconds,
        outcome: outcome?,
        value: value?,
        source: source?,
        related: related?,
        segments: segments?,
        mentions: mentions?,
    })
}

/// Whom it is brought to; twice is once.
fn mentions(fields: &mut Fields, users: &[String]) -> Option<BTreeSet<Reference>> {
    fields.listed("mentions", users, MENTIONS_MAX, |fields, path, user| {
        fields.required(path, user, Reference::parse)
    })
}

/// The two halves of a source go together.
fn source(fields: &mut Fields, message: &wire::RecordInteractionRequest) -> Option<Option<Source>> {
    if message.source_system.is_empty() && message.external_ref.is_empty() {
        return Some(None);
    }
    let system = fields.required("source_system", &message.source_system, Reference::parse);
    let external_ref = fields.required("external_ref", &message.external_ref, ExternalRef::parse);
    Some(Some(Source { system: system?, external_ref: external_ref? }))
}

fn related(fields: &mut Fields, path: &str, thing: &wire::RelatedTo) -> Option<Related> {
    use wire::related_to::Thing;
    match &thing.thing {
        Some(Thing::OpportunityId(id)) => fields
            .check(&format!("{path}.opportunity_id"), OpportunityId::parse(id))
            .map(Related::Opportunity),
        Some(Thing::SubscriptionId(id)) => fields
            .check(&format!("{path}.subscription_id"), SubscriptionId::parse(id))
            .map(Related::Subscription),
        Some(Thing::CaseRef(id)) => {
            fields.check(&format!("{path}.case_ref"), Reference::parse(id)).map(Related::Case)
        }
        Some(Thing::CampaignRef(id)) => {
            fields.check(&format!("{path}.campaign_ref"), Reference::parse(id)).map(Related::Campaign)
        }
        None => fields.missing(&format!("{path}.thing")),
    }
}
