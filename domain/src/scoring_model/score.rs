//! How a lead is judged by a model. Whole numbers throughout: points that have become fewer are rounded toward 0.

use std::cmp::Reverse;

use super::decide::COUNT_MAX;
use super::state::{Decay, Definition, EngagementRule, Thresholds};
use crate::criterion::{Facts, Touch, all_met_by};
use crate::envelope::EventId;
use crate::id::ScoringModelId;
use crate::lead::{Contribution, Grade, Model, Rating, Score};
use crate::value::Instant;

const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;
/// So many halvings leave nothing of any points.
const HALVINGS_MAX: u32 = 30;

/// How a model judges a lead at a moment. What comes later plays no part.
#[must_use]
pub fn score(model_id: ScoringModelId, model: &Definition, facts: &Facts, at: Instant) -> Score {
    let fit = model.fit_rules.iter().filter_map(|rule| {
        let event_ids = all_met_by(&rule.criteria, facts)?;
        (rule.points != 0).then(|| Contribution { rule: rule.key.clone(), points: rule.points, event_ids })
    });
    let fit: Vec<Contribution> = fit.collect();
    let mut is_hot_at_once = false;
    let mut engagement = Vec::new();
    for rule in &model.engagement_rules {
        let Some((points, event_ids)) = rule.judged(facts, at) else { continue };
        is_hot_at_once |= rule.hot;
        if points != 0 || rule.hot {
            engagement.push(Contribution { rule: rule.key.clone(), points, event_ids });
        }
    }
    let (fit_points, engagement_points) = (model.fit.sum(&fit), model.engagement.sum(&engagement));
    let grade = grade(model.fit.band(fit_points), model.engagement.band(engagement_points));
    Score {
        fit: fit_points,
        engagement: engagement_points,
        grade,
        rating: if is_hot_at_once { Rating::Hot } else { model.rating(grade) },
        model: Model { model_id, version: model.version },
        contributions: fit.into_iter().chain(engagement).collect(),
    }
}

/// The first later moment at which a model may judge a lead otherwise although nothing more is done; nothing where time
/// changes nothing.
#[must_use]
pub fn next_look(model: &Definition, facts: &Facts, at: Instant) -> Option<Instant> {
    model.engagement_rules.iter().filter_map(|rule| rule.next_look(facts, at)).min()
}

/// One of three: from high to low.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Band {
    High,
    Middle,
    Low,
}

impl Thresholds {
    fn sum(&self, contributions: &[Contribution]) -> i32 {
        let sum = contributions.iter().fold(0_i32, |sum, rule| sum.saturating_add(rule.points));
        sum.min(self.cap).max(0)
    }

    const fn band(&self, points: i32) -> Band {
        if points >= self.high {
            Band::High
        } else if points >= self.middle {
            Band::Middle
        } else {
            Band::Low
        }
    }
}

impl Definition {
    fn rating(&self, grade: Grade) -> Rating {
        if self.hot.contains(&grade) {
            Rating::Hot
        } else if self.warm.contains(&grade) {
            Rating::Warm
        } else {
            Rating::Cold
        }
    }
}

const fn grade(fit: Band, engagement: Band) -> Grade {
    match (fit, engagement) {
        (Band::High, Band::High) => Grade::A1,
        (Band::High, Band::Middle) => Grade::A2,
        (Band::High, Band::Low) => Grade::A3,
        (Band::Middle, Band::High) => Grade::B1,
        (Band::Middle, Band::Middle) => Grade::B2,
        (Band::Middle, Band::Low) => Grade::B3,
        (Band::Low, Band::High) => Grade::C1,
        (Band::Low, Band::Middle) => Grade::C2,
        (Band::Low, Band::Low) => Grade::C3,
    }
}

impl EngagementRule {
    /// The points that it gives, and the newest events that it counted; nothing where it does not hold.
    fn judged(&self, facts: &Facts, at: Instant) -> Option<(i32, Vec<EventId>)> {
        let counted = self.counted(facts, at);
        let newest = counted.first()?;
        if counted.len() < usize::try_from(self.count).unwrap_or(usize::MAX) {
            return None;
        }
        let days = at.micros().saturating_sub(newest.occurred_at.micros()) / DAY_MICROS;
        let points = self.decay.left(self.points, u32::try_from(days).unwrap_or(u32::MAX));
        let kept = usize::try_from(COUNT_MAX).unwrap_or(usize::MAX);
        Some((points, counted.into_iter().take(kept).map(|touch| touch.event_id).collect()))
    }

    /// What it counts, newest first.
    fn counted<'a>(&self, facts: &'a Facts, at: Instant) -> Vec<&'a Touch> {
        let since = at.micros().saturating_sub(i64::from(self.within_days) * DAY_MICROS);
        let is_within = |touch: &&Touch| touch.occurred_at <= at && touch.occurred_at.micros() > since;
        let mut counted: Vec<&Touch> =
            facts.touches.iter().filter(is_within).filter(|touch| self.is_about(touch)).collect();
        counted.sort_unstable_by_key(|touch| (Reverse(touch.occurred_at), touch.event_id));
        counted
    }

    /// When the oldest of what is needed leaves its window, or the points become fewer, while it holds.
    fn next_look(&self, facts: &Facts, at: Instant) -> Option<Instant> {
        let counted = self.counted(facts, at);
        let needed = usize::try_from(self.count).unwrap_or(usize::MAX);
        let oldest_needed = counted.get(needed.checked_sub(1)?)?;
        let newest = counted.first()?.occurred_at.micros();
        let leaves =
            oldest_needed.occurred_at.micros().saturating_add(i64::from(self.within_days) * DAY_MICROS);
        let whole_days = at.micros().saturating_sub(newest) / DAY_MICROS;
        let next_day = newest.saturating_add(whole_days.saturating_add(1).saturating_mul(DAY_MICROS));
        let next = match self.decay {
            Decay::None => leaves,
            Decay::Linear { .. } | Decay::HalfLife { .. } => leaves.min(next_day),
        };
        Instant::from_micros(next).ok()
    }

    /// Whether it looks at such a thing.
    #[must_use]
    pub fn is_about(&self, touch: &Touch) -> bool {
        let begins = |prefix: &super::SegmentPrefix| {
            let value = touch.segments.get(&prefix.key);
            value.is_some_and(|value| value.as_str().starts_with(prefix.begins_with.as_str()))
        };
        self.channel == touch.channel
            && (self.topic.is_none() || self.topic == touch.topic)
            && self.prefix.as_ref().is_none_or(begins)
    }
}

impl Decay {
    /// What is left of some points after so many whole days.
    #[must_use]
    pub fn left(self, points: i32, after_days: u32) -> i32 {
        let (points, after) = (i64::from(points), i64::from(after_days));
        let left = match self {
            Self::None => points,
            Self::Linear { days } => {
                let days = i64::from(days).max(1);
                points * (days - after).max(0) / days
            }
            Self::HalfLife { days } => {
                let days = i64::from(days).max(1);
                let halvings = u32::try_from(after / days).unwrap_or(u32::MAX).min(HALVINGS_MAX);
                points * (2 * days - after % days) / (2 * days * (1_i64 << halvings))
            }
        };
        i32::try_from(left).unwrap_or(0)
    }
}
