//! One sample of every event about cases, with every field that it can have.

use crate::calendar::{Hours, Weekday};
use crate::case::{Kind, Opened};
use crate::id::{CalendarId, CaseId, InteractionId, SlaPolicyId};
use crate::interaction::{Channel, Source};
use crate::sla_policy::{Clock, Due, Priority, PriorityTargets, Target, Terms, Wait};
use crate::testing::{at, contact_id, day, label, reference, segments};
use crate::value::{ExternalRef, TimeOfDay, TimeZone};
use crate::{calendar, case, sla_policy};

pub(super) fn calendar() -> Vec<calendar::Event> {
    let time = |text| TimeOfDay::parse(text).unwrap();
    let hours = |day, to| Hours { day, from: time("09:00"), to: time(to) };
    let definition = calendar::Definition {
        version: 2,
        name: label("Office"),
        time_zone: TimeZone::parse("Europe/Berlin").unwrap(),
        hours: vec![hours(Weekday::Monday, "17:00"), hours(Weekday::Saturday, "24:00")],
        holidays: [day("2026-12-25"), day("2026-12-26")].into(),
    };
    vec![calendar::Published { definition }.into()]
}

pub(super) fn sla_policy() -> Vec<sla_policy::Event> {
    let targets = |priority, minutes: [Option<u32>; 3]| {
        let [first_response_minutes, next_response_minutes, resolution_minutes] = minutes;
        PriorityTargets { priority, first_response_minutes, next_response_minutes, resolution_minutes }
    };
    let definition = sla_policy::Definition {
        version: 3,
        name: label("Standard"),
        calendar_id: Some(CalendarId::derived("golden", "office")),
        targets: vec![
            targets(Priority::Urgent, [Some(60), Some(30), Some(480)]),
            targets(Priority::High, [Some(120), None, Some(960)]),
            targets(Priority::Normal, [None, None, Some(2_400)]),
            targets(Priority::Low, [Some(480), None, None]),
        ],
        warning_percent: None,
        escalation: None,
        pauses: [Wait::Customer, Wait::ThirdParty].into(),
    };
    vec![sla_policy::Published { definition }.into()]
}

fn clock(due: Due) -> Option<Clock> {
    let terms = Terms {
        policy_id: SlaPolicyId::derived("golden", "standard"),
        policy_version: 3,
        calendar_version: Some(2),
    };
    Some(Clock { terms, due, warn: Due::default(), goes_up: None })
}

fn source(name: &str) -> Source {
    Source { system: reference("tracker"), external_ref: ExternalRef::parse(name).unwrap() }
}

fn opened() -> Opened {
    Opened {
        contact_id: Some(contact_id()),
        channel: Channel::Email,
        title: label("The printer is on fire"),
        kind: Kind::Incident,
        priority: Priority::Urgent,
        opened_at: Some(at("2026-11-21T09:00:00Z")),
        group: Some(reference("team_first")),
        assignee: Some(reference("user_ann")),
        product: Some(label("Printer")),
        source: Some(source("INC0000047")),
        split_from: Some(CaseId::derived("golden", "whole")),
        interaction_id: Some(InteractionId::derived("golden", "first")),
        clock: clock(Due {
            first_response: Some(at("2026-11-23T09:00:00Z")),
            next_response: None,
            resolution: Some(at("2026-11-23T16:00:00Z")),
        })
        .map(Box::new),
        segments: segments([("region", "West")]),
    }
}

pub(super) fn case() -> Vec<case::Event> {
    let interaction_id = InteractionId::derived("golden", "answer");
    let due = Due { resolution: Some(at("2026-11-24T10:00:00Z")), ..Due::default() };
    let answer_due = Due { next_response: Some(at("2026-11-23T12:30:00Z")), ..due };
    vec![
        opened().into(),
        case::Assigned {
            group: Some(reference("team_second")),
            assignee: Some(reference("user_bob")),
            previous_group: Some(reference("team_first")),
            previous_assignee: Some(reference("user_ann")),
            interaction_id: Some(interaction_id),
        }
        .into(),
        case::Replied { interaction_id }.into(),
        case::CustomerReplied { interaction_id, clock: clock(answer_due) }.into(),
        case::Awaited { wait: Wait::Customer, stopped_at: Some(at("2026-11-21T12:00:00Z")) }.into(),
        case::Resumed { clock: clock(due) }.into(),
        case::PriorityChanged { from: Priority::Urgent, to: Priority::High, clock: clock(due) }.into(),
        case::Escalated { level: 1, reason: label("open for more than 48 hours"), terms: None }.into(),
        case::TargetBreached { target: Target::Resolution, due_at: None }.into(),
        case::Resolved { resolution: Some(label("put out")) }.into(),
        case::Reopened { clock: clock(due) }.into(),
        case::Closed {}.into(),
        case::Merged { into: CaseId::derived("golden", "other") }.into(),
        case::BugLinked { bug: source("BUG-7") }.into(),
        case::Parted {
            from: CaseId::derived("golden", "other"),
            clock: clock(due).map(|clock| Clock {
                warn: Due { resolution: Some(at("2026-11-23T17:00:00Z")), ..Due::default() },
                ..clock
            }),
        }
        .into(),
        case::TargetWarned { target: Target::Resolution, due_at: at("2026-11-24T10:00:00Z") }.into(),
        case::Rated { rating: case::Rating::new(2).unwrap(), interaction_id: Some(interaction_id) }.into(),
        case::RatingReviewed {}.into(),
    ]
}
