//! A task as a row, and how its events change it: the same way as the aggregate, see `rapport_domain::task`.

use rapport_domain::envelope::Revision;
use rapport_domain::id::TaskId;
use rapport_domain::task::{Details, Event};
use rapport_domain::value::Instant;
use rusqlite::{Connection, Row, named_params};

use super::{Task, TaskStatus};
use crate::column::{Json, Micros, Rev, Word, instant, instant_or_null, json_or_null, word, word_or_null};
use crate::projection::Projected;
use crate::row::Entity;

impl Task {
    pub(super) fn created(task_id: TaskId, details: &Details, event: &Projected<'_>) -> Self {
        let Details { about, subject, owner, due_at, remind_at, rule, stage_rule } = details.clone();
        Self {
            task_id,
            about,
            subject,
            owner,
            status: TaskStatus::Open,
            due_at,
            remind_at,
            reminded: false,
            overdue: false,
            rule,
            stage_rule,
            outcome: None,
            reason: None,
            created_at: event.occurred_at(),
            closed_at: None,
            revision: event.revision(),
        }
    }

    /// Where it comes in the order in which tasks are due.
    pub(super) fn due_order(&self) -> i64 {
        self.due_at.map_or(i64::MAX, Instant::micros)
    }
}

impl Entity for Task {
    type Id = TaskId;
    type Event = Event;
    const FIND: &'static str = "SELECT * FROM tasks WHERE task_id = ?1";

    fn begun(id: TaskId, happened: &Event, event: &Projected<'_>) -> Option<Self> {
        let Event::Created(created) = happened else { return None };
        Some(Self::created(id, &created.details, event))
    }

    fn after(mut self, event: &Event, occurred_at: Instant, revision: Revision) -> Self {
        self.revision = revision;
        match event {
            Event::Created(_) => {}
            Event::Reassigned(reassigned) => self.owner.clone_from(&reassigned.owner),
            Event::Rescheduled(rescheduled) => {
                self.reminded &= self.remind_at == rescheduled.remind_at;
                self.overdue &= self.due_at == rescheduled.due_at;
                self.due_at = rescheduled.due_at;
                self.remind_at = rescheduled.remind_at;
            }
            Event::Completed(completed) => {
                self.status = TaskStatus::Completed;
                self.outcome.clone_from(&completed.outcome);
                self.closed_at = Some(occurred_at);
            }
            Event::Cancelled(cancelled) => {
                self.status = TaskStatus::Cancelled;
                self.reason = Some(cancelled.reason.clone());
                self.closed_at = Some(occurred_at);
            }
            Event::Reopened(_) => {
                self.status = TaskStatus::Open;
                self.outcome = None;
                self.reason = None;
                self.closed_at = None;
            }
            Event::Reminded(_) => self.reminded = true,
            Event::FellOverdue(_) => self.overdue = true,
        }
        self
    }

    fn from_row(row: &Row<'_>) -> rusqlite::Result<(i64, Self)> {
        let task = Self {
            task_id: word(row, "task_id")?,
            about: word(row, "about")?,
            subject: word(row, "subject")?,
            owner: word(row, "owner")?,
            status: word(row, "status")?,
            due_at: instant_or_null(row, "due_at")?,
            remind_at: instant_or_null(row, "remind_at")?,
            reminded: row.get("reminded")?,
            overdue: row.get("overdue")?,
            rule: word_or_null(row, "rule")?,
            stage_rule: json_or_null(row, "stage_rule")?,
            outcome: word_or_null(row, "outcome")?,
            reason: word_or_null(row, "reason")?,
            created_at: instant(row, "created_at")?,
            closed_at: instant_or_null(row, "closed_at")?,
            revision: row.get::<_, Rev>("revision")?.0,
        };
        Ok((row.get("position")?, task))
    }

    fn write(&self, connection: &Connection, position: i64) -> rusqlite::Result<()> {
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO tasks VALUES (:position, :task, :about, :subject, :owner, :status, :due_at,
                     :due_order, :remind_at, :reminded, :overdue, :late, :rule, :stage_rule, :outcome, :reason,
                     :created_at, :closed_at, :revision)",
            )?
            .execute(named_params! {
                ":position": position,
                ":task": Word(self.task_id),
                ":about": Word(self.about),
                ":subject": Word(&self.subject),
                ":owner": Word(&self.owner),
                ":status": Word(self.status),
                ":due_at": self.due_at.map(Micros),
                ":due_order": self.due_order(),
                ":remind_at": self.remind_at.map(Micros),
                ":reminded": self.reminded,
                ":overdue": self.overdue,
                ":late": self.overdue && self.status == TaskStatus::Open,
                ":rule": self.rule.as_ref().map(Word),
                ":stage_rule": self.stage_rule.as_ref().map(Json),
                ":outcome": self.outcome.as_ref().map(Word),
                ":reason": self.reason.as_ref().map(Word),
                ":created_at": Micros(self.created_at),
                ":closed_at": self.closed_at.map(Micros),
                ":revision": Rev(self.revision),
            })?;
        Ok(())
    }
}
