//! What a lead becomes.

use rapport_application::{Account, Conversion, Deal};
use rapport_domain::id::{ContactId, LeadId, PipelineId};
use rapport_domain::value::{Date, Key, Label, Name, Reference};
use rapport_proto::v1 as wire;

use crate::error::Error;
use crate::parse::{Circumstances, Fields};
use crate::services::Services;
use crate::services::pipelines::opening_step;
use crate::wire::{known, receipt, text};

impl Services {
    pub(super) async fn converted(
        &self,
        circumstances: &Circumstances,
        message: &wire::ConvertLeadRequest,
    ) -> Result<wire::ConvertLeadResponse, Error> {
        let mut fields = Fields::new();
        let call = fields.call(circumstances, message.header.as_ref(), message);
        let id = fields.required("lead_id", &message.lead_id, LeadId::parse);
        let account = account(&mut fields, message);
        let deal = match &message.deal {
            Some(told) => deal(&mut fields, told).map(Some),
            None => Some(None),
        };
        let (id, account, deal, call) = fields.finish((id, account, deal, call))?;
        let done = self.application.convert_lead(id, Conversion { account, deal }, call).await?;
        Ok(wire::ConvertLeadResponse {
            contact_id: done.contact_id.to_string(),
            account_id: text(done.account_id.as_ref()),
            opportunity_id: text(done.opportunity_id.as_ref()),
            receipt: Some(receipt(done.receipt)),
        })
    }
}

fn account(fields: &mut Fields, message: &wire::ConvertLeadRequest) -> Option<Option<Account>> {
    use wire::convert_lead_request::Account as Told;
    match &message.account {
        None => Some(None),
        Some(Told::AccountId(id)) => {
            fields.required("account_id", id, ContactId::parse).map(|id| Some(Account::Known(id)))
        }
        Some(Told::AccountName(name)) => {
            fields.required("account_name", name, Name::parse).map(|name| Some(Account::New(name)))
        }
    }
}

fn deal(fields: &mut Fields, told: &wire::LeadDeal) -> Option<Deal> {
    let pipeline_id = fields.required("deal.pipeline_id", &told.pipeline_id, PipelineId::parse);
    let stage = fields.optional("deal.stage", &told.stage, Key::parse);
    let title = fields.required("deal.title", &told.title, Label::parse);
    let amount = fields.money("deal.amount", told.amount.as_ref());
    let expected_close_on = fields.optional("deal.expected_close_on", &told.expected_close_on, Date::parse);
    let owner = fields.optional("deal.owner", &told.owner, Reference::parse);
    let team = fields.optional("deal.team", &told.team, Reference::parse);
    let next_step = opening_step(fields, "deal.", &told.next_step, &told.next_step_due_on);
    let contact_role = match wire::ContactRole::try_from(told.contact_role) {
        Ok(role) => Some(known(role)),
        Err(_) => fields.unknown("deal.contact_role"),
    };
    let segments = fields.segments("deal.segments", &told.segments);
    Some(Deal {
        pipeline_id: pipeline_id?,
        stage: stage?,
        title: title?,
        amount: amount?,
        expected_close_on: expected_close_on?,
        owner: owner?,
        team: team?,
        next_step: next_step?,
        contact_role: contact_role?,
        segments: segments?,
    })
}
