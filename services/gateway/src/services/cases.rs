//! `CaseService`.

mod answers;
mod opening;
mod report;

use rapport_application::{CaseRequest, Exchange};
use rapport_domain::case::Rating;
use rapport_domain::id::CaseId;
use rapport_domain::interaction::Source;
use rapport_domain::value::{ExternalRef, FreeText, Invalid, Label, Reference};
use rapport_proto::v1 as wire;
use rapport_proto::v1::case_service_server::CaseService;
use tonic::{Request, Response, Status};

use super::commands::commands;
use super::queries::queries;
use super::{Answering, Services};
use crate::caller::circumstances;
use crate::error::Error;
use crate::parse::{Fields, request_id};
use crate::wire::{known, receipt};

/// Highest level that a case is escalated to.
pub(crate) const LEVEL_MAX: u32 = 10;

#[tonic::async_trait]
impl CaseService for Services {
    commands! {
        case by case_id: CaseId;
        mirror_case(MirrorCaseRequest) -> MirrorCaseResponse: |fields, message| opening::mirrored(&mut fields, &message);
        assign_case(AssignCaseRequest) -> AssignCaseResponse: |fields, message| {
            let group = fields.optional("group", &message.group, Reference::parse);
            let assignee = fields.optional("assignee", &message.assignee, Reference::parse);
            let note = fields.optional("note", &message.note, FreeText::parse);
            group.zip(assignee).zip(note).map(|((group, assignee), note)| CaseRequest::Assign { group, assignee, note })
        };
        reply_to_case(ReplyToCaseRequest) -> ReplyToCaseResponse: |fields, message| {
            exchange(&mut fields, message.channel, &message.text).map(CaseRequest::Reply)
        };
        record_customer_reply(RecordCustomerReplyRequest) -> RecordCustomerReplyResponse: |fields, message| {
            exchange(&mut fields, message.channel, &message.text).map(CaseRequest::Hear)
        };
        await_case(AwaitCaseRequest) -> AwaitCaseResponse: |fields, message| {
            fields.enumerated("wait", message.wait, known::<wire::CaseWait>).map(|wait| CaseRequest::Await { wait })
        };
        resume_case(ResumeCaseRequest) -> ResumeCaseResponse: |fields, message| Some(CaseRequest::Resume);
        change_case_priority(ChangeCasePriorityRequest) -> ChangeCasePriorityResponse: |fields, message| {
            fields
                .enumerated("priority", message.priority, known::<wire::CasePriority>)
                .map(|priority| CaseRequest::ChangePriority { priority })
        };
        escalate_case(EscalateCaseRequest) -> EscalateCaseResponse: |fields, message| {
            let level = escalation_level(&mut fields, "level", message.level);
            let reason = fields.required("reason", &message.reason, Label::parse);
            level.zip(reason).map(|(level, reason)| CaseRequest::Escalate { level, reason })
        };
        resolve_case(ResolveCaseRequest) -> ResolveCaseResponse: |fields, message| {
            fields
                .optional("resolution", &message.resolution, Label::parse)
                .map(|resolution| CaseRequest::Resolve { resolution })
        };
        reopen_case(ReopenCaseRequest) -> ReopenCaseResponse: |fields, message| Some(CaseRequest::Reopen);
        close_case(CloseCaseRequest) -> CloseCaseResponse: |fields, message| Some(CaseRequest::Close);
        merge_case(MergeCaseRequest) -> MergeCaseResponse: |fields, message| {
            fields
                .required("into_case_id", &message.into_case_id, CaseId::parse)
                .map(|into| CaseRequest::Merge { into })
        };
        part_case(PartCaseRequest) -> PartCaseResponse: |fields, message| {
            fields
                .required("from_case_id", &message.from_case_id, CaseId::parse)
                .map(|from| CaseRequest::Part { from })
        };
        rate_case(RateCaseRequest) -> RateCaseResponse: |fields, message| {
            let rating = rating(&mut fields, message.rating);
            let said = exchange(&mut fields, message.channel, &message.text);
            rating.zip(said).map(|(rating, said)| CaseRequest::Rate { rating, said })
        };
        review_case_rating(ReviewCaseRatingRequest) -> ReviewCaseRatingResponse: |fields, message| {
            Some(CaseRequest::ReviewRating)
        };
        link_case_to_bug(LinkCaseToBugRequest) -> LinkCaseToBugResponse: |fields, message| {
            let system = fields.required("source_system", &message.source_system, Reference::parse);
            let external_ref = fields.required("external_ref", &message.external_ref, ExternalRef::parse);
            system
                .zip(external_ref)
                .map(|(system, external_ref)| CaseRequest::LinkBug { bug: Source { system, external_ref } })
        };
    }

    queries! {
        get_case(GetCaseRequest) -> GetCaseResponse: answer_case;
        list_cases(ListCasesRequest) -> ListCasesResponse: answer_cases;
        list_due_cases(ListDueCasesRequest) -> ListDueCasesResponse: answer_due_cases;
        get_case_report(GetCaseReportRequest) -> GetCaseReportResponse: answer_case_report;
    }

    async fn open_case(
        &self,
        request: Request<wire::OpenCaseRequest>,
    ) -> Result<Response<wire::OpenCaseResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let id = fields.minted("case_id", &message.case_id, CaseId::parse, || {
            CaseId::derived("request", request_id(message.header.as_ref()))
        });
        let open = opening::opening(&mut fields, message.opening.as_ref());
        let text = fields.optional("text", &message.text, FreeText::parse);
        let (id, (open, sla_policy_id), text, call) = fields.finish((id, open, text, call))?;
        let open = CaseRequest::Open { open, sla_policy_id, text };
        let done = self.application.case(id, open, call).await.map_err(Error::from)?;
        let case_id = id.to_string();
        Ok(Response::new(wire::OpenCaseResponse { case_id, receipt: Some(receipt(done)) }))
    }
}

/// A level that cases are escalated to.
pub(super) fn escalation_level(fields: &mut Fields, field: &str, level: u32) -> Option<u32> {
    if (1..=LEVEL_MAX).contains(&level) {
        return Some(level);
    }
    let expected = format!("expected 1 to {LEVEL_MAX}");
    fields.refuse(field, Invalid::new("CASE_LEVEL_OUT_OF_RANGE", expected));
    None
}

/// How a customer found a case.
fn rating(fields: &mut Fields, rating: u32) -> Option<Rating> {
    Rating::new(rating).map_err(|invalid| fields.refuse("rating", invalid)).ok()
}

/// What is said, and through what.
fn exchange(fields: &mut Fields, channel: i32, text: &str) -> Option<Exchange> {
    let channel = fields.enumerated("channel", channel, known::<wire::InteractionChannel>);
    let text = fields.optional("text", text, FreeText::parse);
    channel.zip(text).map(|(channel, text)| Exchange { channel, text })
}
