//! `LeadService`.

mod answers;
mod capture;
mod conversion;
mod field;
mod report;
mod stream;
mod turns;

use rapport_application::Exchange;
use rapport_domain::id::LeadId;
use rapport_domain::lead::{Assign, Command, FIELDS_MAX, Holder};
use rapport_domain::value::{Date, FreeText, Invalid, Key, Label, Reference};
use rapport_proto::v1 as wire;
use rapport_proto::v1::lead_service_server::LeadService;
use tonic::{Request, Response, Status, Streaming};

use super::commands::commands;
use super::queries::queries;
use super::{Answering, Services};
use crate::caller::circumstances;
use crate::error::Error;
use crate::parse::Fields;
use crate::wire::{known, receipt};

pub(super) use turns::Turns;

#[tonic::async_trait]
impl LeadService for Services {
    type CaptureLeadsStream = stream::Answers;

    commands! {
        lead by lead_id: LeadId;
        enrich_lead(EnrichLeadRequest) -> EnrichLeadResponse: |fields, message| {
            let values = field::values(&mut fields, "fields", &message.fields);
            let cleared = cleared(&mut fields, &message.cleared);
            values.zip(cleared).map(|(fields, cleared)| Command::Enrich {
                fields,
                cleared,
                field_set: None,
            })
        };
        assign_lead(AssignLeadRequest) -> AssignLeadResponse: |fields, message| {
            assigned(&mut fields, &message).map(|assign| Command::Assign(Box::new(assign)))
        };
        decline_lead(DeclineLeadRequest) -> DeclineLeadResponse: |fields, message| {
            let owner = fields.required("owner", &message.owner, Reference::parse);
            let reason = fields.optional("reason", &message.reason, Label::parse);
            owner.zip(reason).map(|(owner, reason)| Command::Decline { owner, reason })
        };
        qualify_lead(QualifyLeadRequest) -> QualifyLeadResponse: |fields, message| {
            fields.optional("reason", &message.reason, Label::parse).map(|reason| Command::Qualify { reason })
        };
        disqualify_lead(DisqualifyLeadRequest) -> DisqualifyLeadResponse: |fields, message| {
            fields.required("reason", &message.reason, Label::parse).map(|reason| Command::Disqualify { reason })
        };
        recycle_lead(RecycleLeadRequest) -> RecycleLeadResponse: |fields, message| {
            let until = fields.optional("until", &message.until, Date::parse);
            let reason = fields.optional("reason", &message.reason, Label::parse);
            until.zip(reason).map(|(until, reason)| Command::Recycle { until, reason })
        };
    }

    queries! {
        get_lead(GetLeadRequest) -> GetLeadResponse: answer_lead;
        list_leads(ListLeadsRequest) -> ListLeadsResponse: answer_leads;
        get_lead_report(GetLeadReportRequest) -> GetLeadReportResponse: answer_lead_report;
    }

    async fn capture_lead(
        &self,
        request: Request<wire::CaptureLeadRequest>,
    ) -> Result<Response<wire::CaptureLeadResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        Ok(Response::new(self.captured(&circumstances, request.get_ref()).await?))
    }

    async fn capture_leads(
        &self,
        request: Request<Streaming<wire::CaptureLeadRequest>>,
    ) -> Result<Response<Self::CaptureLeadsStream>, Status> {
        let circumstances = circumstances(request.metadata())?;
        Ok(Response::new(stream::capture(self.clone(), circumstances, request.into_inner())))
    }

    async fn record_lead_contact(
        &self,
        request: Request<wire::RecordLeadContactRequest>,
    ) -> Result<Response<wire::RecordLeadContactResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let id = fields.required("lead_id", &message.lead_id, LeadId::parse);
        let channel = fields.enumerated("channel", message.channel, known::<wire::InteractionChannel>);
        let text = fields.optional("text", &message.text, FreeText::parse);
        let (id, channel, text, call) = fields.finish((id, channel, text, call))?;
        let said = Exchange { channel, text };
        let done = self.application.contact_lead(id, said, call).await.map_err(Error::from)?;
        Ok(Response::new(wire::RecordLeadContactResponse { receipt: Some(receipt(done)) }))
    }

    async fn convert_lead(
        &self,
        request: Request<wire::ConvertLeadRequest>,
    ) -> Result<Response<wire::ConvertLeadResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        Ok(Response::new(self.converted(&circumstances, request.get_ref()).await?))
    }
}

/// To whom a lead goes, and why.
fn assigned(fields: &mut Fields, message: &wire::AssignLeadRequest) -> Option<Assign> {
    use wire::assign_lead_request::To;
    let to = match &message.to {
        Some(To::Owner(owner)) => fields.required("owner", owner, Reference::parse).map(Holder::Owner),
        Some(To::Queue(queue)) => fields.required("queue", queue, Reference::parse).map(Holder::Queue),
        None => fields.missing("to"),
    };
    let reason = fields.optional("reason", &message.reason, Label::parse);
    let respond_by = fields.instant("respond_by", message.respond_by);
    Some(Assign { to: to?, reason: reason?, routing: None, respond_by: respond_by? })
}

/// The fields that lose their values.
fn cleared(fields: &mut Fields, names: &[String]) -> Option<std::collections::BTreeSet<Key>> {
    if names.len() > FIELDS_MAX {
        let expected = format!("expected at most {FIELDS_MAX} entries");
        fields.refuse("cleared", Invalid::new("TOO_MANY", expected));
        return None;
    }
    let named = names.iter().enumerate();
    let read: Vec<Option<Key>> =
        named.map(|(index, name)| fields.check(&format!("cleared[{index}]"), Key::parse(name))).collect();
    read.into_iter().collect()
}
