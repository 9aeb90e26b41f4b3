//! A quote as a row, and how its events change it: the same way as the aggregate, see `rapport_domain::quote`.

use rapport_domain::envelope::Revision;
use rapport_domain::id::QuoteId;
use rapport_domain::quote::{Created, Event};
use rapport_domain::value::Instant;
use rusqlite::{Connection, Row, named_params};

use super::{Quote, QuoteStatus};
use crate::column::{
    Json, Micros, Rev, Word, instant, instant_or_null, json, json_or_null, word, word_or_null,
};
use crate::projection::Projected;
use crate::row::Entity;

impl Quote {
    pub(super) fn created(quote_id: QuoteId, created: &Created, event: &Projected<'_>) -> Self {
        Self {
            quote_id,
            opportunity_id: created.opportunity_id,
            status: QuoteStatus::Draft,
            offer: created.offer.clone(),
            valid_until: None,
            time_zone: None,
            expires_at: None,
            deal_amount: None,
            reason: None,
            created_at: event.occurred_at(),
            sent_at: None,
            closed_at: None,
            revision: event.revision(),
        }
    }

    fn close(&mut self, status: QuoteStatus, occurred_at: Instant) {
        self.status = status;
        self.closed_at = Some(occurred_at);
    }

    /// Where it comes in the order in which quotes that wait for an answer expire.
    pub(super) fn expiry_order(&self) -> i64 {
        let waiting = self.expires_at.filter(|_| self.status == QuoteStatus::Sent);
        waiting.map_or(i64::MAX, Instant::micros)
    }
}

impl Entity for Quote {
    type Id = QuoteId;
    type Event = Event;
    const FIND: &'static str = "SELECT * FROM quotes WHERE quote_id = ?1";

    fn begun(id: QuoteId, happened: &Event, event: &Projected<'_>) -> Option<Self> {
        let Event::Created(created) = happened else { return None };
        Some(Self::created(id, created, event))
    }

    fn after(mut self, event: &Event, occurred_at: Instant, revision: Revision) -> Self {
        self.revision = revision;
        match event {
            Event::Created(_) => {}
            Event::Revised(revised) => {
                self.status = QuoteStatus::Draft;
                self.offer = revised.offer.clone();
                self.valid_until = None;
                self.time_zone = None;
                self.expires_at = None;
                self.sent_at = None;
            }
            Event::Sent(sent) => {
                self.status = QuoteStatus::Sent;
                self.valid_until = Some(sent.valid_until);
                self.time_zone = Some(sent.time_zone);
                self.expires_at = Some(sent.expires_at);
                self.sent_at = Some(occurred_at);
            }
            Event::Accepted(accepted) => {
                self.deal_amount = Some(accepted.deal_amount);
                self.close(QuoteStatus::Accepted, occurred_at);
            }
            Event::Declined(declined) => {
                self.reason.clone_from(&declined.reason);
                self.close(QuoteStatus::Declined, occurred_at);
            }
            Event::Expired(_) => self.close(QuoteStatus::Expired, occurred_at),
            Event::Withdrawn(withdrawn) => {
                self.reason = Some(withdrawn.reason.clone());
                self.close(QuoteStatus::Withdrawn, occurred_at);
            }
        }
        self
    }

    fn from_row(row: &Row<'_>) -> rusqlite::Result<(i64, Self)> {
        let quote = Self {
            quote_id: word(row, "quote_id")?,
            opportunity_id: word(row, "opportunity_id")?,
            status: word(row, "status")?,
            offer: json(row, "offer")?,
            valid_until: word_or_null(row, "valid_until_on")?,
            time_zone: word_or_null(row, "time_zone")?,
            expires_at: instant_or_null(row, "expires_at")?,
            deal_amount: json_or_null(row, "deal_amount")?,
            reason: word_or_null(row, "reason")?,
            created_at: instant(row, "created_at")?,
            sent_at: instant_or_null(row, "sent_at")?,
            closed_at: instant_or_null(row, "closed_at")?,
            revision: row.get::<_, Rev>("revision")?.0,
        };
        Ok((row.get("position")?, quote))
    }

    fn write(&self, connection: &Connection, position: i64) -> rusqlite::Result<()> {
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO quotes VALUES (:position, :quote, :opportunity, :status, :offer,
                     :valid_until, :time_zone, :expires_at, :expiry_order, :deal_amount, :reason, :created_at,
                     :sent_at, :closed_at, :revision)",
            )?
            .execute(named_params! {
                ":position": position,
                ":quote": Word(self.quote_id),
                ":opportunity": Word(self.opportunity_id),
                ":status": Word(self.status),
                ":offer": Json(&self.offer),
                ":valid_until": self.valid_until.map(Word),
                ":time_zone": self.time_zone.map(Word),
                ":expires_at": self.expires_at.map(Micros),
                ":expiry_order": self.expiry_order(),
                ":deal_amount": self.deal_amount.map(Json),
                ":reason": self.reason.as_ref().map(Word),
                ":created_at": Micros(self.created_at),
                ":sent_at": self.sent_at.map(Micros),
                ":closed_at": self.closed_at.map(Micros),
                ":revision": Rev(self.revision),
            })?;
        Ok(())
    }
}
