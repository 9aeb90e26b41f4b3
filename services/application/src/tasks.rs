//! Tasks. What a task is about has to be there when it is created, and when it is reopened; what becomes of that otherwise does
//! not change it, but that the contact is erased.

use std::collections::BTreeSet;

use futures::TryStreamExt as _;
use rapport_domain::aggregate::{Aggregate as _, StoredEvent as _};
use rapport_domain::envelope::{Position, Revision};
use rapport_domain::id::{ContactId, LeadId, OpportunityId, TaskId, derived_uuid};
use rapport_domain::lead::LEADS_PER_CONTACT_MAX;
use rapport_domain::task::{About, Command, Created, Details, Event, StageRule, State, Task};
use rapport_domain::value::{Instant, Invalid, Key, Label, Reference};
use rapport_domain::{case, contact, lead, opportunity};
use rapport_event_store::Filter;

use crate::Application;
use crate::call::{Call, Receipt};
use crate::erasure::contact_erased;
use crate::failure::Failure;
use crate::reactors::Mention;

/// The event that a task begins with.
const TASK_CREATED: &str = "task.created.v1";
/// The rule that makes the first task of whoever gets a lead.
const FIRST_CONTACT: &str = "first_contact";
/// The rule that makes the task of whoever is mentioned.
const MENTION: &str = "mention";
/// The rule that makes the tasks that a stage asks for.
const STAGE_TASK: &str = "stage_task";

/// What whoever gets a lead has to do first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FirstContact {
    /// By which of the lead's assignments.
    pub(crate) number: u32,
    /// Who got it.
    pub(crate) owner: Reference,
    /// By when they have to respond.
    pub(crate) respond_by: Option<Instant>,
}

/// The id of the task of a lead's assignment.
pub(crate) fn first_contact_id(lead: LeadId, number: u32) -> TaskId {
    TaskId::derived("lead", &format!("{lead}/{number}"))
}

/// Whether the rule made it.
pub(crate) fn is_first_contact(details: &Details) -> bool {
    details.rule.as_ref().is_some_and(|rule| rule.as_str() == FIRST_CONTACT)
}

/// What whoever has a deal has to do in its stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StageWork {
    /// The deal.
    pub(crate) opportunity_id: OpportunityId,
    /// What is to be done.
    pub(crate) subject: Label,
    /// By when.
    pub(crate) due_at: Instant,
    /// Who says so.
    pub(crate) rule: StageRule,
}

/// The id of a task that a stage asks for, by the event that brought the deal there.
pub(crate) fn stage_task_id(opportunity: OpportunityId, came_with: Revision, task: &Key) -> TaskId {
    TaskId::derived("stage_task", &format!("{opportunity}/{came_with}/{task}"))
}

impl Application {
    /// Runs a command to a task.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn task(&self, id: TaskId, command: Command, call: Call) -> Result<Receipt, Failure> {
        // What is done with one that is there needs nothing else, but that it is open again.
        let about = match &command {
            Command::Create(details) => Some(details.about),
            Command::Reopen => self.tasks.fact(&id, about).await?,
            Command::Reassign { .. }
            | Command::Reschedule { .. }
            | Command::Complete { .. }
            | Command::Cancel { .. }
            | Command::Remind
            | Command::FallOverdue => None,
        };
        let Some(about) = about else { return self.tasks.execute(&id, command, call).await };
        let needed = self.require(about).await;
        self.tasks.unless_applied(&id, &call, needed).await?;
        let receipt = self.tasks.execute(&id, command, call.clone()).await?;
        self.end_if_erased(&id, about, &call).await?;
        Ok(receipt)
    }

    /// Ends a task that was begun, or reopened, while whom it is about was erased: the erasure may have looked for such tasks
    /// just before it came. Either the erasure finds it or this finds the erasure, for both look after they have written. A
    /// caller that hears of no success sends the same again, and it is ended then.
    async fn end_if_erased(&self, id: &TaskId, about: About, call: &Call) -> Result<(), Failure> {
        match self.require(about).await {
            Err(Failure::Contact(contact::Rejection::Erased)) => {}
            Ok(()) => return Ok(()),
            Err(failure) => return Err(failure),
        }
        if self.tasks.inspect(id, is_open).await? {
            let cancel = Command::Cancel { reason: contact_erased()? };
            self.tasks.execute(id, cancel, ending(call)?).await?;
        }
        Ok(())
    }

    /// Makes the task of a lead's assignment.
    pub(crate) async fn make_first_contact(
        &self,
        lead: LeadId,
        wanted: FirstContact,
        call: Call,
    ) -> Result<(), Failure> {
        let details = Details {
            about: About::Lead(lead),
            subject: Label::parse("First contact").map_err(malformed)?,
            owner: wanted.owner,
            due_at: wanted.respond_by,
            remind_at: None,
            rule: Some(Key::parse(FIRST_CONTACT).map_err(malformed)?),
            stage_rule: None,
        };
        let id = first_contact_id(lead, wanted.number);
        self.task(id, Command::Create(Box::new(details)), call).await.map(drop)
    }

    /// Ends the task of an assignment that counts no more.
    pub(crate) async fn cancel_first_contact(&self, id: TaskId, call: Call) -> Result<(), Failure> {
        let reason = Label::parse("the lead went on").map_err(malformed)?;
        self.task(id, Command::Cancel { reason }, call).await.map(drop)
    }

    /// Makes the task of whoever is mentioned: to read it.
    pub(crate) async fn make_mention(&self, mention: &Mention, call: Call) -> Result<(), Failure> {
        let subject = format!("You were mentioned in {}", mention.interaction_id);
        let details = Details {
            about: About::Contact(mention.contact_id),
            subject: Label::parse(&subject).map_err(malformed)?,
            owner: mention.who.clone(),
            due_at: None,
            remind_at: None,
            rule: Some(Key::parse(MENTION).map_err(malformed)?),
            stage_rule: None,
        };
        self.task(mention.task_id(), Command::Create(Box::new(details)), call).await.map(drop)
    }

    /// Makes a task that a stage asks for.
    pub(crate) async fn make_stage_task(
        &self,
        id: TaskId,
        work: StageWork,
        owner: Reference,
        call: Call,
    ) -> Result<(), Failure> {
        let details = Details {
            about: About::Opportunity(work.opportunity_id),
            subject: work.subject,
            owner,
            due_at: Some(work.due_at),
            remind_at: None,
            rule: Some(Key::parse(STAGE_TASK).map_err(malformed)?),
            stage_rule: Some(work.rule),
        };
        self.task(id, Command::Create(Box::new(details)), call).await.map(drop)
    }

    /// Ends a task of a stage that the deal has left.
    pub(crate) async fn cancel_stage_task(&self, id: TaskId, call: Call) -> Result<(), Failure> {
        let reason = Label::parse("the deal went on").map_err(malformed)?;
        self.task(id, Command::Cancel { reason }, call).await.map(drop)
    }

    /// Ends the open tasks about a contact who was erased, and about their leads, each by the call that is made for it: there is
    /// nobody any more to do them for. So does the task to contact a lead first, also one that was made while the lead ended.
    pub(crate) async fn end_tasks(
        &self,
        of: &ContactId,
        call: impl Fn(TaskId) -> Result<Call, Failure>,
    ) -> Result<(), Failure> {
        for id in self.tasks_about(of).await? {
            if self.tasks.inspect(&id, is_open).await? {
                self.task(id, Command::Cancel { reason: contact_erased()? }, call(id)?).await?;
            }
        }
        Ok(())
    }

    /// The tasks that were ever begun about a contact and their leads. Nothing leads from a contact to them but the log.
    async fn tasks_about(&self, contact_id: &ContactId) -> Result<Vec<TaskId>, Failure> {
        let leads: BTreeSet<LeadId> =
            (0..LEADS_PER_CONTACT_MAX).map(|number| lead::id_of(*contact_id, number)).collect();
        let is_theirs = |details: &Details| match details.about {
            About::Contact(id) => id == *contact_id,
            About::Lead(id) => leads.contains(&id),
            About::Opportunity(_) | About::Case(_) => false,
        };
        let beginnings = Filter {
            categories: [Task::CATEGORY.to_owned()].into(),
            type_prefixes: [TASK_CREATED.to_owned()].into(),
            ..Filter::all()
        };
        let mut events = self.ports.store.read_all(Position::START, &beginnings);
        let mut tasks = Vec::new();
        while let Some(recorded) = events.try_next().await? {
            let event = Event::decode(&recorded.event_type, &recorded.data).transpose();
            let event = event.map_err(|error| Failure::EventCorrupt {
                position: recorded.position,
                cause: error.to_string(),
            })?;
            if let Some(Event::Created(Created { details })) = event
                && is_theirs(&details)
            {
                tasks.extend(TaskId::parse(recorded.stream.id()));
            }
        }
        Ok(tasks)
    }

    /// What a task is to be about is there, and whom it is about was not erased.
    async fn require(&self, about: About) -> Result<(), Failure> {
        match about {
            About::Contact(id) => self.require_contact_now(&id).await?,
            About::Lead(id) => {
                let contact_id = self.contact_of_lead(&id).await?;
                self.require_contact_now(&contact_id).await?;
            }
            About::Opportunity(id) => {
                let is_there = |state: &opportunity::State| state.deal().map(|_| ());
                self.opportunities.fact(&id, is_there).await?.ok_or(opportunity::Rejection::NotOpened)?;
            }
            About::Case(id) => {
                let is_there = |state: &case::State| state.case().map(|_| ());
                self.cases.fact(&id, is_there).await?.ok_or(case::Rejection::NotOpened)?;
            }
        }
        Ok(())
    }
}

/// What it is about, once it was created.
fn about(state: &State) -> Option<About> {
    state.task().map(|task| task.created.about)
}

const fn is_open(state: &State) -> bool {
    match state {
        State::Open(_) => true,
        State::Uncreated | State::Completed(..) | State::Cancelled(..) => false,
    }
}

/// The call that ends the task of a call, the same for every attempt.
fn ending(call: &Call) -> Result<Call, Failure> {
    let request_id = derived_uuid(&["task", "ended", call.request_id.as_str()]).simple().to_string();
    Ok(Call {
        request_id: Reference::parse(&format!("ended:{request_id}")).map_err(malformed)?,
        expected_revision: None,
        occurred_at: None,
        record_at_occurred: false,
        correlation_id: Some(call.correlation_id.clone().unwrap_or_else(|| call.request_id.clone())),
        ..call.clone()
    })
}

fn malformed(invalid: Invalid) -> Failure {
    Failure::Unwritable { cause: invalid.expected }
}
