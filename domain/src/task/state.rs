//! What a task is, folded from its events.

use super::event::{Cancelled, Completed, Details};
use crate::personal::PersonalFields;

/// The lifecycle of a task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing has happened yet.
    #[default]
    Uncreated,
    /// It is to be done.
    Open(Task),
    /// It is done.
    Completed(Task, Completed),
    /// It is to be done no more.
    Cancelled(Task, Cancelled),
}

impl State {
    /// What is known of it, once it was created.
    #[must_use]
    pub const fn task(&self) -> Option<&Task> {
        match self {
            Self::Uncreated => None,
            Self::Open(task) | Self::Completed(task, _) | Self::Cancelled(task, _) => Some(task),
        }
    }
}

/// What is known of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// As it began: the same again is the same task.
    pub created: Details,
    /// As it is now.
    pub details: Details,
    /// Whether the time to remind has come.
    pub is_reminded: bool,
    /// Whether the time that it is due at has come while it was open.
    pub is_overdue: bool,
}

impl PersonalFields for State {}
