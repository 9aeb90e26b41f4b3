//! The rules of a routing policy.

use std::collections::BTreeSet;

use super::command::Command;
use super::event::{Event, Published};
use super::state::{Candidate, Definition, Rule, State};
use crate::aggregate::Reason;
use crate::criterion::CRITERIA_MAX;
use crate::value::{Key, Reference};

/// Most rules of a policy.
pub const RULES_MAX: usize = 100;
/// Most candidates of a rule.
pub const CANDIDATES_MAX: usize = 100;
/// Longest time to respond, in minutes: 30 days.
pub const MINUTES_MAX: u32 = 30 * 24 * 60;

/// Why a command to a routing policy is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// More rules than a policy can have.
    #[error("a routing policy has at most {RULES_MAX} rules")]
    TooManyRules,
    /// Two rules have one name.
    #[error("the rule `{rule}` is there twice")]
    RuleRepeated {
        /// The rule.
        rule: Key,
    },
    /// Too many criteria, or one that nothing meets.
    #[error(
        "the rule `{rule}` has at most {CRITERIA_MAX} criteria, each with values, or bounds with the lower one first"
    )]
    CriterionImpossible {
        /// The rule.
        rule: Key,
    },
    /// Nobody can be chosen, or too many can.
    #[error("the rule `{rule}` has 1 to {CANDIDATES_MAX} candidates")]
    CandidatesOutOfRange {
        /// The rule.
        rule: Key,
    },
    /// Somebody is there twice.
    #[error("the rule `{rule}` has the candidate {owner} twice")]
    CandidateRepeated {
        /// The rule.
        rule: Key,
        /// Who.
        owner: Reference,
    },
    /// Somebody can be chosen who may not have a lead.
    #[error("the candidate {owner} of the rule `{rule}` may have 1 lead or more, in all and in a day")]
    LimitOutOfRange {
        /// The rule.
        rule: Key,
        /// Who.
        owner: Reference,
    },
    /// No time to respond, or more than can be.
    #[error("the time to respond is from 1 to {MINUTES_MAX} minutes")]
    MinutesOutOfRange,
}

impl Reason for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::TooManyRules => "ROUTING_POLICY_RULES_EXHAUSTED",
            Self::RuleRepeated { .. } => "ROUTING_POLICY_RULE_REPEATED",
            Self::CriterionImpossible { .. } => "ROUTING_POLICY_CRITERION_IMPOSSIBLE",
            Self::CandidatesOutOfRange { .. } => "ROUTING_POLICY_CANDIDATES_OUT_OF_RANGE",
            Self::CandidateRepeated { .. } => "ROUTING_POLICY_CANDIDATE_REPEATED",
            Self::LimitOutOfRange { .. } => "ROUTING_POLICY_LIMIT_OUT_OF_RANGE",
            Self::MinutesOutOfRange => "ROUTING_POLICY_MINUTES_OUT_OF_RANGE",
        }
    }
}

pub(super) fn decide(state: &State, command: &Command) -> Result<Vec<Event>, Rejection> {
    let draft = draft(command)?;
    let known = match state {
        State::Published(current) => current.version,
        State::Unpublished => 0,
    };
    let version = |version| Definition { version, ..draft.clone() };
    if *state == State::Published(Box::new(version(known))) {
        return Ok(Vec::new());
    }
    Ok(vec![Published { definition: version(known.saturating_add(1)) }.into()])
}

/// What would be published, as version 0.
///
/// # Errors
/// Where it would be refused.
pub fn draft(command: &Command) -> Result<Definition, Rejection> {
    let Command::Publish(definition) = command;
    if definition.rules.len() > RULES_MAX {
        return Err(Rejection::TooManyRules);
    }
    if !(1..=MINUTES_MAX).contains(&definition.respond_minutes) {
        return Err(Rejection::MinutesOutOfRange);
    }
    let mut known = BTreeSet::new();
    for rule in &definition.rules {
        if !known.insert(&rule.key) {
            return Err(Rejection::RuleRepeated { rule: rule.key.clone() });
        }
        check(rule)?;
    }
    Ok(Definition { version: 0, ..definition.as_ref().clone() })
}

fn check(rule: &Rule) -> Result<(), Rejection> {
    let key = || rule.key.clone();
    if rule.criteria.len() > CRITERIA_MAX || !rule.criteria.iter().all(|each| each.is_possible()) {
        return Err(Rejection::CriterionImpossible { rule: key() });
    }
    if !(1..=CANDIDATES_MAX).contains(&rule.candidates.len()) {
        return Err(Rejection::CandidatesOutOfRange { rule: key() });
    }
    let mut known = BTreeSet::new();
    for Candidate { owner, capacity, daily_quota } in &rule.candidates {
        if !known.insert(owner) {
            return Err(Rejection::CandidateRepeated { rule: key(), owner: owner.clone() });
        }
        if *capacity == Some(0) || *daily_quota == Some(0) {
            return Err(Rejection::LimitOutOfRange { rule: key(), owner: owner.clone() });
        }
    }
    Ok(())
}
