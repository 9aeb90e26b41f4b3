//! `NoticeService`.

use rapport_domain::notice::{Command, Text};
use rapport_domain::value::{Label, Reference, Sha256};
use rapport_projections::consent::{NoticeFilter, PublishedNotice};
use rapport_proto::v1 as wire;
use rapport_proto::v1::notice_service_server::NoticeService;
use tonic::{Request, Response, Status};

use super::Services;
use crate::caller::circumstances;
use crate::error::Error;
use crate::parse::Fields;
use crate::wire::{receipt, timestamp};

#[tonic::async_trait]
impl NoticeService for Services {
    async fn publish_notice(
        &self,
        request: Request<wire::PublishNoticeRequest>,
    ) -> Result<Response<wire::PublishNoticeResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let id = fields.required("notice_id", &message.notice_id, Reference::parse);
        let version = fields.required("version", &message.version, Label::parse);
        let language = fields.required("language", &message.language, Reference::parse);
        let text = fields.required("text", &message.text, Text::parse);
        let (id, version, language, text, call) = fields.finish((id, version, language, text, call))?;
        let wording_sha256 = text.sha256().to_string();
        let command = Command::Publish { id, version, language, text };
        let done = self.application.notice(command, call).await.map_err(Error::from)?;
        Ok(Response::new(wire::PublishNoticeResponse { wording_sha256, receipt: Some(receipt(done)) }))
    }

    async fn list_notices(
        &self,
        request: Request<wire::ListNoticesRequest>,
    ) -> Result<Response<wire::ListNoticesResponse>, Status> {
        Ok(Response::new(self.answer_notices(request.into_inner()).await?))
    }
}

impl Services {
    async fn answer_notices(
        &self,
        message: wire::ListNoticesRequest,
    ) -> Result<wire::ListNoticesResponse, Error> {
        let mut fields = Fields::new();
        let id = fields.optional("notice_id", &message.notice_id, Reference::parse);
        let version = fields.optional("version", &message.version, Label::parse);
        let language = fields.optional("language", &message.language, Reference::parse);
        let wording_sha256 = fields.optional("wording_sha256", &message.wording_sha256, Sha256::parse);
        let page = fields.page(message.page.as_ref());
        let (id, version, language, wording_sha256, page) =
            fields.finish((id, version, language, wording_sha256, page))?;
        let filter = NoticeFilter { id, version, language, wording_sha256, with_text: message.with_text };
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = self.projections.consent().notices(moment.freshness, filter, page).await?;
        Ok(wire::ListNoticesResponse {
            notices: answer.value.items.into_iter().map(notice).collect(),
            next_page_token: answer.value.next_page_token,
            position: answer.position.0,
            as_of: moment.as_of(),
        })
    }
}

/// Words as they were published, on the wire.
pub(super) fn notice(notice: PublishedNotice) -> wire::PublishedNotice {
    wire::PublishedNotice {
        id: notice.id.to_string(),
        version: notice.version.to_string(),
        language: notice.language.to_string(),
        wording_sha256: notice.wording_sha256.to_string(),
        text: notice.text.map(String::from).unwrap_or_default(),
        position: notice.position.0,
        event_id: notice.event_id,
        occurred_at: Some(timestamp(notice.occurred_at)),
        recorded_at: Some(timestamp(notice.recorded_at)),
    }
}
