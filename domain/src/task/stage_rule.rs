//! Why a task was made that a stage of a pipeline asks for.

use serde::{Deserialize, Serialize};

use crate::id::PipelineId;
use crate::value::Key;

/// What a stage of a pipeline says is to be done, by which a task was made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StageRule {
    /// The pipeline.
    pub pipeline_id: PipelineId,
    /// The version of it that put the deal there.
    pub pipeline_version: u32,
    /// The stage.
    pub stage: Key,
    /// Which of the stage's tasks.
    pub task: Key,
}
