//! Before a deal begins.

use super::*;
use crate::id::ContactId;

fn nothing() -> Given<Opportunity> {
    given([])
}

#[test]
fn can_be_opened_in_the_first_open_stage() {
    nothing().when(open(begin())).then([opened()]);
}

#[test]
fn can_be_opened_in_a_stage_that_is_open_or_waits() {
    for stage in ["offer", "parked"] {
        nothing().when(open(Open { stage: Some(key(stage)), ..begin() })).then([Opened {
            place: place(stage),
            ..began()
        }
        .into()]);
    }
}

#[test]
fn can_be_opened_without_anything_that_is_not_known_yet() {
    let bare = Open {
        contact_id: None,
        amount: None,
        expected_close_on: None,
        owner: None,
        team: None,
        segments: Segments::new(),
        ..begin()
    };
    let event = Opened {
        contact_id: None,
        amount: None,
        expected_close_on: None,
        owner: None,
        team: None,
        segments: Segments::new(),
        ..began()
    };
    nothing().when(open(bare)).then([event.into()]);
}

#[test]
fn can_be_opened_with_a_next_step_and_with_those_who_take_part_in_the_decision() {
    let next_step = Some(NextStepSet { what: label("Call"), due_on: Some(day("2026-12-01")) });
    let contact_roles = BTreeSet::from([role(Role::Champion), role(Role::User)]);
    let event = Opened { next_step: next_step.clone(), contact_roles: contact_roles.clone(), ..began() };
    let planned = || Open { next_step: next_step.clone(), contact_roles: contact_roles.clone(), ..begin() };
    nothing().when(open(planned())).then([event.clone().into()]);
    let opened = || given::<Opportunity>([event.clone().into()]);
    opened().when(open(planned())).then_nothing();
    opened().when(open(begin())).then_rejected(Rejection::AlreadyOpened);
    opened().when(set_next_step("Call", Some("2026-12-01"))).then_nothing();
    opened().when(add_role(Role::Champion)).then_nothing();
}

#[test]
fn cannot_be_opened_with_more_than_a_deal_has_room_for() {
    let user = |n: usize| {
        let contact_id = ContactId::derived("tests", &n.to_string());
        ContactRole { contact_id, role: Role::User }
    };
    let contact_roles = (0..=CONTACT_ROLES_MAX).map(user).collect();
    nothing().when(open(Open { contact_roles, ..begin() })).then_rejected(Rejection::TooManyContactRoles);
    let segments = (0..=SEGMENTS_MAX).map(|n| (key(&format!("field_{n}")), label("x"))).collect();
    nothing().when(open(Open { segments, ..begin() })).then_rejected(Rejection::TooManySegments);
}

#[test]
fn cannot_be_opened_in_a_stage_that_the_pipeline_has_not() {
    nothing().when(open(Open { stage: Some(key("paid")), ..begin() })).then_rejected(unknown("paid"));
}

#[test]
fn cannot_be_opened_in_a_stage_that_closes_it() {
    for stage in ["won", "lost"] {
        nothing()
            .when(open(Open { stage: Some(key(stage)), ..begin() }))
            .then_rejected(Rejection::StageCloses { stage: key(stage) });
    }
}

#[test]
fn cannot_be_worth_less_than_nothing() {
    nothing().when(open(Open { amount: Some(eur(-1)), ..begin() })).then_rejected(Rejection::AmountNegative);
    nothing().when(open(Open { amount: Some(eur(0)), ..begin() })).then([Opened {
        amount: Some(eur(0)),
        ..began()
    }
    .into()]);
}

#[test]
fn takes_nothing_else() {
    for command in [
        move_stage("offer"),
        revise(eur(1)),
        move_close_date("2027-01-31"),
        assign("user_2", None),
        set_next_step("Call", None),
        add_role(Role::Champion),
        set_segment("region", "West"),
        clear_segment("region"),
        meet("budget", sales()),
        retract("budget"),
        choose_after("first", None),
        override_forecast(None, Some(80), "Signed"),
        win(None),
        lose("price"),
        reopen(None),
    ] {
        nothing().when(command).then_rejected(Rejection::NotOpened);
    }
}
