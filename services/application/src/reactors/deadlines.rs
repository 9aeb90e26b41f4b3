//! The statutory clocks: notes in a subject's request that little time is left to answer it, or none.

use std::sync::Arc;

use async_trait::async_trait;
use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::event::DomainEvent;
use rapport_domain::id::SubjectRequestId;
use rapport_domain::subject_request::{Command, Event, SubjectRequest, due_soon_from, overdue_from};
use rapport_domain::value::{Date, Instant};

use super::{Left, Press, Pressing, Reactor, Task, Trouble};
use crate::Application;
use crate::call::Call;

/// Notes what becomes due, of every request that is open.
pub struct Deadlines {
    application: Arc<Application>,
    pressing: Arc<Pressing<SubjectRequestId>>,
}

impl Deadlines {
    /// Over the command side.
    #[must_use]
    pub fn new(application: Arc<Application>) -> Self {
        Self { application, pressing: Arc::default() }
    }

    /// What was noted, for whoever watches.
    #[must_use]
    pub fn pressing(&self) -> Arc<Pressing<SubjectRequestId>> {
        Arc::clone(&self.pressing)
    }
}

/// A note that is due.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// Little time is left.
    DueSoon(SubjectRequestId),
    /// None is left.
    Overdue(SubjectRequestId),
}

impl Task for Note {
    fn rule(&self) -> &'static str {
        match self {
            Self::DueSoon(_) => "note_due_soon",
            Self::Overdue(_) => "note_overdue",
        }
    }

    fn about(&self) -> String {
        match self {
            Self::DueSoon(id) | Self::Overdue(id) => id.to_string(),
        }
    }
}

#[async_trait]
impl Reactor for Deadlines {
    type Task = Note;
    const NAME: &'static str = "deadlines";
    const CATEGORIES: &'static [&'static str] = &[SubjectRequest::CATEGORY];

    fn fold(&self, event: &DomainEvent, left: &mut Left<'_, Note>) {
        let DomainEvent::SubjectRequest(event) = event else { return };
        let Ok(id) = SubjectRequestId::parse(left.stream_id()) else { return };
        match event {
            Event::Received(received) => until(id, received.due_on, left),
            Event::Extended(extended) => {
                self.pressing.note(id, None);
                until(id, extended.due_on, left);
            }
            Event::DueSoon(_) => {
                self.pressing.note(id, Some(Press::DueSoon));
                left.settle(&Note::DueSoon(id));
            }
            Event::Overdue(_) => {
                self.pressing.note(id, Some(Press::Overdue));
                left.settle(&Note::Overdue(id));
            }
            Event::Refused(_) | Event::Fulfilled(_) => {
                self.pressing.note(id, None);
                left.settle(&Note::DueSoon(id));
                left.settle(&Note::Overdue(id));
            }
            Event::Approved(_)
            | Event::ErasureScheduled(_)
            | Event::ErasureCancelled(_)
            | Event::ErasureBegun(_)
            | Event::ArchiveMade(_)
            | Event::RecipientsListed(_)
            | Event::RecipientTold(_)
            | Event::RecipientNotTold(_) => {}
        }
    }

    async fn act(&self, task: &Note, call: Call) -> Result<Option<Instant>, Trouble> {
        let (id, command) = match task {
            Note::DueSoon(id) => (*id, Command::NoteDueSoon),
            Note::Overdue(id) => (*id, Command::NoteOverdue),
        };
        self.application.subject_request(id, command, call).await?;
        Ok(None)
    }
}

fn until(id: SubjectRequestId, due_on: Date, left: &mut Left<'_, Note>) {
    left.set(Note::DueSoon(id), due_soon_from(due_on));
    left.set(Note::Overdue(id), overdue_from(due_on));
}
