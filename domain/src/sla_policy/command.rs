//! What can be asked of an SLA policy.

use std::collections::BTreeSet;

use super::state::{PriorityTargets, Wait};
use crate::id::CalendarId;
use crate::value::Label;

/// A command to an SLA policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Put a version in force.
    Publish {
        /// What the company calls it.
        name: Label,
        /// By which calendar time is counted; absent: all time counts.
        calendar_id: Option<CalendarId>,
        /// What is promised, by priority.
        targets: Vec<PriorityTargets>,
        /// What a case may wait for while its clock stands still.
        pauses: BTreeSet<Wait>,
    },
}
