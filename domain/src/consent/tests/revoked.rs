//! A consent that the controller ends.

use super::*;

fn revoke() -> Command {
    Command::Revoke { topic: topic(), reason: label("the newsletter ended") }
}

fn was_revoked() -> Event {
    Revoked { consent_id: id("first"), topic: topic(), reason: label("the newsletter ended") }.into()
}

#[test]
fn is_over_and_revoked_again_stays_so() {
    history([was_requested(), was_given()]).when(revoke()).then([was_revoked()]);
    history([was_requested(), was_given(), was_revoked()]).when(revoke()).then_nothing();
}

#[test]
fn has_to_be_in_force() {
    for before in [
        history([]),
        history([was_requested()]),
        history([was_requested(), was_refused()]),
        history([was_requested(), was_given(), was_withdrawn(Some(id("first")))]),
        history([was_requested(), was_given()]).at(FUTURE),
    ] {
        before.when(revoke()).then_rejected(Rejection::NotGiven);
    }
}

#[test]
fn is_never_revived_but_can_be_withdrawn_or_asked_about_anew() {
    let revoked = || history([was_requested(), was_given(), was_revoked()]);
    revoked().when(Command::Give(give())).then_rejected(Rejection::ConsentIdUsed);
    revoked().when(Command::Give(give_anew())).then_rejected(Rejection::NotRequested);
    revoked().when(withdraw()).then([was_withdrawn(None)]);
    revoked().when(request()).then([was_requested()]);
}
