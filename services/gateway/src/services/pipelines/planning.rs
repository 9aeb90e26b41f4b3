//! How a deal is to go on, on the wire, as requests.

use std::collections::BTreeSet;

use rapport_application::OpportunityRequest;
use rapport_domain::id::ContactId;
use rapport_domain::opportunity::{CONTACT_ROLES_MAX, ContactRole, NextStepSet};
use rapport_domain::pipeline::Percent;
use rapport_domain::value::{Date, Key, Label};
use rapport_proto::v1 as wire;

use crate::parse::Fields;
use crate::wire::known;

pub(super) fn next_step(
    fields: &mut Fields,
    message: &wire::SetOpportunityNextStepRequest,
) -> Option<OpportunityRequest> {
    let what = fields.required("what", &message.what, Label::parse);
    let due_on = fields.optional("due_on", &message.due_on, Date::parse);
    what.zip(due_on).map(|(what, due_on)| OpportunityRequest::SetNextStep { what, due_on })
}

pub(super) fn contact_role(fields: &mut Fields, contact_id: &str, role: i32) -> Option<ContactRole> {
    let contact_id = fields.required("contact_id", contact_id, ContactId::parse);
    let role = fields.enumerated("role", role, known::<wire::ContactRole>);
    contact_id.zip(role).map(|(contact_id, role)| ContactRole { contact_id, role })
}

/// What an opening says of what comes next, in two fields of the request or of a part of it. A day alone says nothing.
pub(in crate::services) fn opening_step(
    fields: &mut Fields,
    part: &str,
    what: &str,
    due_on: &str,
) -> Option<Option<NextStepSet>> {
    let field = format!("{part}next_step");
    let what = fields.optional(&field, what, Label::parse);
    let due_on = fields.optional(&format!("{field}_due_on"), due_on, Date::parse);
    match (what?, due_on?) {
        (Some(what), due_on) => Some(Some(NextStepSet { what, due_on })),
        (None, None) => Some(None),
        (None, Some(_)) => fields.missing(&field),
    }
}

/// Those who take part in the decision from the opening on.
pub(super) fn contact_roles(
    fields: &mut Fields,
    entries: &[wire::OpportunityContact],
) -> Option<BTreeSet<ContactRole>> {
    fields.listed("contact_roles", entries, CONTACT_ROLES_MAX, |fields, path, entry| {
        let contact_id = fields.required(&format!("{path}.contact_id"), &entry.contact_id, ContactId::parse);
        let role = fields.enumerated(&format!("{path}.role"), entry.role, known::<wire::ContactRole>);
        contact_id.zip(role).map(|(contact_id, role)| ContactRole { contact_id, role })
    })
}

pub(super) fn set_segment(fields: &mut Fields, key: &str, value: &str) -> Option<OpportunityRequest> {
    let key = fields.required("key", key, Key::parse);
    let value = fields.required("value", value, Label::parse);
    key.zip(value).map(|(key, value)| OpportunityRequest::SetSegment { key, value })
}

/// An exit criterion, and what is said with it.
pub(super) fn criterion(fields: &mut Fields, key: &str, note: &str) -> Option<(Key, Option<Label>)> {
    let key = fields.required("key", key, Key::parse);
    let note = fields.optional("note", note, Label::parse);
    key.zip(note)
}

pub(super) fn forecast(
    fields: &mut Fields,
    message: &wire::OverrideForecastRequest,
) -> Option<OpportunityRequest> {
    let category = match wire::ForecastCategory::try_from(message.category) {
        Ok(category) => Some(known(category)),
        Err(_) => fields.unknown("category"),
    };
    let probability = match message.probability_percent {
        Some(percent) => fields.check("probability_percent", Percent::new(percent)).map(Some),
        None => Some(None),
    };
    let reason = fields.required("reason", &message.reason, Label::parse);
    Some(OpportunityRequest::OverrideForecast {
        category: category?,
        probability: probability?,
        reason: reason?,
    })
}
