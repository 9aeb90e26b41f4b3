//! What can be asked of a pipeline.

use super::state::Stage;
use crate::value::Label;

/// A command to a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Put a version in force.
    Publish {
        /// What the company calls it.
        name: Label,
        /// The stages, in the order of the process.
        stages: Vec<Stage>,
    },
}
