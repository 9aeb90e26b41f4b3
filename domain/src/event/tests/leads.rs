//! One sample of every event about leads, with every field that it can have.

use uuid::Uuid;

use crate::envelope::EventId;
use crate::id::{ContactId, InteractionId, OpportunityId, RoutingPolicyId, ScoringModelId};
use crate::interaction;
use crate::lead::{
    Assigned, AssignmentDeclined, AssignmentTimedOut, Capture, Captured, CapturedAgain, Contacted,
    Contribution, Converted, Disqualified, Enriched, Event, FieldValue, Fields, Grade, Holder, Model,
    Qualified, Rating, Recycled, Routing, Score, Scored, Source,
};
use crate::testing::{at, contact_id, day, key, label, reference};
use crate::value::ExternalRef;

fn fields() -> Fields {
    [
        (key("industry"), FieldValue::Text(label("Printing"))),
        (key("employees"), FieldValue::Number(120)),
        (key("contract_ends_on"), FieldValue::Date(day("2027-03-31"))),
        (key("has_budget"), FieldValue::Flag(true)),
    ]
    .into()
}

fn capture(name: &str) -> Capture {
    let external_ref = ExternalRef::parse(name).unwrap();
    Capture {
        source: Source::WebForm,
        campaign: Some(label("Autumn fair")),
        external: Some(interaction::Source { system: reference("forms"), external_ref }),
        interaction_id: InteractionId::derived("golden", name),
        fields: fields(),
        field_set_version: None,
    }
}

fn score() -> Score {
    Score {
        fit: 40,
        engagement: 35,
        grade: Grade::A2,
        rating: Rating::Hot,
        model: Model { model_id: ScoringModelId::derived("golden", "standard"), version: 2 },
        contributions: vec![Contribution {
            rule: key("asked_for_price"),
            points: 35,
            event_ids: vec![EventId(Uuid::from_u128(7))],
        }],
    }
}

pub(super) fn lead() -> Vec<Event> {
    vec![
        Captured { contact_id: contact_id(), capture: capture("F-1") }.into(),
        CapturedAgain { capture: capture("F-2") }.into(),
        Enriched { fields: fields(), cleared: [key("region")].into(), field_set_version: None }.into(),
        Scored { score: score() }.into(),
        Assigned {
            to: Holder::Owner(reference("user_ann")),
            previous: Some(Holder::Queue(reference("inbound"))),
            number: 2,
            reason: Some(label("speaks the language")),
            routing: Some(Routing {
                policy_id: RoutingPolicyId::derived("golden", "standard"),
                version: 3,
                rule: Some(key("west")),
                candidates: vec![reference("user_ann"), reference("user_bob")],
            }),
            respond_by: Some(at("2026-11-21T12:15:00Z")),
        }
        .into(),
        AssignmentDeclined { owner: reference("user_ann"), number: 2, reason: Some(label("on holiday")) }
            .into(),
        AssignmentTimedOut { from: Holder::Owner(reference("user_bob")), number: 3 }.into(),
        Contacted { interaction_id: InteractionId::derived("golden", "call") }.into(),
        Qualified { reason: Some(label("has a budget")) }.into(),
        Disqualified { reason: label("a student") }.into(),
        Recycled { until: Some(day("2027-03-01")), reason: Some(label("budget next year")) }.into(),
        Converted {
            contact_id: contact_id(),
            account_id: Some(ContactId::derived("golden", "account")),
            opportunity_id: Some(OpportunityId::derived("golden", "deal")),
        }
        .into(),
    ]
}
