//! `WhatIfService`: drafts, tried on the recorded past.

use futures::StreamExt as _;
use futures::stream::BoxStream;
use rapport_application::{ChangedCase, JudgedCases, SlaDifference, SlaDraft, SlaTrial};
use rapport_domain::id::CalendarId;
use rapport_domain::sla_policy;
use rapport_domain::value::{Instant, Invalid, Label};
use rapport_proto::v1 as wire;
use rapport_proto::v1::try_sla_policy_response::Part;
use rapport_proto::v1::what_if_service_server::WhatIfService;
use tonic::{Request, Response, Status};

use super::Services;
use super::service_levels::{pauses, targets};
use super::streams::until_stopped;
use crate::error::Error;
use crate::parse::Fields;
use crate::wire::{Known as _, timestamp};

/// What a draft is called, which nobody reads.
const DRAFT: &str = "draft";

#[tonic::async_trait]
impl WhatIfService for Services {
    type TrySlaPolicyStream = BoxStream<'static, Result<wire::TrySlaPolicyResponse, Status>>;

    async fn try_sla_policy(
        &self,
        request: Request<wire::TrySlaPolicyRequest>,
    ) -> Result<Response<Self::TrySlaPolicyStream>, Status> {
        let message = request.into_inner();
        let mut fields = Fields::new();
        let policy = policy(&mut fields, &message);
        let (from, to) = period(&mut fields, &message);
        let (policy, from, to) = fields.finish((policy, from, to))?;
        let moment = self.moment(message.header.as_ref()).await?;
        let position = self.end_of_log(moment.freshness).await?;
        let draft = SlaDraft { policy, from, to, position };
        let trial = self.application.what_if_sla(draft).await.map_err(Error::from)?;
        let parts = trial.map(move |part| {
            let part = match part.map_err(|failure| Status::from(Error::from(failure)))? {
                SlaTrial::Reading { events } => Part::Progress(wire::TrialProgress { events }),
                SlaTrial::Ended(found) => Part::Difference(wire::SlaDifference {
                    position: position.0,
                    as_of: moment.as_of(),
                    ..difference(found)
                }),
            };
            Ok(wire::TrySlaPolicyResponse { part: Some(part) })
        });
        Ok(Response::new(until_stopped(parts, &self.stopping).boxed()))
    }
}

fn policy(fields: &mut Fields, message: &wire::TrySlaPolicyRequest) -> Option<sla_policy::Command> {
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

/// Both ends, in their order.
fn period(fields: &mut Fields, message: &wire::TrySlaPolicyRequest) -> (Option<Instant>, Option<Instant>) {
    let [from, to] = [("from", message.from), ("to", message.to)].map(|(field, time)| match time {
        Some(time) => fields.instant(field, Some(time)).flatten(),
        None => fields.missing(field),
    });
    if from.zip(to).is_some_and(|(from, to)| from >= to) {
        fields.refuse("to", Invalid::new("PERIOD_EMPTY", "expected a moment after `from`"));
    }
    (from, to)
}

fn difference(found: SlaDifference) -> wire::SlaDifference {
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
