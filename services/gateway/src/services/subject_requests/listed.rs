//! All requests, by the day on which they are due.

use rapport_domain::id::ContactId;
use rapport_domain::value::{Date, Instant};
use rapport_projections::access::{RequestFilter, SubjectRequest};
use rapport_proto::v1 as wire;

use crate::error::Error;
use crate::parse::Fields;
use crate::services::Services;
use crate::wire::{Known as _, known, text, timestamp};

impl Services {
    pub(super) async fn answer_subject_requests(
        &self,
        message: wire::ListSubjectRequestsRequest,
    ) -> Result<wire::ListSubjectRequestsResponse, Error> {
        let mut fields = Fields::new();
        let status = match wire::SubjectRequestStatus::try_from(message.status) {
            Ok(status) => Some(known(status)),
            Err(_) => fields.unknown("status"),
        };
        let due_by = fields.optional("due_by", &message.due_by, Date::parse);
        let contact_id = fields.optional("contact_id", &message.contact_id, ContactId::parse);
        let page = fields.page(message.page.as_ref());
        let (status, due_by, contact_id, page) = fields.finish((status, due_by, contact_id, page))?;
        let moment = self.moment(message.header.as_ref()).await?;
        let filter =
            RequestFilter { contact_id, status, due_by, recipients_untold: message.recipients_untold };
        let answer = self.projections.access().requests(moment.freshness, filter, page).await?;
        Ok(wire::ListSubjectRequestsResponse {
            subject_requests: answer.value.items.into_iter().map(|item| entry(item, moment.today)).collect(),
            next_page_token: answer.value.next_page_token,
            position: answer.position.0,
            as_of: moment.as_of(),
        })
    }
}

fn entry(request: SubjectRequest, today: Instant) -> wire::SubjectRequestEntry {
    wire::SubjectRequestEntry {
        overdue: request.is_overdue(today),
        subject_request_id: request.subject_request_id.to_string(),
        contact_id: request.contact_id.to_string(),
        right: wire::SubjectRight::number(request.right),
        ground: text(request.ground.as_ref()),
        status: wire::SubjectRequestStatus::number(request.status),
        received_at: Some(timestamp(request.received_at)),
        received_by: request.received_by.to_string(),
        due_on: request.due_on.to_string(),
        extended: request.extended,
        approved_by: text(request.approved_by.as_ref()),
        erase_at: request.erase_at.map(timestamp),
        erasing: request.erasing,
        closed_at: request.closed_at.map(timestamp),
        recipients_untold: request.recipients_untold,
    }
}
