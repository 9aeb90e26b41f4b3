//! Answers about cases.

use rapport_domain::case::Rating;
use rapport_domain::id::{CaseId, ContactId};
use rapport_domain::interaction::Source;
use rapport_domain::sla_policy::Priority;
use rapport_domain::value::{Invalid, Reference};
use rapport_projections::Page;
use rapport_projections::cases::{Case, CaseEntry, CaseFilter, CaseStatus, DueFilter, DuePromise};
use rapport_proto::v1 as wire;

use crate::error::Error;
use crate::parse::Fields;
use crate::services::Services;
use crate::wire::{Known, actor, known, segments, text, timestamp};

impl Known for wire::CaseStatus {
    type Domain = CaseStatus;
    const PAIRS: &'static [(Self, CaseStatus)] = &[
        (Self::Open, CaseStatus::Open),
        (Self::PendingCustomer, CaseStatus::PendingCustomer),
        (Self::OnHold, CaseStatus::OnHold),
        (Self::Resolved, CaseStatus::Resolved),
        (Self::Closed, CaseStatus::Closed),
        (Self::Merged, CaseStatus::Merged),
    ];
}

impl Services {
    pub(super) async fn answer_case(
        &self,
        message: wire::GetCaseRequest,
    ) -> Result<wire::GetCaseResponse, Error> {
        let mut fields = Fields::new();
        let id = fields.required("case_id", &message.case_id, CaseId::parse);
        let page = fields.page(message.page.as_ref());
        let (id, page) = fields.finish((id, page))?;
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = moment.known(self.projections.cases().case(moment.freshness, id, page).await)?;
        let (case, page) = answer.value.map_or_else(|| (None, Page::empty()), |(c, page)| (Some(c), page));
        Ok(wire::GetCaseResponse {
            case: case.map(self::case),
            entries: page.items.into_iter().map(entry).collect(),
            next_page_token: page.next_page_token,
            position: answer.position.0,
            as_of: moment.as_of(),
        })
    }

    pub(super) async fn answer_cases(
        &self,
        message: wire::ListCasesRequest,
    ) -> Result<wire::ListCasesResponse, Error> {
        let mut fields = Fields::new();
        let filter = filter(&mut fields, &message.filter.unwrap_or_default());
        let page = fields.page(message.page.as_ref());
        let (filter, page) = fields.finish((filter, page))?;
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = self.projections.cases().list(moment.freshness, filter, page).await?;
        Ok(wire::ListCasesResponse {
            cases: answer.value.items.into_iter().map(case).collect(),
            next_page_token: answer.value.next_page_token,
            position: answer.position.0,
            as_of: moment.as_of(),
        })
    }

    pub(super) async fn answer_due_cases(
        &self,
        message: wire::ListDueCasesRequest,
    ) -> Result<wire::ListDueCasesResponse, Error> {
        let mut fields = Fields::new();
        let group = fields.optional("group", &message.group, Reference::parse);
        let assignee = fields.optional("assignee", &message.assignee, Reference::parse);
        let due_before = fields.instant("due_before", message.due_before);
        let page = fields.page(message.page.as_ref());
        let (group, assignee, due_before, page) = fields.finish((group, assignee, due_before, page))?;
        let filter = DueFilter { group, assignee, due_before };
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = self.projections.cases().due(moment.freshness, filter, page).await?;
        Ok(wire::ListDueCasesResponse {
            promises: answer.value.items.into_iter().map(promise).collect(),
            next_page_token: answer.value.next_page_token,
            position: answer.position.0,
            as_of: moment.as_of(),
        })
    }
}

fn filter(fields: &mut Fields, filter: &wire::CaseFilter) -> Option<CaseFilter> {
    let contact_id = fields.optional("filter.contact_id", &filter.contact_id, ContactId::parse);
    let status = match wire::CaseStatus::try_from(filter.status) {
        Ok(status) => Some(known(status)),
        Err(_) => fields.unknown("filter.status"),
    };
    let priority = priority(fields, "filter.priority", filter.priority);
    let group = fields.optional("filter.group", &filter.group, Reference::parse);
    let assignee = fields.optional("filter.assignee", &filter.assignee, Reference::parse);
    if filter.unsolved && filter.status != 0 {
        let expected = "expected not to be said together with `status`";
        fields.refuse("filter.unsolved", Invalid::new("FILTERS_CONTRADICT", expected));
    }
    Some(CaseFilter {
        contact_id: contact_id?,
        status: status?,
        unsolved: filter.unsolved,
        priority: priority?,
        group: group?,
        assignee: assignee?,
        low_rated: filter.low_rated,
    })
}

/// A priority, where one is said.
pub(super) fn priority(fields: &mut Fields, field: &str, number: i32) -> Option<Option<Priority>> {
    match wire::CasePriority::try_from(number) {
        Ok(priority) => Some(known(priority)),
        Err(_) => fields.unknown(field),
    }
}

fn case(case: Case) -> wire::Case {
    let bug = |bug: &Source| format!("{} {}", bug.system, bug.external_ref);
    let terms = case.terms.as_ref();
    wire::Case {
        case_id: case.case_id.to_string(),
        contact_id: text(case.contact_id.as_ref()),
        channel: wire::InteractionChannel::number(case.channel),
        title: case.title.to_string(),
        kind: wire::CaseKind::number(case.kind),
        priority: wire::CasePriority::number(case.priority),
        status: wire::CaseStatus::number(case.status),
        group: text(case.group.as_ref()),
        assignee: text(case.assignee.as_ref()),
        product: text(case.product.as_ref()),
        source_system: text(case.source.as_ref().map(|source| &source.system)),
        external_ref: text(case.source.as_ref().map(|source| &source.external_ref)),
        split_from: text(case.split_from.as_ref()),
        merged_into: text(case.merged_into.as_ref()),
        level: case.level,
        sla_policy_id: text(terms.map(|terms| &terms.policy_id)),
        sla_policy_version: terms.map_or(0, |terms| terms.policy_version),
        calendar_version: terms.and_then(|terms| terms.calendar_version).unwrap_or(0),
        first_response_due_at: case.due.first_response.map(timestamp),
        next_response_due_at: case.due.next_response.map(timestamp),
        resolution_due_at: case.due.resolution.map(timestamp),
        clock_stopped_at: case.stopped_at.map(timestamp),
        breached: case.breached.iter().map(|target| wire::SlaTarget::number(*target)).collect(),
        opened_at: Some(timestamp(case.opened_at)),
        first_responded_at: case.first_responded_at.map(timestamp),
        resolved_at: case.resolved_at.map(timestamp),
        resolution: text(case.resolution.as_ref()),
        reopened: case.reopened,
        bugs: case.bugs.iter().map(bug).collect(),
        segments: segments(&case.segments),
        revision: case.revision.0,
        rating: case.rating.map_or(0, Rating::get),
        low_rated: case.is_low_rated,
    }
}

fn entry(entry: CaseEntry) -> wire::CaseEntry {
    wire::CaseEntry {
        position: entry.position.0,
        event_type: entry.event_type,
        occurred_at: Some(timestamp(entry.occurred_at)),
        actor: Some(actor(&entry.actor)),
        description: entry.description,
        interaction_id: text(entry.interaction_id.as_ref()),
    }
}

fn promise(promise: DuePromise) -> wire::DuePromise {
    wire::DuePromise {
        target: wire::SlaTarget::number(promise.target),
        due_at: Some(timestamp(promise.due_at)),
        case: Some(case(promise.case)),
    }
}
