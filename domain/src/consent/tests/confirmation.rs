//! Double opt-in: a first act, and a token that confirms it.

use super::*;

fn asked() -> testing::Given<Consent> {
    history([was_requested()])
}

fn pending() -> testing::Given<Consent> {
    history([was_requested(), confirmation_was_requested()])
}

fn confirm_by(token_sha256: Sha256) -> Command {
    Command::Confirm { token_sha256, evidence: evidence() }
}

fn confirm() -> Command {
    confirm_by(token("sent"))
}

/// A token confirms once, so the rule that a repeated command changes nothing does not hold: it is refused.
#[track_caller]
fn confirms(history: impl IntoIterator<Item = Event>, expected: Event) {
    let state = testing::fold::<Consent>(State::default(), history);
    let now = testing::context(at(testing::NOON));
    assert_eq!(Consent::decide(&state, &confirm(), &now), Ok(vec![expected.clone()]));
    let state = testing::fold::<Consent>(state, [expected]);
    assert_eq!(Consent::decide(&state, &confirm(), &now), Err(Rejection::TokenUsed));
}

#[test]
fn is_requested_with_the_first_act_for_a_week() {
    asked().when(request_confirmation()).then([confirmation_was_requested()]);
}

#[test]
fn gives_the_consent_once_with_the_best_grade() {
    confirms([was_requested(), confirmation_was_requested()], was_confirmed());
    let Event::Given(given) = was_confirmed() else { panic!("it was given") };
    assert_eq!((given.method, given.evidence_grade), (Method::DoubleOptIn, EvidenceGrade::A));
}

#[test]
fn needs_a_request_to_the_same_words() {
    history([]).when(request_confirmation()).then_rejected(Rejection::NotRequested);
    history([was_requested(), was_refused()])
        .when(request_confirmation())
        .then_rejected(Rejection::NotRequested);
    history([was_requested(), was_given()])
        .when(request_confirmation())
        .then_rejected(Rejection::AlreadyGiven);
    let give = Give { notice: notice("2"), ..first_act() };
    asked()
        .when(Command::RequestConfirmation { give, token_sha256: token("sent"), confirm_by: None })
        .then_rejected(Rejection::NoticeDiffers { shown: "1".to_owned() });
}

#[test]
fn is_waited_for_a_week_at_most() {
    let until = |text| Command::RequestConfirmation {
        give: first_act(),
        token_sha256: token("sent"),
        confirm_by: Some(at(text)),
    };
    for text in [testing::NOON, PAST, "2026-11-28T12:00:00.000001Z"] {
        asked().when(until(text)).then_rejected(Rejection::ConfirmationTimeInvalid);
    }
    asked().when(until(A_WEEK_LATER)).then([confirmation_was_requested()]);
}

#[test]
fn comes_too_late_at_its_end() {
    let expired = Rejection::TokenExpired { confirm_by: at(A_WEEK_LATER) };
    pending().at(A_WEEK_LATER).when(confirm()).then_rejected(expired);
    pending().at(A_WEEK_LATER).when(request()).then([was_requested()]);
}

#[test]
fn by_another_token_is_none() {
    pending().when(confirm_by(token("guessed"))).then_rejected(Rejection::TokenUnknown);
    asked().when(confirm()).then_rejected(Rejection::TokenUnknown);
    history([]).when(confirm()).then_rejected(Rejection::TokenUnknown);
}

#[test]
fn a_new_token_replaces_the_one_before() {
    let give = Give { consent_id: id("second"), ..first_act() };
    let again = Command::RequestConfirmation { give, token_sha256: token("again"), confirm_by: None };
    let state = testing::fold::<Consent>(State::default(), [was_requested(), confirmation_was_requested()]);
    let now = testing::context(at(testing::NOON));
    let sent_again = Consent::decide(&state, &again, &now).unwrap();
    assert_eq!(sent_again.len(), 1);
    let state = testing::fold::<Consent>(state, sent_again);
    assert_eq!(Consent::decide(&state, &confirm(), &now), Err(Rejection::TokenUnknown));
    let confirmed = Consent::decide(&state, &confirm_by(token("again")), &now).unwrap();
    assert_eq!(confirmed, [given_by(Give { consent_id: id("second"), ..first_confirmed() })]);
}

fn first_confirmed() -> Give {
    Give { jurisdiction: testing::california(), ..give() }
}

#[test]
fn is_not_gone_around() {
    pending().when(Command::Give(give_anew())).then_rejected(Rejection::NotConfirmed);
    pending().when(request()).then_nothing();
    pending().when(expire()).then_rejected(Rejection::NotRequested);
}

#[test]
fn can_be_answered_by_a_no() {
    let no: Event = Refused {
        topic: topic(),
        method: Method::Button,
        jurisdiction: None,
        no_reask_before: Some(at("2027-11-22T00:00:00Z")),
    }
    .into();
    pending().when(refuse()).then([no.clone()]);
    let over = history([was_requested(), confirmation_was_requested(), no]);
    over.when(confirm()).then_rejected(Rejection::TokenUnknown);
}

#[test]
fn does_not_bring_back_what_was_withdrawn() {
    history([
        was_requested(),
        confirmation_was_requested(),
        was_confirmed(),
        was_withdrawn(Some(id("first"))),
    ])
    .when(confirm())
    .then_rejected(Rejection::TokenUsed);
}
