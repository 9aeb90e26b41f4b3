//! A routing policy, as a file.

use rapport_proto::v1::{
    LeadRating, RoutingCandidate, RoutingPolicyDefinition, RoutingRule, RoutingStrategy,
};
use serde::{Deserialize, Serialize};

use super::criterion::{self, Criterion};
use crate::wire::{parse_word, word_of};

/// The file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    calendar_id: String,
    respond_minutes: u32,
    fallback_queue: String,
    #[serde(default, rename = "rule", skip_serializing_if = "Vec::is_empty")]
    rules: Vec<Rule>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    key: String,
    strategy: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    rating_at_least: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    grades: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    when: Vec<Criterion>,
    #[serde(rename = "candidate")]
    candidates: Vec<Candidate>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Candidate {
    owner: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    capacity: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    daily_quota: Option<u32>,
}

impl File {
    /// What is sent.
    ///
    /// # Errors
    /// The rule with a word that is none.
    pub(super) fn wire(self) -> Result<RoutingPolicyDefinition, String> {
        Ok(RoutingPolicyDefinition {
            name: self.name,
            calendar_id: self.calendar_id,
            respond_minutes: self.respond_minutes,
            fallback_queue: self.fallback_queue,
            rules: self.rules.into_iter().map(Rule::wire).collect::<Result<_, _>>()?,
        })
    }

    /// How a policy is written.
    pub(super) fn of(policy: &RoutingPolicyDefinition) -> Self {
        Self {
            name: policy.name.clone(),
            calendar_id: policy.calendar_id.clone(),
            respond_minutes: policy.respond_minutes,
            fallback_queue: policy.fallback_queue.clone(),
            rules: policy.rules.iter().map(Rule::of).collect(),
        }
    }
}

impl Rule {
    fn wire(self) -> Result<RoutingRule, String> {
        let key = self.key;
        let wrong = |field: &str, cause: &str| format!("rule `{key}`: {field}{cause}");
        let strategy = parse_word::<RoutingStrategy>(&self.strategy);
        let strategy = strategy.map_err(|cause| wrong("strategy: ", &cause))?;
        let rating_at_least = match self.rating_at_least.as_str() {
            "" => LeadRating::Unspecified,
            word => parse_word(word).map_err(|cause: String| wrong("rating_at_least: ", &cause))?,
        };
        let criteria = criterion::wire(self.when).map_err(|cause| wrong("", &cause))?;
        let candidates = self.candidates.into_iter().map(|candidate| RoutingCandidate {
            owner: candidate.owner,
            capacity: candidate.capacity,
            daily_quota: candidate.daily_quota,
        });
        Ok(RoutingRule {
            criteria,
            rating_at_least: rating_at_least.into(),
            grades: self.grades,
            strategy: strategy.into(),
            candidates: candidates.collect(),
            key,
        })
    }

    fn of(rule: &RoutingRule) -> Self {
        let candidates = rule.candidates.iter().map(|candidate| Candidate {
            owner: candidate.owner.clone(),
            capacity: candidate.capacity,
            daily_quota: candidate.daily_quota,
        });
        Self {
            key: rule.key.clone(),
            strategy: word_of::<RoutingStrategy>(rule.strategy),
            rating_at_least: word_of::<LeadRating>(rule.rating_at_least),
            grades: rule.grades.clone(),
            when: criterion::of(&rule.criteria),
            candidates: candidates.collect(),
        }
    }
}
