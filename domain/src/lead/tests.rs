//! What a lead accepts and refuses, state by state.

mod closed;
mod fields;
mod handed_over;
mod known;
mod law;

use super::*;
use crate::aggregate::Reason;
use crate::field_set::Misfit;
use crate::id::{InteractionId, OpportunityId, RoutingPolicyId, ScoringModelId};
use crate::interaction;
use crate::testing::{at, contact_id, day, given, key, label, reference};
use crate::value::ExternalRef;

fn said(name: &str) -> InteractionId {
    InteractionId::derived("tests", name)
}

/// What came in by a form, which keeps it under a number.
fn form(number: &str, fields: Fields) -> Capture {
    let external_ref = ExternalRef::parse(number).unwrap();
    Capture {
        source: Source::WebForm,
        campaign: None,
        external: Some(interaction::Source { system: reference("forms"), external_ref }),
        interaction_id: said(number),
        fields,
        field_set_version: None,
    }
}

fn capture(capture: Capture) -> Command {
    Command::Capture { contact_id: contact_id(), capture: Box::new(capture), field_set: None }
}

fn employees(number: i64) -> Fields {
    [(key("employees"), FieldValue::Number(number))].into()
}

fn captured() -> Event {
    Captured { contact_id: contact_id(), capture: form("F-1", Fields::new()) }.into()
}

fn owner(name: &str) -> Holder {
    Holder::Owner(reference(name))
}

fn queue(name: &str) -> Holder {
    Holder::Queue(reference(name))
}

fn assign(to: Holder) -> Command {
    Command::Assign(Box::new(Assign { to, reason: None, routing: None, respond_by: None }))
}

fn assigned(number: u32, to: Holder, previous: Option<Holder>) -> Event {
    Assigned { to, previous, number, reason: None, routing: None, respond_by: None }.into()
}

fn contacted(name: &str) -> Event {
    Contacted { interaction_id: said(name) }.into()
}

fn qualified() -> Event {
    Qualified { reason: None }.into()
}

fn disqualified() -> Event {
    Disqualified { reason: label("a student") }.into()
}

fn recycled(until: &str) -> Event {
    Recycled { until: Some(day(until)), reason: None }.into()
}

fn recycle(until: &str) -> Command {
    Command::Recycle { until: Some(day(until)), reason: None }
}

fn deal() -> OpportunityId {
    OpportunityId::derived("tests", "deal")
}

fn convert(opportunity_id: Option<OpportunityId>) -> Command {
    Command::Convert { account_id: None, opportunity_id }
}

fn converted() -> Event {
    Converted { contact_id: contact_id(), account_id: None, opportunity_id: Some(deal()) }.into()
}

fn score(engagement: i32) -> Score {
    Score {
        fit: 40,
        engagement,
        grade: Grade::A2,
        rating: Rating::Warm,
        model: Model { model_id: ScoringModelId::derived("tests", "standard"), version: 1 },
        contributions: vec![Contribution { rule: key("asked"), points: engagement, event_ids: vec![] }],
    }
}

#[test]
fn each_rejection_has_its_reason() {
    let (owner, key) = (reference("user_ann"), key("employees"));
    for (rejection, reason) in [
        (Rejection::NotCaptured, "LEAD_NOT_FOUND"),
        (Rejection::Disqualified, "LEAD_DISQUALIFIED"),
        (Rejection::Converted, "LEAD_CONVERTED"),
        (Rejection::Recycled, "LEAD_RECYCLED"),
        (Rejection::NotQualified, "LEAD_NOT_QUALIFIED"),
        (Rejection::NotAssignedTo { owner }, "LEAD_NOT_ASSIGNED_TO"),
        (Rejection::InWork, "LEAD_IN_WORK"),
        (Rejection::AssignmentUnknown, "LEAD_ASSIGNMENT_UNKNOWN"),
        (Rejection::TooManyAssignments, "LEAD_ASSIGNMENTS_EXHAUSTED"),
        (Rejection::FieldOfAnotherType { key, kind: FieldKind::Number }, "LEAD_FIELD_OF_ANOTHER_TYPE"),
        (Misfit::Missing { key: self::key("employees") }.into(), "LEAD_FIELD_MISSING"),
        (Rejection::TooManyFields, "LEAD_FIELDS_EXHAUSTED"),
        (Rejection::TooManyTouches, "LEAD_TOUCHES_EXHAUSTED"),
        (Rejection::TooManyContributions, "LEAD_CONTRIBUTIONS_EXHAUSTED"),
        (Rejection::TooManyLeads, "LEADS_EXHAUSTED"),
    ] {
        assert_eq!(rejection.reason(), reason);
    }
}
