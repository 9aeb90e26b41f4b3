//! Tasks: who has to do what next, and what is late.

mod project;
mod query;
mod row;
#[cfg(test)]
mod tests;

use rapport_domain::envelope::Revision;
use rapport_domain::id::TaskId;
use rapport_domain::task::{About, StageRule};
use rapport_domain::value::{Instant, Key, Label, Reference};
use serde::{Deserialize, Serialize};

use crate::page::{Page, PageRequest};
use crate::query::{Answer, Freshness, QueryError};
use crate::read_model::Reader;

pub(crate) use project::TaskProjection;

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    /// It is to be done.
    Open,
    /// It is done.
    Completed,
    /// It is to be done no more.
    Cancelled,
}

/// A task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its id.
    pub task_id: TaskId,
    /// What it is about.
    pub about: About,
    /// What is to be done.
    pub subject: Label,
    /// Who is to do it.
    pub owner: Reference,
    /// Where it stands.
    pub status: TaskStatus,
    /// When it is due.
    pub due_at: Option<Instant>,
    /// When to remind of it.
    pub remind_at: Option<Instant>,
    /// Whether the time to remind has come.
    pub reminded: bool,
    /// Whether the time that it is due at came while it was open.
    pub overdue: bool,
    /// The rule that made it.
    pub rule: Option<Key>,
    /// Why, where a stage of a pipeline asks for it.
    pub stage_rule: Option<StageRule>,
    /// What came of it, while it is done.
    pub outcome: Option<Label>,
    /// Why it is to be done no more, while that is so.
    pub reason: Option<Label>,
    /// When it was created; business time.
    pub created_at: Instant,
    /// When it was completed or cancelled, while it is.
    pub closed_at: Option<Instant>,
    /// Revision of the task's stream.
    pub revision: Revision,
}

/// Which tasks to list. Empty parts let everything through; all parts must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TaskFilter {
    /// Only those of this owner.
    pub owner: Option<Reference>,
    /// Only about this.
    pub about: Option<About>,
    /// Only where it stands so.
    pub status: Option<TaskStatus>,
    /// Only those that are due by then.
    pub due_by: Option<Instant>,
    /// Only those that are open and late.
    pub overdue: bool,
}

/// Asks about tasks.
#[derive(Clone)]
pub struct Tasks {
    reader: Reader,
}

impl Tasks {
    pub(crate) const fn new(reader: Reader) -> Self {
        Self { reader }
    }

    /// One task.
    ///
    /// # Errors
    /// [`QueryError::NotFound`], and what every query may answer.
    pub async fn task(&self, freshness: Freshness, task_id: TaskId) -> Result<Answer<Task>, QueryError> {
        self.reader.read(freshness, move |connection| query::task(connection, task_id)).await
    }

    /// Tasks, what is due first comes first, what is not due comes last.
    ///
    /// # Errors
    /// [`QueryError::PageToken`], and what every query may answer.
    pub async fn list(
        &self,
        freshness: Freshness,
        filter: TaskFilter,
        page: PageRequest,
    ) -> Result<Answer<Page<Task>>, QueryError> {
        let page = page.of(freshness);
        self.reader.read(freshness, move |connection| query::list(connection, &filter, &page)).await
    }
}
