//! What can be asked of a calendar.

use std::collections::BTreeSet;

use super::state::Hours;
use crate::value::{Date, Label, TimeZone};

/// A command to a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Put a version in force.
    Publish {
        /// What the company calls it.
        name: Label,
        /// Where its hours are told.
        time_zone: TimeZone,
        /// When work is done in a week without holidays.
        hours: Vec<Hours>,
        /// Days without work.
        holidays: BTreeSet<Date>,
    },
}
