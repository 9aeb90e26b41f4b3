//! What can be asked of a price book.

use super::state::Entry;
use crate::value::{Currency, Label};

/// A command to a price book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Put a version in force.
    Publish {
        /// What the company calls it.
        name: Label,
        /// The currency of its prices.
        currency: Currency,
        /// What is sold.
        entries: Vec<Entry>,
    },
}
