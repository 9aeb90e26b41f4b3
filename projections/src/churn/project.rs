//! How contracts and orders fold.

use rapport_domain::DomainEvent;
use rapport_domain::id::SubscriptionId;
use rapport_domain::interaction::{Channel, Event};
use rusqlite::Transaction;

use super::{activity, contracts};
use crate::projection::{ProjectError, Projected, Projection};

/// The fold; see the module above.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChurnProjection;

impl Projection for ChurnProjection {
    const NAME: &'static str = "churn";
    const VERSION: u32 = 2;
    const HANDLES: &'static [&'static str] = &[
        "interaction.recorded.v1",
        "subscription.started.v1",
        "subscription.amount_changed.v1",
        "subscription.paused.v1",
        "subscription.cancelled.v1",
        "subscription.reactivated.v1",
    ];
    const SOURCES: &'static [&'static str] = &[
        include_str!("../churn.rs"),
        include_str!("activity.rs"),
        include_str!("buyers.rs"),
        include_str!("contracts.rs"),
        include_str!("periods.rs"),
        include_str!("project.rs"),
        include_str!("query.rs"),
        include_str!("retention.rs"),
    ];

    fn schema() -> &'static str {
        include_str!("schema.sql")
    }

    fn project(&mut self, tx: &Transaction<'_>, event: &Projected<'_>) -> Result<(), ProjectError> {
        match event.event {
            DomainEvent::Interaction(Event::Recorded(recorded)) if recorded.channel == Channel::Order => {
                let day = event.occurred_at().date();
                activity::order(tx, event.contact_of_stream()?, day, recorded.value)?;
            }
            DomainEvent::Subscription(happened) => {
                let id = SubscriptionId::parse(event.recorded.stream.id())
                    .map_err(|_| ProjectError::Stream { noun: SubscriptionId::NOUN })?;
                contracts::change(tx, event, id, happened)?;
            }
            DomainEvent::Interaction(_)
            | DomainEvent::Contact(_)
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
