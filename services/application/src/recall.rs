//! What the command side asks where the earlier events of a long stream stand.
//!
//! A stream that is too long to be folded for a command is not folded: of its events only those are read that the command is
//! judged by ([`Aggregate::judged`]). Something that follows the log remembers where they stand, up to a position: what it does
//! not name before that is not there. What they say is read in the log, and so is everything that came since.

use std::collections::BTreeSet;

use async_trait::async_trait;
use rapport_domain::aggregate::Aggregate;
use rapport_domain::envelope::Position;

/// Remembers where the events of streams stand.
#[async_trait]
pub trait Recall<A: Aggregate>: Send + Sync + 'static {
    /// Up to where it remembers every event; `None` while it cannot tell: then streams are folded as a whole.
    async fn up_to(&self) -> Option<Position>;

    /// Where the events up to a position stand that concern these parts of a state. Others of the
    /// stream may be among them, also behind it. `None` where it does not remember all of them.
    async fn concerning(&self, id: &A::Id, parts: &[A::Part], up_to: Position) -> Option<BTreeSet<Position>>;
}
