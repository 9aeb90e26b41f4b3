//! By which rules the leads of a history are judged and handed over.

use rapport_domain::field_set::{self, Field, FieldType};
use rapport_domain::id::{RoutingPolicyId, ScoringModelId};
use rapport_domain::interaction::Channel;
use rapport_domain::routing_policy::{self, Candidate, Rule, Strategy};
use rapport_domain::scoring_model::{self, Decay, EngagementRule, Thresholds};

use super::NAMESPACE;
use super::word::Words;

/// 30 days.
const RESPOND_MINUTES: u32 = 30 * 24 * 60;

impl Words {
    pub(super) fn scoring_model_id(&self) -> ScoringModelId {
        ScoringModelId::derived(NAMESPACE, "standard")
    }

    pub(super) fn routing_policy_id(&self) -> RoutingPolicyId {
        RoutingPolicyId::derived(NAMESPACE, "standard")
    }

    /// The first version of the fields of leads.
    pub(super) fn field_set(&self) -> field_set::Event {
        let field = Field {
            key: self.key.clone(),
            label: self.label.clone(),
            field_type: FieldType::Flag,
            required: false,
            options: Vec::new(),
        };
        let definition = field_set::Definition { version: 1, fields: vec![field] };
        field_set::Published { definition }.into()
    }

    /// The model's first version.
    pub(super) fn scoring_model(&self) -> scoring_model::Event {
        let thresholds = Thresholds { high: 50, middle: 20, cap: 100 };
        let rule = EngagementRule {
            key: self.key.clone(),
            channel: Channel::Web,
            topic: None,
            prefix: None,
            within_days: 30,
            count: 3,
            points: 40,
            decay: Decay::HalfLife { days: 14 },
            hot: true,
        };
        let definition = scoring_model::Definition {
            version: 1,
            name: self.label.clone(),
            fit: thresholds,
            engagement: thresholds,
            fit_rules: Vec::new(),
            engagement_rules: vec![rule],
            hot: [].into(),
            warm: [].into(),
        };
        scoring_model::Published { definition }.into()
    }

    /// The policy's first version: everything to the sellers in turn.
    pub(super) fn routing_policy(&self) -> Option<routing_policy::Event> {
        let candidates = self.owners.iter().map(|owner| Candidate {
            owner: owner.clone(),
            capacity: None,
            daily_quota: None,
        });
        let rule = Rule {
            key: self.key.clone(),
            criteria: Vec::new(),
            rating_at_least: None,
            grades: [].into(),
            strategy: Strategy::RoundRobin,
            candidates: candidates.collect(),
        };
        let definition = routing_policy::Definition {
            version: 1,
            name: self.label.clone(),
            calendar_id: None,
            respond_minutes: RESPOND_MINUTES,
            fallback_queue: self.teams.first()?.clone(),
            rules: vec![rule],
        };
        Some(routing_policy::Published { definition }.into())
    }
}
