//! Deals: what a caller asks for is completed with the pipeline in force before it is decided.

use std::collections::BTreeSet;

use rapport_domain::id::{ContactId, OpportunityId, PipelineId};
use rapport_domain::opportunity::{Command, ContactRole, NextStepSet, Open, Rejection, State};
use rapport_domain::pipeline::{self, Definition, ForecastCategory, Percent};
use rapport_domain::value::{Date, FrozenRate, Key, Label, Money, Reference, Segments};

use crate::Application;
use crate::call::{Call, Receipt};
use crate::failure::Failure;

/// What can be asked of a deal, before the pipeline is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpportunityRequest {
    /// Begin it.
    Open(Box<OpenOpportunity>),
    /// Move it to another stage that is neither won nor lost.
    MoveStage {
        /// The stage.
        stage: Key,
    },
    /// Judge anew what it is worth.
    ReviseAmount {
        /// What it is worth.
        amount: Money,
        /// The same in another currency, by the rate of a day.
        fx: Option<FrozenRate>,
    },
    /// Judge anew when it is expected to close.
    MoveCloseDate {
        /// The day.
        expected_close_on: Date,
    },
    /// Hand it to somebody.
    AssignOwner {
        /// Who.
        owner: Reference,
        /// Their team.
        team: Option<Reference>,
    },
    /// Say what comes next.
    SetNextStep {
        /// What.
        what: Label,
        /// By when.
        due_on: Option<Date>,
    },
    /// Say that somebody takes part in the decision.
    AddContactRole {
        /// Who, and as what.
        contact_role: ContactRole,
    },
    /// Take that back.
    RemoveContactRole {
        /// Who, and as what.
        contact_role: ContactRole,
    },
    /// Set a field that reports group by.
    SetSegment {
        /// The field.
        key: Key,
        /// Its value.
        value: Label,
    },
    /// Remove a field that reports group by.
    ClearSegment {
        /// The field.
        key: Key,
    },
    /// Say that an exit criterion of its stage is met.
    MeetCriterion {
        /// Which one.
        key: Key,
        /// How one knows.
        note: Option<Label>,
    },
    /// Take that back.
    RetractCriterion {
        /// Which one.
        key: Key,
        /// Why.
        note: Option<Label>,
    },
    /// Forecast it otherwise than its stage does, or with neither as its stage does.
    OverrideForecast {
        /// How sure it is.
        category: Option<ForecastCategory>,
        /// How likely it is won.
        probability: Option<Percent>,
        /// Why.
        reason: Label,
    },
    /// Close it as won.
    Win {
        /// What it was worth in the end.
        amount: Option<Money>,
        /// The same in another currency, by the rate of a day.
        fx: Option<FrozenRate>,
    },
    /// Close it as lost.
    Lose {
        /// Why.
        reason: Option<Label>,
        /// To whom.
        competitor: Option<Label>,
    },
    /// Work on it again.
    Reopen {
        /// Where to.
        stage: Option<Key>,
    },
}

/// The beginning of a deal; see [`Open`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOpportunity {
    /// The process it follows.
    pub pipeline_id: PipelineId,
    /// Where it begins.
    pub stage: Option<Key>,
    /// What it is called.
    pub title: Label,
    /// With whom.
    pub contact_id: Option<ContactId>,
    /// What it is worth.
    pub amount: Option<Money>,
    /// The same in another currency, by the rate of a day.
    pub fx: Option<FrozenRate>,
    /// When it is expected to close.
    pub expected_close_on: Option<Date>,
    /// Who sells.
    pub owner: Option<Reference>,
    /// The owner's team.
    pub team: Option<Reference>,
    /// Fields that reports group by.
    pub segments: Segments,
    /// What comes next.
    pub next_step: Option<NextStepSet>,
    /// Who takes part in the decision.
    pub contact_roles: BTreeSet<ContactRole>,
}

impl Application {
    /// Runs a command to a deal.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn opportunity(
        &self,
        id: OpportunityId,
        request: OpportunityRequest,
        call: Call,
    ) -> Result<Receipt, Failure> {
        let command = self.complete(&id, request, &call).await?;
        self.opportunities.execute(&id, command, call).await
    }

    async fn complete(
        &self,
        id: &OpportunityId,
        request: OpportunityRequest,
        call: &Call,
    ) -> Result<Command, Failure> {
        Ok(match request {
            OpportunityRequest::Open(open) => {
                let needed = self.require_contacts_of(&open).await;
                self.opportunities.unless_applied(id, call, needed).await?;
                self.complete_opening(*open).await?
            }
            OpportunityRequest::MoveStage { stage } => {
                Command::MoveStage { stage, pipeline: self.pipeline_of(id).await? }
            }
            OpportunityRequest::ReviseAmount { amount, fx } => Command::ReviseAmount { amount, fx },
            OpportunityRequest::MoveCloseDate { expected_close_on } => {
                Command::MoveCloseDate { expected_close_on }
            }
            OpportunityRequest::AssignOwner { owner, team } => Command::AssignOwner { owner, team },
            OpportunityRequest::SetNextStep { what, due_on } => Command::SetNextStep { what, due_on },
            OpportunityRequest::AddContactRole { contact_role } => {
                let needed = self.require_contact_now(&contact_role.contact_id).await;
                self.opportunities.unless_applied(id, call, needed).await?;
                Command::AddContactRole { contact_role }
            }
            OpportunityRequest::RemoveContactRole { contact_role } => {
                Command::RemoveContactRole { contact_role }
            }
            OpportunityRequest::SetSegment { key, value } => Command::SetSegment { key, value },
            OpportunityRequest::ClearSegment { key } => Command::ClearSegment { key },
            OpportunityRequest::MeetCriterion { key, note } => {
                Command::MeetCriterion { key, note, pipeline: self.pipeline_of(id).await? }
            }
            OpportunityRequest::RetractCriterion { key, note } => Command::RetractCriterion { key, note },
            OpportunityRequest::OverrideForecast { category, probability, reason } => {
                Command::OverrideForecast { category, probability, reason }
            }
            OpportunityRequest::Win { amount, fx } => {
                Command::Win { amount, fx, pipeline: self.pipeline_of(id).await? }
            }
            OpportunityRequest::Lose { reason, competitor } => {
                Command::Lose { reason, competitor, pipeline: self.pipeline_of(id).await? }
            }
            OpportunityRequest::Reopen { stage } => {
                Command::Reopen { stage, pipeline: self.pipeline_of(id).await? }
            }
        })
    }

    /// Whom a deal begins with, and who takes part in it, is there.
    pub(crate) async fn require_contacts_of(&self, open: &OpenOpportunity) -> Result<(), Failure> {
        let taking_part = open.contact_roles.iter().map(|role| role.contact_id);
        for contact_id in taking_part.chain(open.contact_id).collect::<BTreeSet<_>>() {
            self.require_contact_now(&contact_id).await?;
        }
        Ok(())
    }

    /// The beginning of a deal with contacts who are there.
    pub(crate) async fn complete_opening(&self, open: OpenOpportunity) -> Result<Command, Failure> {
        let pipeline = self.published(&open.pipeline_id).await?;
        Ok(Command::Open(Box::new(Open {
            pipeline_id: open.pipeline_id,
            pipeline,
            stage: open.stage,
            title: open.title,
            contact_id: open.contact_id,
            amount: open.amount,
            fx: open.fx,
            expected_close_on: open.expected_close_on,
            owner: open.owner,
            team: open.team,
            segments: open.segments,
            next_step: open.next_step,
            contact_roles: open.contact_roles,
        })))
    }

    async fn pipeline_of(&self, id: &OpportunityId) -> Result<Definition, Failure> {
        let pipeline_id = self
            .opportunities
            .fact(id, |state: &State| state.deal().map(|deal| deal.pipeline_id))
            .await?
            .ok_or(Rejection::NotOpened)?;
        self.published(&pipeline_id).await
    }

    pub(crate) async fn published(&self, id: &PipelineId) -> Result<Definition, Failure> {
        let definition = |state: &pipeline::State| match state {
            pipeline::State::Published(definition) => Some(definition.clone()),
            pipeline::State::Unpublished => None,
        };
        self.pipelines.inspect(id, definition).await?.ok_or(Failure::PipelineUnknown)
    }
}
