//! The clocks of tasks: reminds of a task, and notes that it was not done in time.
//!
//! Both times are those that the task's own events carry. A task that is open is late however late anybody tells of it, so what
//! was due while no server ran, or before the task came to the log, is noted at the start.

use std::sync::Arc;

use async_trait::async_trait;
use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::event::DomainEvent;
use rapport_domain::id::TaskId;
use rapport_domain::task::{self, Command, Event, Rescheduled};
use rapport_domain::value::Instant;

use super::{Left, Press, Pressing, Reactor, Task, Trouble};
use crate::Application;
use crate::call::Call;

/// Tells of the times of each task that is open.
pub struct Reminders {
    application: Arc<Application>,
    overdue: Arc<Pressing<TaskId>>,
}

impl Reminders {
    /// Over the command side.
    #[must_use]
    pub fn new(application: Arc<Application>) -> Self {
        Self { application, overdue: Arc::default() }
    }

    /// Open tasks that were not done in time: [`Press::Overdue`], for whoever watches.
    #[must_use]
    pub fn overdue(&self) -> Arc<Pressing<TaskId>> {
        Arc::clone(&self.overdue)
    }

    /// Counts a task as late, or no more.
    fn count(&self, id: TaskId, event: &Event) {
        let is_late = match event {
            Event::FellOverdue(_) => true,
            Event::Rescheduled(rescheduled) if rescheduled.due_at != rescheduled.previous_due_at => false,
            Event::Completed(_) | Event::Cancelled(_) => false,
            Event::Reopened(reopened) => reopened.is_overdue,
            Event::Created(_) | Event::Reassigned(_) | Event::Rescheduled(_) | Event::Reminded(_) => return,
        };
        self.overdue.note(id, is_late.then_some(Press::Overdue));
    }
}

/// What is to be told of a task.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tell {
    /// The time to remind has come.
    Remind(TaskId),
    /// It was not done in time.
    Overdue(TaskId),
}

impl Task for Tell {
    fn rule(&self) -> &'static str {
        match self {
            Self::Remind(_) => "remind",
            Self::Overdue(_) => "fall_overdue",
        }
    }

    fn about(&self) -> String {
        match self {
            Self::Remind(id) | Self::Overdue(id) => id.to_string(),
        }
    }
}

/// To be told at a time, or not at all.
fn tell(task: Tell, at: Option<Instant>, left: &mut Left<'_, Tell>) {
    match at {
        Some(at) => left.set(task, at),
        None => left.settle(&task),
    }
}

#[async_trait]
impl Reactor for Reminders {
    type Task = Tell;
    const NAME: &'static str = "reminders";
    const CATEGORIES: &'static [&'static str] = &[task::Task::CATEGORY];
    /// Each task is told by itself.
    const AT_ONCE: usize = 64;

    fn fold(&self, event: &DomainEvent, left: &mut Left<'_, Tell>) {
        let DomainEvent::Task(event) = event else { return };
        let Ok(id) = TaskId::parse(left.stream_id()) else { return };
        self.count(id, event);
        match event {
            Event::Created(created) => {
                tell(Tell::Remind(id), created.details.remind_at, left);
                tell(Tell::Overdue(id), created.details.due_at, left);
            }
            Event::Rescheduled(rescheduled) => {
                // What comes when it did is told already, or on the agenda.
                let Rescheduled { remind_at, previous_remind_at, .. } = rescheduled;
                if remind_at.is_none() || remind_at != previous_remind_at {
                    tell(Tell::Remind(id), rescheduled.remind_at, left);
                }
                if rescheduled.due_at != rescheduled.previous_due_at {
                    tell(Tell::Overdue(id), rescheduled.due_at, left);
                }
            }
            Event::Reopened(reopened) => {
                tell(Tell::Remind(id), reopened.remind_at, left);
                tell(Tell::Overdue(id), reopened.due_at, left);
            }
            Event::Completed(_) | Event::Cancelled(_) => {
                left.settle(&Tell::Remind(id));
                left.settle(&Tell::Overdue(id));
            }
            Event::Reminded(_) => left.settle(&Tell::Remind(id)),
            Event::FellOverdue(_) => left.settle(&Tell::Overdue(id)),
            Event::Reassigned(_) => {}
        }
    }

    async fn act(&self, task: &Tell, call: Call) -> Result<Option<Instant>, Trouble> {
        let (id, command) = match task {
            Tell::Remind(id) => (*id, Command::Remind),
            Tell::Overdue(id) => (*id, Command::FallOverdue),
        };
        self.application.task(id, command, call).await?;
        Ok(None)
    }
}
