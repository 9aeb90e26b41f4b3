//! How contracts fold.

use rapport_domain::id::SubscriptionId;
use rapport_domain::subscription::{Cancelled, Event, Started};
use rapport_domain::{DomainEvent, contact};
use rusqlite::{Params, Transaction};

use super::SubscriptionStatus;
use crate::column::{At, Json, Micros, Rev, Word};
use crate::projection::{ProjectError, Projected, Projection};

/// The fold; see the module above.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SubscriptionProjection;

impl Projection for SubscriptionProjection {
    const NAME: &'static str = "subscriptions";
    const VERSION: u32 = 1;
    const HANDLES: &'static [&'static str] = &[
        "contact.registered.v1",
        "subscription.started.v1",
        "subscription.renewed.v1",
        "subscription.amount_changed.v1",
        "subscription.paused.v1",
        "subscription.cancelled.v1",
        "subscription.reactivated.v1",
    ];
    const SOURCES: &'static [&'static str] =
        &[include_str!("../subscriptions.rs"), include_str!("project.rs"), include_str!("query.rs")];

    fn schema() -> &'static str {
        include_str!("schema.sql")
    }

    fn project(&mut self, tx: &Transaction<'_>, event: &Projected<'_>) -> Result<(), ProjectError> {
        match event.event {
            DomainEvent::Contact(contact::Event::Registered(_)) => {
                set(tx, "INSERT OR IGNORE INTO contacts VALUES (?1)", (Word(event.contact_of_stream()?),))?;
            }
            DomainEvent::Subscription(happened) => {
                let id = SubscriptionId::parse(event.recorded.stream.id())
                    .map_err(|_| ProjectError::Stream { noun: SubscriptionId::NOUN })?;
                change(tx, event, id, happened)?;
                let seen = (Word(id), Rev(event.revision()));
                set(tx, "UPDATE subscriptions SET revision = ?2 WHERE subscription_id = ?1", seen)?;
            }
            DomainEvent::Contact(_)
            | DomainEvent::Interaction(_)
            | DomainEvent::Pipeline(_)
            | DomainEvent::Opportunity(_)
            | DomainEvent::Consent(_)
            | DomainEvent::SubjectRequest(_)
            | DomainEvent::Notice(_)
            | DomainEvent::Suppression(_)
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
            | DomainEvent::Quote(_) => {}
        }
        Ok(())
    }
}

fn change(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    subscription_id: SubscriptionId,
    happened: &Event,
) -> rusqlite::Result<()> {
    let id = Word(subscription_id);
    match happened {
        Event::Started(started) => start(tx, event, subscription_id, started),
        Event::Renewed(renewed) => {
            let update = "UPDATE subscriptions SET term_ends_on = ?2 WHERE subscription_id = ?1";
            set(tx, update, (id, Word(renewed.term_ends_on)))
        }
        Event::AmountChanged(changed) => {
            let update = "UPDATE subscriptions SET mrr = ?2 WHERE subscription_id = ?1";
            set(tx, update, (id, changed.mrr.minor_units))
        }
        Event::Paused(_) => {
            let update = "UPDATE subscriptions SET status = ?2 WHERE subscription_id = ?1";
            set(tx, update, (id, Word(SubscriptionStatus::Paused)))
        }
        Event::Cancelled(cancelled) => cancel(tx, event, subscription_id, cancelled),
        Event::Reactivated(reactivated) => {
            let update = "UPDATE subscriptions SET status = ?2, mrr = ?3, cancelled_at = NULL, cancellation_reason = NULL
                          WHERE subscription_id = ?1";
            set(tx, update, (id, Word(SubscriptionStatus::Active), reactivated.mrr.minor_units))
        }
    }
}

fn start(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    subscription_id: SubscriptionId,
    started: &Started,
) -> rusqlite::Result<()> {
    set(
        tx,
        "INSERT INTO subscriptions (position, subscription_id, contact_id, plan, status, mrr, currency, term_ends_on,
             segments, started_at, revision)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        (
            At(event.position()),
            Word(subscription_id),
            Word(started.contact_id),
            Word(&started.plan),
            Word(SubscriptionStatus::Active),
            started.mrr.minor_units,
            Word(started.mrr.currency),
            started.term_ends_on.map(Word),
            Json(&started.segments),
            Micros(event.occurred_at()),
            Rev(event.revision()),
        ),
    )
}

fn cancel(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    subscription_id: SubscriptionId,
    cancelled: &Cancelled,
) -> rusqlite::Result<()> {
    set(
        tx,
        "UPDATE subscriptions SET status = ?2, cancelled_at = ?3, cancellation_reason = ?4 WHERE subscription_id = ?1",
        (
            Word(subscription_id),
            Word(SubscriptionStatus::Cancelled),
            Micros(event.occurred_at()),
            cancelled.reason.as_ref().map(Word),
        ),
    )
}

fn set(tx: &Transaction<'_>, sql: &str, values: impl Params) -> rusqlite::Result<()> {
    tx.prepare_cached(sql)?.execute(values).map(drop)
}
