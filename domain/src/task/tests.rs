//! What a task accepts and refuses, state by state.

mod law;

use super::*;
use crate::aggregate::Reason;
use crate::id::LeadId;
use crate::testing::{NOON, at, contact_id, given, key, label, reference};
use crate::value::Instant;

const ONE: &str = "2026-11-21T13:00:00Z";
const TWO: &str = "2026-11-21T14:00:00Z";

/// To be done by one o'clock, and to be reminded of at noon.
fn call_back() -> Details {
    Details {
        about: About::Contact(contact_id()),
        subject: label("Call back about the offer"),
        owner: reference("user_ann"),
        due_at: Some(at(ONE)),
        remind_at: Some(at(NOON)),
        rule: None,
        stage_rule: None,
    }
}

fn create(details: Details) -> Command {
    Command::Create(Box::new(details))
}

fn created() -> Event {
    Created { details: call_back() }.into()
}

fn reassign(owner: &str) -> Command {
    Command::Reassign { owner: reference(owner) }
}

fn completed() -> Event {
    Completed { outcome: Some(label("reached")) }.into()
}

fn complete() -> Command {
    Command::Complete { outcome: Some(label("reached")) }
}

fn cancelled() -> Event {
    Cancelled { reason: label("not wanted any more") }.into()
}

fn cancel() -> Command {
    Command::Cancel { reason: label("not wanted any more") }
}

fn reschedule(due_at: Option<&str>, remind_at: Option<&str>) -> Command {
    Command::Reschedule { due_at: due_at.map(at), remind_at: remind_at.map(at) }
}

fn moved_to_two() -> Event {
    Rescheduled {
        due_at: Some(at(TWO)),
        remind_at: None,
        previous_due_at: Some(at(ONE)),
        previous_remind_at: Some(at(NOON)),
    }
    .into()
}

fn reminded() -> Event {
    Reminded { remind_at: at(NOON) }.into()
}

fn fell_overdue(due_at: &str) -> Event {
    FellOverdue { due_at: at(due_at) }.into()
}

fn reopened(due_at: Option<&str>, remind_at: Option<&str>) -> Event {
    Reopened { due_at: due_at.map(at), remind_at: remind_at.map(at), is_overdue: false }.into()
}

#[test]
fn a_task_is_created_once_however_often_it_is_sent() {
    given::<Task>([]).when(create(call_back())).then([created()]);
    given::<Task>([created(), moved_to_two()]).when(create(call_back())).then_nothing();
    given::<Task>([created(), completed()]).when(create(call_back())).then_nothing();
}

#[test]
fn another_task_under_the_same_id_is_refused() {
    let other = Details { owner: reference("user_bob"), ..call_back() };
    given::<Task>([created()]).when(create(other)).then_rejected(Rejection::AlreadyCreated);
}

#[test]
fn nothing_is_asked_of_a_task_that_was_not_created() {
    for command in [
        reassign("user_bob"),
        complete(),
        cancel(),
        Command::Reopen,
        reschedule(None, None),
        Command::FallOverdue,
    ] {
        given::<Task>([]).when(command).then_rejected(Rejection::NotCreated);
    }
}

#[test]
fn a_task_never_reminds_after_it_is_due() {
    let late = Details { remind_at: Some(at(TWO)), ..call_back() };
    given::<Task>([]).when(create(late)).then_rejected(Rejection::ReminderAfterDue);
    let late = reschedule(Some(ONE), Some(TWO));
    given::<Task>([created()]).when(late).then_rejected(Rejection::ReminderAfterDue);
    let undated = Rescheduled {
        due_at: None,
        remind_at: Some(at(TWO)),
        previous_due_at: Some(at(ONE)),
        previous_remind_at: Some(at(NOON)),
    };
    given::<Task>([created()]).when(reschedule(None, Some(TWO))).then([undated.into()]);
}

#[test]
fn a_task_goes_to_somebody_else() {
    let to_bob = Reassigned { owner: reference("user_bob"), previous: reference("user_ann") };
    given::<Task>([created()]).when(reassign("user_bob")).then([to_bob.into()]);
    given::<Task>([created()]).when(reassign("user_ann")).then_nothing();
}

#[test]
fn a_task_reminds_once_for_each_time() {
    given::<Task>([created()]).at("2026-11-21T11:59:59Z").when(Command::Remind).then_nothing();
    given::<Task>([created()]).at(NOON).when(Command::Remind).then([reminded()]);
    given::<Task>([created(), moved_to_two()]).at(ONE).when(Command::Remind).then_nothing();
    let back = Rescheduled {
        due_at: Some(at(ONE)),
        remind_at: Some(at(NOON)),
        previous_due_at: Some(at(TWO)),
        previous_remind_at: None,
    };
    let again = [created(), reminded(), moved_to_two(), back.into()];
    given::<Task>(again).at(NOON).when(Command::Remind).then([reminded()]);
}

#[test]
fn a_task_falls_overdue_once_and_is_not_once_it_is_due_later() {
    given::<Task>([created()]).at(NOON).when(Command::FallOverdue).then_nothing();
    given::<Task>([created()]).at(ONE).when(Command::FallOverdue).then([fell_overdue(ONE)]);
    given::<Task>([created(), moved_to_two()]).at(ONE).when(Command::FallOverdue).then_nothing();
    let again = [created(), fell_overdue(ONE), moved_to_two()];
    given::<Task>(again).at(TWO).when(Command::FallOverdue).then([fell_overdue(TWO)]);
}

#[test]
fn a_timer_that_comes_when_the_task_is_over_changes_nothing() {
    for over in [completed(), cancelled()] {
        given::<Task>([created(), over.clone()]).at(TWO).when(Command::FallOverdue).then_nothing();
        given::<Task>([created(), over]).at(TWO).when(Command::Remind).then_nothing();
    }
}

#[test]
fn what_is_over_is_changed_after_it_was_reopened_only() {
    given::<Task>([created()]).when(complete()).then([completed()]);
    given::<Task>([created()]).when(cancel()).then([cancelled()]);
    given::<Task>([created()]).when(Command::Reopen).then_nothing();
    for command in [reassign("user_bob"), reschedule(None, None), cancel()] {
        given::<Task>([created(), completed()]).when(command).then_rejected(Rejection::Completed);
    }
    for command in [reassign("user_bob"), reschedule(None, None), complete()] {
        given::<Task>([created(), cancelled()]).when(command).then_rejected(Rejection::Cancelled);
    }
    for over in [completed(), cancelled()] {
        given::<Task>([created(), over]).when(Command::Reopen).then([reopened(Some(ONE), Some(NOON))]);
    }
    let told = [created(), reminded(), fell_overdue(ONE), completed()];
    let late = Reopened { due_at: None, remind_at: None, is_overdue: true };
    given::<Task>(told).when(Command::Reopen).then([late.into()]);
    let due_later = [created(), fell_overdue(ONE), moved_to_two(), completed()];
    given::<Task>(due_later).when(Command::Reopen).then([reopened(Some(TWO), None)]);
}

#[test]
fn what_a_task_is_about_is_read_from_its_id_alone() {
    for about in [About::Contact(contact_id()), About::Lead(LeadId::derived("tests", "a"))] {
        assert_eq!(About::parse(&about.to_string()), Ok(about));
    }
    assert_eq!(About::parse("pipeline_01arz3ndektsv4rrffq69g5fav").unwrap_err().reason, "ID_MALFORMED");
}

#[test]
fn each_rejection_has_its_reason() {
    for (rejection, reason) in [
        (Rejection::NotCreated, "TASK_NOT_FOUND"),
        (Rejection::AlreadyCreated, "TASK_ALREADY_CREATED"),
        (Rejection::Completed, "TASK_COMPLETED"),
        (Rejection::Cancelled, "TASK_CANCELLED"),
        (Rejection::ReminderAfterDue, "TASK_REMINDER_AFTER_DUE"),
    ] {
        assert_eq!(rejection.reason(), reason);
    }
}
