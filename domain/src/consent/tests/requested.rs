//! Once a subject was asked.

use super::*;

fn asked() -> testing::Given<Consent> {
    history([was_requested()])
}

#[test]
fn requested_again_in_the_same_words_changes_nothing() {
    asked().when(request()).then_nothing();
}

#[test]
fn can_be_requested_in_other_words() {
    asked().when(request_in(notice("2"))).then([Requested {
        topic: topic(),
        notice: notice("2"),
        jurisdiction: None,
    }
    .into()]);
}

#[test]
fn can_be_given() {
    asked().when(Command::Give(give())).then([was_given()]);
    let endless = Give { valid_until: None, evidence: None, ..give() };
    asked().when(Command::Give(endless.clone())).then([given_by(endless)]);
    asked().when(Command::Give(imported())).then([given_by(imported())]);
}

#[test]
fn cannot_be_given_to_other_words() {
    asked()
        .when(Command::Give(Give { notice: notice("2"), ..give() }))
        .then_rejected(Rejection::NoticeDiffers { shown: "1".to_owned() });
}

#[test]
fn cannot_be_given_for_another_channel() {
    asked().when(Command::Give(Give { topic: by_sms(), ..give() })).then_rejected(Rejection::NotRequested);
}

#[test]
fn cannot_be_given_until_before_it_was_given() {
    for valid_until in [PAST, testing::NOON] {
        asked()
            .when(Command::Give(Give { valid_until: Some(at(valid_until)), ..give() }))
            .then_rejected(Rejection::ValidityOver);
    }
}

#[test]
fn can_be_recorded_late_when_it_held_at_the_time() {
    let short = Give { valid_until: Some(at(testing::NOON)), ..give() };
    asked().about(PAST).when(Command::Give(short.clone())).then([given_by(short)]);
}

#[test]
fn can_be_refused() {
    asked().when(refuse()).then([was_refused()]);
}

#[test]
fn can_be_withdrawn() {
    asked().when(withdraw()).then([was_withdrawn(None)]);
}

#[test]
fn cannot_expire() {
    asked().when(expire()).then_rejected(Rejection::NotRequested);
}
