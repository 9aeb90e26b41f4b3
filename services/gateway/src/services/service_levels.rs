//! `ServiceLevelService`: working time, and what is promised by it.

use std::collections::BTreeSet;
use std::time::Duration;

use rapport_domain::calendar::{self, Hours};
use rapport_domain::id::{CalendarId, SlaPolicyId};
use rapport_domain::sla_policy::{self, Counted, Escalation, MINUTES_MAX, PriorityTargets, Wait};
use rapport_domain::value::{Date, Invalid, Label, TimeOfDay, TimeZone};
use rapport_projections::cases::{Calendar, SlaPolicy};
use rapport_proto::v1 as wire;
use rapport_proto::v1::service_level_service_server::ServiceLevelService;
use tonic::{Request, Response, Status};

use super::cases::escalation_level;
use super::queries::queries;
use super::{Answering, Services};
use crate::caller::circumstances;
use crate::error::Error;
use crate::parse::{Fields, request_id};
use crate::wire::{Known as _, known, receipt, text, timestamp};

#[tonic::async_trait]
impl ServiceLevelService for Services {
    queries! {
        list_calendars(ListCalendarsRequest) -> ListCalendarsResponse: answer_calendars;
        get_due_time(GetDueTimeRequest) -> GetDueTimeResponse: answer_due_time;
        list_sla_policies(ListSlaPoliciesRequest) -> ListSlaPoliciesResponse: answer_sla_policies;
    }

    async fn publish_calendar(
        &self,
        request: Request<wire::PublishCalendarRequest>,
    ) -> Result<Response<wire::PublishCalendarResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let id = fields.minted("calendar_id", &message.calendar_id, CalendarId::parse, || {
            CalendarId::derived("request", request_id(message.header.as_ref()))
        });
        let command = calendar_command(&mut fields, &message);
        let (id, command, call) = fields.finish((id, command, call))?;
        let done = self.application.calendar(id, command, call).await.map_err(Error::from)?;
        let calendar_id = id.to_string();
        Ok(Response::new(wire::PublishCalendarResponse { calendar_id, receipt: Some(receipt(done)) }))
    }

    async fn publish_sla_policy(
        &self,
        request: Request<wire::PublishSlaPolicyRequest>,
    ) -> Result<Response<wire::PublishSlaPolicyResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let id = fields.minted("sla_policy_id", &message.sla_policy_id, SlaPolicyId::parse, || {
            SlaPolicyId::derived("request", request_id(message.header.as_ref()))
        });
        let command = policy_command(&mut fields, &message);
        let (id, command, call) = fields.finish((id, command, call))?;
        let done = self.application.sla_policy(id, command, call).await.map_err(Error::from)?;
        let sla_policy_id = id.to_string();
        Ok(Response::new(wire::PublishSlaPolicyResponse { sla_policy_id, receipt: Some(receipt(done)) }))
    }
}

fn calendar_command(
    fields: &mut Fields,
    message: &wire::PublishCalendarRequest,
) -> Option<calendar::Command> {
    let name = fields.required("name", &message.name, Label::parse);
    let time_zone = fields.required("time_zone", &message.time_zone, TimeZone::parse);
    if message.hours.is_empty() {
        fields.missing::<()>("hours");
    }
    let stretches = message.hours.iter().enumerate();
    let hours: Vec<Option<Hours>> =
        stretches.map(|(index, told)| hours(fields, &format!("hours[{index}]"), told)).collect();
    let days = message.holidays.iter().enumerate();
    let holidays: Vec<Option<Date>> =
        days.map(|(index, day)| fields.required(&format!("holidays[{index}]"), day, Date::parse)).collect();
    let hours = hours.into_iter().collect::<Option<_>>();
    let holidays = holidays.into_iter().collect::<Option<_>>();
    Some(calendar::Command::Publish {
        name: name?,
        time_zone: time_zone?,
        hours: hours?,
        holidays: holidays?,
    })
}

fn hours(fields: &mut Fields, path: &str, told: &wire::WorkingHours) -> Option<Hours> {
    let day = fields.enumerated(&format!("{path}.day"), told.day, known::<wire::Weekday>);
    let from = fields.required(&format!("{path}.from"), &told.from, TimeOfDay::parse);
    let to = fields.required(&format!("{path}.to"), &told.to, TimeOfDay::parse);
    Some(Hours { day: day?, from: from?, to: to? })
}

fn policy_command(
    fields: &mut Fields,
    message: &wire::PublishSlaPolicyRequest,
) -> Option<sla_policy::Command> {
    let name = fields.required("name", &message.name, Label::parse);
    let calendar_id = fields.optional("calendar_id", &message.calendar_id, CalendarId::parse);
    let targets = targets(fields, &message.targets);
    let pauses = pauses(fields, &message.pauses);
    let escalation = match &message.escalation {
        Some(told) => escalation(fields, told).map(Some),
        None => Some(None),
    };
    Some(sla_policy::Command::Publish {
        name: name?,
        calendar_id: calendar_id?,
        targets: targets?,
        warning_percent: Some(message.warning_percent).filter(|percent| *percent > 0),
        escalation: escalation?,
        pauses: pauses?,
    })
}

/// When a case goes up by itself.
fn escalation(fields: &mut Fields, told: &wire::SlaEscalation) -> Option<Escalation> {
    let counted = match wire::CountedTime::try_from(told.counted) {
        Ok(counted) => Some(known(counted).unwrap_or(Counted::All)),
        Err(_) => fields.unknown("escalation.counted"),
    };
    let level = escalation_level(fields, "escalation.level", told.level);
    let reason = fields.required("escalation.reason", &told.reason, Label::parse);
    let after_minutes = told.after_minutes;
    Some(Escalation { after_minutes, counted: counted?, level: level?, reason: reason? })
}

/// What is promised, by priority.
pub(super) fn targets(fields: &mut Fields, told: &[wire::SlaTargets]) -> Option<Vec<PriorityTargets>> {
    if told.is_empty() {
        return fields.missing("targets");
    }
    let promises = told.iter().enumerate();
    let targets: Vec<Option<PriorityTargets>> = promises
        .map(|(index, told)| {
            let path = format!("targets[{index}].priority");
            let priority = fields.enumerated(&path, told.priority, known::<wire::CasePriority>);
            priority.map(|priority| PriorityTargets {
                priority,
                first_response_minutes: told.first_response_minutes,
                next_response_minutes: told.next_response_minutes,
                resolution_minutes: told.resolution_minutes,
            })
        })
        .collect();
    targets.into_iter().collect()
}

/// What a case may wait for while its clock stands still.
pub(super) fn pauses(fields: &mut Fields, told: &[i32]) -> Option<BTreeSet<Wait>> {
    let waits = told.iter().enumerate();
    let pauses: Vec<_> = waits
        .map(|(index, wait)| fields.enumerated(&format!("pauses[{index}]"), *wait, known::<wire::CaseWait>))
        .collect();
    pauses.into_iter().collect()
}

impl Services {
    async fn answer_calendars(
        &self,
        message: wire::ListCalendarsRequest,
    ) -> Result<wire::ListCalendarsResponse, Error> {
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = self.projections.cases().calendars(moment.freshness).await?;
        let calendars = answer.value.into_iter().map(calendar).collect();
        Ok(wire::ListCalendarsResponse { calendars, position: answer.position.0, as_of: moment.as_of() })
    }

    async fn answer_due_time(
        &self,
        message: wire::GetDueTimeRequest,
    ) -> Result<wire::GetDueTimeResponse, Error> {
        let mut fields = Fields::new();
        let id = fields.required("calendar_id", &message.calendar_id, CalendarId::parse);
        if message.start.is_none() {
            fields.missing::<()>("start");
        }
        let start = fields.instant("start", message.start).flatten();
        let minutes = message.working_minutes;
        if !(1..=MINUTES_MAX).contains(&minutes) {
            let expected = format!("expected 1 to {MINUTES_MAX}");
            fields.refuse("working_minutes", Invalid::new("WORKING_MINUTES_OUT_OF_RANGE", expected));
        }
        let (id, start) = fields.finish((id, start))?;
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = moment.known(self.projections.cases().calendar(moment.freshness, id).await)?;
        let working = Duration::from_secs(u64::from(minutes) * 60);
        let due = answer
            .value
            .map(|calendar| (calendar.definition.due_at(start, working), calendar.definition.version));
        Ok(wire::GetDueTimeResponse {
            due_at: due.map(|(due_at, _)| timestamp(due_at)),
            calendar_version: due.map_or(0, |(_, version)| version),
            position: answer.position.0,
            as_of: moment.as_of(),
        })
    }

    async fn answer_sla_policies(
        &self,
        message: wire::ListSlaPoliciesRequest,
    ) -> Result<wire::ListSlaPoliciesResponse, Error> {
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = self.projections.cases().sla_policies(moment.freshness).await?;
        let sla_policies = answer.value.into_iter().map(sla_policy).collect();
        let position = answer.position.0;
        Ok(wire::ListSlaPoliciesResponse { sla_policies, position, as_of: moment.as_of() })
    }
}

fn calendar(calendar: Calendar) -> wire::Calendar {
    let Calendar { calendar_id, definition } = calendar;
    let hours = definition.hours.iter().map(|hours| wire::WorkingHours {
        day: wire::Weekday::number(hours.day),
        from: hours.from.to_string(),
        to: hours.to.to_string(),
    });
    wire::Calendar {
        calendar_id: calendar_id.to_string(),
        version: definition.version,
        name: definition.name.to_string(),
        time_zone: definition.time_zone.to_string(),
        hours: hours.collect(),
        holidays: definition.holidays.iter().map(ToString::to_string).collect(),
    }
}

fn sla_policy(policy: SlaPolicy) -> wire::SlaPolicy {
    let SlaPolicy { sla_policy_id, definition } = policy;
    let targets = definition.targets.iter().map(|targets| wire::SlaTargets {
        priority: wire::CasePriority::number(targets.priority),
        first_response_minutes: targets.first_response_minutes,
        next_response_minutes: targets.next_response_minutes,
        resolution_minutes: targets.resolution_minutes,
    });
    wire::SlaPolicy {
        sla_policy_id: sla_policy_id.to_string(),
        version: definition.version,
        name: definition.name.to_string(),
        calendar_id: text(definition.calendar_id.as_ref()),
        targets: targets.collect(),
        warning_percent: definition.warning_percent.unwrap_or(0),
        escalation: definition.escalation.map(|rule| wire::SlaEscalation {
            after_minutes: rule.after_minutes,
            counted: wire::CountedTime::number(rule.counted),
            level: rule.level,
            reason: rule.reason.to_string(),
        }),
        pauses: definition.pauses.iter().map(|wait| wire::CaseWait::number(*wait)).collect(),
    }
}
