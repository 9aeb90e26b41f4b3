//! What can be asked of a subscription.

use super::event::{CancellationKind, Started};
use crate::value::{Date, Label, Money};

/// How to begin: the same fields as the event that it becomes.
pub type Start = Started;

/// A command to a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Begin the contract.
    Start(Start),
    /// Extend its term.
    Renew {
        /// Last day of the new term.
        term_ends_on: Date,
    },
    /// Change what it brings each month.
    ChangeAmount {
        /// The new MRR.
        mrr: Money,
    },
    /// Let it rest.
    Pause,
    /// End it.
    Cancel {
        /// Who ends it.
        kind: CancellationKind,
        /// Why.
        reason: Option<Label>,
    },
    /// Let it go on.
    Reactivate {
        /// The new MRR; absent: as before.
        mrr: Option<Money>,
    },
}
