//! `SubjectRequestService`.

mod answers;
mod archive;
mod listed;

use rapport_application::{Call, Failure, Receipt};
use rapport_domain::id::{ContactId, SubjectRequestId};
use rapport_domain::subject_request::{Command, Outcome, Receive, Rejection, Right, State};
use rapport_domain::value::Label;
use rapport_proto::v1 as wire;
use rapport_proto::v1::subject_request_service_server::SubjectRequestService;
use tonic::{Request, Response, Status};

use super::commands::commands;
use super::queries::queries;
use super::{Answering, Services};
use crate::access::admitted;
use crate::caller::circumstances;
use crate::error::Error;
use crate::forgetting::forget;
use crate::parse::{Fields, request_id};
use crate::wire::{known, receipt};

#[tonic::async_trait]
impl SubjectRequestService for Services {
    queries! {
        list_subject_requests(ListSubjectRequestsRequest) -> ListSubjectRequestsResponse: answer_subject_requests;
    }

    commands! {
        subject_request by subject_request_id: SubjectRequestId;
        extend_subject_request(ExtendSubjectRequestRequest) -> ExtendSubjectRequestResponse: |fields, message| {
            fields.required("reason", &message.reason, Label::parse).map(|reason| Command::Extend { reason })
        };
        cancel_erasure(CancelErasureRequest) -> CancelErasureResponse: |fields, message| {
            fields.required("reason", &message.reason, Label::parse).map(|reason| Command::CancelErasure { reason })
        };
        note_subject_archive(NoteSubjectArchiveRequest) -> NoteSubjectArchiveResponse:
            |fields, message| archive::made(&mut fields, &message).map(Command::NoteArchive);
        note_recipient_told(NoteRecipientToldRequest) -> NoteRecipientToldResponse: |fields, message| {
            fields
                .required("recipient", &message.recipient, Label::parse)
                .map(|recipient| Command::NoteRecipientTold { recipient })
        };
        note_recipient_not_told(NoteRecipientNotToldRequest) -> NoteRecipientNotToldResponse: |fields, message| {
            let recipient = fields.required("recipient", &message.recipient, Label::parse);
            let reason = fields.required("reason", &message.reason, Label::parse);
            recipient.zip(reason).map(|(recipient, reason)| Command::NoteRecipientNotTold { recipient, reason })
        };
        refuse_subject_request(RefuseSubjectRequestRequest) -> RefuseSubjectRequestResponse: |fields, message| {
            fields.required("reason", &message.reason, Label::parse).map(|reason| Command::Refuse { reason })
        };
    }

    async fn receive_subject_request(
        &self,
        request: Request<wire::ReceiveSubjectRequestRequest>,
    ) -> Result<Response<wire::ReceiveSubjectRequestResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let id =
            fields.minted("subject_request_id", &message.subject_request_id, SubjectRequestId::parse, || {
                SubjectRequestId::derived("request", request_id(message.header.as_ref()))
            });
        let receive = received(&mut fields, &message);
        let (id, receive, call) = fields.finish((id, receive, call))?;
        let done = self.application.subject_request(id, Command::Receive(receive), call).await;
        let done = done.map_err(Error::from)?;
        let subject_request_id = id.to_string();
        Ok(Response::new(wire::ReceiveSubjectRequestResponse {
            subject_request_id,
            receipt: Some(receipt(done)),
        }))
    }

    async fn approve_subject_request(
        &self,
        request: Request<wire::ApproveSubjectRequestRequest>,
    ) -> Result<Response<wire::ApproveSubjectRequestResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let id = fields.required("subject_request_id", &message.subject_request_id, SubjectRequestId::parse);
        let (id, call) = fields.finish((id, call))?;
        let approve = Command::Approve { erase_at: self.application.erase_at() };
        let done = self.application.subject_request(id, approve, call).await.map_err(Error::from)?;
        Ok(Response::new(wire::ApproveSubjectRequestResponse { receipt: Some(receipt(done)) }))
    }

    async fn fulfil_subject_request(
        &self,
        request: Request<wire::FulfilSubjectRequestRequest>,
    ) -> Result<Response<wire::FulfilSubjectRequestResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let id = fields.required("subject_request_id", &message.subject_request_id, SubjectRequestId::parse);
        let note = fields.optional("note", &message.note, Label::parse);
        let (id, note, call) = fields.finish((id, note, call))?;
        let done = self.fulfil(id, note, call).await?;
        let state = self.application.subject_request_state(&id).await.map_err(Error::from)?;
        Ok(Response::new(wire::FulfilSubjectRequestResponse {
            receipt: Some(receipt(done)),
            subject_request: answers::subject_request(&id, &state),
        }))
    }

    type AssembleSubjectArchiveStream = archive::Parts;

    async fn assemble_subject_archive(
        &self,
        request: Request<wire::AssembleSubjectArchiveRequest>,
    ) -> Result<Response<Self::AssembleSubjectArchiveStream>, Status> {
        let admitted = admitted(&request)?;
        Ok(Response::new(self.answer_subject_archive(admitted, request.into_inner()).await?))
    }

    async fn get_subject_request(
        &self,
        request: Request<wire::GetSubjectRequestRequest>,
    ) -> Result<Response<wire::GetSubjectRequestResponse>, Status> {
        let mut fields = Fields::new();
        let id = &request.get_ref().subject_request_id;
        let id = fields.required("subject_request_id", id, SubjectRequestId::parse);
        let id = fields.finish(id)?;
        let state = self.application.subject_request_state(&id).await.map_err(Error::from)?;
        let subject_request = answers::subject_request(&id, &state);
        Ok(Response::new(wire::GetSubjectRequestResponse { subject_request }))
    }
}

impl Services {
    async fn fulfil(&self, id: SubjectRequestId, note: Option<Label>, call: Call) -> Result<Receipt, Error> {
        let state = self.application.subject_request_state(&id).await?;
        let right = state.request().map(|request| request.received.right);
        match (right, state, note) {
            // Closed already: the same answer again, and nothing is destroyed twice.
            (Some(Right::Erasure), State::Fulfilled(_, outcome), None) => {
                Ok(self.application.fulfil(id, outcome, call).await?)
            }
            (Some(Right::Erasure), _, None) => self.erase(id, call).await,
            (_, _, Some(note)) => Ok(self.application.fulfil(id, Outcome::ByHand { note }, call).await?),
            (_, _, None) => Err(Failure::from(Rejection::OutcomeDiffers).into()),
        }
    }

    async fn erase(&self, id: SubjectRequestId, call: Call) -> Result<Receipt, Error> {
        let erased = self.application.erase(id, &call).await?;
        let stores = forget(&self.projections, erased.position).await?;
        Ok(self.application.certify(id, erased, stores, call).await?)
    }
}

fn received(fields: &mut Fields, message: &wire::ReceiveSubjectRequestRequest) -> Option<Receive> {
    let contact_id = fields.required("contact_id", &message.contact_id, ContactId::parse);
    let right = fields.enumerated("right", message.right, known::<wire::SubjectRight>);
    let ground = fields.optional("ground", &message.ground, Label::parse);
    Some(Receive { contact_id: contact_id?, right: right?, ground: ground? })
}
