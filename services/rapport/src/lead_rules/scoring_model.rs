//! A scoring model, as a file.

use rapport_proto::v1::{
    EngagementRule, FitRule, InteractionChannel, ScoreThresholds, ScoringModelDefinition,
};
use serde::{Deserialize, Serialize};

use super::criterion::{self, Criterion};
use crate::wire::{parse_word, word_of};

/// The file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hot: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    warm: Vec<String>,
    fit: Thresholds,
    engagement: Thresholds,
    #[serde(default, rename = "fit_rule", skip_serializing_if = "Vec::is_empty")]
    fit_rules: Vec<Fit>,
    #[serde(default, rename = "engagement_rule", skip_serializing_if = "Vec::is_empty")]
    engagement_rules: Vec<Engagement>,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Thresholds {
    high: i32,
    middle: i32,
    cap: i32,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fit {
    key: String,
    points: i32,
    when: Vec<Criterion>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Engagement {
    key: String,
    channel: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    topic: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    segment: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    begins_with: String,
    within_days: u32,
    count: u32,
    points: i32,
    #[serde(default, skip_serializing_if = "is_zero")]
    linear_days: u32,
    #[serde(default, skip_serializing_if = "is_zero")]
    half_life_days: u32,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    hot: bool,
}

// What serde asks is given by reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
const fn is_zero(days: &u32) -> bool {
    *days == 0
}

impl File {
    /// What is sent.
    ///
    /// # Errors
    /// The rule with a word that is none.
    pub(super) fn wire(self) -> Result<ScoringModelDefinition, String> {
        let fit_rules = self.fit_rules.into_iter().map(|Fit { key, points, when }| {
            let criteria = criterion::wire(when).map_err(|cause| format!("fit_rule `{key}`: {cause}"))?;
            Ok(FitRule { key, criteria, points })
        });
        Ok(ScoringModelDefinition {
            name: self.name,
            fit: Some(self.fit.wire()),
            engagement: Some(self.engagement.wire()),
            fit_rules: fit_rules.collect::<Result<_, String>>()?,
            engagement_rules: self
                .engagement_rules
                .into_iter()
                .map(Engagement::wire)
                .collect::<Result<_, _>>()?,
            hot: self.hot,
            warm: self.warm,
        })
    }

    /// How a model is written.
    pub(super) fn of(model: &ScoringModelDefinition) -> Self {
        let fit_rules = model.fit_rules.iter().map(|rule| Fit {
            key: rule.key.clone(),
            points: rule.points,
            when: criterion::of(&rule.criteria),
        });
        Self {
            name: model.name.clone(),
            hot: model.hot.clone(),
            warm: model.warm.clone(),
            fit: Thresholds::of(model.fit),
            engagement: Thresholds::of(model.engagement),
            fit_rules: fit_rules.collect(),
            engagement_rules: model.engagement_rules.iter().map(Engagement::of).collect(),
        }
    }
}

impl Thresholds {
    const fn wire(self) -> ScoreThresholds {
        let Self { high, middle, cap } = self;
        ScoreThresholds { high, middle, cap }
    }

    fn of(told: Option<ScoreThresholds>) -> Self {
        told.map_or_else(Self::default, |ScoreThresholds { high, middle, cap }| Self { high, middle, cap })
    }
}

impl Engagement {
    fn wire(self) -> Result<EngagementRule, String> {
        let channel = parse_word::<InteractionChannel>(&self.channel)
            .map_err(|cause| format!("engagement_rule `{}`: channel: {cause}", self.key))?;
        Ok(EngagementRule {
            key: self.key,
            channel: channel.into(),
            topic: self.topic,
            segment: self.segment,
            begins_with: self.begins_with,
            within_days: self.within_days,
            count: self.count,
            points: self.points,
            linear_days: self.linear_days,
            half_life_days: self.half_life_days,
            hot: self.hot,
        })
    }

    fn of(rule: &EngagementRule) -> Self {
        Self {
            key: rule.key.clone(),
            channel: word_of::<InteractionChannel>(rule.channel),
            topic: rule.topic.clone(),
            segment: rule.segment.clone(),
            begins_with: rule.begins_with.clone(),
            within_days: rule.within_days,
            count: rule.count,
            points: rule.points,
            linear_days: rule.linear_days,
            half_life_days: rule.half_life_days,
            hot: rule.hot,
        }
    }
}
