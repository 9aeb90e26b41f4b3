//! Rules for leads, read from the wire.

use std::collections::BTreeSet;

use rapport_domain::criterion::Criterion;
use rapport_domain::id::CalendarId;
use rapport_domain::lead::{Grade, Source};
use rapport_domain::routing_policy::{self, Candidate, Rule};
use rapport_domain::scoring_model::{self, Decay, EngagementRule, FitRule, SegmentPrefix, Thresholds};
use rapport_domain::value::{Invalid, Key, Label, Reference};
use rapport_proto::v1 as wire;

use crate::parse::Fields;
use crate::wire::known;

/// A scoring model, as version 0.
pub(in crate::services) fn scoring_model(
    fields: &mut Fields,
    told: Option<&wire::ScoringModelDefinition>,
) -> Option<scoring_model::Definition> {
    let Some(told) = told else { return fields.missing("definition") };
    let name = fields.required("definition.name", &told.name, Label::parse);
    let fit = thresholds(fields, "definition.fit", told.fit.as_ref());
    let engagement = thresholds(fields, "definition.engagement", told.engagement.as_ref());
    let fit_rules = fields.each("definition.fit_rules", &told.fit_rules, fit_rule);
    let engagement_rules =
        fields.each("definition.engagement_rules", &told.engagement_rules, engagement_rule);
    let hot = grades(fields, "definition.hot", &told.hot);
    let warm = grades(fields, "definition.warm", &told.warm);
    Some(scoring_model::Definition {
        version: 0,
        name: name?,
        fit: fit?,
        engagement: engagement?,
        fit_rules: fit_rules?,
        engagement_rules: engagement_rules?,
        hot: hot?,
        warm: warm?,
    })
}

/// A routing policy, as version 0.
pub(in crate::services) fn routing_policy(
    fields: &mut Fields,
    told: Option<&wire::RoutingPolicyDefinition>,
) -> Option<routing_policy::Definition> {
    let Some(told) = told else { return fields.missing("definition") };
    let name = fields.required("definition.name", &told.name, Label::parse);
    let calendar_id = fields.optional("definition.calendar_id", &told.calendar_id, CalendarId::parse);
    let fallback_queue = fields.required("definition.fallback_queue", &told.fallback_queue, Reference::parse);
    let rules = fields.each("definition.rules", &told.rules, routing_rule);
    Some(routing_policy::Definition {
        version: 0,
        name: name?,
        calendar_id: calendar_id?,
        respond_minutes: told.respond_minutes,
        fallback_queue: fallback_queue?,
        rules: rules?,
    })
}

fn thresholds(fields: &mut Fields, path: &str, told: Option<&wire::ScoreThresholds>) -> Option<Thresholds> {
    let Some(wire::ScoreThresholds { high, middle, cap }) = told else { return fields.missing(path) };
    Some(Thresholds { high: *high, middle: *middle, cap: *cap })
}

fn grades(fields: &mut Fields, path: &str, told: &[String]) -> Option<BTreeSet<Grade>> {
    fields.each(path, told, |fields, path, text| match Grade::parse(text) {
        Some(grade) => Some(grade),
        None => fields.unknown(path),
    })
}

fn fit_rule(fields: &mut Fields, path: &str, told: &wire::FitRule) -> Option<FitRule> {
    let key = fields.required(&format!("{path}.key"), &told.key, Key::parse);
    let criteria = criteria(fields, path, &told.criteria);
    Some(FitRule { key: key?, criteria: criteria?, points: told.points })
}

fn engagement_rule(fields: &mut Fields, path: &str, told: &wire::EngagementRule) -> Option<EngagementRule> {
    let key = fields.required(&format!("{path}.key"), &told.key, Key::parse);
    let channel =
        fields.enumerated(&format!("{path}.channel"), told.channel, known::<wire::InteractionChannel>);
    let topic = fields.optional(&format!("{path}.topic"), &told.topic, Key::parse);
    let prefix = prefix(fields, path, told);
    let decay = decay(fields, path, told);
    Some(EngagementRule {
        key: key?,
        channel: channel?,
        topic: topic?,
        prefix: prefix?,
        within_days: told.within_days,
        count: told.count,
        points: told.points,
        decay: decay?,
        hot: told.hot,
    })
}

fn prefix(fields: &mut Fields, path: &str, told: &wire::EngagementRule) -> Option<Option<SegmentPrefix>> {
    if told.segment.is_empty() && told.begins_with.is_empty() {
        return Some(None);
    }
    let key = fields.required(&format!("{path}.segment"), &told.segment, Key::parse);
    let begins_with = fields.required(&format!("{path}.begins_with"), &told.begins_with, Label::parse);
    Some(Some(SegmentPrefix { key: key?, begins_with: begins_with? }))
}

fn decay(fields: &mut Fields, path: &str, told: &wire::EngagementRule) -> Option<Decay> {
    match (told.linear_days, told.half_life_days) {
        (0, 0) => Some(Decay::None),
        (days, 0) => Some(Decay::Linear { days }),
        (0, days) => Some(Decay::HalfLife { days }),
        (_, _) => either(fields, &format!("{path}.half_life_days"), "expected one decay, or none"),
    }
}

fn either<T>(fields: &mut Fields, path: &str, expected: &str) -> Option<T> {
    fields.refuse(path, Invalid::new("FIELDS_EXCLUSIVE", expected));
    None
}

fn criteria(fields: &mut Fields, path: &str, told: &[wire::LeadCriterion]) -> Option<Vec<Criterion>> {
    fields.each(&format!("{path}.criteria"), told, criterion)
}

fn criterion(fields: &mut Fields, path: &str, told: &wire::LeadCriterion) -> Option<Criterion> {
    let values = |fields: &mut Fields| {
        fields.each(&format!("{path}.one_of"), &told.one_of, |fields, path, value| {
            fields.required(path, value, Label::parse)
        })
    };
    let is_bounded = told.at_least.is_some() || told.at_most.is_some();
    let parts = (!told.sources.is_empty(), !told.field.is_empty(), !told.segment.is_empty());
    match (parts, told.one_of.is_empty(), is_bounded) {
        ((true, false, false), true, false) => {
            let path = format!("{path}.sources");
            let one_of: Option<BTreeSet<Source>> =
                fields.each(&path, &told.sources, |fields, path, source| {
                    fields.enumerated(path, *source, known::<wire::LeadSource>)
                });
            Some(Criterion::Source { one_of: one_of? })
        }
        ((false, true, false), true, true) => {
            let key = fields.required(&format!("{path}.field"), &told.field, Key::parse)?;
            Some(Criterion::Number { key, at_least: told.at_least, at_most: told.at_most })
        }
        ((false, true, false), false, false) => {
            let key = fields.required(&format!("{path}.field"), &told.field, Key::parse);
            let one_of = values(fields);
            Some(Criterion::Field { key: key?, one_of: one_of? })
        }
        ((false, false, true), false, false) => {
            let key = fields.required(&format!("{path}.segment"), &told.segment, Key::parse);
            let one_of = values(fields);
            Some(Criterion::Segment { key: key?, one_of: one_of? })
        }
        (_, _, _) => {
            let expected = "expected `sources`, a `field` with values or bounds, or a `segment` with values";
            either(fields, path, expected)
        }
    }
}

fn routing_rule(fields: &mut Fields, path: &str, told: &wire::RoutingRule) -> Option<Rule> {
    let key = fields.required(&format!("{path}.key"), &told.key, Key::parse);
    let criteria = criteria(fields, path, &told.criteria);
    let rating_at_least = match wire::LeadRating::try_from(told.rating_at_least) {
        Ok(rating) => Some(known(rating)),
        Err(_) => fields.unknown(&format!("{path}.rating_at_least")),
    };
    let grades = grades(fields, &format!("{path}.grades"), &told.grades);
    let strategy =
        fields.enumerated(&format!("{path}.strategy"), told.strategy, known::<wire::RoutingStrategy>);
    let candidates = fields.each(&format!("{path}.candidates"), &told.candidates, candidate);
    Some(Rule {
        key: key?,
        criteria: criteria?,
        rating_at_least: rating_at_least?,
        grades: grades?,
        strategy: strategy?,
        candidates: candidates?,
    })
}

fn candidate(fields: &mut Fields, path: &str, told: &wire::RoutingCandidate) -> Option<Candidate> {
    let owner = fields.required(&format!("{path}.owner"), &told.owner, Reference::parse);
    Some(Candidate { owner: owner?, capacity: told.capacity, daily_quota: told.daily_quota })
}
