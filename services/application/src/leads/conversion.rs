//! What comes of a lead: an account, a deal, and a contact who stands further on. Their ids follow from the lead, and that it
//! is converted is said last: wherever an attempt ends, the next one makes the same.

use std::collections::BTreeMap;

use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::contact::{self, Kind, LifecycleStage, Register};
use rapport_domain::id::{ContactId, LeadId, OpportunityId, PipelineId};
use rapport_domain::lead::{Command, Rejection, State};
use rapport_domain::opportunity::{self, ContactRole, NextStepSet, Opportunity, Role};
use rapport_domain::value::{Date, Key, Label, Money, Name, Reference, Segments};

use super::step;
use crate::Application;
use crate::call::{Call, Receipt};
use crate::failure::Failure;
use crate::opportunities::{OpenOpportunity, OpportunityRequest};

/// What is to come of a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    /// The organisation.
    pub account: Option<Account>,
    /// The deal.
    pub deal: Option<Deal>,
}

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    /// One that is registered.
    Known(ContactId),
    /// A new one, by its name.
    New(Name),
}

/// A deal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deal {
    /// The process it follows.
    pub pipeline_id: PipelineId,
    /// Where it begins.
    pub stage: Option<Key>,
    /// What it is called.
    pub title: Label,
    /// What it is worth.
    pub amount: Option<Money>,
    /// When it is expected to close.
    pub expected_close_on: Option<Date>,
    /// Who sells.
    pub owner: Option<Reference>,
    /// The owner's team.
    pub team: Option<Reference>,
    /// What comes next.
    pub next_step: Option<NextStepSet>,
    /// What whom the lead is about has to do with the decision.
    pub contact_role: Option<Role>,
    /// Fields that reports group by.
    pub segments: Segments,
}

/// What came of a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Converted {
    /// Who was interested.
    pub contact_id: ContactId,
    /// The organisation.
    pub account_id: Option<ContactId>,
    /// The deal.
    pub opportunity_id: Option<OpportunityId>,
    /// Where the lead's stream stands.
    pub receipt: Receipt,
}

impl Application {
    /// Makes of a qualified lead what it is to become.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn convert_lead(
        &self,
        id: LeadId,
        conversion: Conversion,
        call: Call,
    ) -> Result<Converted, Failure> {
        let contact_id = self.contact_of_lead(&id).await?;
        let key = id.to_string();
        let account_id = conversion.account.as_ref().map(|account| match account {
            Account::Known(account_id) => *account_id,
            Account::New(_) => ContactId::derived("lead", &key),
        });
        let opportunity_id = conversion.deal.as_ref().map(|_| OpportunityId::derived("lead", &key));
        if self.is_to_convert(&id).await? {
            self.require_contact_now(&contact_id).await?;
            // The deal is looked at first: where it cannot be opened nothing is made.
            if let (Some(deal), Some(opportunity_id)) = (&conversion.deal, &opportunity_id) {
                self.assert_opens(opening(deal.clone(), contact_id), opportunity_id, &call).await?;
            }
            if let Some(account) = conversion.account {
                self.account(account, &key, &call).await?;
            }
            if let (Some(deal), Some(opportunity_id)) = (conversion.deal, opportunity_id) {
                self.deal(deal, opportunity_id, contact_id, &call).await?;
            }
            self.rise(&contact_id, &call).await?;
        }
        let command = Command::Convert { account_id, opportunity_id };
        let receipt = self.say_converted(&id, &contact_id, command, &call).await?;
        Ok(Converted { contact_id, account_id, opportunity_id, receipt })
    }

    /// Says that a lead is converted. Of somebody who was erased a request can be told from another one no more: where it was
    /// applied before, the first answer stands.
    async fn say_converted(
        &self,
        id: &LeadId,
        contact_id: &ContactId,
        command: Command,
        call: &Call,
    ) -> Result<Receipt, Failure> {
        let first = match self.require_contact_now(contact_id).await {
            Ok(()) => None,
            Err(Failure::Contact(_)) => self.leads.first_answer(id, call).await?,
            Err(failure) => return Err(failure),
        };
        match first {
            Some(receipt) => Ok(receipt),
            None => self.leads.execute(id, command, self.kept_apart(contact_id, call)?).await,
        }
    }

    /// Whether something is to be made of the lead; not where that was done.
    async fn is_to_convert(&self, id: &LeadId) -> Result<bool, Failure> {
        let standing = |state: &State| match state {
            State::Uncaptured => Err(Rejection::NotCaptured),
            State::Qualified(_) => Ok(true),
            State::Converted(..) => Ok(false),
            State::Disqualified(..) => Err(Rejection::Disqualified),
            State::New(_) | State::Assigned(_) | State::Working(_) | State::Recycled(..) => {
                Err(Rejection::NotQualified)
            }
        };
        Ok(self.leads.inspect(id, standing).await??)
    }

    async fn account(&self, account: Account, key: &str, call: &Call) -> Result<(), Failure> {
        let name = match account {
            Account::Known(account_id) => return self.require_contact_now(&account_id).await,
            Account::New(name) => name,
        };
        let register = Register {
            kind: Kind::Organisation,
            name: name.into(),
            contact_points: Vec::new(),
            owner: None,
            lifecycle_stage: LifecycleStage::Opportunity,
            segments: BTreeMap::new(),
            external_ref: None,
        };
        let account_id = ContactId::derived("lead", key);
        let command = contact::Command::Register(register);
        self.contacts.execute(&account_id, command, step(call, "account")?).await.map(drop)
    }

    /// Whether a deal would be opened: its stage may ask for what is not said.
    async fn assert_opens(
        &self,
        open: OpenOpportunity,
        id: &OpportunityId,
        call: &Call,
    ) -> Result<(), Failure> {
        self.require_contacts_of(&open).await?;
        let command = self.complete_opening(open).await?;
        let context = self.context(call);
        let decide = |state: &opportunity::State| Opportunity::decide(state, &command, &context).map(drop);
        Ok(self.opportunities.inspect(id, decide).await??)
    }

    async fn deal(
        &self,
        deal: Deal,
        opportunity_id: OpportunityId,
        contact_id: ContactId,
        call: &Call,
    ) -> Result<(), Failure> {
        let request = OpportunityRequest::Open(Box::new(opening(deal, contact_id)));
        self.opportunity(opportunity_id, request, step(call, "deal")?).await.map(drop)
    }

    /// Lets the contact stand at least where somebody stands with whom a sale is under way. Whoever has bought stays there.
    async fn rise(&self, contact_id: &ContactId, call: &Call) -> Result<(), Failure> {
        let is_below = |state: &contact::State| match state {
            contact::State::Active(profile) => is_before_a_sale(profile.lifecycle_stage),
            contact::State::Unregistered | contact::State::Archived(_) | contact::State::Erased(_) => false,
        };
        if !self.contacts.inspect(contact_id, is_below).await? {
            return Ok(());
        }
        let command = contact::Command::ChangeLifecycleStage { stage: LifecycleStage::Opportunity };
        self.contacts.execute(contact_id, command, step(call, "stage")?).await.map(drop)
    }
}

/// How the deal of a contact begins.
fn opening(deal: Deal, contact_id: ContactId) -> OpenOpportunity {
    OpenOpportunity {
        pipeline_id: deal.pipeline_id,
        stage: deal.stage,
        title: deal.title,
        contact_id: Some(contact_id),
        amount: deal.amount,
        fx: None,
        expected_close_on: deal.expected_close_on,
        owner: deal.owner,
        team: deal.team,
        segments: deal.segments,
        next_step: deal.next_step,
        contact_roles: deal.contact_role.map(|role| ContactRole { contact_id, role }).into_iter().collect(),
    }
}

const fn is_before_a_sale(stage: LifecycleStage) -> bool {
    match stage {
        LifecycleStage::Subscriber
        | LifecycleStage::Lead
        | LifecycleStage::MarketingQualifiedLead
        | LifecycleStage::SalesQualifiedLead
        | LifecycleStage::Churned
        | LifecycleStage::Other => true,
        LifecycleStage::Opportunity | LifecycleStage::Customer | LifecycleStage::Evangelist => false,
    }
}
