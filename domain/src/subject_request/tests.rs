//! What a subject's request accepts and refuses, state by state.

mod clock;
mod law;
mod recipients;
mod window;

use super::*;
use crate::envelope::Position;
use crate::testing::{Given, actor, at, contact_id, context, day, fold, given, label, other};
use crate::value::Sha256;

fn receive(right: Right) -> Receive {
    Receive { contact_id: contact_id(), right, ground: Some(label("17(1)(b)")) }
}

fn received(right: Right) -> Event {
    let Receive { contact_id, right, ground } = receive(right);
    Received { contact_id, right, ground, received_by: actor(), due_on: day("2026-12-21") }.into()
}

fn approved() -> Event {
    Approved { approved_by: other() }.into()
}

fn approve(erase_at: Option<&str>) -> Command {
    Command::Approve { erase_at: erase_at.map(at) }
}

/// When a window of three days closes that was opened at noon.
const WINDOW_CLOSES: &str = "2026-11-24T12:00:00Z";

fn scheduled() -> Event {
    ErasureScheduled { contact_id: contact_id(), erase_at: at(WINDOW_CLOSES) }.into()
}

fn cancelled(reason: &str) -> Event {
    ErasureCancelled { reason: label(reason), cancelled_by: actor() }.into()
}

fn cancel(reason: &str) -> Command {
    Command::CancelErasure { reason: label(reason) }
}

/// Of a subject whose data went out to nobody.
fn fulfil(outcome: Outcome) -> Command {
    Command::Fulfil { outcome, recipients: std::collections::BTreeSet::new() }
}

fn erasure() -> Outcome {
    Outcome::Erased(Erasure {
        kids: vec!["dek_1".to_owned()],
        keys_destroyed_at: at(crate::testing::NOON),
        fields_probed: 3,
        digests_kept: 2,
        stores: Vec::new(),
        software: "rapport".to_owned(),
    })
}

fn by_hand() -> Outcome {
    Outcome::ByHand { note: label("sent on paper") }
}

fn asked(history: impl IntoIterator<Item = Event>) -> Given<SubjectRequest> {
    given(history)
}

#[test]
fn it_has_to_be_answered_within_a_month_of_its_arrival() {
    asked([]).when(Command::Receive(receive(Right::Erasure))).then([received(Right::Erasure)]);
    let on_the_last_day =
        asked([]).about("2027-01-31T09:00:00Z").when(Command::Receive(receive(Right::Access)));
    let due_on = day("2027-02-28");
    let Receive { contact_id, right, ground } = receive(Right::Access);
    on_the_last_day.then([Received { contact_id, right, ground, received_by: actor(), due_on }.into()]);
}

#[test]
fn it_may_take_two_months_more_once() {
    let reason = label("many systems");
    let extended = || Extended { due_on: day("2027-02-21"), reason: label("many systems") }.into();
    asked([received(Right::Access)]).when(Command::Extend { reason: reason.clone() }).then([extended()]);
    asked([received(Right::Access), approved()]).when(Command::Extend { reason }).then([extended()]);
    let again = Command::Extend { reason: label("still many systems") };
    asked([received(Right::Access), extended()]).when(again).then_nothing();
}

#[test]
fn another_request_under_its_id_is_refused() {
    asked([received(Right::Erasure)])
        .when(Command::Receive(receive(Right::Access)))
        .then_rejected(Rejection::AlreadyReceived);
    asked([received(Right::Erasure)]).when(Command::Receive(receive(Right::Erasure))).then_nothing();
}

#[test]
fn who_received_it_cannot_approve_it_and_somebody_else_can() {
    asked([received(Right::Erasure)]).when(approve(None)).then_rejected(Rejection::SameActor);
    let state = fold::<SubjectRequest>(State::default(), [received(Right::Erasure)]);
    let context = Context { actor: other(), ..context(at(crate::testing::NOON)) };
    assert_eq!(SubjectRequest::decide(&state, &approve(None), &context), Ok(vec![approved()]));
}

#[test]
fn nothing_is_done_before_it_is_approved() {
    asked([received(Right::Erasure)]).when(fulfil(erasure())).then_rejected(Rejection::NotApproved);
    asked([]).when(approve(None)).then_rejected(Rejection::NotReceived);
}

#[test]
fn an_erasure_is_done_by_the_service_and_all_else_by_people() {
    let fulfilled = |outcome| Fulfilled { outcome }.into();
    asked([received(Right::Erasure), approved()]).when(fulfil(erasure())).then([fulfilled(erasure())]);
    asked([received(Right::Access), approved()]).when(fulfil(by_hand())).then([fulfilled(by_hand())]);
    for (right, outcome) in [(Right::Erasure, by_hand()), (Right::Access, erasure())] {
        let done = asked([received(right), approved()]).when(fulfil(outcome));
        done.then_rejected(Rejection::OutcomeDiffers);
    }
}

fn archive(content: &[u8]) -> Archive {
    Archive {
        sha256: Sha256::of(content),
        bytes: content.len() as u64,
        position: Position(7),
        opened_by: ArchiveKey::Passphrase,
    }
}

fn archive_made(content: &[u8]) -> Event {
    let made_at = at(crate::testing::NOON);
    ArchiveMade { archive: archive(content), made_by: actor(), made_at }.into()
}

#[test]
fn an_archive_is_made_for_access_and_portability_and_noted_once() {
    for right in [Right::Access, Right::Portability] {
        let history = [received(right), approved()];
        let note = Command::NoteArchive(archive(b"first"));
        asked(history.clone()).when(note.clone()).then([archive_made(b"first")]);
        let noted = history.into_iter().chain([archive_made(b"first")]);
        asked(noted.clone()).when(note.clone()).then_nothing();
        let fulfilled = noted.chain([Fulfilled { outcome: by_hand() }.into()]);
        asked(fulfilled.clone()).when(note).then_nothing();
        asked(fulfilled).when(Command::NoteArchive(archive(b"second"))).then([archive_made(b"second")]);
    }
}

#[test]
fn no_archive_is_made_before_a_yes_after_a_no_or_for_another_right() {
    let note = || Command::NoteArchive(archive(b"first"));
    let refused = Refused { reason: label("not them") }.into();
    asked([received(Right::Access)]).when(note()).then_rejected(Rejection::NotApproved);
    asked([received(Right::Access), refused]).when(note()).then_rejected(Rejection::Closed);
    for right in [Right::Rectification, Right::Erasure, Right::Restriction, Right::Objection] {
        let answer = asked([received(right), approved()]).when(note());
        answer.then_rejected(Rejection::ArchiveNotAskedFor);
    }
}

#[test]
fn once_it_is_closed_it_stays_closed() {
    let refused: Event = Refused { reason: label("a contract is open") }.into();
    let refuse = Command::Refuse { reason: label("a contract is open") };
    asked([received(Right::Erasure)]).when(refuse.clone()).then([refused.clone()]);
    asked([received(Right::Erasure), approved()]).when(refuse).then([refused.clone()]);
    for end in [refused, Fulfilled { outcome: by_hand() }.into()] {
        let history = [received(Right::Access), approved(), end];
        asked(history.clone()).when(approve(None)).then_rejected(Rejection::Closed);
        let other_reason = Command::Refuse { reason: label("another reason") };
        asked(history).when(other_reason).then_rejected(Rejection::Closed);
    }
}
