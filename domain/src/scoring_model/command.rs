//! What can be asked of a scoring model.

use super::state::Definition;

/// A command to a scoring model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Put a version in force. Which one it will be is not said: what the definition has there is not looked at.
    Publish(Box<Definition>),
}
