//! `ConsentService`.

mod agreeing;
mod answers;
mod check;
mod parse;

use futures::stream::BoxStream;
use rapport_domain::consent::Command;
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
use crate::parse::{Complete as _, Fields};
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
            let jurisdiction = parse::jurisdiction(&mut fields, message.jurisdiction.as_ref());
            (topic, notice, jurisdiction).complete().map(|(topic, notice, jurisdiction)| {
                Command::Request { topic, notice, jurisdiction, opted_out_until: None }
            })
        };
        refuse_consent(RefuseConsentRequest) -> RefuseConsentResponse: |fields, message| {
            let topic = parse::topic(&mut fields, &message.purpose, message.channel);
            let method = fields.enumerated("method", message.method, known::<wire::ConsentMethod>);
            let jurisdiction = parse::jurisdiction(&mut fields, message.jurisdiction.as_ref());
            (topic, method, jurisdiction)
                .complete()
                .map(|(topic, method, jurisdiction)| Command::Refuse { topic, method, jurisdiction })
        };
        withdraw_consent(WithdrawConsentRequest) -> WithdrawConsentResponse: |fields, message| {
            let topic = parse::topic(&mut fields, &message.purpose, message.channel);
            let method = fields.enumerated("method", message.method, known::<wire::ConsentMethod>);
            let evidence = parse::evidence(&mut fields, message.evidence.as_ref());
            let jurisdiction = parse::jurisdiction(&mut fields, message.jurisdiction.as_ref());
            (topic, method, evidence, jurisdiction).complete().map(|(topic, method, evidence, jurisdiction)| {
                Command::Withdraw { topic, method, evidence, jurisdiction }
            })
        };
        expire_consent(ExpireConsentRequest) -> ExpireConsentResponse: |fields, message| {
            let topic = parse::topic(&mut fields, &message.purpose, message.channel);
            topic.map(|topic| Command::Expire { topic })
        };
        confirm_consent(ConfirmConsentRequest) -> ConfirmConsentResponse: |fields, message| {
            let token_sha256 = parse::token(&mut fields, &message.token);
            let evidence = parse::evidence(&mut fields, message.evidence.as_ref());
            token_sha256
                .zip(evidence)
                .map(|(token_sha256, evidence)| Command::Confirm { token_sha256, evidence })
        };
        revoke_consent(RevokeConsentRequest) -> RevokeConsentResponse: |fields, message| {
            let topic = parse::topic(&mut fields, &message.purpose, message.channel);
            let reason = fields.required("reason", &message.reason, Label::parse);
            topic.zip(reason).map(|(topic, reason)| Command::Revoke { topic, reason })
        };
        invalidate_consent(InvalidateConsentRequest) -> InvalidateConsentResponse: |fields, message| {
            let consent_id = fields.required("consent_id", &message.consent_id, ConsentId::parse);
            let since = parse::since(&mut fields, message.since);
            let authority = fields.required("authority", &message.authority, Label::parse);
            let reason = fields.required("reason", &message.reason, Label::parse);
            (consent_id, since, authority, reason).complete().map(|(consent_id, since, authority, reason)| {
                Command::Invalidate { consent_id, since, authority, reason }
            })
        };
        propose_invalidation(ProposeInvalidationRequest) -> ProposeInvalidationResponse: |fields, message| {
            let consent_id = fields.required("consent_id", &message.consent_id, ConsentId::parse);
            let since = parse::since(&mut fields, message.since);
            let authority = fields.required("authority", &message.authority, Label::parse);
            let reason = fields.required("reason", &message.reason, Label::parse);
            (consent_id, since, authority, reason).complete().map(|(consent_id, since, authority, reason)| {
                Command::ProposeInvalidation { consent_id, since, authority, reason }
            })
        };
        approve_invalidation(ApproveInvalidationRequest) -> ApproveInvalidationResponse: |fields, message| {
            let consent_id = fields.required("consent_id", &message.consent_id, ConsentId::parse);
            let since = fields.instant("since", message.since);
            consent_id.zip(since).map(|(consent_id, since)| Command::ApproveInvalidation { consent_id, since })
        };
    }

    commands! {
        suppression by contact_id: ContactId;
        raise_suppression(RaiseSuppressionRequest) -> RaiseSuppressionResponse: |fields, message| {
            let jurisdiction = parse::jurisdiction(&mut fields, message.jurisdiction.as_ref());
            said!(fields, message)
                .zip(jurisdiction)
                .map(|(said, jurisdiction)| suppression::Command::Raise { said, jurisdiction })
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
        Ok(Response::new(self.take_consent(request).await?))
    }

    async fn request_confirmation(
        &self,
        request: Request<wire::RequestConfirmationRequest>,
    ) -> Result<Response<wire::RequestConfirmationResponse>, Status> {
        Ok(Response::new(self.take_first_act(request).await?))
    }

    async fn renew_consent(
        &self,
        request: Request<wire::RenewConsentRequest>,
    ) -> Result<Response<wire::RenewConsentResponse>, Status> {
        Ok(Response::new(self.take_renewal(request).await?))
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
