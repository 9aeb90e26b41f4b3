//! `ConsentService`.

mod answers;
mod check;
mod parse;

use futures::stream::BoxStream;
use rapport_domain::consent::{Command, Give};
use rapport_domain::id::{ConsentId, ContactId};
use rapport_domain::suppression::{self, Said};
use rapport_domain::value::Label;
use rapport_proto::v1 as wire;
use rapport_proto::v1::consent_service_server::ConsentService;
use tonic::{Request, Response, Status, Streaming};

pub use check::{CHECKED_CONTACTS_MAX, PROVED_CONTACTS_MAX};

use super::commands::commands;
use super::{Answering, Services};
use crate::access::admitted;
use crate::caller::circumstances;
use crate::error::Error;
use crate::parse::{Complete as _, Fields, request_id};
use crate::wire::{known, receipt};

/// What a subject said of a suppression; three requests have these fields.
macro_rules! said {
    ($fields:ident, $message:ident) => {{
        let kind = $fields.enumerated("kind", $message.kind, known::<wire::SuppressionKind>);
        let scope = parse::scope(&mut $fields, &$message.purpose, $message.channel);
        let method = $fields.enumerated("method", $message.method, known::<wire::ConsentMethod>);
        let evidence = parse::evidence(&mut $fields, $message.evidence.as_ref());
        (kind, scope, method, evidence).complete().map(|(kind, scope, method, evidence)| Said {
            kind,
            scope,
            method,
            evidence,
        })
    }};
}

#[tonic::async_trait]
impl ConsentService for Services {
    commands! {
        consent by contact_id: ContactId;
        request_consent(RequestConsentRequest) -> RequestConsentResponse: |fields, message| {
            let topic = parse::topic(&mut fields, &message.purpose, message.channel);
            let notice = parse::notice(&mut fields, message.notice.as_ref());
            topic.zip(notice).map(|(topic, notice)| Command::Request { topic, notice })
        };
        refuse_consent(RefuseConsentRequest) -> RefuseConsentResponse: |fields, message| {
            let topic = parse::topic(&mut fields, &message.purpose, message.channel);
            let method = fields.enumerated("method", message.method, known::<wire::ConsentMethod>);
            topic.zip(method).map(|(topic, method)| Command::Refuse { topic, method })
        };
        withdraw_consent(WithdrawConsentRequest) -> WithdrawConsentResponse: |fields, message| {
            let topic = parse::topic(&mut fields, &message.purpose, message.channel);
            let method = fields.enumerated("method", message.method, known::<wire::ConsentMethod>);
            let evidence = parse::evidence(&mut fields, message.evidence.as_ref());
            topic
                .zip(method)
                .zip(evidence)
                .map(|((topic, method), evidence)| Command::Withdraw { topic, method, evidence })
        };
        expire_consent(ExpireConsentRequest) -> ExpireConsentResponse: |fields, message| {
            let topic = parse::topic(&mut fields, &message.purpose, message.channel);
            topic.map(|topic| Command::Expire { topic })
        };
    }

    commands! {
        suppression by contact_id: ContactId;
        raise_suppression(RaiseSuppressionRequest) -> RaiseSuppressionResponse: |fields, message| {
            said!(fields, message).map(suppression::Command::Raise)
        };
        request_suppression_lift(RequestSuppressionLiftRequest) -> RequestSuppressionLiftResponse:
            |fields, message| said!(fields, message).map(suppression::Command::RequestLift);
        lift_suppression(LiftSuppressionRequest) -> LiftSuppressionResponse: |fields, message| {
            let said = said!(fields, message);
            let reason = fields.required("reason", &message.reason, Label::parse);
            said.zip(reason).map(|(said, reason)| suppression::Command::Lift { said, reason })
        };
    }

    async fn give_consent(
        &self,
        request: Request<wire::GiveConsentRequest>,
    ) -> Result<Response<wire::GiveConsentResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let id = fields.required("contact_id", &message.contact_id, ContactId::parse);
        let consent_id = fields.minted("consent_id", &message.consent_id, ConsentId::parse, || {
            ConsentId::derived("request", request_id(message.header.as_ref()))
        });
        let topic = parse::topic(&mut fields, &message.purpose, message.channel);
        let notice = parse::notice(&mut fields, message.notice.as_ref());
        let method = fields.enumerated("method", message.method, known::<wire::ConsentMethod>);
        let evidence = parse::evidence(&mut fields, message.evidence.as_ref());
        let valid_until = fields.instant("valid_until", message.valid_until);
        let (id, consent_id, topic, notice, method, evidence, valid_until, call) =
            fields.finish((id, consent_id, topic, notice, method, evidence, valid_until, call))?;
        let command = Command::Give(Give { consent_id, topic, notice, method, evidence, valid_until });
        let done = self.application.consent(id, command, call).await.map_err(Error::from)?;
        let consent_id = consent_id.to_string();
        Ok(Response::new(wire::GiveConsentResponse { consent_id, receipt: Some(receipt(done)) }))
    }

    async fn get_consents(
        &self,
        request: Request<wire::GetConsentsRequest>,
    ) -> Result<Response<wire::GetConsentsResponse>, Status> {
        Ok(Response::new(self.answer_consents(request.into_inner()).await?))
    }

    async fn get_consent_trail(
        &self,
        request: Request<wire::GetConsentTrailRequest>,
    ) -> Result<Response<wire::GetConsentTrailResponse>, Status> {
        let admitted = admitted(&request)?;
        Ok(Response::new(self.answer_consent_trail(&admitted, request.into_inner()).await?))
    }

    async fn check_consents(
        &self,
        request: Request<wire::CheckConsentsRequest>,
    ) -> Result<Response<wire::CheckConsentsResponse>, Status> {
        Ok(Response::new(self.answer_check(request.into_inner()).await?))
    }

    type BulkCheckConsentsStream = BoxStream<'static, Result<wire::CheckConsentsResponse, Status>>;

    async fn bulk_check_consents(
        &self,
        request: Request<Streaming<wire::CheckConsentsRequest>>,
    ) -> Result<Response<Self::BulkCheckConsentsStream>, Status> {
        Ok(Response::new(check::in_bulk(self.clone(), request.into_inner())))
    }
}
