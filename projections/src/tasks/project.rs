//! How tasks fold.

use rapport_domain::DomainEvent;
use rapport_domain::id::TaskId;
use rapport_domain::task::Event;
use rusqlite::Transaction;

use super::Task;
use crate::projection::{ProjectError, Projected, Projection};

/// The fold; see the module above.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TaskProjection;

impl Projection for TaskProjection {
    const NAME: &'static str = "tasks";
    const VERSION: u32 = 1;
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
        Ok(change(tx, event, id, happened)?)
    }
}

fn change(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    task_id: TaskId,
    happened: &Event,
) -> rusqlite::Result<()> {
    let (position, now) = match (Task::find(tx, task_id)?, happened) {
        (Some((position, task)), happened) => {
            (position, task.after(happened, event.occurred_at(), event.revision()))
        }
        (None, Event::Created(created)) => {
            let position = i64::try_from(event.position().0).unwrap_or(i64::MAX);
            (position, Task::created(task_id, &created.details, event))
        }
        // Nothing happens to a task that was never created.
        (
            None,
            Event::Reassigned(_)
            | Event::Rescheduled(_)
            | Event::Completed(_)
            | Event::Cancelled(_)
            | Event::Reopened(_)
            | Event::Reminded(_)
            | Event::FellOverdue(_),
        ) => return Ok(()),
    };
    now.write(tx, position)
}
