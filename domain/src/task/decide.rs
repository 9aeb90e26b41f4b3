//! The rules of a task.

use super::command::Command;
use super::event::{
    Cancelled, Completed, Created, Details, Event, FellOverdue, Reassigned, Reminded, Reopened, Rescheduled,
};
use super::rejection::Rejection;
use super::state::{State, Task};
use crate::value::Instant;

/// What a command causes.
pub(super) fn decide(state: &State, command: &Command, now: Instant) -> Result<Vec<Event>, Rejection> {
    match state {
        State::Uncreated => uncreated(command),
        State::Open(task) => open(task, command, now),
        State::Completed(task, known) => match command {
            Command::Complete { outcome } if known.outcome == *outcome => Ok(Vec::new()),
            Command::Create(_)
            | Command::Reassign { .. }
            | Command::Reschedule { .. }
            | Command::Complete { .. }
            | Command::Cancel { .. }
            | Command::Reopen
            | Command::Remind
            | Command::FallOverdue => closed(task, command, Rejection::Completed),
        },
        State::Cancelled(task, known) => match command {
            Command::Cancel { reason } if known.reason == *reason => Ok(Vec::new()),
            Command::Create(_)
            | Command::Reassign { .. }
            | Command::Reschedule { .. }
            | Command::Complete { .. }
            | Command::Cancel { .. }
            | Command::Reopen
            | Command::Remind
            | Command::FallOverdue => closed(task, command, Rejection::Cancelled),
        },
    }
}

fn uncreated(command: &Command) -> Result<Vec<Event>, Rejection> {
    match command {
        Command::Create(details) => {
            assert_reminds_in_time(details.due_at, details.remind_at)?;
            Ok(vec![Created { details: (**details).clone() }.into()])
        }
        Command::Reassign { .. }
        | Command::Reschedule { .. }
        | Command::Complete { .. }
        | Command::Cancel { .. }
        | Command::Reopen
        | Command::Remind
        | Command::FallOverdue => Err(Rejection::NotCreated),
    }
}

fn open(task: &Task, command: &Command, now: Instant) -> Result<Vec<Event>, Rejection> {
    let Details { owner, due_at, remind_at, .. } = &task.details;
    Ok(match command {
        Command::Create(details) => return created_again(task, details),
        Command::Reassign { owner: new } if new == owner => Vec::new(),
        Command::Reassign { owner: new } => {
            vec![Reassigned { owner: new.clone(), previous: owner.clone() }.into()]
        }
        Command::Reschedule { due_at: due, remind_at: remind } => {
            assert_reminds_in_time(*due, *remind)?;
            if (due, remind) == (due_at, remind_at) {
                return Ok(Vec::new());
            }
            let (previous_due_at, previous_remind_at) = (*due_at, *remind_at);
            vec![Rescheduled { due_at: *due, remind_at: *remind, previous_due_at, previous_remind_at }.into()]
        }
        Command::Complete { outcome } => vec![Completed { outcome: outcome.clone() }.into()],
        Command::Cancel { reason } => vec![Cancelled { reason: reason.clone() }.into()],
        Command::Reopen => Vec::new(),
        // A timer that comes too late, because another time counts by now, changes nothing.
        Command::Remind => {
            let came = remind_at.filter(|came| !task.is_reminded && *came <= now);
            came.map(|remind_at| Reminded { remind_at }.into()).into_iter().collect()
        }
        Command::FallOverdue => {
            let came = due_at.filter(|came| !task.is_overdue && *came <= now);
            came.map(|due_at| FellOverdue { due_at }.into()).into_iter().collect()
        }
    })
}

/// What is over can be reopened, and takes what it has had already and a timer that comes too late.
fn closed(task: &Task, command: &Command, over: Rejection) -> Result<Vec<Event>, Rejection> {
    match command {
        Command::Create(details) => created_again(task, details),
        Command::Reopen => {
            let Details { due_at, remind_at, .. } = task.details;
            let (due_at, remind_at) = (untold(due_at, task.is_overdue), untold(remind_at, task.is_reminded));
            Ok(vec![Reopened { due_at, remind_at, is_overdue: task.is_overdue }.into()])
        }
        Command::Remind | Command::FallOverdue => Ok(Vec::new()),
        Command::Reassign { .. }
        | Command::Reschedule { .. }
        | Command::Complete { .. }
        | Command::Cancel { .. } => Err(over),
    }
}

/// A time that is still to be told of.
fn untold(time: Option<Instant>, is_told: bool) -> Option<Instant> {
    time.filter(|_| !is_told)
}

fn created_again(task: &Task, details: &Details) -> Result<Vec<Event>, Rejection> {
    if task.created == *details { Ok(Vec::new()) } else { Err(Rejection::AlreadyCreated) }
}

fn assert_reminds_in_time(due_at: Option<Instant>, remind_at: Option<Instant>) -> Result<(), Rejection> {
    let is_late = due_at.zip(remind_at).is_some_and(|(due_at, remind_at)| remind_at > due_at);
    if is_late { Err(Rejection::ReminderAfterDue) } else { Ok(()) }
}
