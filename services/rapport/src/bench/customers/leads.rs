//! Interest of a contact: one lead after another, each through everything that can happen to one.

use rapport_domain::id::{ContactId, InteractionId, LeadId, OpportunityId, RoutingPolicyId, ScoringModelId};
use rapport_domain::lead::{
    Assigned, AssignmentDeclined, AssignmentTimedOut, Capture, Captured, CapturedAgain, Contacted, Converted,
    Disqualified, Enriched, Event, FieldValue, Fields, Grade, Holder, Model, Qualified, Rating, Recycled,
    Routing, Score, Scored, Source, id_of,
};
use rapport_domain::value::Reference;

use super::NAMESPACE;
use super::word::Words;
use crate::error::Failure;

/// Steps of a lead, from its capture to its end.
const STEPS: usize = 15;

/// The leads of a contact.
#[derive(Default)]
pub(super) struct Leads {
    /// Which one is at hand.
    number: usize,
    /// What happened to it already.
    step: usize,
}

impl Leads {
    /// Whether the rules would have something to do at once. They have done so in a history, as a rule: a server that is measured
    /// on it does what people ask of it, and nothing else.
    pub(super) const fn is_pressing(&self) -> bool {
        matches!(self.step, 1..=9 | 12)
    }

    /// The next thing that happens, and to which lead. Every other one comes to nothing.
    pub(super) fn step(&mut self, contact_id: ContactId, words: &Words) -> Result<(LeadId, Event), Failure> {
        let Self { number, step } = *self;
        *self = if step + 1 == STEPS {
            Self { number: number + 1, step: 0 }
        } else {
            Self { number, step: step + 1 }
        };
        let interaction_id = InteractionId::derived(NAMESPACE, &format!("{contact_id}:lead:{number}:{step}"));
        let owner = words.owners.first().cloned().ok_or_else(super::nobody)?;
        let fields: Fields = [(words.key.clone(), FieldValue::Flag(true))].into();
        let capture = Capture {
            source: Source::WebForm,
            campaign: Some(words.label.clone()),
            external: None,
            interaction_id,
            fields: Fields::new(),
            field_set_version: None,
        };
        let reason = Some(words.label.clone());
        let event = match step {
            0 => Captured { contact_id, capture }.into(),
            1 => Scored { score: score() }.into(),
            2 => assigned(1, &owner, None).into(),
            3 => AssignmentTimedOut { from: Holder::Owner(owner), number: 1 }.into(),
            4 => assigned(2, &owner, None).into(),
            5 => AssignmentDeclined { owner, number: 2, reason }.into(),
            6 => assigned(3, &owner, None).into(),
            7 => CapturedAgain { capture }.into(),
            8 => Enriched { fields, cleared: [].into(), field_set_version: None }.into(),
            9 | 12 => Contacted { interaction_id }.into(),
            10 => Recycled { until: None, reason }.into(),
            11 => assigned(4, &owner, None).into(),
            13 => Qualified { reason }.into(),
            _ if number % 2 == 1 => Disqualified { reason: words.label.clone() }.into(),
            _ => Converted {
                contact_id,
                account_id: None,
                opportunity_id: Some(OpportunityId::derived(
                    NAMESPACE,
                    &format!("{contact_id}:lead:{number}"),
                )),
            }
            .into(),
        };
        Ok((id_of(contact_id, number), event))
    }
}

/// As the model judges whoever looked at nothing for long.
fn score() -> Score {
    let model_id = ScoringModelId::derived(NAMESPACE, "standard");
    Score {
        fit: 0,
        engagement: 0,
        grade: Grade::C3,
        rating: Rating::Cold,
        model: Model { model_id, version: 1 },
        contributions: Vec::new(),
    }
}

fn assigned(number: u32, owner: &Reference, previous: Option<Holder>) -> Assigned {
    let routing = Routing {
        policy_id: RoutingPolicyId::derived(NAMESPACE, "standard"),
        version: 1,
        rule: None,
        candidates: vec![owner.clone()],
    };
    let to = Holder::Owner(owner.clone());
    Assigned { to, previous, number, reason: None, routing: Some(routing), respond_by: None }
}
