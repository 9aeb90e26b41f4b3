//! Deals: how one begins, and the answers about them.

use rapport_application::OpenOpportunity;
use rapport_domain::id::{ContactId, PipelineId};
use rapport_domain::value::{Date, Key, Label, Reference};
use rapport_proto::v1 as wire;

use crate::parse::Fields;

pub(super) fn opening(fields: &mut Fields, message: &wire::OpenOpportunityRequest) -> Option<OpenOpportunity> {
    let pipeline_id = fields.required("pipeline_id", &message.pipeline_id, PipelineId::parse);
    let stage = fields.optional("stage", &message.stage, Key::parse);
    let title = fields.required("title", &message.title, Label::parse);
    let contact_id = fields.optional("contact_id", &message.contact_id, ContactId::parse);
    let amount = fields.money("amount", message.amount.as_ref());
    let expected_close_on = fields.optional("expected_close_on", &message.expected_close_on, Date::parse);
    let owner = fields.optional("owner", &message.owner, Reference::parse);
    let team = fields.optional("team", &message.team, Reference::parse);
    let segments = fields.segments("segments", &message.segments);
    Some(OpenOpportunity {
        pipeline_id: pipeline_id?,
        stage: stage?,
        title: title?,
        contact_id: contact_id?,
        amount: amount?,
        expected_close_on: expected_close_on?,
        owner: owner?,
        team: team?,
        segments: segments?,
    })
}
