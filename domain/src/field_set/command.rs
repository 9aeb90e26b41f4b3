//! What can be asked of a set of fields.

use super::state::Field;

/// A command to a set of fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Put a version in force.
    Publish {
        /// Its fields, in the order in which they are shown.
        fields: Vec<Field>,
    },
}
