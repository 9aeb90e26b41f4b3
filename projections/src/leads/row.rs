//! A lead as a row, and how its events change it: the same way as the aggregate, see `rapport_domain::lead`.

use rapport_domain::envelope::Revision;
use rapport_domain::id::{LeadId, OpportunityId};
use rapport_domain::lead::{Assigned, Captured, Event, Score};
use rapport_domain::value::{Instant, Reference};
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::{Lead, LeadStatus};
use crate::column::{
    Json, Micros, Rev, Word, instant, instant_or_null, json, json_or_null, word, word_or_empty, word_or_null,
};
use crate::projection::Projected;

impl Lead {
    pub(super) fn captured(lead_id: LeadId, captured: &Captured, event: &Projected<'_>) -> Self {
        let capture = &captured.capture;
        Self {
            lead_id,
            contact_id: captured.contact_id,
            source: capture.source,
            campaign: capture.campaign.clone(),
            status: LeadStatus::New,
            owner: None,
            queue: None,
            respond_by: None,
            assignments: 0,
            score: None,
            fields: capture.fields.clone(),
            captured_again: 0,
            captured_at: event.occurred_at(),
            assigned_at: None,
            contacted_at: None,
            qualified_at: None,
            recycled_at: None,
            disqualified_at: None,
            converted_at: None,
            won_at: None,
            lost_at: None,
            reason: None,
            until: None,
            account_id: None,
            opportunity_id: None,
            revision: event.revision(),
        }
    }

    /// The lead after an event.
    pub(super) fn after(mut self, event: &Event, occurred_at: Instant, revision: Revision) -> Self {
        let first = |known: Option<Instant>| known.or(Some(occurred_at));
        self.revision = revision;
        match event {
            Event::Captured(_) => {}
            Event::CapturedAgain(again) => {
                self.captured_again = self.captured_again.saturating_add(1);
                self.fields.extend(again.capture.fields.clone());
                if self.status == LeadStatus::Recycled {
                    self.stand(LeadStatus::New);
                }
            }
            Event::Enriched(enriched) => {
                self.fields.retain(|key, _| !enriched.cleared.contains(key));
                self.fields.extend(enriched.fields.clone());
            }
            Event::Scored(scored) => self.score = Some(scored.score.clone()),
            Event::Assigned(assigned) => self.handed_over(assigned, occurred_at),
            Event::AssignmentDeclined(_) | Event::AssignmentTimedOut(_) => {
                self.nobodys();
                self.stand(LeadStatus::New);
            }
            Event::Contacted(_) => {
                self.contacted_at = first(self.contacted_at);
                self.respond_by = None;
                if self.status != LeadStatus::Qualified {
                    self.stand(LeadStatus::Working);
                }
            }
            Event::Qualified(qualified) => {
                self.qualified_at = first(self.qualified_at);
                self.stand(LeadStatus::Qualified);
                self.reason.clone_from(&qualified.reason);
            }
            Event::Disqualified(disqualified) => {
                self.disqualified_at = first(self.disqualified_at);
                self.stand(LeadStatus::Disqualified);
                self.reason = Some(disqualified.reason.clone());
            }
            Event::Recycled(recycled) => {
                self.recycled_at = first(self.recycled_at);
                self.nobodys();
                self.stand(LeadStatus::Recycled);
                self.reason.clone_from(&recycled.reason);
                self.until = recycled.until;
            }
            Event::Converted(converted) => {
                self.converted_at = first(self.converted_at);
                self.stand(LeadStatus::Converted);
                self.account_id = converted.account_id;
                self.opportunity_id = converted.opportunity_id;
            }
        }
        self
    }

    fn handed_over(&mut self, assigned: &Assigned, occurred_at: Instant) {
        self.owner = assigned.to.owner().cloned();
        self.queue = assigned.to.queue().cloned();
        self.assignments = assigned.number;
        self.respond_by = assigned.respond_by;
        if self.owner.is_some() {
            self.assigned_at = self.assigned_at.or(Some(occurred_at));
        }
        match self.status {
            LeadStatus::New | LeadStatus::Recycled => self.stand(LeadStatus::Assigned),
            LeadStatus::Assigned
            | LeadStatus::Working
            | LeadStatus::Qualified
            | LeadStatus::Disqualified
            | LeadStatus::Converted => {}
        }
    }

    fn nobodys(&mut self) {
        self.owner = None;
        self.queue = None;
        self.respond_by = None;
    }

    fn stand(&mut self, status: LeadStatus) {
        self.status = status;
        self.until = None;
        if !status.is_active() {
            self.respond_by = None;
        }
    }

    /// The lead and the position of its capture.
    pub(super) fn find(connection: &Connection, lead_id: LeadId) -> rusqlite::Result<Option<(i64, Self)>> {
        connection
            .prepare_cached("SELECT * FROM leads WHERE lead_id = ?1")?
            .query_row((Word(lead_id),), Self::from_row)
            .optional()
    }

    /// The same of the lead that a deal came of.
    pub(super) fn of_opportunity(
        connection: &Connection,
        opportunity_id: OpportunityId,
    ) -> rusqlite::Result<Option<(i64, Self)>> {
        connection
            .prepare_cached("SELECT * FROM leads WHERE opportunity_id = ?1")?
            .query_row((Word(opportunity_id),), Self::from_row)
            .optional()
    }

    pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<(i64, Self)> {
        let lead = Self {
            lead_id: word(row, "lead_id")?,
            contact_id: word(row, "contact_id")?,
            source: word(row, "origin")?,
            campaign: word_or_null(row, "campaign")?,
            status: word(row, "status")?,
            owner: word_or_empty(row, "owner")?,
            queue: word_or_empty(row, "queue")?,
            respond_by: instant_or_null(row, "respond_by")?,
            assignments: row.get("assignments")?,
            score: json_or_null(row, "score")?,
            fields: json(row, "fields")?,
            captured_again: row.get("captured_again")?,
            captured_at: instant(row, "captured_at")?,
            assigned_at: instant_or_null(row, "assigned_at")?,
            contacted_at: instant_or_null(row, "contacted_at")?,
            qualified_at: instant_or_null(row, "qualified_at")?,
            recycled_at: instant_or_null(row, "recycled_at")?,
            disqualified_at: instant_or_null(row, "disqualified_at")?,
            converted_at: instant_or_null(row, "converted_at")?,
            won_at: instant_or_null(row, "won_at")?,
            lost_at: instant_or_null(row, "lost_at")?,
            reason: word_or_null(row, "reason")?,
            until: word_or_null(row, "rests_until")?,
            account_id: word_or_null(row, "account_id")?,
            opportunity_id: word_or_null(row, "opportunity_id")?,
            revision: row.get::<_, Rev>("revision")?.0,
        };
        Ok((row.get("position")?, lead))
    }

    /// Fit and engagement together; 0 before it is judged.
    pub(super) fn points(&self) -> i32 {
        self.score.as_ref().map_or(0, Score::points)
    }

    /// Writes the lead, which was captured at a position, over what was known of it.
    pub(super) fn write(&self, connection: &Connection, position: i64) -> rusqlite::Result<()> {
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO leads VALUES (:position, :lead, :contact, :origin, :campaign, :status, :active,
                     :owner, :queue, :respond_by, :assignments, :score, :points, :rating, :fields, :captured_again,
                     :captured_at, :assigned_at, :contacted_at, :qualified_at, :recycled_at, :disqualified_at,
                     :converted_at, :won_at, :lost_at, :reason, :rests_until, :account, :opportunity, :revision)",
            )?
            .execute(named_params! {
                ":position": position,
                ":lead": Word(self.lead_id),
                ":contact": Word(self.contact_id),
                ":origin": Word(self.source),
                ":campaign": self.campaign.as_ref().map(Word),
                ":status": Word(self.status),
                ":active": self.status.is_active(),
                ":owner": name(self.owner.as_ref()),
                ":queue": name(self.queue.as_ref()),
                ":respond_by": self.respond_by.map(Micros),
                ":assignments": self.assignments,
                ":score": self.score.as_ref().map(Json),
                ":points": self.points(),
                ":rating": self.score.as_ref().map(|score| Word(score.rating)),
                ":fields": Json(&self.fields),
                ":captured_again": self.captured_again,
                ":captured_at": Micros(self.captured_at),
                ":assigned_at": self.assigned_at.map(Micros),
                ":contacted_at": self.contacted_at.map(Micros),
                ":qualified_at": self.qualified_at.map(Micros),
                ":recycled_at": self.recycled_at.map(Micros),
                ":disqualified_at": self.disqualified_at.map(Micros),
                ":converted_at": self.converted_at.map(Micros),
                ":won_at": self.won_at.map(Micros),
                ":lost_at": self.lost_at.map(Micros),
                ":reason": self.reason.as_ref().map(Word),
                ":rests_until": self.until.map(Word),
                ":account": self.account_id.map(Word),
                ":opportunity": self.opportunity_id.map(Word),
                ":revision": Rev(self.revision),
            })?;
        Ok(())
    }
}

/// A name in a column; an empty text stands for none.
fn name(reference: Option<&Reference>) -> &str {
    reference.map_or("", Reference::as_str)
}
