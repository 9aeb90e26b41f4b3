//! A scoring model's definition.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::criterion::Criterion;
use crate::interaction::Channel;
use crate::lead::Grade;
use crate::personal::PersonalFields;
use crate::value::{Key, Label};

/// The lifecycle of a scoring model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing has been published yet.
    #[default]
    Unpublished,
    /// The version in force.
    Published(Box<Definition>),
}

/// One version of a scoring model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// 1, 2, 3 and so on.
    pub version: u32,
    /// What the company calls it.
    pub name: Label,
    /// How fit becomes A, B or C.
    pub fit: Thresholds,
    /// How engagement becomes 1, 2 or 3.
    pub engagement: Thresholds,
    /// What makes a lead fit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fit_rules: Vec<FitRule>,
    /// What shows that it is interested.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub engagement_rules: Vec<EngagementRule>,
    /// Grades that are hot.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub hot: BTreeSet<Grade>,
    /// Grades that are warm. All others are cold.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub warm: BTreeSet<Grade>,
}

/// One of the two sums of points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// How well it fits.
    Fit,
    /// How much it is interested.
    Engagement,
}

/// What a sum of points stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thresholds {
    /// From so many points on: A, or 1.
    pub high: i32,
    /// From so many points on: B, or 2. Below: C, or 3.
    pub middle: i32,
    /// Most points; what is above counts no more, as what is below 0 does.
    pub cap: i32,
}

/// A rule about what a lead is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FitRule {
    /// What it is called; each once in a model.
    pub key: Key,
    /// What has to be so, all of it.
    pub criteria: Vec<Criterion>,
    /// What it gives; below 0: takes.
    pub points: i32,
}

/// A rule about what a contact did: often enough, not long ago.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngagementRule {
    /// What it is called; each once in a model.
    pub key: Key,
    /// Through what it was done.
    pub channel: Channel,
    /// A word for what it was; absent: anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<Key>,
    /// How a field of it has to begin; absent: in any way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<SegmentPrefix>,
    /// How far back is looked, in days of 24 hours.
    pub within_days: u32,
    /// How often it has to have been done in that time.
    pub count: u32,
    /// What it gives; below 0: takes.
    pub points: i32,
    /// How the points become fewer with time.
    pub decay: Decay,
    /// Whether it makes the lead hot, whatever its grade.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hot: bool,
}

/// How a field of something that was done has to begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentPrefix {
    /// The field.
    pub key: Key,
    /// Its beginning, such as `/pricing`.
    pub begins_with: Label,
}

/// How points become fewer with the whole days since what was done last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Decay {
    /// They do not.
    None,
    /// To nothing, by the same amount a day.
    Linear {
        /// After so many days nothing is left.
        days: u32,
    },
    /// By half, again and again; evenly between two halvings.
    HalfLife {
        /// After so many days half is left.
        days: u32,
    },
}

impl PersonalFields for State {}
