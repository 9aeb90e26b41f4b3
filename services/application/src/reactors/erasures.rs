//! Erasures whose window closes: done then, with no caller.

use std::sync::Arc;

use async_trait::async_trait;
use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::envelope::Position;
use rapport_domain::event::DomainEvent;
use rapport_domain::id::SubjectRequestId;
use rapport_domain::subject_request::{Event, Store, SubjectRequest};
use rapport_domain::value::Instant;

use super::{Left, Reactor, Task, Trouble};
use crate::Application;
use crate::call::Call;

/// What holds something of a subject besides the log, and has to forget it; a port.
#[async_trait]
pub trait Forget: Send + Sync + 'static {
    /// Leaves nothing of the subjects that were erased up to a position; where, and how, for the certificate.
    ///
    /// # Errors
    /// [`Trouble::NotForgotten`].
    async fn forget(&self, position: Position) -> Result<Vec<Store>, Trouble>;
}

/// Erases the subjects of approved requests when their windows close.
pub struct Erasures {
    application: Arc<Application>,
    forget: Arc<dyn Forget>,
}

impl Erasures {
    /// Over the command side, and what has to forget besides.
    #[must_use]
    pub const fn new(application: Arc<Application>, forget: Arc<dyn Forget>) -> Self {
        Self { application, forget }
    }
}

/// Erase the subject of a request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Erase(SubjectRequestId);

impl Task for Erase {
    fn rule(&self) -> &'static str {
        "erase"
    }

    fn about(&self) -> String {
        self.0.to_string()
    }
}

#[async_trait]
impl Reactor for Erasures {
    type Task = Erase;
    const NAME: &'static str = "erasures";
    const CATEGORIES: &'static [&'static str] = &[SubjectRequest::CATEGORY];

    fn fold(&self, event: &DomainEvent, left: &mut Left<'_, Erase>) {
        let DomainEvent::SubjectRequest(event) = event else { return };
        let Ok(id) = SubjectRequestId::parse(left.stream_id()) else { return };
        match event {
            Event::ErasureScheduled(scheduled) => {
                self.application.withheld().withhold(scheduled.contact_id, id);
                left.set(Erase(id), scheduled.erase_at);
            }
            Event::ErasureCancelled(_) | Event::Refused(_) | Event::Fulfilled(_) => {
                self.application.withheld().release(&id);
                left.settle(&Erase(id));
            }
            Event::Received(_)
            | Event::Extended(_)
            | Event::Approved(_)
            | Event::ErasureBegun(_)
            | Event::DueSoon(_)
            | Event::Overdue(_)
            | Event::ArchiveMade(_)
            | Event::RecipientsListed(_)
            | Event::RecipientTold(_)
            | Event::RecipientNotTold(_) => {}
        }
    }

    async fn act(&self, task: &Erase, call: Call) -> Result<Option<Instant>, Trouble> {
        let erased = self.application.erase(task.0, &call).await?;
        let stores = self.forget.forget(erased.position).await?;
        self.application.certify(task.0, erased, stores, call).await?;
        Ok(None)
    }
}
