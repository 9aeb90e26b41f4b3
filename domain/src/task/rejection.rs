//! Why a command to a task is refused.

use crate::aggregate::Reason;

/// Why a command to a task is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// There is no task under this id.
    #[error("no task was created under this id")]
    NotCreated,
    /// There is another one under this id.
    #[error("another task was created under this id")]
    AlreadyCreated,
    /// It is done.
    #[error("the task is completed; reopen it first")]
    Completed,
    /// It is to be done no more.
    #[error("the task is cancelled; reopen it first")]
    Cancelled,
    /// Who is reminded when it is late is reminded too late.
    #[error("a task reminds before it is due, or when it is")]
    ReminderAfterDue,
}

impl Reason for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::NotCreated => "TASK_NOT_FOUND",
            Self::AlreadyCreated => "TASK_ALREADY_CREATED",
            Self::Completed => "TASK_COMPLETED",
            Self::Cancelled => "TASK_CANCELLED",
            Self::ReminderAfterDue => "TASK_REMINDER_AFTER_DUE",
        }
    }
}
