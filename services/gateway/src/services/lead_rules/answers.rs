//! Rules for leads, as they travel.

use std::collections::BTreeSet;

use rapport_domain::criterion::Criterion;
use rapport_domain::lead::Grade;
use rapport_domain::value::Label;
use rapport_domain::{routing_policy, scoring_model};
use rapport_projections::leads::{RoutingPolicy, ScoringModel};
use rapport_proto::v1 as wire;

use super::super::Services;
use crate::error::Error;
use crate::wire::{Known as _, text};

impl Services {
    pub(super) async fn answer_scoring_models(
        &self,
        message: wire::ListScoringModelsRequest,
    ) -> Result<wire::ListScoringModelsResponse, Error> {
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = self.projections.leads().scoring_models(moment.freshness).await?;
        let scoring_models = answer.value.into_iter().map(scoring_model).collect();
        let position = answer.position.0;
        Ok(wire::ListScoringModelsResponse { scoring_models, position, as_of: moment.as_of() })
    }

    pub(super) async fn answer_routing_policies(
        &self,
        message: wire::ListRoutingPoliciesRequest,
    ) -> Result<wire::ListRoutingPoliciesResponse, Error> {
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = self.projections.leads().routing_policies(moment.freshness).await?;
        let routing_policies = answer.value.into_iter().map(routing_policy).collect();
        let position = answer.position.0;
        Ok(wire::ListRoutingPoliciesResponse { routing_policies, position, as_of: moment.as_of() })
    }
}

fn scoring_model(model: ScoringModel) -> wire::ScoringModel {
    let ScoringModel { scoring_model_id, definition } = model;
    wire::ScoringModel {
        scoring_model_id: scoring_model_id.to_string(),
        version: definition.version,
        definition: Some(wire::ScoringModelDefinition {
            name: definition.name.to_string(),
            fit: Some(thresholds(definition.fit)),
            engagement: Some(thresholds(definition.engagement)),
            fit_rules: definition.fit_rules.iter().map(fit_rule).collect(),
            engagement_rules: definition.engagement_rules.iter().map(engagement_rule).collect(),
            hot: grades(&definition.hot),
            warm: grades(&definition.warm),
        }),
    }
}

fn routing_policy(policy: RoutingPolicy) -> wire::RoutingPolicy {
    let RoutingPolicy { routing_policy_id, definition } = policy;
    wire::RoutingPolicy {
        routing_policy_id: routing_policy_id.to_string(),
        version: definition.version,
        definition: Some(wire::RoutingPolicyDefinition {
            name: definition.name.to_string(),
            calendar_id: text(definition.calendar_id.as_ref()),
            respond_minutes: definition.respond_minutes,
            fallback_queue: definition.fallback_queue.to_string(),
            rules: definition.rules.iter().map(routing_rule).collect(),
        }),
    }
}

const fn thresholds(known: scoring_model::Thresholds) -> wire::ScoreThresholds {
    let scoring_model::Thresholds { high, middle, cap } = known;
    wire::ScoreThresholds { high, middle, cap }
}

fn grades(known: &BTreeSet<Grade>) -> Vec<String> {
    known.iter().map(ToString::to_string).collect()
}

fn fit_rule(rule: &scoring_model::FitRule) -> wire::FitRule {
    wire::FitRule {
        key: rule.key.to_string(),
        criteria: rule.criteria.iter().map(criterion).collect(),
        points: rule.points,
    }
}

fn engagement_rule(rule: &scoring_model::EngagementRule) -> wire::EngagementRule {
    let prefix = rule.prefix.as_ref();
    let (linear_days, half_life_days) = match rule.decay {
        scoring_model::Decay::None => (0, 0),
        scoring_model::Decay::Linear { days } => (days, 0),
        scoring_model::Decay::HalfLife { days } => (0, days),
    };
    wire::EngagementRule {
        key: rule.key.to_string(),
        channel: wire::InteractionChannel::number(rule.channel),
        topic: text(rule.topic.as_ref()),
        segment: text(prefix.map(|prefix| &prefix.key)),
        begins_with: text(prefix.map(|prefix| &prefix.begins_with)),
        within_days: rule.within_days,
        count: rule.count,
        points: rule.points,
        linear_days,
        half_life_days,
        hot: rule.hot,
    }
}

fn criterion(known: &Criterion) -> wire::LeadCriterion {
    let values = |one_of: &BTreeSet<Label>| one_of.iter().map(ToString::to_string).collect();
    match known {
        Criterion::Source { one_of } => wire::LeadCriterion {
            sources: one_of.iter().map(|source| wire::LeadSource::number(*source)).collect(),
            ..wire::LeadCriterion::default()
        },
        Criterion::Field { key, one_of } => wire::LeadCriterion {
            field: key.to_string(),
            one_of: values(one_of),
            ..wire::LeadCriterion::default()
        },
        Criterion::Number { key, at_least, at_most } => wire::LeadCriterion {
            field: key.to_string(),
            at_least: *at_least,
            at_most: *at_most,
            ..wire::LeadCriterion::default()
        },
        Criterion::Segment { key, one_of } => wire::LeadCriterion {
            segment: key.to_string(),
            one_of: values(one_of),
            ..wire::LeadCriterion::default()
        },
    }
}

fn routing_rule(rule: &routing_policy::Rule) -> wire::RoutingRule {
    let candidates = rule.candidates.iter().map(|candidate| wire::RoutingCandidate {
        owner: candidate.owner.to_string(),
        capacity: candidate.capacity,
        daily_quota: candidate.daily_quota,
    });
    wire::RoutingRule {
        key: rule.key.to_string(),
        criteria: rule.criteria.iter().map(criterion).collect(),
        rating_at_least: rule.rating_at_least.map_or(0, wire::LeadRating::number),
        grades: grades(&rule.grades),
        strategy: wire::RoutingStrategy::number(rule.strategy),
        candidates: candidates.collect(),
    }
}
