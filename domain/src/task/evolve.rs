//! How a task's events fold.

use super::event::{Details, Event};
use super::state::{State, Task};

pub(super) fn evolve(state: State, event: &Event) -> State {
    match (state, event) {
        (State::Uncreated, Event::Created(created)) => State::Open(begun(&created.details)),
        (State::Open(task), Event::Completed(completed)) => State::Completed(task, completed.clone()),
        (State::Open(task), Event::Cancelled(cancelled)) => State::Cancelled(task, cancelled.clone()),
        (State::Completed(task, _) | State::Cancelled(task, _), Event::Reopened(_)) => State::Open(task),
        (State::Open(task), event) => State::Open(changed(task, event)),
        (state, _) => state,
    }
}

fn begun(details: &Details) -> Task {
    Task { created: details.clone(), details: details.clone(), is_reminded: false, is_overdue: false }
}

/// What is known of an open task, after an event.
fn changed(mut task: Task, event: &Event) -> Task {
    match event {
        Event::Reassigned(reassigned) => task.details.owner.clone_from(&reassigned.owner),
        Event::Rescheduled(rescheduled) => {
            task.is_reminded &= task.details.remind_at == rescheduled.remind_at;
            task.is_overdue &= task.details.due_at == rescheduled.due_at;
            task.details.due_at = rescheduled.due_at;
            task.details.remind_at = rescheduled.remind_at;
        }
        Event::Reminded(reminded) => {
            task.is_reminded |= task.details.remind_at == Some(reminded.remind_at);
        }
        Event::FellOverdue(fell) => task.is_overdue |= task.details.due_at == Some(fell.due_at),
        Event::Created(_) | Event::Completed(_) | Event::Cancelled(_) | Event::Reopened(_) => {}
    }
    task
}
