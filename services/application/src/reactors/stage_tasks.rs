//! The next steps of a deal: whoever has it has the tasks that its stage asks for.
//!
//! They are those of the version of the pipeline that put the deal there. Each belongs to the event that did, and its id follows
//! from the deal, that event's revision and the key that the stage gives it: there is one, whoever makes it and however often. A
//! deal that nobody has gets them when somebody does. They go with it to its next owner, and are cancelled when it leaves the stage
//! or is closed. What a person did with one before stays; one that a person gave to somebody else stays with them. What was due
//! before it was told of is history.

mod ledger;

use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::event::DomainEvent;
use rapport_domain::id::{OpportunityId, PipelineId, TaskId};
use rapport_domain::opportunity::Opportunity;
use rapport_domain::pipeline::{self, Pipeline};
use rapport_domain::task;
use rapport_domain::value::Instant;

use self::ledger::{Coming, Ledger};
use super::{Left, Reactor, Task, Trouble};
use crate::Application;
use crate::call::Call;
use crate::failure::Failure;

/// Makes, passes on and ends the tasks that stages ask for.
pub struct StageTasks {
    application: Arc<Application>,
    ledger: Mutex<Ledger>,
}

impl StageTasks {
    /// Over the command side.
    #[must_use]
    pub fn new(application: Arc<Application>) -> Self {
        Self { application, ledger: Mutex::default() }
    }
}

/// Something to do with a task that a stage asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Make it.
    Make(TaskId),
    /// Give it to whoever has the deal now.
    PassOn(TaskId),
    /// It is to be done no more.
    Cancel(TaskId),
}

impl Task for Step {
    fn rule(&self) -> &'static str {
        match self {
            Self::Make(_) => "make_stage_task",
            Self::PassOn(_) => "pass_on_stage_task",
            Self::Cancel(_) => "cancel_stage_task",
        }
    }

    fn about(&self) -> String {
        match self {
            Self::Make(id) | Self::PassOn(id) | Self::Cancel(id) => id.to_string(),
        }
    }
}

#[async_trait]
impl Reactor for StageTasks {
    type Task = Step;
    const NAME: &'static str = "stage_tasks";
    const CATEGORIES: &'static [&'static str] =
        &[Pipeline::CATEGORY, Opportunity::CATEGORY, task::Task::CATEGORY];
    /// Each step is about a task of its own.
    const AT_ONCE: usize = 64;

    fn fold(&self, event: &DomainEvent, left: &mut Left<'_, Step>) {
        let mut ledger = self.ledger.lock();
        let changes = if let DomainEvent::Pipeline(pipeline::Event::Published(published)) = event {
            if let Ok(id) = PipelineId::parse(left.stream_id()) {
                ledger.published(id, &published.definition);
            }
            return;
        } else if let DomainEvent::Opportunity(event) = event {
            let coming = Coming {
                revision: left.revision(),
                occurred_at: left.occurred_at(),
                came_at: left.came_at(),
            };
            OpportunityId::parse(left.stream_id()).map(|id| ledger.deal(id, event, coming))
        } else if let DomainEvent::Task(event) = event {
            let is_own = left.is_by(Self::NAME);
            TaskId::parse(left.stream_id()).map(|id| ledger.task(id, event, is_own))
        } else {
            return;
        };
        left.change(changes.into_iter().flatten());
    }

    async fn act(&self, step: &Step, call: Call) -> Result<Option<Instant>, Trouble> {
        match step {
            Step::Make(id) => {
                let wanted = self.ledger.lock().wanted(*id);
                if let Some((work, owner)) = wanted {
                    match self.application.make_stage_task(*id, work, owner, call).await {
                        // Another server made it for whoever had the deal then: the log tells of it.
                        Ok(()) | Err(Failure::Task(task::Rejection::AlreadyCreated)) => {}
                        Err(failure) => return Err(failure.into()),
                    }
                }
            }
            Step::PassOn(id) => {
                let owner = self.ledger.lock().owner(*id);
                if let Some(owner) = owner {
                    self.application.task(*id, task::Command::Reassign { owner }, call).await?;
                }
            }
            Step::Cancel(id) => self.application.cancel_stage_task(*id, call).await?,
        }
        Ok(None)
    }
}
