//! Cases that would have breached, or not.

use rapport_application::{ChangedCase, JudgedCases, SlaDifference};
use rapport_domain::id::CalendarId;
use rapport_domain::sla_policy;
use rapport_domain::value::Label;
use rapport_proto::v1 as wire;

use crate::parse::Fields;
use crate::services::service_levels::{pauses, targets};
use crate::wire::{Known as _, timestamp};

/// What a draft is called, which nobody reads.
const DRAFT: &str = "draft";

pub(super) fn policy(
    fields: &mut Fields,
    message: &wire::TrySlaPolicyRequest,
) -> Option<sla_policy::Command> {
    let name = fields.required("name", DRAFT, Label::parse);
    let calendar_id = fields.optional("calendar_id", &message.calendar_id, CalendarId::parse);
    let targets = targets(fields, &message.targets);
    let pauses = pauses(fields, &message.pauses);
    Some(sla_policy::Command::Publish {
        name: name?,
        calendar_id: calendar_id?,
        targets: targets?,
        warning_percent: None,
        escalation: None,
        pauses: pauses?,
    })
}

pub(super) fn difference(found: SlaDifference) -> wire::SlaDifference {
    let by_priority = found.by_priority.into_iter().map(|(priority, cases)| wire::JudgedCasesOfPriority {
        priority: wire::CasePriority::number(priority),
        judged: Some(judged(cases)),
    });
    wire::SlaDifference {
        all: Some(judged(found.all)),
        by_priority: by_priority.collect(),
        changed: found.changed.into_iter().map(changed).collect(),
        position: 0,
        as_of: None,
    }
}

const fn judged(cases: JudgedCases) -> wire::JudgedCases {
    let JudgedCases { cases, was_breached, would_be_breached, newly_breached, no_longer_breached } = cases;
    wire::JudgedCases { cases, was_breached, would_be_breached, newly_breached, no_longer_breached }
}

fn changed(case: ChangedCase) -> wire::ChangedCase {
    wire::ChangedCase {
        case_id: case.case_id.to_string(),
        opened_at: Some(timestamp(case.begun)),
        priority: wire::CasePriority::number(case.priority),
        was_breached: case.was.into_iter().map(wire::SlaTarget::number).collect(),
        would_be_breached: case.would_be.into_iter().map(wire::SlaTarget::number).collect(),
    }
}
