//! How a deal is to go on, on the wire, as requests.

use rapport_application::OpportunityRequest;
use rapport_domain::id::ContactId;
use rapport_domain::opportunity::ContactRole;
use rapport_domain::pipeline::Percent;
use rapport_domain::value::{Date, Label};
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
