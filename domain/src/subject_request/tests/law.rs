//! What holds for every subject's request.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::context::Context;
use crate::testing::{Law, NOON};

const LAW: Law<SubjectRequest> = Law { legal, step };

/// Two people have looked at whatever was approved or fulfilled, what was done is what was asked for, nobody who did not
/// ask for an archive has one, and recipients are told of nothing but what the law says.
fn legal(state: &State) -> bool {
    let has_recipients = |request: &Request| request.recipients.all().next().is_some();
    let fits = |request: &Request| {
        let right = request.received.right;
        (request.archive.is_none() || right.is_answered_by_an_archive())
            && (!has_recipients(request) || right.is_told_to_recipients())
    };
    state.request().is_none_or(fits)
        && match state {
            State::NotReceived => true,
            State::Received(request) | State::Refused(request, _) => !has_recipients(request),
            State::Approved(request, approval) => {
                let has_window = approval.erasure != Schedule::Unset;
                !has_recipients(request)
                    && request.received.received_by != approval.by
                    && (!has_window || request.received.right == Right::Erasure)
            }
            State::Fulfilled(request, outcome) => {
                (request.received.right == Right::Erasure) == matches!(outcome, Outcome::Erased(_))
            }
        }
}

/// It goes forward only, unless an erasure is cancelled, and what came in stays as it came in.
fn step(before: &State, event: &Event, after: &State) -> bool {
    let same =
        before.request().map(|request| &request.received) == after.request().map(|request| &request.received);
    match (before, after) {
        (State::NotReceived, State::NotReceived) => !matches!(event, Event::Received(_)),
        (State::NotReceived, State::Received(_)) => matches!(event, Event::Received(_)),
        (State::Received(_), State::Received(_)) => same,
        (State::Approved(_, approval), State::Approved(_, after)) => {
            same && (approval == after
                || matches!(event, Event::ErasureScheduled(_) | Event::ErasureBegun(_)))
        }
        (State::Approved(..), State::Received(_)) => same && matches!(event, Event::ErasureCancelled(_)),
        (State::Received(_), State::Approved(..)) => same && matches!(event, Event::Approved(_)),
        (State::Received(_) | State::Approved(..), State::Refused(..)) => {
            same && matches!(event, Event::Refused(_))
        }
        (State::Approved(..), State::Fulfilled(..)) => same && matches!(event, Event::Fulfilled(_)),
        (State::Refused(..), State::Refused(..)) => before == after,
        (State::Fulfilled(_, before_it), State::Fulfilled(_, after_it)) => {
            let told =
                matches!(event, Event::ArchiveMade(_) | Event::RecipientTold(_) | Event::RecipientNotTold(_));
            same && before_it == after_it && (before == after || told)
        }
        (State::NotReceived, State::Approved(..) | State::Refused(..) | State::Fulfilled(..))
        | (State::Received(_), State::Fulfilled(..))
        | (
            State::Received(_) | State::Approved(..) | State::Refused(..) | State::Fulfilled(..),
            State::NotReceived,
        )
        | (State::Refused(..) | State::Fulfilled(..), State::Received(_))
        | (State::Refused(..) | State::Fulfilled(..), State::Approved(..))
        | (State::Refused(..), State::Fulfilled(..))
        | (State::Fulfilled(..), State::Refused(..)) => false,
    }
}

fn rights() -> impl Strategy<Value = Right> {
    select(vec![Right::Access, Right::Rectification, Right::Erasure])
}

fn reasons() -> impl Strategy<Value = crate::value::Label> {
    select(vec!["one reason", "another one"]).prop_map(label)
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    select(vec![erasure(), by_hand()])
}

fn names() -> impl Strategy<Value = crate::value::Label> {
    select(vec!["Parcel Post", "Mail House"]).prop_map(label)
}

fn recipients() -> impl Strategy<Value = BTreeSet<crate::value::Label>> {
    vec(names(), 0..3).prop_map(|names| names.into_iter().collect())
}

fn contents() -> impl Strategy<Value = &'static [u8]> {
    select(vec![b"one archive".as_slice(), b"another one"])
}

fn commands() -> impl Strategy<Value = (Command, Context)> {
    let command = prop_oneof![
        2 => rights().prop_map(|right| Command::Receive(receive(right))),
        1 => reasons().prop_map(|reason| Command::Extend { reason }),
        2 => select(vec![None, Some(WINDOW_CLOSES)]).prop_map(approve),
        1 => reasons().prop_map(|reason| Command::CancelErasure { reason }),
        1 => Just(Command::BeginErasure),
        1 => Just(Command::NoteDueSoon),
        1 => Just(Command::NoteOverdue),
        1 => reasons().prop_map(|reason| Command::Refuse { reason }),
        2 => (outcomes(), recipients()).prop_map(|(outcome, recipients)| Command::Fulfil { outcome, recipients }),
        2 => names().prop_map(|recipient| Command::NoteRecipientTold { recipient }),
        2 => (names(), reasons()).prop_map(|(recipient, reason)| Command::NoteRecipientNotTold { recipient, reason }),
        2 => contents().prop_map(|content| Command::NoteArchive(archive(content))),
    ];
    let times = select(vec![NOON, WINDOW_CLOSES, "2026-12-15T00:00:00Z", "2027-03-01T00:00:00Z"]);
    (command, select(vec![actor(), other()]), times)
        .prop_map(|(command, actor, now)| (command, Context { actor, ..context(at(now)) }))
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => rights().prop_map(received),
        1 => reasons().prop_map(|reason| Extended { due_on: day("2027-02-21"), reason }.into()),
        2 => Just(approved()),
        1 => reasons().prop_map(|reason| Refused { reason }.into()),
        1 => Just(scheduled()),
        1 => Just(cancelled("the wrong person")),
        1 => Just(ErasureBegun {}.into()),
        1 => Just(DueSoon { due_on: day("2026-12-21") }.into()),
        1 => Just(Overdue { due_on: day("2026-12-21") }.into()),
        2 => outcomes().prop_map(|outcome| Fulfilled { outcome }.into()),
        2 => contents().prop_map(archive_made),
        2 => recipients().prop_map(|recipients| RecipientsListed { recipients }.into()),
        2 => names().prop_map(|recipient| RecipientTold { recipient, told_by: actor(), told_at: at(NOON) }.into()),
        1 => (names(), reasons()).prop_map(|(recipient, reason)| RecipientNotTold { recipient, reason, found_by: other(), found_at: at(NOON) }.into()),
    ]
}

proptest! {
    #[test]
    fn no_commands_lead_to_an_illegal_state_and_a_repeated_one_changes_nothing(asked in vec(commands(), 0..30)) {
        LAW.holds_for_commands(asked)?;
    }

    #[test]
    fn no_erasure_is_done_before_its_window_closes_nor_after_it_was_cancelled(asked in vec(commands(), 0..30)) {
        let mut open = None;
        for event in LAW.holds_for_commands(asked)? {
            match event {
                Event::ErasureScheduled(scheduled) => open = Some(scheduled.erase_at),
                Event::ErasureBegun(_) => prop_assert!(open.take().is_some()),
                Event::ErasureCancelled(_) => prop_assert!(open.take().is_some()),
                Event::Refused(_) => open = None,
                Event::Fulfilled(_) => prop_assert_eq!(open, None),
                Event::Received(_) | Event::Extended(_) | Event::Approved(_) | Event::DueSoon(_) | Event::Overdue(_) | Event::ArchiveMade(_)
                | Event::RecipientsListed(_) | Event::RecipientTold(_) | Event::RecipientNotTold(_) => {}
            }
        }
    }

    #[test]
    fn every_history_folds_and_goes_forward_only(history in vec(events(), 0..30)) {
        LAW.holds_for_events(&history)?;
    }
}
