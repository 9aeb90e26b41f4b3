//! What happened, written into the tables as a CRM would: rows are changed in place.

use rapport_domain::envelope::Recorded;
use rapport_domain::event::DomainEvent;
use rapport_domain::value::{Instant, Money};
use rapport_domain::{contact, interaction, opportunity, subscription};
use rusqlite::{Connection, OptionalExtension as _};

use crate::{PlainCrm, PlainError, consents};

/// What stands where a CRM keeps what was said.
const BODY: &str = "We talked about the offer, the open questions of last week, and when to speak again.";

impl PlainCrm {
    /// Takes events in, all in one transaction.
    ///
    /// # Errors
    /// When one cannot be read, or the file not be written.
    pub fn take(&mut self, events: &[Recorded]) -> Result<(), PlainError> {
        let tx = self.connection.transaction()?;
        for recorded in events {
            let unreadable = |_| PlainError::Event { position: recorded.position };
            let Some(event) = DomainEvent::decode(recorded).map_err(unreadable)? else { continue };
            let occurred_at = recorded.metadata().map_err(unreadable)?.occurred_at;
            write(&tx, recorded, &event, occurred_at)?;
        }
        Ok(tx.commit()?)
    }
}

fn write(
    tx: &Connection,
    recorded: &Recorded,
    event: &DomainEvent,
    occurred_at: Instant,
) -> rusqlite::Result<()> {
    let id = recorded.stream.id();
    match event {
        DomainEvent::Contact(happened) => {
            contact(tx, id, happened, occurred_at)?;
            activity(tx, recorded, id, occurred_at, None)
        }
        DomainEvent::Interaction(interaction::Event::Recorded(_)) => {
            activity(tx, recorded, id, occurred_at, Some(BODY))
        }
        // A CRM changes the row; which one is not what is measured.
        DomainEvent::Interaction(interaction::Event::Corrected(_) | interaction::Event::Redacted(_))
        | DomainEvent::Pipeline(_)
        | DomainEvent::Notice(_)
        | DomainEvent::SubjectRequest(_)
        | DomainEvent::Access(_)
        | DomainEvent::Calendar(_)
        | DomainEvent::SlaPolicy(_)
        | DomainEvent::Case(_)
        | DomainEvent::Lead(_)
        | DomainEvent::ScoringModel(_)
        | DomainEvent::RoutingPolicy(_)
        | DomainEvent::FieldSet(_)
        | DomainEvent::Task(_)
        | DomainEvent::PriceBook(_)
        | DomainEvent::Quote(_) => Ok(()),
        DomainEvent::Suppression(happened) => consents::take_suppression(tx, id, happened),
        DomainEvent::Opportunity(happened) => {
            deal(tx, id, happened, occurred_at)?;
            let contact: Option<String> = tx
                .prepare_cached("SELECT contact_id FROM deals WHERE id = ?1")?
                .query_row((id,), |row| row.get(0))
                .optional()?
                .flatten();
            contact.map_or(Ok(()), |contact| activity(tx, recorded, &contact, occurred_at, None))
        }
        DomainEvent::Subscription(subscription::Event::Started(started)) => {
            activity(tx, recorded, &started.contact_id.to_string(), occurred_at, None)
        }
        DomainEvent::Subscription(
            subscription::Event::Renewed(_)
            | subscription::Event::AmountChanged(_)
            | subscription::Event::Paused(_)
            | subscription::Event::Cancelled(_)
            | subscription::Event::Reactivated(_),
        ) => Ok(()),
        DomainEvent::Consent(happened) => {
            consents::take(tx, id, happened)?;
            activity(tx, recorded, id, occurred_at, None)
        }
    }
}

fn activity(
    tx: &Connection,
    recorded: &Recorded,
    contact: &str,
    occurred_at: Instant,
    body: Option<&str>,
) -> rusqlite::Result<()> {
    let insert = "INSERT INTO activities (contact_id, kind, occurred_at, body) VALUES (?1, ?2, ?3, ?4)";
    execute(tx, insert, (contact, &recorded.event_type, occurred_at.micros(), body))
}

fn contact(
    tx: &Connection,
    id: &str,
    happened: &contact::Event,
    occurred_at: Instant,
) -> rusqlite::Result<()> {
    use contact::Event;
    match happened {
        Event::Registered(registered) => {
            let owner = registered.owner.as_ref().map(ToString::to_string);
            let insert = "INSERT INTO contacts (id, owner, created_at) VALUES (?1, ?2, ?3)";
            execute(tx, insert, (id, owner, occurred_at.micros()))
        }
        Event::OwnerAssigned(assigned) => {
            execute(tx, "UPDATE contacts SET owner = ?2 WHERE id = ?1", (id, assigned.owner.to_string()))
        }
        Event::Archived(_) => execute(tx, "UPDATE contacts SET archived = 1 WHERE id = ?1", (id,)),
        Event::Erased(_) => execute(tx, "DELETE FROM contacts WHERE id = ?1", (id,)),
        Event::Restored(_) => execute(tx, "UPDATE contacts SET archived = 0 WHERE id = ?1", (id,)),
        Event::NameCorrected(_)
        | Event::ContactPointAdded(_)
        | Event::ContactPointRemoved(_)
        | Event::LifecycleStageChanged(_)
        | Event::SegmentSet(_)
        | Event::SegmentCleared(_)
        | Event::LegalHoldPlaced(_)
        | Event::LegalHoldReleaseProposed(_)
        | Event::LegalHoldReleased(_)
        | Event::Disclosed(_) => Ok(()),
    }
}

fn deal(
    tx: &Connection,
    id: &str,
    happened: &opportunity::Event,
    occurred_at: Instant,
) -> rusqlite::Result<()> {
    use opportunity::Event;
    const MOVE: &str = "UPDATE deals SET stage = ?2 WHERE id = ?1";
    const REVISE: &str = "UPDATE deals SET amount = ?2 WHERE id = ?1";
    const ASSIGN: &str = "UPDATE deals SET owner = ?2, team = ?3 WHERE id = ?1";
    const CLOSE: &str = "UPDATE deals SET stage = ?2, status = ?3, closed_at = ?4, amount = coalesce(?5, amount) WHERE id = ?1";
    const REOPEN: &str = "UPDATE deals SET stage = ?2, status = 'open', closed_at = NULL WHERE id = ?1";
    let at = occurred_at.micros();
    let units = |money: Option<Money>| money.map(|money| money.minor_units);
    match happened {
        Event::Opened(opened) => execute(
            tx,
            "INSERT INTO deals VALUES (?1, ?2, ?3, 'open', ?4, ?5, ?6, ?7, ?8, NULL)",
            (
                id,
                opened.contact_id.map(|contact| contact.to_string()),
                opened.place.stage.to_string(),
                opened.owner.as_ref().map(ToString::to_string),
                opened.team.as_ref().map(ToString::to_string),
                units(opened.amount),
                opened.amount.map(|money| money.currency.to_string()),
                at,
            ),
        ),
        Event::StageMoved(moved) => execute(tx, MOVE, (id, moved.place.stage.to_string())),
        Event::AmountRevised(revised) => execute(tx, REVISE, (id, revised.amount.minor_units)),
        Event::CloseDateMoved(_)
        | Event::NextStepSet(_)
        | Event::ContactRoleAdded(_)
        | Event::ContactRoleRemoved(_)
        | Event::ForecastOverridden(_)
        | Event::SegmentSet(_)
        | Event::SegmentCleared(_)
        | Event::CriterionMet(_)
        | Event::CriterionRetracted(_)
        | Event::QuoteChosen(_) => Ok(()),
        Event::OwnerAssigned(to) => {
            execute(tx, ASSIGN, (id, to.owner.to_string(), to.team.as_ref().map(ToString::to_string)))
        }
        Event::Won(won) => {
            execute(tx, CLOSE, (id, won.place.stage.to_string(), "won", at, units(won.amount)))
        }
        Event::Lost(lost) => execute(tx, CLOSE, (id, lost.place.stage.to_string(), "lost", at, None::<i64>)),
        Event::Reopened(reopened) => execute(tx, REOPEN, (id, reopened.place.stage.to_string())),
    }
}

pub(crate) fn execute(tx: &Connection, sql: &str, parameters: impl rusqlite::Params) -> rusqlite::Result<()> {
    tx.prepare_cached(sql)?.execute(parameters).map(|_| ())
}
