//! A pipeline's definition.

use serde::{Deserialize, Serialize};

use super::exit_criterion::ExitCriterion;
use super::required_fields::RequiredFields;
use super::stage_tasks::StageTasks;
use crate::personal::PersonalFields;
use crate::value::{Invalid, Key, Label};

/// The lifecycle of a pipeline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing has been published yet.
    #[default]
    Unpublished,
    /// The version in force.
    Published(Definition),
}

/// One version of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// 1, 2, 3 and so on.
    pub version: u32,
    /// What the company calls it.
    pub name: Label,
    /// The stages, in the order of the process.
    pub stages: Vec<Stage>,
}

impl Definition {
    /// The stage of a key.
    #[must_use]
    pub fn stage(&self, key: &Key) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.key == *key)
    }

    /// What has to be met before a deal leaves a stage forwards; nothing where this version has no such stage.
    #[must_use]
    pub fn exit_criteria(&self, key: &Key) -> &[ExitCriterion] {
        self.stage(key).map_or(&[], |stage| stage.exit_criteria.as_slice())
    }

    /// Whether this version has both stages, and the second one comes later.
    #[must_use]
    pub fn comes_later(&self, earlier: &Key, later: &Key) -> bool {
        let place = |key: &Key| self.stages.iter().position(|stage| stage.key == *key);
        place(earlier).zip(place(later)).is_some_and(|(earlier, later)| earlier < later)
    }

    /// The first stage of a type.
    #[must_use]
    pub fn first_of(&self, stage_type: StageType) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.stage_type == stage_type)
    }
}

/// One step of the process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Its name for programs; unique in the pipeline.
    pub key: Key,
    /// Its name for people.
    pub name: Label,
    /// What it means for the deal.
    #[serde(rename = "type")]
    pub stage_type: StageType,
    /// How likely a deal in this stage is won.
    pub probability: Percent,
    /// How sure a deal in this stage is, in a forecast.
    pub forecast_category: ForecastCategory,
    /// After how many days in this stage a deal is called stalled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rot_after_days: Option<u32>,
    /// What has to be known of a deal that comes here. Nothing is asked of one that is lost.
    #[serde(default, skip_serializing_if = "RequiredFields::is_empty")]
    pub required: RequiredFields,
    /// What has to be done when a deal comes here. A stage that closes a deal has none.
    #[serde(default, skip_serializing_if = "StageTasks::is_empty")]
    pub tasks: StageTasks,
    /// What has to be met before a deal leaves it forwards; only an open stage has any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exit_criteria: Vec<ExitCriterion>,
}

/// What a stage means for the deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageType {
    /// It is being worked on.
    Open,
    /// It waits.
    OnHold,
    /// It is won.
    Won,
    /// It is lost.
    Lost,
}

/// How sure a deal is, in a forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForecastCategory {
    /// Possible.
    Pipeline,
    /// Likely.
    BestCase,
    /// Promised.
    Commit,
    /// Won.
    Closed,
    /// Left out.
    Omitted,
}

/// A whole number from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "u32", try_from = "u32")]
pub struct Percent(u32);

impl Percent {
    /// Takes a whole number from 0 to 100.
    ///
    /// # Errors
    /// When it is more.
    pub fn new(percent: u32) -> Result<Self, Invalid> {
        if percent <= 100 {
            Ok(Self(percent))
        } else {
            Err(Invalid::new("PERCENT_OUT_OF_RANGE", "expected a whole number from 0 to 100"))
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Percent {
    type Error = Invalid;
    fn try_from(percent: u32) -> Result<Self, Invalid> {
        Self::new(percent)
    }
}
impl From<Percent> for u32 {
    fn from(percent: Percent) -> Self {
        percent.0
    }
}

impl PersonalFields for State {}
