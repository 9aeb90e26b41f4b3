//! What a case is, folded from its events.

use std::collections::BTreeSet;

use super::event::{Opened, Resolved};
use super::rating::Rating;
use crate::id::{CaseId, InteractionId};
use crate::interaction::Source;
use crate::personal::PersonalFields;
use crate::sla_policy::{Due, GoingUp, Priority, Target, Terms, Wait};
use crate::value::{Instant, Reference};

/// The lifecycle of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing has happened yet.
    #[default]
    Unopened,
    /// It is worked on.
    Open(Case),
    /// It waits; and since when its clock stands still, if it does.
    Waiting(Case, Wait, Option<Instant>),
    /// It is solved, and how.
    Resolved(Case, Resolved),
    /// Nobody comes back to it.
    Closed(Case),
    /// It is a part of another one; and where it stood before.
    Merged(Box<Self>, CaseId),
}

impl State {
    /// What is known of it, once it is opened.
    #[must_use]
    pub const fn case(&self) -> Option<&Case> {
        match self {
            Self::Unopened => None,
            Self::Open(case) | Self::Waiting(case, ..) | Self::Resolved(case, _) | Self::Closed(case) => {
                Some(case)
            }
            Self::Merged(before, _) => before.case(),
        }
    }

    /// The same, to change it where it stands.
    pub(super) const fn case_mut(&mut self) -> Option<&mut Case> {
        match self {
            Self::Unopened => None,
            Self::Open(case) | Self::Waiting(case, ..) | Self::Resolved(case, _) | Self::Closed(case) => {
                Some(case)
            }
            Self::Merged(before, _) => before.case_mut(),
        }
    }
}

/// What is known of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// As it began, so that an opening that comes back is told from another one.
    pub opened: Opened,
    /// How urgent it is.
    pub priority: Priority,
    /// The group that has it.
    pub group: Option<Reference>,
    /// Who works on it.
    pub assignee: Option<Reference>,
    /// What judged it last.
    pub terms: Option<Terms>,
    /// What is promised and still open, and when it is due.
    pub due: Due,
    /// When whoever has it is warned, of each promise where that is still to come.
    pub warn: Due,
    /// When it goes up to a higher level by itself, where that is still to come.
    pub goes_up: Option<GoingUp>,
    /// The promises that a timer noted as not kept, by when they were due.
    pub missed: Due,
    /// Whether the customer was ever answered.
    pub is_answered: bool,
    /// How high it went.
    pub level: u32,
    /// Promises that were not kept, as somebody else said.
    pub breached: BTreeSet<Target>,
    /// What was said in it by its id, so that it is told once.
    pub said: BTreeSet<InteractionId>,
    /// Bugs that lie behind it.
    pub bugs: BTreeSet<Source>,
    /// How the customer found it, last.
    pub judged: Option<Judged>,
}

/// How a customer found a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// How.
    pub rating: Rating,
    /// Whether somebody looked at it.
    pub is_reviewed: bool,
}

impl PersonalFields for State {}
