//! Who received data of the subject is told what was done about it, each once, or it is said why not.

use std::collections::BTreeSet;

use super::*;
use crate::testing::NOON;

const POST: &str = "Parcel Post";
const MAIL: &str = "Mail House";

fn both() -> BTreeSet<crate::value::Label> {
    [label(POST), label(MAIL)].into()
}

fn listed() -> Event {
    RecipientsListed { recipients: both() }.into()
}

fn tell(recipient: &str) -> Command {
    Command::NoteRecipientTold { recipient: label(recipient) }
}

fn told(recipient: &str) -> Event {
    RecipientTold { recipient: label(recipient), told_by: actor(), told_at: at(NOON) }.into()
}

fn give_up(recipient: &str, reason: &str) -> Command {
    Command::NoteRecipientNotTold { recipient: label(recipient), reason: label(reason) }
}

fn not_told(recipient: &str, reason: &str) -> Event {
    let (recipient, reason) = (label(recipient), label(reason));
    RecipientNotTold { recipient, reason, found_by: actor(), found_at: at(NOON) }.into()
}

fn done(outcome: Outcome) -> Event {
    Fulfilled { outcome }.into()
}

/// A rectification that was done, with two recipients to be told.
fn rectified() -> Vec<Event> {
    vec![received(Right::Rectification), approved(), listed(), done(by_hand())]
}

#[test]
fn are_listed_when_data_was_set_right_erased_or_restricted_and_for_no_other_right() {
    for right in [
        Right::Access,
        Right::Rectification,
        Right::Erasure,
        Right::Restriction,
        Right::Portability,
        Right::Objection,
    ] {
        let outcome = if right == Right::Erasure { erasure() } else { by_hand() };
        let fulfil = Command::Fulfil { outcome: outcome.clone(), recipients: both() };
        let are_told = [Right::Rectification, Right::Erasure, Right::Restriction].contains(&right);
        let expected = if are_told { vec![listed(), done(outcome)] } else { vec![done(outcome)] };
        asked([received(right), approved()]).when(fulfil).then(expected);
    }
}

#[test]
fn are_not_listed_where_nobody_received_anything() {
    asked([received(Right::Rectification), approved()]).when(fulfil(by_hand())).then([done(by_hand())]);
}

#[test]
fn are_told_each_for_itself_and_once() {
    asked(rectified()).when(tell(POST)).then([told(POST)]);
    let history = [rectified(), vec![told(POST)]].concat();
    asked(history.clone()).at("2026-12-01T00:00:00Z").when(tell(POST)).then_nothing();
    let state = fold::<SubjectRequest>(State::default(), history);
    assert_eq!(state.request().map(|request| request.recipients.untold()), Some(1));
}

#[test]
fn are_given_up_with_a_reason_and_may_be_told_after_all() {
    asked(rectified()).when(give_up(MAIL, "wound up")).then([not_told(MAIL, "wound up")]);
    let history = [rectified(), vec![not_told(MAIL, "wound up")]].concat();
    asked(history.clone()).when(give_up(MAIL, "no address")).then([not_told(MAIL, "no address")]);
    asked(history.clone()).when(tell(MAIL)).then([told(MAIL)]);
    let told = [history, vec![told(MAIL)]].concat();
    asked(told).when(give_up(MAIL, "wound up")).then_rejected(Rejection::RecipientTold);
}

#[test]
fn that_received_nothing_are_unknown() {
    let refused = Refused { reason: label("not them") }.into();
    for history in [
        vec![received(Right::Rectification)],
        vec![received(Right::Rectification), approved()],
        vec![received(Right::Rectification), refused],
        rectified(),
    ] {
        asked(history.clone()).when(tell("Somebody")).then_rejected(Rejection::RecipientUnknown);
        asked(history).when(give_up("Somebody", "x")).then_rejected(Rejection::RecipientUnknown);
    }
    asked([]).when(tell(POST)).then_rejected(Rejection::NotReceived);
}
