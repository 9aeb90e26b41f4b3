//! What is to be done for a contact: one task after another, each through everything that can happen to one.

use rapport_domain::id::{ContactId, TaskId};
use rapport_domain::task::{
    About, Cancelled, Completed, Created, Details, Event, FellOverdue, Reassigned, Reminded, Reopened,
    Rescheduled,
};
use rapport_domain::value::Instant;

use super::NAMESPACE;
use super::word::Words;
use crate::error::Failure;

/// Steps of a task, from its creation to its end.
const STEPS: usize = 8;

/// The tasks of a contact.
#[derive(Default)]
pub(super) struct Tasks {
    /// Which one is at hand.
    number: usize,
    /// What happened to it already.
    step: usize,
    /// When it is due.
    due_at: Option<Instant>,
}

impl Tasks {
    /// The next thing that happens at a time, and to which task.
    pub(super) fn step(
        &mut self,
        contact_id: ContactId,
        at: Instant,
        words: &Words,
    ) -> Result<(TaskId, Event), Failure> {
        let Self { number, step, due_at } = *self;
        let ends = step + 1 == STEPS;
        self.number = if ends { number + 1 } else { number };
        self.step = if ends { 0 } else { step + 1 };
        if step == 0 || step == 3 {
            self.due_at = Some(at);
        }
        let owner = words.owners.first().cloned().ok_or_else(super::nobody)?;
        let due = due_at.unwrap_or(at);
        let event = match step {
            0 => Created {
                details: Details {
                    about: About::Contact(contact_id),
                    subject: words.label.clone(),
                    owner,
                    due_at: Some(at),
                    remind_at: Some(at),
                    rule: None,
                    stage_rule: None,
                },
            }
            .into(),
            1 => Reminded { remind_at: due }.into(),
            2 => FellOverdue { due_at: due }.into(),
            3 => Rescheduled {
                due_at: Some(at),
                remind_at: None,
                previous_due_at: due_at,
                previous_remind_at: due_at,
            }
            .into(),
            4 => Reassigned { owner: owner.clone(), previous: owner }.into(),
            5 => Cancelled { reason: words.label.clone() }.into(),
            6 => Reopened { due_at, remind_at: None, is_overdue: false }.into(),
            _ => Completed { outcome: Some(words.label.clone()) }.into(),
        };
        Ok((TaskId::derived(NAMESPACE, &format!("{contact_id}:task:{number}")), event))
    }
}
