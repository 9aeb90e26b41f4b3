//! How tasks fold.

use rapport_domain::DomainEvent;
use rapport_domain::id::TaskId;
use rusqlite::Transaction;

use super::Task;
use crate::projection::{ProjectError, Projected, Projection};
use crate::row::Entity as _;

/// The fold; see the module above.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TaskProjection;

impl Projection for TaskProjection {
    const NAME: &'static str = "tasks";
    const VERSION: u32 = 2;
    const HANDLES: &'static [&'static str] = &[
        "task.created.v1",
        "task.reassigned.v1",
        "task.rescheduled.v1",
        "task.completed.v1",
        "task.cancelled.v1",
        "task.reopened.v1",
        "task.reminded.v1",
        "task.fell_overdue.v1",
    ];
    const SOURCES: &'static [&'static str] = &[
        include_str!("../tasks.rs"),
        include_str!("project.rs"),
        include_str!("query.rs"),
        include_str!("row.rs"),
    ];

    fn schema() -> &'static str {
        include_str!("schema.sql")
    }

    fn project(&mut self, tx: &Transaction<'_>, event: &Projected<'_>) -> Result<(), ProjectError> {
        let DomainEvent::Task(happened) = event.event else { return Ok(()) };
        let id = TaskId::parse(event.recorded.stream.id())
            .map_err(|_| ProjectError::Stream { noun: TaskId::NOUN })?;
        Ok(Task::change(tx, id, happened, event)?)
    }
}
