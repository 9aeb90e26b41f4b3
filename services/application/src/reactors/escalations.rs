//! Cases that are open for long go up to a higher level, as their policies say. When is a fact of the case's own events; as
//! with promises, what was due before anybody told of it is history. And low ratings that nobody has looked at are counted for
//! whoever leads: they are told at once, there is nothing to wait for.

use std::sync::Arc;

use async_trait::async_trait;
use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::case::{Case, Event};
use rapport_domain::event::DomainEvent;
use rapport_domain::id::CaseId;
use rapport_domain::sla_policy::Clock;
use rapport_domain::value::Instant;

use super::{Left, Press, Pressing, Reactor, Task, Trouble};
use crate::call::Call;
use crate::{Application, CaseRequest};

/// Brings every case up that is open for long.
pub struct Escalations {
    application: Arc<Application>,
    low_ratings: Arc<Pressing<CaseId>>,
}

impl Escalations {
    /// Over the command side.
    #[must_use]
    pub fn new(application: Arc<Application>) -> Self {
        Self { application, low_ratings: Arc::default() }
    }

    /// Low ratings that nobody has looked at, for whoever watches.
    #[must_use]
    pub fn low_ratings(&self) -> Arc<Pressing<CaseId>> {
        Arc::clone(&self.low_ratings)
    }
}

/// A case that goes up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GoUp(CaseId);

impl Task for GoUp {
    fn rule(&self) -> &'static str {
        "open_for_long"
    }

    fn about(&self) -> String {
        self.0.to_string()
    }
}

#[async_trait]
impl Reactor for Escalations {
    type Task = GoUp;
    const NAME: &'static str = "escalations";
    const CATEGORIES: &'static [&'static str] = &[Case::CATEGORY];

    fn fold(&self, event: &DomainEvent, left: &mut Left<'_, GoUp>) {
        let DomainEvent::Case(event) = event else { return };
        let Ok(id) = CaseId::parse(left.stream_id()) else { return };
        let mut watch = |clock: Option<&Clock>| {
            if let Some(clock) = clock {
                left.set_or_settle(GoUp(id), clock.goes_up.as_ref().map(|goes_up| goes_up.at));
            }
        };
        match event {
            Event::Opened(opened) => watch(opened.clock.as_deref()),
            Event::CustomerReplied(replied) => watch(replied.clock.as_ref()),
            Event::Resumed(resumed) => watch(resumed.clock.as_ref()),
            Event::PriorityChanged(changed) => watch(changed.clock.as_ref()),
            Event::Reopened(reopened) => watch(reopened.clock.as_ref()),
            Event::Parted(parted) => watch(parted.clock.as_ref()),
            // Where somebody brought it up, its time may still come to go higher.
            Event::Escalated(escalated) if escalated.terms.is_none() => {}
            Event::Escalated(_) | Event::Resolved(_) | Event::Merged(_) => left.settle(&GoUp(id)),
            Event::Rated(rated) => {
                self.low_ratings.note(id, rated.rating.is_low().then_some(Press::Overdue));
            }
            Event::RatingReviewed(_) => self.low_ratings.note(id, None),
            Event::Assigned(_)
            | Event::Replied(_)
            | Event::Awaited(_)
            | Event::TargetBreached(_)
            | Event::TargetWarned(_)
            | Event::Closed(_)
            | Event::BugLinked(_) => {}
        }
    }

    async fn act(&self, task: &GoUp, call: Call) -> Result<Option<Instant>, Trouble> {
        self.application.case(task.0, CaseRequest::GoUp, call).await?;
        Ok(None)
    }
}
