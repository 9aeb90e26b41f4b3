//! The clock of quotes: notes that the last day of a quote passed without an answer.
//!
//! The time is that which the quote's own event carries. A quote that waits for an answer cannot be accepted any more once its last
//! day is over, however late anybody notes it, so what was over while no server ran is noted at the start.

use std::sync::Arc;

use async_trait::async_trait;
use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::event::DomainEvent;
use rapport_domain::id::QuoteId;
use rapport_domain::quote::{Event, Quote};
use rapport_domain::value::Instant;

use super::{Left, Reactor, Task, Trouble};
use crate::Application;
use crate::call::Call;
use crate::quotes::QuoteRequest;

/// Notes that quotes have expired.
pub struct Expiries {
    application: Arc<Application>,
}

impl Expiries {
    /// Over the command side.
    #[must_use]
    pub const fn new(application: Arc<Application>) -> Self {
        Self { application }
    }
}

/// A quote that waits for an answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expire(QuoteId);

impl Task for Expire {
    fn rule(&self) -> &'static str {
        "expire"
    }

    fn about(&self) -> String {
        self.0.to_string()
    }
}

#[async_trait]
impl Reactor for Expiries {
    type Task = Expire;
    const NAME: &'static str = "expiries";
    const CATEGORIES: &'static [&'static str] = &[Quote::CATEGORY];
    /// Each quote expires by itself.
    const AT_ONCE: usize = 64;

    fn fold(&self, event: &DomainEvent, left: &mut Left<'_, Expire>) {
        let DomainEvent::Quote(event) = event else { return };
        let Ok(id) = QuoteId::parse(left.stream_id()) else { return };
        match event {
            Event::Sent(sent) => left.set(Expire(id), sent.expires_at),
            Event::Revised(_)
            | Event::Accepted(_)
            | Event::Declined(_)
            | Event::Expired(_)
            | Event::Withdrawn(_) => left.settle(&Expire(id)),
            Event::Created(_) => {}
        }
    }

    async fn act(&self, task: &Expire, call: Call) -> Result<Option<Instant>, Trouble> {
        self.application.quote(task.0, QuoteRequest::Expire, call).await?;
        Ok(None)
    }
}
