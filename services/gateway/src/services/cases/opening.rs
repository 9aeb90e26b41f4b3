//! How a case begins, and how it stands in the system that keeps it.

use rapport_application::{CaseRequest, Standing};
use rapport_domain::case::{Kind, Open};
use rapport_domain::id::{CaseId, ContactId, SlaPolicyId};
use rapport_domain::interaction::Source;
use rapport_domain::sla_policy::Wait;
use rapport_domain::value::{ExternalRef, Invalid, Label, Reference};
use rapport_proto::v1 as wire;

use crate::parse::Fields;
use crate::wire::known;

/// How a case begins, and the policy that it is judged by.
type Beginning = (Box<Open>, Option<SlaPolicyId>);

pub(super) fn opening(fields: &mut Fields, opening: Option<&wire::CaseOpening>) -> Option<Beginning> {
    let Some(opening) = opening else { return fields.missing("opening") };
    let contact_id = fields.optional("opening.contact_id", &opening.contact_id, ContactId::parse);
    let channel = fields.enumerated("opening.channel", opening.channel, known::<wire::InteractionChannel>);
    let title = fields.required("opening.title", &opening.title, Label::parse);
    let kind = match wire::CaseKind::try_from(opening.kind) {
        Ok(kind) => Some(known(kind).unwrap_or(Kind::Incident)),
        Err(_) => fields.unknown("opening.kind"),
    };
    let priority = fields.enumerated("opening.priority", opening.priority, known::<wire::CasePriority>);
    let opened_at = fields.instant("opening.opened_at", opening.opened_at);
    let group = fields.optional("opening.group", &opening.group, Reference::parse);
    let assignee = fields.optional("opening.assignee", &opening.assignee, Reference::parse);
    let product = fields.optional("opening.product", &opening.product, Label::parse);
    let source = source(fields, opening);
    let split_from = fields.optional("opening.split_from", &opening.split_from, CaseId::parse);
    let sla_policy_id = fields.optional("opening.sla_policy_id", &opening.sla_policy_id, SlaPolicyId::parse);
    let segments = fields.segments("opening.segments", &opening.segments);
    let open = Open {
        contact_id: contact_id?,
        channel: channel?,
        title: title?,
        kind: kind?,
        priority: priority?,
        opened_at: opened_at?,
        group: group?,
        assignee: assignee?,
        product: product?,
        source: source?,
        split_from: split_from?,
        segments: segments?,
    };
    Some((Box::new(open), sla_policy_id?))
}

/// Both of its parts, or neither.
fn source(fields: &mut Fields, opening: &wire::CaseOpening) -> Option<Option<Source>> {
    match (opening.source_system.is_empty(), opening.external_ref.is_empty()) {
        (true, true) => Some(None),
        (true, false) => fields.missing("opening.source_system"),
        (false, true) => fields.missing("opening.external_ref"),
        (false, false) => {
            let system = fields.required("opening.source_system", &opening.source_system, Reference::parse);
            let external_ref =
                fields.required("opening.external_ref", &opening.external_ref, ExternalRef::parse);
            let source = system.zip(external_ref);
            source.map(|(system, external_ref)| Some(Source { system, external_ref }))
        }
    }
}

pub(super) fn mirrored(fields: &mut Fields, message: &wire::MirrorCaseRequest) -> Option<CaseRequest> {
    let open = opening(fields, message.opening.as_ref());
    let standing = standing(fields, message.status);
    let resolution = fields.optional("resolution", &message.resolution, Label::parse);
    let (open, sla_policy_id) = open?;
    Some(CaseRequest::Mirror {
        open,
        sla_policy_id,
        standing: standing?,
        resolution: resolution?,
        breached: message.breached,
    })
}

fn standing(fields: &mut Fields, status: i32) -> Option<Standing> {
    match wire::CaseStatus::try_from(status) {
        Ok(wire::CaseStatus::Unspecified) => fields.missing("status"),
        Ok(wire::CaseStatus::Open) => Some(Standing::Open),
        Ok(wire::CaseStatus::PendingCustomer) => Some(Standing::Waiting(Wait::Customer)),
        Ok(wire::CaseStatus::OnHold) => Some(Standing::Waiting(Wait::ThirdParty)),
        Ok(wire::CaseStatus::Resolved) => Some(Standing::Resolved),
        Ok(wire::CaseStatus::Closed) => Some(Standing::Closed),
        Ok(wire::CaseStatus::Merged) => {
            let expected = "expected open, pending_customer, on_hold, resolved or closed; use MergeCase";
            fields.refuse("status", Invalid::new("CASE_STATUS_NOT_MIRRORED", expected));
            None
        }
        Err(_) => fields.unknown("status"),
    }
}
