//! What an SLA policy accepts and refuses, and when what it promises is due.

mod law;
mod service_level;

use super::*;
use crate::aggregate::Reason;
use crate::id::CalendarId;
use crate::testing::{given, label};

fn targets(priority: Priority, minutes: [Option<u32>; 3]) -> PriorityTargets {
    let [first_response_minutes, next_response_minutes, resolution_minutes] = minutes;
    PriorityTargets { priority, first_response_minutes, next_response_minutes, resolution_minutes }
}

fn usual() -> Vec<PriorityTargets> {
    vec![
        targets(Priority::Urgent, [Some(60), Some(30), Some(480)]),
        targets(Priority::Normal, [Some(480), None, None]),
    ]
}

fn definition(version: u32, targets: Vec<PriorityTargets>) -> Definition {
    let calendar_id = Some(CalendarId::derived("tests", "office"));
    Definition {
        version,
        name: label("Standard"),
        calendar_id,
        targets,
        warning_percent: None,
        escalation: None,
        pauses: [Wait::Customer].into(),
    }
}

fn publish(definition: Definition) -> Command {
    let Definition { version: _, name, calendar_id, targets, warning_percent, escalation, pauses } =
        definition;
    Command::Publish { name, calendar_id, targets, warning_percent, escalation, pauses }
}

fn published(definition: Definition) -> Event {
    Published { definition }.into()
}

/// Each list of targets that is refused, with the reason.
fn faulty() -> Vec<(Vec<PriorityTargets>, Rejection)> {
    let twice = vec![usual()[0], usual()[0]];
    let of = |minutes| vec![targets(Priority::Low, [None, None, Some(minutes)])];
    let out_of_range = || Rejection::MinutesOutOfRange { priority: Priority::Low };
    vec![
        (Vec::new(), Rejection::PromisesNothing),
        (vec![targets(Priority::Low, [None; 3])], Rejection::PromisesNothing),
        (twice, Rejection::PriorityRepeated { priority: Priority::Urgent }),
        (of(0), out_of_range()),
        (of(MINUTES_MAX + 1), out_of_range()),
    ]
}

#[test]
fn it_is_published_in_one_version_after_another() {
    given::<SlaPolicy>([]).when(publish(definition(0, usual()))).then([published(definition(1, usual()))]);
    let longest = vec![targets(Priority::Low, [None, None, Some(MINUTES_MAX)])];
    given::<SlaPolicy>([published(definition(1, usual()))])
        .when(publish(definition(0, longest.clone())))
        .then([published(definition(2, longest))]);
}

#[test]
fn published_again_as_it_is_changes_nothing_whatever_the_order_of_its_targets() {
    let backwards = usual().into_iter().rev().collect();
    given::<SlaPolicy>([published(definition(1, usual()))])
        .when(publish(definition(0, backwards)))
        .then_nothing();
}

#[test]
fn faulty_ones_are_refused_before_and_after_the_first_version() {
    for (targets, rejection) in faulty() {
        let command = publish(definition(0, targets));
        given::<SlaPolicy>([]).when(command.clone()).then_rejected(rejection.clone());
        given::<SlaPolicy>([published(definition(1, usual()))]).when(command).then_rejected(rejection);
    }
}

#[test]
fn a_warning_comes_after_the_promise_and_before_it_is_due() {
    let warned = |version, warning_percent| Definition { warning_percent, ..definition(version, usual()) };
    for percent in [1, WARNING_PERCENT_MAX] {
        given::<SlaPolicy>([])
            .when(publish(warned(0, Some(percent))))
            .then([published(warned(1, Some(percent)))]);
    }
    for percent in [0, WARNING_PERCENT_MAX + 1] {
        given::<SlaPolicy>([])
            .when(publish(warned(0, Some(percent))))
            .then_rejected(Rejection::WarningOutOfRange);
    }
}

#[test]
fn an_escalation_comes_after_some_time_and_leads_to_a_level() {
    let rule = |after_minutes, level| Escalation {
        after_minutes,
        counted: Counted::All,
        level,
        reason: label("open for more than 48 hours"),
    };
    let ruled = |version, rule| Definition { escalation: Some(rule), ..definition(version, usual()) };
    for rule in [rule(1, 1), rule(MINUTES_MAX, 10)] {
        given::<SlaPolicy>([]).when(publish(ruled(0, rule.clone()))).then([published(ruled(1, rule))]);
    }
    for rule in [rule(0, 1), rule(MINUTES_MAX + 1, 1), rule(1, 0)] {
        given::<SlaPolicy>([]).when(publish(ruled(0, rule))).then_rejected(Rejection::EscalationOutOfRange);
    }
}

#[test]
fn each_rejection_has_its_reason() {
    for (rejection, reason) in [
        (Rejection::PromisesNothing, "SLA_POLICY_PROMISES_NOTHING"),
        (Rejection::PriorityRepeated { priority: Priority::Low }, "SLA_POLICY_PRIORITY_REPEATED"),
        (Rejection::EscalationOutOfRange, "SLA_POLICY_ESCALATION_OUT_OF_RANGE"),
        (Rejection::WarningOutOfRange, "SLA_POLICY_WARNING_OUT_OF_RANGE"),
        (Rejection::MinutesOutOfRange { priority: Priority::Low }, "SLA_POLICY_MINUTES_OUT_OF_RANGE"),
    ] {
        assert_eq!(rejection.reason(), reason);
    }
}
