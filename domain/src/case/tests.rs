//! What a case accepts and refuses, state by state, and how its clock runs.

mod clock;
mod escalations;
mod followed;
mod law;
mod merged;
mod over;
mod ratings;
mod replayed;
mod unsolved;
mod warnings;

use super::*;
use crate::aggregate::Reason;
use crate::calendar;
use crate::id::{InteractionId, SlaPolicyId};
use crate::interaction::{Channel, Source};
use crate::sla_policy::{self, Due, Priority, PriorityTargets, ServiceLevel, Target, Wait};
use crate::testing::{NOON, at, contact_id, given, label, reference};
use crate::value::{ExternalRef, Instant, Segments, TimeOfDay, TimeZone};

/// By the office's hours: urgent ones are answered within an hour, again within half an hour, solved within eight; all
/// others are solved within sixteen. The clock stands still while the customer is waited for.
fn level() -> ServiceLevel {
    let time = |text| TimeOfDay::parse(text).unwrap();
    let hours = calendar::Weekday::ALL.into_iter().take(5);
    let hours = hours.map(|day| calendar::Hours { day, from: time("09:00"), to: time("17:00") });
    let targets = |priority, first, next, resolution| PriorityTargets {
        priority,
        first_response_minutes: first,
        next_response_minutes: next,
        resolution_minutes: Some(resolution),
    };
    ServiceLevel {
        policy_id: SlaPolicyId::derived("tests", "standard"),
        policy: sla_policy::Definition {
            version: 2,
            name: label("Standard"),
            calendar_id: None,
            targets: vec![
                targets(Priority::Urgent, Some(60), Some(30), 480),
                targets(Priority::Normal, None, None, 960),
            ],
            warning_percent: None,
            escalation: None,
            pauses: [Wait::Customer].into(),
        },
        calendar: Some(calendar::Definition {
            version: 3,
            name: label("Office"),
            time_zone: TimeZone::UTC,
            hours: hours.collect(),
            holidays: [].into(),
        }),
    }
}

fn said(name: &str) -> InteractionId {
    InteractionId::derived("tests", name)
}

fn bug(number: usize) -> Source {
    let external_ref = ExternalRef::parse(&format!("BUG-{number}")).unwrap();
    Source { system: reference("tracker"), external_ref }
}

fn case_id(name: &str) -> CaseId {
    CaseId::derived("tests", name)
}

/// An urgent case.
fn open() -> Open {
    Open {
        contact_id: Some(contact_id()),
        channel: Channel::Email,
        title: label("The printer is on fire"),
        kind: Kind::Incident,
        priority: Priority::Urgent,
        opened_at: None,
        group: Some(reference("team_first")),
        assignee: None,
        product: Some(label("Printer")),
        source: None,
        split_from: None,
        segments: Segments::new(),
    }
}

/// That a case is opened, and judged by what is in force, or by nothing.
fn opening_of(open: Open, level: Option<ServiceLevel>) -> Command {
    Command::Open { open: Box::new(open), interaction_id: Some(said("first")), level }
}

fn opening(level: Option<ServiceLevel>) -> Command {
    opening_of(open(), level)
}

fn opened(clock: Option<sla_policy::Clock>) -> Event {
    let Open { contact_id, channel, title, kind, priority, group, assignee, product, .. } = open();
    Opened {
        contact_id,
        channel,
        title,
        kind,
        priority,
        opened_at: None,
        group,
        assignee,
        product,
        source: None,
        split_from: None,
        interaction_id: Some(said("first")),
        clock: clock.map(Box::new),
        segments: Segments::new(),
    }
    .into()
}

/// Promises by the time of day of 2026-11-23, a Monday, or of the day after.
fn clock(first: Option<&str>, next: Option<&str>, resolution: &str) -> sla_policy::Clock {
    let due =
        Due { first_response: first.map(at), next_response: next.map(at), resolution: Some(at(resolution)) };
    level().clock(due, Due::default())
}

const MONDAY_AT_NINE: &str = "2026-11-23T09:00:00Z";
const MONDAY_AT_TEN: &str = "2026-11-23T10:00:00Z";
const MONDAY_AT_FIVE: &str = "2026-11-23T17:00:00Z";

/// Opened on Monday at nine: to be answered at ten, and solved at five.
fn promised() -> Event {
    opened(Some(clock(Some(MONDAY_AT_TEN), None, MONDAY_AT_FIVE)))
}

fn replied(name: &str) -> Event {
    Replied { interaction_id: said(name) }.into()
}

fn awaited(wait: Wait, stopped_at: Option<&str>) -> Event {
    Awaited { wait, stopped_at: stopped_at.map(at) }.into()
}

fn resolved() -> Event {
    Resolved { resolution: Some(label("put out")) }.into()
}

fn resolve() -> Command {
    Command::Resolve { resolution: Some(label("put out")) }
}

fn assign(group: Option<&str>, assignee: Option<&str>) -> Command {
    Command::Assign { group: group.map(reference), assignee: assignee.map(reference), interaction_id: None }
}

fn assigned(from: [Option<&str>; 2], to: [Option<&str>; 2]) -> Event {
    let [previous_group, previous_assignee] = from.map(|name| name.map(reference));
    let [group, assignee] = to.map(|name| name.map(reference));
    Assigned { group, assignee, previous_group, previous_assignee, interaction_id: None }.into()
}

#[test]
fn each_rejection_has_its_reason() {
    for (rejection, reason) in [
        (Rejection::NotOpened, "CASE_NOT_FOUND"),
        (Rejection::AlreadyOpened, "CASE_ALREADY_OPENED"),
        (Rejection::Resolved, "CASE_RESOLVED"),
        (Rejection::Closed, "CASE_CLOSED"),
        (Rejection::Merged { into: case_id("b") }, "CASE_MERGED"),
        (Rejection::MergedIntoItself, "CASE_MERGED_INTO_ITSELF"),
        (Rejection::TooMuchSaid, "CASE_REPLIES_EXHAUSTED"),
        (Rejection::WithoutContact, "CASE_WITHOUT_CONTACT"),
        (Rejection::Unsolved, "CASE_NOT_RESOLVED"),
        (Rejection::NotRated, "CASE_NOT_RATED"),
        (Rejection::TooManyBugs, "CASE_BUGS_EXHAUSTED"),
    ] {
        assert_eq!(rejection.reason(), reason);
    }
}
