//! Everything ambient that a decision may look at.

use crate::envelope::Actor;
use crate::value::Instant;

/// What surrounds a command. Filled by the application, so that `decide` needs no clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The time of the decision, UTC.
    pub now: Instant,
    /// When the fact happened in the business; `now` unless the caller says otherwise.
    pub occurred_at: Instant,
    /// Who asks.
    pub actor: Actor,
}
