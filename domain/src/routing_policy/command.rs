//! What can be asked of a routing policy.

use super::state::Definition;

/// A command to a routing policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Put a version in force. Which one it will be is not said: what the definition has there is not looked at.
    Publish(Box<Definition>),
}
