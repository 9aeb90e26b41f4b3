//! How a lead is judged: how well it fits, how much it is interested, and by which rules.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::envelope::EventId;
use crate::id::ScoringModelId;
use crate::value::Key;

/// A judgement of a lead. Points, without a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// How well it fits what the company sells.
    pub fit: i32,
    /// How much it is interested.
    pub engagement: i32,
    /// Both of them, each as one of three.
    pub grade: Grade,
    /// How soon somebody should call.
    pub rating: Rating,
    /// What judged.
    pub model: Model,
    /// The rules that gave or took points.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contributions: Vec<Contribution>,
}

impl Score {
    /// Fit and engagement together.
    #[must_use]
    pub const fn points(&self) -> i32 {
        self.fit.saturating_add(self.engagement)
    }
}

/// A version of a scoring model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// The model.
    pub model_id: ScoringModelId,
    /// Its version.
    pub version: u32,
}

/// What a rule added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    /// The rule.
    pub rule: Key,
    /// The points that it gave; fewer than 0: that it took.
    pub points: i32,
    /// The events that it looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub event_ids: Vec<EventId>,
}

/// How soon somebody should call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rating {
    /// Now.
    Hot,
    /// Soon.
    Warm,
    /// Not yet.
    Cold,
}

impl Rating {
    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hot => "hot",
            Self::Warm => "warm",
            Self::Cold => "cold",
        }
    }
}

/// Fit from A, the best, to C; engagement from 1, the most, to 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Grade {
    /// Fits well, much interested.
    A1,
    /// Fits well, interested.
    A2,
    /// Fits well, little interested.
    A3,
    /// Fits, much interested.
    B1,
    /// Fits, interested.
    B2,
    /// Fits, little interested.
    B3,
    /// Fits little, much interested.
    C1,
    /// Fits little, interested.
    C2,
    /// Fits little, little interested.
    C3,
}

impl Grade {
    /// All of them, the best first.
    pub const ALL: [Self; 9] =
        [Self::A1, Self::A2, Self::A3, Self::B1, Self::B2, Self::B3, Self::C1, Self::C2, Self::C3];

    /// Reads one as it is written; nothing where it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grade| grade.to_string() == text)
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A1 => "A1",
            Self::A2 => "A2",
            Self::A3 => "A3",
            Self::B1 => "B1",
            Self::B2 => "B2",
            Self::B3 => "B3",
            Self::C1 => "C1",
            Self::C2 => "C2",
            Self::C3 => "C3",
        })
    }
}
