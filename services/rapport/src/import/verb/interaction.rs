//! Interactions.

use rapport_domain::id::{InteractionId, OpportunityId, SubscriptionId};
use rapport_domain::value::{ExternalRef, FreeText, Invalid, Key, Label, Reference};
use rapport_proto::v1::related_to::Thing;
use rapport_proto::v1::{InteractionChannel, InteractionDirection, RecordInteractionRequest, RelatedTo};

use super::{Cells, FieldSpec, Verb, many, optional, required, required_or};
use crate::command::Command;

const RECORD_FIELDS: &[FieldSpec] = &[
    required_or("contact", "contact_id", "contact_id"),
    optional("contact_id", "contact_id"),
    required("channel", "channel"),
    required("direction", "direction"),
    optional("summary", "summary"),
    optional("topic", "topic"),
    optional("duration_seconds", "duration_seconds"),
    optional("outcome", "outcome"),
    optional("value", "value"),
    optional("currency", "value.currency"),
    optional("external_ref", "external_ref"),
    optional("related.opportunity", "related"),
    optional("related.subscription", "related"),
    optional("related.case_ref", "related"),
    optional("related.campaign_ref", "related"),
    many("segments", "segments"),
];
pub(super) const RECORD: Verb = Verb { word: "record_interaction", own: RECORD_FIELDS, build: record };

fn record(cells: &mut Cells<'_>) -> Command {
    let external_ref = cells.text("external_ref", ExternalRef::parse);
    let source_system = if external_ref.is_empty() { "" } else { cells.source() };
    RecordInteractionRequest {
        header: cells.header(),
        contact_id: cells.required_contact(),
        interaction_id: InteractionId::derived(cells.source(), cells.key()).to_string(),
        channel: cells.required_word::<InteractionChannel>("channel"),
        direction: cells.required_word::<InteractionDirection>("direction"),
        summary: cells.text("summary", FreeText::parse),
        topic: cells.text("topic", Key::parse),
        duration_seconds: cells.read("duration_seconds", seconds),
        outcome: cells.text("outcome", Label::parse),
        value: cells.money("value", "currency"),
        source_system: source_system.to_owned(),
        external_ref,
        related: related(cells),
        segments: cells.segments(),
        mentions: Vec::new(),
    }
    .into()
}

fn seconds(text: &str) -> Result<u32, Invalid> {
    text.trim().parse().map_err(|_| Invalid::new("DURATION_MALFORMED", "expected a whole number of seconds"))
}

fn related(cells: &mut Cells<'_>) -> Vec<RelatedTo> {
    let source = cells.source();
    let opportunity =
        |key: &str| Ok(Thing::OpportunityId(OpportunityId::derived(source, key.trim()).to_string()));
    let subscription =
        |key: &str| Ok(Thing::SubscriptionId(SubscriptionId::derived(source, key.trim()).to_string()));
    let things = [
        cells.read("related.opportunity", opportunity),
        cells.read("related.subscription", subscription),
        cells.read("related.case_ref", |text| Reference::parse(text).map(|text| Thing::CaseRef(text.into()))),
        cells.read("related.campaign_ref", |text| {
            Reference::parse(text).map(|text| Thing::CampaignRef(text.into()))
        }),
    ];
    things.into_iter().flatten().map(|thing| RelatedTo { thing: Some(thing) }).collect()
}
