//! The rules of a scoring model.

use std::collections::BTreeSet;

use super::command::Command;
use super::event::{Event, Published};
use super::state::{Axis, Decay, Definition, EngagementRule, FitRule, State, Thresholds};
use crate::aggregate::Reason;
use crate::criterion::CRITERIA_MAX;
use crate::lead::Grade;
use crate::value::Key;

/// Most rules of a model about fit, and about engagement.
pub const RULES_PER_AXIS_MAX: usize = 50;
/// Most points that a rule gives or takes, or an axis has.
pub const POINTS_MAX: i32 = 1_000;
/// Longest window, and slowest decay, in days.
pub const DAYS_MAX: u32 = 365;
/// Highest count of a rule, and most events that a score names for one.
pub const COUNT_MAX: u32 = 100;

/// Why a command to a scoring model is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Nothing is judged.
    #[error("a scoring model has at least one rule")]
    WithoutRules,
    /// More rules than a model can have.
    #[error("a scoring model has at most {RULES_PER_AXIS_MAX} rules about fit, and as many about engagement")]
    TooManyRules,
    /// Two rules have one name.
    #[error("the rule `{rule}` is there twice")]
    RuleRepeated {
        /// The rule.
        rule: Key,
    },
    /// No criterion, too many, or one that nothing meets.
    #[error(
        "the rule `{rule}` has 1 to {CRITERIA_MAX} criteria, each with values, or bounds with the lower one first"
    )]
    CriterionImpossible {
        /// The rule.
        rule: Key,
    },
    /// More points than a rule can give or take.
    #[error("the rule `{rule}` gives or takes at most {POINTS_MAX} points")]
    PointsOutOfRange {
        /// The rule.
        rule: Key,
    },
    /// A window of no time, a count of nothing, or too much of them.
    #[error(
        "the rule `{rule}` looks back 1 to {DAYS_MAX} days, counts to 1 to {COUNT_MAX}, decays in 1 to {DAYS_MAX} days"
    )]
    WindowOutOfRange {
        /// The rule.
        rule: Key,
    },
    /// Thresholds that are not in their order.
    #[error("thresholds of {} are in their order: 0 < middle < high <= cap <= {POINTS_MAX}", axis.as_str())]
    ThresholdsOutOfOrder {
        /// Of what.
        axis: Axis,
    },
    /// A grade is hot and warm.
    #[error("the grade {grade} is hot or warm, not both")]
    RatingAmbiguous {
        /// The grade.
        grade: Grade,
    },
}

impl Axis {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fit => "fit",
            Self::Engagement => "engagement",
        }
    }
}

impl Reason for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::WithoutRules => "SCORING_MODEL_WITHOUT_RULES",
            Self::TooManyRules => "SCORING_MODEL_RULES_EXHAUSTED",
            Self::RuleRepeated { .. } => "SCORING_MODEL_RULE_REPEATED",
            Self::CriterionImpossible { .. } => "SCORING_MODEL_CRITERION_IMPOSSIBLE",
            Self::PointsOutOfRange { .. } => "SCORING_MODEL_POINTS_OUT_OF_RANGE",
            Self::WindowOutOfRange { .. } => "SCORING_MODEL_WINDOW_OUT_OF_RANGE",
            Self::ThresholdsOutOfOrder { .. } => "SCORING_MODEL_THRESHOLDS_OUT_OF_ORDER",
            Self::RatingAmbiguous { .. } => "SCORING_MODEL_RATING_AMBIGUOUS",
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
    let Definition { fit_rules, engagement_rules, .. } = definition.as_ref();
    if fit_rules.is_empty() && engagement_rules.is_empty() {
        return Err(Rejection::WithoutRules);
    }
    if fit_rules.len().max(engagement_rules.len()) > RULES_PER_AXIS_MAX {
        return Err(Rejection::TooManyRules);
    }
    let keys = fit_rules.iter().map(|rule| &rule.key).chain(engagement_rules.iter().map(|rule| &rule.key));
    let mut known = BTreeSet::new();
    for key in keys {
        if !known.insert(key) {
            return Err(Rejection::RuleRepeated { rule: key.clone() });
        }
    }
    fit_rules.iter().try_for_each(check_fit)?;
    engagement_rules.iter().try_for_each(check_engagement)?;
    check_thresholds(Axis::Fit, definition.fit)?;
    check_thresholds(Axis::Engagement, definition.engagement)?;
    match definition.hot.intersection(&definition.warm).next() {
        Some(grade) => Err(Rejection::RatingAmbiguous { grade: *grade }),
        None => Ok(Definition { version: 0, ..definition.as_ref().clone() }),
    }
}

fn check_points(rule: &Key, points: i32) -> Result<(), Rejection> {
    if (-POINTS_MAX..=POINTS_MAX).contains(&points) {
        Ok(())
    } else {
        Err(Rejection::PointsOutOfRange { rule: rule.clone() })
    }
}

fn check_fit(rule: &FitRule) -> Result<(), Rejection> {
    let criteria = &rule.criteria;
    if !(1..=CRITERIA_MAX).contains(&criteria.len()) || !criteria.iter().all(|each| each.is_possible()) {
        return Err(Rejection::CriterionImpossible { rule: rule.key.clone() });
    }
    check_points(&rule.key, rule.points)
}

fn check_engagement(rule: &EngagementRule) -> Result<(), Rejection> {
    let days = 1..=DAYS_MAX;
    let decays = match rule.decay {
        Decay::None => true,
        Decay::Linear { days: decay } | Decay::HalfLife { days: decay } => days.contains(&decay),
    };
    if !decays || !days.contains(&rule.within_days) || !(1..=COUNT_MAX).contains(&rule.count) {
        return Err(Rejection::WindowOutOfRange { rule: rule.key.clone() });
    }
    check_points(&rule.key, rule.points)
}

const fn check_thresholds(axis: Axis, told: Thresholds) -> Result<(), Rejection> {
    let Thresholds { high, middle, cap } = told;
    if 0 < middle && middle < high && high <= cap && cap <= POINTS_MAX {
        Ok(())
    } else {
        Err(Rejection::ThresholdsOutOfOrder { axis })
    }
}
