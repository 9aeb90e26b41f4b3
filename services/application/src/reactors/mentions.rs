//! Who is mentioned in an interaction has the task to read it.
//!
//! A task belongs to one interaction and one colleague, and its id follows from both: there is one, whoever makes it and however
//! often. What was imported as it happened is history: nobody is told. Where the contact was erased there is nothing to read.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::event::DomainEvent;
use rapport_domain::id::{ContactId, InteractionId, TaskId};
use rapport_domain::interaction::{self, Interactions};
use rapport_domain::task;
use rapport_domain::value::{Instant, Reference};

use super::{Left, Reactor, Task, Trouble};
use crate::Application;
use crate::call::Call;
use crate::failure::Failure;

/// Makes the tasks of those who are mentioned.
pub struct Mentions {
    application: Arc<Application>,
    /// Mentions whose task is not made yet.
    open: Mutex<BTreeMap<TaskId, Mention>>,
}

impl Mentions {
    /// Over the command side.
    #[must_use]
    pub fn new(application: Arc<Application>) -> Self {
        Self { application, open: Mutex::default() }
    }
}

/// That somebody was mentioned.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mention {
    /// With whom it took place.
    pub(crate) contact_id: ContactId,
    /// In what.
    pub(crate) interaction_id: InteractionId,
    /// Who.
    pub(crate) who: Reference,
}

impl Mention {
    /// The id of its task.
    pub(crate) fn task_id(&self) -> TaskId {
        TaskId::derived("mention", &format!("{}/{}", self.interaction_id, self.who))
    }
}

impl Task for Mention {
    fn rule(&self) -> &'static str {
        "mention"
    }

    fn about(&self) -> String {
        self.task_id().to_string()
    }
}

#[async_trait]
impl Reactor for Mentions {
    type Task = Mention;
    const NAME: &'static str = "mentions";
    const CATEGORIES: &'static [&'static str] = &[Interactions::CATEGORY, task::Task::CATEGORY];
    /// Each mention has a task of its own.
    const AT_ONCE: usize = 64;

    fn fold(&self, event: &DomainEvent, left: &mut Left<'_, Mention>) {
        if let DomainEvent::Interaction(interaction::Event::Recorded(recorded)) = event {
            let Ok(contact_id) = ContactId::parse(left.stream_id()) else { return };
            if recorded.mentions.is_empty() || left.is_history() {
                return;
            }
            let mut open = self.open.lock();
            for who in &recorded.mentions {
                let interaction_id = recorded.interaction_id;
                let mention = Mention { contact_id, interaction_id, who: who.clone() };
                open.insert(mention.task_id(), mention.clone());
                left.set_now(mention);
            }
        } else if let DomainEvent::Task(task::Event::Created(_)) = event {
            let made = TaskId::parse(left.stream_id()).ok().and_then(|id| self.open.lock().remove(&id));
            if let Some(mention) = made {
                left.settle(&mention);
            }
        }
    }

    async fn act(&self, mention: &Mention, call: Call) -> Result<Option<Instant>, Trouble> {
        match self.application.make_mention(mention, call).await {
            Ok(()) => {}
            Err(Failure::Contact(_)) => {
                self.open.lock().remove(&mention.task_id());
            }
            Err(failure) => return Err(failure.into()),
        }
        Ok(None)
    }
}
