//! Tasks. What a task is about has to be there when it is created; what becomes of that later does not change it.

use rapport_domain::id::{LeadId, TaskId};
use rapport_domain::task::{About, Command, Details};
use rapport_domain::value::{Instant, Invalid, Key, Label, Reference};
use rapport_domain::{case, lead, opportunity};

use crate::Application;
use crate::call::{Call, Receipt};
use crate::failure::Failure;

/// The rule that makes the first task of whoever gets a lead.
const FIRST_CONTACT: &str = "first_contact";

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

impl Application {
    /// Runs a command to a task.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn task(&self, id: TaskId, command: Command, call: Call) -> Result<Receipt, Failure> {
        if let Command::Create(details) = &command {
            self.require(details.about).await?;
        }
        self.tasks.execute(&id, command, call).await
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
        };
        let id = first_contact_id(lead, wanted.number);
        self.task(id, Command::Create(Box::new(details)), call).await.map(drop)
    }

    /// Ends the task of an assignment that counts no more.
    pub(crate) async fn cancel_first_contact(&self, id: TaskId, call: Call) -> Result<(), Failure> {
        let reason = Label::parse("the lead went on").map_err(malformed)?;
        self.task(id, Command::Cancel { reason }, call).await.map(drop)
    }

    /// What a task is to be about is there.
    async fn require(&self, about: About) -> Result<(), Failure> {
        match about {
            About::Contact(id) => self.require_contact(&id).await?,
            About::Lead(id) => {
                let is_there = |state: &lead::State| state.lead().map(|_| ());
                self.leads.fact(&id, is_there).await?.ok_or(lead::Rejection::NotCaptured)?;
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

fn malformed(invalid: Invalid) -> Failure {
    Failure::Unwritable { cause: invalid.expected }
}
