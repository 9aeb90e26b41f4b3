//! A case as a row, and how its events change it: the same way as the aggregate, see `rapport_domain::case`.

use std::collections::BTreeSet;

use rapport_domain::case::{Event, Opened, Rating};
use rapport_domain::envelope::Revision;
use rapport_domain::id::CaseId;
use rapport_domain::sla_policy::{Clock, Due, Target};
use rapport_domain::value::{Instant, Reference};
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::{Case, CaseStatus};
use crate::column::{
    Json, Micros, Rev, Word, instant, instant_or_null, json, json_or_null, number_or_null, word,
    word_or_empty, word_or_null,
};
use crate::projection::Projected;

impl Case {
    pub(super) fn opened(case_id: CaseId, opened: &Opened, event: &Projected<'_>) -> Self {
        let clock = opened.clock.as_deref();
        Self {
            case_id,
            contact_id: opened.contact_id,
            channel: opened.channel,
            title: opened.title.clone(),
            kind: opened.kind,
            priority: opened.priority,
            status: CaseStatus::Open,
            group: opened.group.clone(),
            assignee: opened.assignee.clone(),
            product: opened.product.clone(),
            source: opened.source.clone(),
            split_from: opened.split_from,
            merged_into: None,
            stood: None,
            level: 0,
            terms: clock.map(|clock| clock.terms.clone()),
            due: clock.map_or_else(Due::default, |clock| clock.due),
            stopped_at: None,
            breached: BTreeSet::new(),
            opened_at: opened.opened_at.unwrap_or_else(|| event.occurred_at()),
            first_responded_at: None,
            resolved_at: None,
            resolution: None,
            reopened: 0,
            bugs: BTreeSet::new(),
            segments: opened.segments.clone(),
            rating: None,
            is_low_rated: false,
            revision: event.revision(),
        }
    }

    /// The case after an event.
    pub(super) fn after(mut self, event: &Event, occurred_at: Instant, revision: Revision) -> Self {
        self.revision = revision;
        match event {
            Event::Opened(_) => {}
            Event::Assigned(assigned) => {
                self.group.clone_from(&assigned.group);
                self.assignee.clone_from(&assigned.assignee);
            }
            Event::Replied(_) => {
                self.keep(Target::FirstResponse, self.due.first_response, occurred_at);
                self.keep(Target::NextResponse, self.due.next_response, occurred_at);
                self.due = Due { first_response: None, next_response: None, ..self.due };
                self.first_responded_at = self.first_responded_at.or(Some(occurred_at));
            }
            Event::CustomerReplied(replied) => self.set(replied.clock.as_ref()),
            Event::Awaited(awaited) => {
                self.status = awaited.wait.into();
                self.stopped_at = awaited.stopped_at;
            }
            Event::Resumed(resumed) => {
                self.status = CaseStatus::Open;
                self.stopped_at = None;
                self.set(resumed.clock.as_ref());
            }
            Event::PriorityChanged(changed) => {
                self.priority = changed.to;
                // What was overdue already was not kept, whatever is promised from now on.
                let at = self.stopped_at.unwrap_or(occurred_at);
                let overdue = self.due.each().filter(|(_, due)| *due < at);
                self.breached.extend(overdue.map(|(target, _)| target));
                self.set(changed.clock.as_ref());
            }
            Event::Escalated(escalated) => self.level = escalated.level,
            Event::TargetBreached(breached) => self.breached.extend([breached.target]),
            Event::Resolved(resolved) => {
                let at = self.stopped_at.take().unwrap_or(occurred_at);
                self.keep(Target::Resolution, self.due.resolution, at);
                self.due = Due::default();
                self.status = CaseStatus::Resolved;
                self.resolved_at = Some(occurred_at);
                self.resolution.clone_from(&resolved.resolution);
            }
            Event::Reopened(reopened) => {
                self.status = CaseStatus::Open;
                self.reopened = self.reopened.saturating_add(1);
                self.resolved_at = None;
                self.resolution = None;
                self.set(reopened.clock.as_ref());
            }
            Event::Closed(_) => self.status = CaseStatus::Closed,
            Event::Merged(merged) => {
                self.stood = Some(self.status);
                self.status = CaseStatus::Merged;
                self.merged_into = Some(merged.into);
            }
            Event::Parted(parted) => {
                self.status = self.stood.take().unwrap_or(self.status);
                self.merged_into = None;
                self.set(parted.clock.as_ref());
            }
            Event::TargetWarned(_) => {}
            Event::Rated(rated) => {
                self.rating = Some(rated.rating);
                self.is_low_rated = rated.rating.is_low();
            }
            Event::RatingReviewed(_) => self.is_low_rated = false,
            Event::BugLinked(linked) => self.bugs.extend([linked.bug.clone()]),
        }
        self
    }

    /// A promise is kept, or not.
    fn keep(&mut self, target: Target, due: Option<Instant>, done_at: Instant) {
        if due.is_some_and(|due| due < done_at) {
            self.breached.insert(target);
        }
    }

    fn set(&mut self, clock: Option<&Clock>) {
        if let Some(clock) = clock {
            self.terms = Some(clock.terms.clone());
            self.due = clock.due;
        }
    }

    /// The case and the position of its opening.
    pub(super) fn find(connection: &Connection, case_id: CaseId) -> rusqlite::Result<Option<(i64, Self)>> {
        connection
            .prepare_cached("SELECT * FROM cases WHERE case_id = ?1")?
            .query_row((Word(case_id),), Self::from_row)
            .optional()
    }

    pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<(i64, Self)> {
        let case = Self {
            case_id: word(row, "case_id")?,
            contact_id: word_or_null(row, "contact_id")?,
            channel: word(row, "channel")?,
            title: word(row, "title")?,
            kind: word(row, "kind")?,
            priority: word(row, "priority")?,
            status: word(row, "status")?,
            group: word_or_empty(row, "team")?,
            assignee: word_or_empty(row, "assignee")?,
            product: word_or_null(row, "product")?,
            source: json_or_null(row, "source")?,
            split_from: word_or_null(row, "split_from")?,
            merged_into: word_or_null(row, "merged_into")?,
            stood: word_or_null(row, "stood")?,
            level: row.get("level")?,
            terms: json_or_null(row, "terms")?,
            due: Due {
                first_response: instant_or_null(row, "first_due")?,
                next_response: instant_or_null(row, "next_due")?,
                resolution: instant_or_null(row, "resolution_due")?,
            },
            stopped_at: instant_or_null(row, "stopped_at")?,
            breached: json(row, "breached")?,
            opened_at: instant(row, "opened_at")?,
            first_responded_at: instant_or_null(row, "first_responded_at")?,
            resolved_at: instant_or_null(row, "resolved_at")?,
            resolution: word_or_null(row, "resolution")?,
            reopened: row.get("reopened")?,
            bugs: json(row, "bugs")?,
            segments: json(row, "segments")?,
            rating: number_or_null(row, "rating")?,
            is_low_rated: row.get("low_rated")?,
            revision: row.get::<_, Rev>("revision")?.0,
        };
        Ok((row.get("position")?, case))
    }

    /// Writes the case, which was opened at a position, over what was known of it.
    pub(super) fn write(&self, connection: &Connection, position: i64) -> rusqlite::Result<()> {
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO cases VALUES (:position, :case, :contact, :channel, :title, :kind, :priority,
                     :status, :unsolved, :team, :assignee, :product, :source, :split_from, :merged_into, :stood, :level, :terms,
                     :first_due, :next_due, :resolution_due, :stopped_at, :breached, :opened_at, :first_responded_at,
                     :resolved_at, :resolution, :reopened, :bugs, :segments, :rating, :low_rated, :revision)",
            )?
            .execute(named_params! {
                ":position": position,
                ":case": Word(self.case_id),
                ":contact": self.contact_id.map(Word),
                ":channel": Word(self.channel),
                ":title": Word(&self.title),
                ":kind": Word(self.kind),
                ":priority": Word(self.priority),
                ":status": Word(self.status),
                ":unsolved": self.status.is_unsolved(),
                ":team": name(self.group.as_ref()),
                ":assignee": name(self.assignee.as_ref()),
                ":product": self.product.as_ref().map(Word),
                ":source": self.source.as_ref().map(Json),
                ":split_from": self.split_from.map(Word),
                ":merged_into": self.merged_into.map(Word),
                ":stood": self.stood.map(Word),
                ":level": self.level,
                ":terms": self.terms.as_ref().map(Json),
                ":first_due": self.due.first_response.map(Micros),
                ":next_due": self.due.next_response.map(Micros),
                ":resolution_due": self.due.resolution.map(Micros),
                ":stopped_at": self.stopped_at.map(Micros),
                ":breached": Json(&self.breached),
                ":opened_at": Micros(self.opened_at),
                ":first_responded_at": self.first_responded_at.map(Micros),
                ":resolved_at": self.resolved_at.map(Micros),
                ":resolution": self.resolution.as_ref().map(Word),
                ":reopened": self.reopened,
                ":bugs": Json(&self.bugs),
                ":segments": Json(&self.segments),
                ":rating": self.rating.map(Rating::get),
                ":low_rated": self.is_low_rated,
                ":revision": Rev(self.revision),
            })?;
        Ok(())
    }
}

/// A name in a column; an empty text stands for none.
pub(super) fn name(reference: Option<&Reference>) -> &str {
    reference.map_or("", Reference::as_str)
}
