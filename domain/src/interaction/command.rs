//! What can be asked of a contact's interactions.

use super::event::{Corrected, Recorded};
use crate::id::InteractionId;
use crate::value::Label;

/// What to record: the same fields as the event that it becomes.
pub type Record = Recorded;
/// What to set right: the same fields as the event that it becomes.
pub type Correct = Corrected;

/// A command to a contact's interactions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Record an exchange.
    Record(Record),
    /// Set right what was recorded.
    Correct(Correct),
    /// Take its text away.
    Redact {
        /// Which one.
        interaction_id: InteractionId,
        /// Why.
        reason: Label,
    },
}
