//! The next step of a lead: whoever gets one has the task to contact them first, due when they have to respond.
//!
//! A task belongs to one assignment, and its id follows from the lead and the assignment's number: there is one, whoever makes
//! it and however often. Once the company has reached out, or the lead is qualified, disqualified or converted, it is completed;
//! where the lead goes to somebody else, back or to rest, it is cancelled. What a person did with it before stays.

mod ledger;

use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::event::DomainEvent;
use rapport_domain::id::{LeadId, TaskId};
use rapport_domain::lead::Lead;
use rapport_domain::task;
use rapport_domain::value::Instant;

use self::ledger::Ledger;
use super::{Left, Reactor, Task, Trouble};
use crate::Application;
use crate::call::Call;
use crate::failure::Failure;

/// Makes and ends the tasks to contact leads first.
pub struct FollowUps {
    application: Arc<Application>,
    ledger: Mutex<Ledger>,
}

impl FollowUps {
    /// Over the command side.
    #[must_use]
    pub fn new(application: Arc<Application>) -> Self {
        Self { application, ledger: Mutex::default() }
    }
}

/// Something to do with a task to contact a lead first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Make that of the lead's assignment.
    Make(LeadId),
    /// It is done.
    Complete(TaskId),
    /// It is to be done no more.
    Cancel(TaskId),
}

impl Task for Step {
    fn rule(&self) -> &'static str {
        match self {
            Self::Make(_) => "make_first_contact",
            Self::Complete(_) => "complete_first_contact",
            Self::Cancel(_) => "cancel_first_contact",
        }
    }

    fn about(&self) -> String {
        match self {
            Self::Make(id) => id.to_string(),
            Self::Complete(id) | Self::Cancel(id) => id.to_string(),
        }
    }
}

#[async_trait]
impl Reactor for FollowUps {
    type Task = Step;
    const NAME: &'static str = "follow_ups";
    const CATEGORIES: &'static [&'static str] = &[Lead::CATEGORY, task::Task::CATEGORY];
    /// Each lead has tasks of its own.
    const AT_ONCE: usize = 64;

    fn fold(&self, event: &DomainEvent, left: &mut Left<'_, Step>) {
        let mut ledger = self.ledger.lock();
        let changes = if let DomainEvent::Lead(event) = event {
            LeadId::parse(left.stream_id()).map(|id| ledger.lead(id, event))
        } else if let DomainEvent::Task(event) = event {
            TaskId::parse(left.stream_id()).map(|id| ledger.task(id, event))
        } else {
            return;
        };
        left.change(changes.into_iter().flatten());
    }

    async fn act(&self, step: &Step, call: Call) -> Result<Option<Instant>, Trouble> {
        match step {
            Step::Make(lead) => {
                // Where the time to respond is over, it is history: the lead goes on.
                let is_ahead = |by: Instant| by > self.application.now();
                let wanted = self.ledger.lock().wanted(*lead);
                if let Some(wanted) = wanted.filter(|wanted| wanted.respond_by.is_none_or(is_ahead)) {
                    match self.application.make_first_contact(*lead, wanted, call).await {
                        // Who was erased is contacted by nobody: the lead ends with them.
                        Ok(()) | Err(Failure::Contact(_)) => {}
                        Err(failure) => return Err(failure.into()),
                    }
                }
            }
            Step::Complete(id) => {
                self.application.task(*id, task::Command::Complete { outcome: None }, call).await?;
            }
            Step::Cancel(id) => self.application.cancel_first_contact(*id, call).await?,
        }
        Ok(None)
    }
}
