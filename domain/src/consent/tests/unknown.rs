//! Before a subject was asked.

use super::*;

fn nothing() -> testing::Given<Consent> {
    history([])
}

/// So many topics that the subject was asked about.
fn asked_about(count: usize) -> testing::Given<Consent> {
    history((0..count).map(|n| {
        let topic = Topic { purpose: key(&format!("purpose_{n}")), channel: Channel::InApp };
        Requested { topic, notice: notice("1"), jurisdiction: None }.into()
    }))
}

#[test]
fn can_be_requested() {
    nothing().when(request()).then([was_requested()]);
}

#[test]
fn cannot_be_given_unasked() {
    nothing().when(Command::Give(give())).then_rejected(Rejection::NotRequested);
}

#[test]
fn can_be_taken_over_from_another_system() {
    nothing().when(Command::Give(imported())).then([given_by(imported())]);
}

#[test]
fn cannot_be_taken_over_once_it_has_run_out() {
    nothing()
        .when(Command::Give(Give { valid_until: Some(at(PAST)), ..imported() }))
        .then_rejected(Rejection::ValidityOver);
}

#[test]
fn can_be_withdrawn_all_the_same() {
    nothing().when(withdraw()).then([was_withdrawn(None)]);
}

#[test]
fn cannot_be_refused_or_expire() {
    nothing().when(refuse()).then_rejected(Rejection::NotRequested);
    nothing().when(expire()).then_rejected(Rejection::NotRequested);
}

#[test]
fn a_subject_has_no_more_topics_than_the_limit_and_may_withdraw_from_any() {
    asked_about(TOPICS_MAX - 1).when(request()).then([was_requested()]);
    asked_about(TOPICS_MAX).when(request()).then_rejected(Rejection::TooManyTopics);
    asked_about(TOPICS_MAX).when(Command::Give(imported())).then_rejected(Rejection::TooManyTopics);
    asked_about(TOPICS_MAX).when(withdraw()).then([was_withdrawn(None)]);
}
