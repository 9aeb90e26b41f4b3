//! The RPCs by which a subject agrees: each makes a consent that has an id.

use rapport_domain::consent::{Command, Give};
use rapport_domain::id::{ConsentId, ContactId};
use rapport_proto::v1 as wire;
use tonic::Request;

use super::parse;
use crate::caller::circumstances;
use crate::error::Error;
use crate::parse::{Complete as _, Fields, request_id};
use crate::services::Services;
use crate::wire::{known, receipt};

/// The agreement that a message tells of; two requests have these fields.
macro_rules! agreement {
    ($fields:ident, $message:ident) => {{
        let consent_id = minted(&mut $fields, $message.header.as_ref(), &$message.consent_id);
        let topic = parse::topic(&mut $fields, &$message.purpose, $message.channel);
        let notice = parse::notice(&mut $fields, $message.notice.as_ref());
        let method = $fields.enumerated("method", $message.method, known::<wire::ConsentMethod>);
        let evidence = parse::evidence(&mut $fields, $message.evidence.as_ref());
        let valid_until = $fields.instant("valid_until", $message.valid_until);
        let jurisdiction = parse::jurisdiction(&mut $fields, $message.jurisdiction.as_ref());
        let parts = (consent_id, topic, notice, method, evidence, valid_until, jurisdiction);
        parts.complete().map(|(consent_id, topic, notice, method, evidence, valid_until, jurisdiction)| {
            Give { consent_id, topic, notice, method, evidence, valid_until, jurisdiction }
        })
    }};
}

fn minted(fields: &mut Fields, header: Option<&wire::CommandHeader>, text: &str) -> Option<ConsentId> {
    fields.minted("consent_id", text, ConsentId::parse, || ConsentId::derived("request", request_id(header)))
}

impl Services {
    pub(super) async fn take_consent(
        &self,
        request: Request<wire::GiveConsentRequest>,
    ) -> Result<wire::GiveConsentResponse, Error> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let id = fields.required("contact_id", &message.contact_id, ContactId::parse);
        let give = agreement!(fields, message);
        let (id, give, call) = fields.finish((id, give, call))?;
        let consent_id = give.consent_id.to_string();
        let done = self.application.consent(id, Command::Give(give), call).await?;
        Ok(wire::GiveConsentResponse { consent_id, receipt: Some(receipt(done)) })
    }

    pub(super) async fn take_first_act(
        &self,
        request: Request<wire::RequestConfirmationRequest>,
    ) -> Result<wire::RequestConfirmationResponse, Error> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let id = fields.required("contact_id", &message.contact_id, ContactId::parse);
        let give = agreement!(fields, message);
        let confirm_by = fields.instant("confirm_by", message.confirm_by);
        let (id, give, confirm_by, call) = fields.finish((id, give, confirm_by, call))?;
        let consent_id = give.consent_id.to_string();
        let (done, token) = self.application.request_confirmation(id, give, confirm_by, call).await?;
        let token = token.map(|token| token.as_str().to_owned()).unwrap_or_default();
        Ok(wire::RequestConfirmationResponse { consent_id, token, receipt: Some(receipt(done)) })
    }

    pub(super) async fn take_renewal(
        &self,
        request: Request<wire::RenewConsentRequest>,
    ) -> Result<wire::RenewConsentResponse, Error> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let id = fields.required("contact_id", &message.contact_id, ContactId::parse);
        let consent_id = minted(&mut fields, message.header.as_ref(), &message.consent_id);
        let topic = parse::topic(&mut fields, &message.purpose, message.channel);
        let method = fields.enumerated("method", message.method, known::<wire::ConsentMethod>);
        let evidence = match parse::evidence(&mut fields, message.evidence.as_ref()) {
            Some(Some(evidence)) => Some(evidence),
            Some(None) => fields.missing("evidence"),
            None => None,
        };
        let valid_until = fields.instant("valid_until", message.valid_until);
        let (id, consent_id, topic, method, evidence, valid_until, call) =
            fields.finish((id, consent_id, topic, method, evidence, valid_until, call))?;
        let command = Command::Renew { consent_id, topic, method, evidence, valid_until };
        let done = self.application.consent(id, command, call).await?;
        Ok(wire::RenewConsentResponse { consent_id: consent_id.to_string(), receipt: Some(receipt(done)) })
    }
}
