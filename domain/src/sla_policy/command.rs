//! What can be asked of an SLA policy.

use std::collections::BTreeSet;

use super::state::{Escalation, PriorityTargets, Wait};
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
        /// How much of a promise's time has passed when whoever has the case is warned, in percent; absent: nobody is warned.
        warning_percent: Option<u32>,
        /// When a case that is not solved goes up to a higher level by itself; absent: never.
        escalation: Option<Escalation>,
        /// What a case may wait for while its clock stands still.
        pauses: BTreeSet<Wait>,
    },
}
