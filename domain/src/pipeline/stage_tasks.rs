//! What has to be done when a deal comes to a stage.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::value::{Date, Instant, Invalid, Key, Label};

/// Most tasks of one stage.
pub const STAGE_TASKS_MAX: usize = 20;
/// Most days after which one of them is due.
pub const DUE_IN_DAYS_MAX: u32 = 3_650;
/// From the beginning of a day to its last second, in microseconds.
const LAST_SECOND_MICROS: i64 = 86_399_000_000;

/// Something that has to be done when a deal comes to a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageTask {
    /// Its name for programs; unique in the stage.
    pub key: Key,
    /// What is to be done; no personal data.
    pub subject: Label,
    /// When it is due.
    pub due_in_days: DueInDays,
}

/// So many days after the day on which a deal came to a stage, from 0 to [`DUE_IN_DAYS_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "u32", try_from = "u32")]
pub struct DueInDays(u32);

impl DueInDays {
    /// Takes a whole number of days.
    ///
    /// # Errors
    /// When there are more than [`DUE_IN_DAYS_MAX`].
    pub fn new(days: u32) -> Result<Self, Invalid> {
        if days <= DUE_IN_DAYS_MAX {
            Ok(Self(days))
        } else {
            let expected = format!("expected a whole number from 0 to {DUE_IN_DAYS_MAX}");
            Err(Invalid::new("DAYS_OUT_OF_RANGE", expected))
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// When what begins at a moment is due: with the last second of the day, in UTC.
    #[must_use]
    pub fn after(self, moment: Instant) -> Instant {
        let day = moment.date().epoch_day().saturating_add(self.0.into());
        let last_second = |day: Date| Instant::from_micros(day.start().micros() + LAST_SECOND_MICROS);
        Date::from_epoch_day(day).and_then(last_second).unwrap_or(Instant::MAX)
    }
}

impl TryFrom<u32> for DueInDays {
    type Error = Invalid;
    fn try_from(days: u32) -> Result<Self, Invalid> {
        Self::new(days)
    }
}
impl From<DueInDays> for u32 {
    fn from(days: DueInDays) -> Self {
        days.0
    }
}

/// All that has to be done when a deal comes to a stage: at most [`STAGE_TASKS_MAX`] tasks, each with a key of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<StageTask>", try_from = "Vec<StageTask>")]
pub struct StageTasks(Vec<StageTask>);

impl StageTasks {
    /// Takes them in, in their order.
    ///
    /// # Errors
    /// When there are more than a stage can have, or two have one key.
    pub fn new(tasks: Vec<StageTask>) -> Result<Self, Invalid> {
        if tasks.len() > STAGE_TASKS_MAX {
            return Err(Invalid::new("TOO_MANY", format!("expected at most {STAGE_TASKS_MAX} entries")));
        }
        let mut keys = BTreeSet::new();
        if let Some(repeated) = tasks.iter().find(|task| !keys.insert(&task.key)) {
            let expected = format!("expected each key once, found {} twice", repeated.key);
            return Err(Invalid::new("KEY_REPEATED", expected));
        }
        Ok(Self(tasks))
    }

    /// Whether nothing has to be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &StageTask> {
        self.0.iter()
    }
}

impl TryFrom<Vec<StageTask>> for StageTasks {
    type Error = Invalid;
    fn try_from(tasks: Vec<StageTask>) -> Result<Self, Invalid> {
        Self::new(tasks)
    }
}
impl From<StageTasks> for Vec<StageTask> {
    fn from(tasks: StageTasks) -> Self {
        tasks.0
    }
}
