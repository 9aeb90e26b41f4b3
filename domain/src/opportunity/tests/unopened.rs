//! Before a deal begins.

use super::*;

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
        override_forecast(None, Some(80), "Signed"),
        win(None),
        lose("price"),
        reopen(None),
    ] {
        nothing().when(command).then_rejected(Rejection::NotOpened);
    }
}
