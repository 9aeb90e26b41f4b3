//! Who has a lead.

use super::*;

fn ann() -> Event {
    assigned(1, owner("user_ann"), None)
}

fn decline(name: &str) -> Command {
    Command::Decline { owner: reference(name), reason: Some(label("on holiday")) }
}

fn declined(name: &str, number: u32) -> Event {
    AssignmentDeclined { owner: reference(name), number, reason: Some(label("on holiday")) }.into()
}

#[test]
fn an_assignment_says_who_had_it_and_keeps_how_it_was_chosen() {
    let routing = Routing {
        policy_id: RoutingPolicyId::derived("tests", "standard"),
        version: 3,
        rule: Some(key("west")),
        candidates: vec![reference("user_ann")],
    };
    let command = Assign {
        to: owner("user_ann"),
        reason: Some(label("first of one")),
        routing: Some(routing.clone()),
        respond_by: Some(at("2026-11-21T12:15:00Z")),
    };
    given::<Lead>([captured(), assigned(1, queue("inbound"), None)])
        .when(Command::Assign(Box::new(command)))
        .then([Assigned {
            to: owner("user_ann"),
            previous: Some(queue("inbound")),
            number: 2,
            reason: Some(label("first of one")),
            routing: Some(routing),
            respond_by: Some(at("2026-11-21T12:15:00Z")),
        }
        .into()]);
}

#[test]
fn whoever_has_a_lead_is_not_given_it_again() {
    given::<Lead>([captured(), ann()]).when(assign(owner("user_ann"))).then_nothing();
}

#[test]
fn a_lead_that_is_given_back_is_nobodys_and_can_be_assigned_again() {
    given::<Lead>([captured(), ann()]).when(decline("user_ann")).then([declined("user_ann", 1)]);
    given::<Lead>([captured(), ann(), declined("user_ann", 1)])
        .when(assign(owner("user_ann")))
        .then([assigned(2, owner("user_ann"), None)]);
}

#[test]
fn only_who_has_a_lead_gives_it_back_and_only_before_it_is_worked_on() {
    let rejection = Rejection::NotAssignedTo { owner: reference("user_bob") };
    given::<Lead>([captured(), ann()]).when(decline("user_bob")).then_rejected(rejection);
    given::<Lead>([captured(), ann(), contacted("call")])
        .when(decline("user_ann"))
        .then_rejected(Rejection::InWork);
}

#[test]
fn a_timer_takes_a_lead_back_that_nothing_was_done_for() {
    let timed_out = AssignmentTimedOut { from: owner("user_ann"), number: 1 };
    given::<Lead>([captured(), ann()]).when(Command::TimeOut { number: 1 }).then([timed_out.into()]);
}

#[test]
fn a_timer_that_comes_too_late_changes_nothing() {
    for history in [
        vec![captured(), ann(), contacted("call")],
        vec![captured(), ann(), assigned(2, owner("user_bob"), Some(owner("user_ann")))],
        vec![captured(), ann(), disqualified()],
    ] {
        given::<Lead>(history).when(Command::TimeOut { number: 1 }).then_nothing();
    }
    given::<Lead>([captured(), ann()])
        .when(Command::TimeOut { number: 2 })
        .then_rejected(Rejection::AssignmentUnknown);
}

#[test]
fn a_lead_is_handed_over_so_often_and_no_more() {
    given::<Lead>([captured(), assigned(ASSIGNMENTS_MAX, owner("user_ann"), None)])
        .when(assign(owner("user_bob")))
        .then_rejected(Rejection::TooManyAssignments);
}

#[test]
fn a_contact_is_noted_once_and_a_lead_that_is_worked_on_can_be_handed_over() {
    let contact = Command::Contact { interaction_id: said("call") };
    given::<Lead>([captured(), ann()]).when(contact.clone()).then([contacted("call")]);
    given::<Lead>([captured(), ann(), contacted("call")]).when(contact).then_nothing();
    given::<Lead>([
        captured(),
        ann(),
        contacted("call"),
        assigned(2, owner("user_bob"), Some(owner("user_ann"))),
    ])
    .when(decline("user_bob"))
    .then_rejected(Rejection::InWork);
}
