//! What has to be met before a deal leaves a stage forwards.

use serde::{Deserialize, Serialize};

use crate::value::{Key, Label};

/// Most exit criteria of one stage.
pub const EXIT_CRITERIA_MAX: usize = 20;

/// One entry of a stage's checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitCriterion {
    /// Its name for programs; unique in the stage.
    pub key: Key,
    /// Its name for people.
    pub name: Label,
}
