//! Once a subject has agreed.

use super::*;

fn agreed() -> testing::Given<Consent> {
    in_force_until(Some(at(FUTURE)))
}

#[test]
fn given_again_in_the_same_words_changes_nothing() {
    agreed().when(Command::Give(give())).then_nothing();
    agreed().when(Command::Give(Give { evidence: None, ..give() })).then_nothing();
}

#[test]
fn cannot_be_given_in_other_words_under_its_id() {
    for other in [
        Give { notice: notice("2"), ..give() },
        Give { method: Method::Checkbox, ..give() },
        Give { valid_until: None, ..give() },
    ] {
        agreed().when(Command::Give(other)).then_rejected(Rejection::ConsentIdUsed);
    }
}

#[test]
fn its_id_cannot_be_used_for_another_channel() {
    let asked_by_sms = Requested { topic: by_sms(), notice: notice("1"), jurisdiction: None }.into();
    let by_sms = Give { topic: by_sms(), ..give() };
    history([was_requested(), was_given(), asked_by_sms])
        .when(Command::Give(by_sms.clone()))
        .then_rejected(Rejection::ConsentIdUsed);
    agreed()
        .when(Command::Give(Give { method: Method::ApiImport, ..by_sms }))
        .then_rejected(Rejection::ConsentIdUsed);
}

#[test]
fn cannot_be_given_anew_requested_or_refused_while_it_holds() {
    for now in [testing::NOON, "2027-11-21T11:59:59.999999Z"] {
        agreed().at(now).when(Command::Give(give_anew())).then_rejected(Rejection::AlreadyGiven);
        agreed().at(now).when(request()).then_rejected(Rejection::AlreadyGiven);
        agreed().at(now).when(refuse()).then_rejected(Rejection::AlreadyGiven);
    }
    in_force_until(None).at(LATER).when(request()).then_rejected(Rejection::AlreadyGiven);
}

#[test]
fn can_be_withdrawn() {
    agreed().when(withdraw()).then([was_withdrawn(Some(id("first")))]);
    agreed().at(LATER).when(withdraw()).then([was_withdrawn(Some(id("first")))]);
}

#[test]
fn cannot_expire_while_it_holds() {
    agreed().when(expire()).then_rejected(Rejection::NotExpired);
    in_force_until(None).at(LATER).when(expire()).then_rejected(Rejection::NotExpired);
}

#[test]
fn expires_once_its_time_has_run_out() {
    agreed().at(FUTURE).when(expire()).then([has_expired()]);
    agreed().at(LATER).when(expire()).then([has_expired()]);
}

#[test]
fn has_run_out_at_its_time_whether_or_not_it_was_marked_expired() {
    agreed().at(FUTURE).when(request()).then([was_requested()]);
    agreed().at(FUTURE).when(refuse()).then_rejected(Rejection::NotRequested);
    let later = Give { valid_until: None, ..give_anew() };
    agreed().at(FUTURE).when(Command::Give(later.clone())).then_rejected(Rejection::NotRequested);
    history([was_requested(), was_given(), was_requested()])
        .at(FUTURE)
        .when(Command::Give(later.clone()))
        .then([given_by(later)]);
}
