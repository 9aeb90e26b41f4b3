//! Once a subject has said no, or a consent is over.

use super::*;

fn refused() -> testing::Given<Consent> {
    history([was_requested(), was_refused()])
}

fn withdrawn() -> testing::Given<Consent> {
    history([was_requested(), was_given(), was_withdrawn(Some(id("first")))])
}

fn expired() -> testing::Given<Consent> {
    history([was_requested(), was_given(), has_expired()]).at(LATER)
}

const ENDS: [fn() -> testing::Given<Consent>; 3] = [refused, withdrawn, expired];

#[test]
fn can_be_requested_again() {
    for ended in ENDS {
        ended().when(request()).then([was_requested()]);
    }
}

#[test]
fn cannot_be_given_without_a_new_request() {
    for ended in ENDS {
        let anew = Give { valid_until: None, ..give_anew() };
        let taken_over = Give { method: Method::ApiImport, ..anew.clone() };
        ended().when(Command::Give(anew)).then_rejected(Rejection::NotRequested);
        ended().when(Command::Give(taken_over)).then_rejected(Rejection::NotRequested);
    }
}

#[test]
fn is_never_revived() {
    for ended in [withdrawn, expired] {
        ended().when(Command::Give(give())).then_rejected(Rejection::ConsentIdUsed);
        ended().when(Command::Give(imported())).then_rejected(Rejection::ConsentIdUsed);
    }
}

#[test]
fn requested_again_it_is_given_under_a_new_id_only() {
    for end in [was_withdrawn(Some(id("first"))), has_expired()] {
        let again = || history([was_requested(), was_given(), end.clone(), was_requested()]);
        again().when(Command::Give(give())).then_rejected(Rejection::ConsentIdUsed);
        again().when(Command::Give(give_anew())).then([given_by(give_anew())]);
    }
}

#[test]
fn a_refusal_can_be_followed_by_a_consent_that_was_asked_for_again() {
    history([was_requested(), was_refused(), was_requested()])
        .when(Command::Give(give()))
        .then([was_given()]);
}

#[test]
fn withdrawn_again_changes_nothing() {
    withdrawn().when(withdraw()).then_nothing();
    history([was_withdrawn(None)]).when(withdraw()).then_nothing();
}

#[test]
fn can_be_withdrawn_after_a_refusal_or_the_end_of_its_time() {
    refused().when(withdraw()).then([was_withdrawn(None)]);
    expired().when(withdraw()).then([was_withdrawn(None)]);
}

#[test]
fn refused_again_changes_nothing() {
    refused().when(refuse()).then_nothing();
}

#[test]
fn cannot_be_refused_unasked() {
    withdrawn().when(refuse()).then_rejected(Rejection::NotRequested);
    expired().when(refuse()).then_rejected(Rejection::NotRequested);
}

#[test]
fn expired_again_changes_nothing() {
    expired().when(expire()).then_nothing();
}

#[test]
fn cannot_expire_when_it_ended_otherwise() {
    refused().when(expire()).then_rejected(Rejection::NotRequested);
    withdrawn().at(LATER).when(expire()).then_rejected(Rejection::NotRequested);
}
