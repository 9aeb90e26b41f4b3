//! Leads.

use std::collections::BTreeMap;

use rapport_domain::value::{ExternalRef, FreeText, Label, Name};
use rapport_proto::v1::lead_field_value::Value;
use rapport_proto::v1::{CaptureLeadRequest, InteractionChannel, LeadFieldValue, LeadSource};

use super::contact::contact_points;
use super::{Cells, FieldSpec, Verb, many, optional, required};
use crate::command::Command;

const CAPTURE_FIELDS: &[FieldSpec] = &[
    optional("contact", "contact_id"),
    optional("contact_id", "contact_id"),
    optional("name", "name"),
    optional("email", "contact_points"),
    optional("phone", "contact_points"),
    optional("postal", "contact_points"),
    optional("social", "contact_points"),
    required("source", "source"),
    optional("campaign", "campaign"),
    optional("external_ref", "external_ref"),
    optional("channel", "channel"),
    optional("text", "text"),
    many("segments", "fields"),
];
pub(super) const CAPTURE: Verb = Verb { word: "capture_lead", own: CAPTURE_FIELDS, build: capture };

/// The row's key is its id in the source, where no other is said: a row that comes twice is one capture.
fn capture(cells: &mut Cells<'_>) -> Command {
    let external_ref = cells.text("external_ref", ExternalRef::parse);
    let external_ref = if external_ref.is_empty() { cells.key().to_owned() } else { external_ref };
    CaptureLeadRequest {
        header: cells.header(),
        contact_id: cells.contact(),
        name: cells.text("name", Name::parse),
        contact_points: contact_points(cells),
        source: cells.required_word::<LeadSource>("source"),
        campaign: cells.text("campaign", Label::parse),
        source_system: cells.source().to_owned(),
        external_ref,
        channel: cells.word::<InteractionChannel>("channel"),
        text: cells.text("text", FreeText::parse),
        fields: texts(cells.segments()),
    }
    .into()
}

/// Fields of a file are texts.
fn texts(fields: BTreeMap<String, String>) -> BTreeMap<String, LeadFieldValue> {
    let text = |text| LeadFieldValue { value: Some(Value::Text(text)) };
    fields.into_iter().map(|(key, value)| (key, text(value))).collect()
}
