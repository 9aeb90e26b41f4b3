//! What holds for every contact.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::envelope::Actor;
use crate::personal::PersonalFields;
use crate::testing::{Law, NOON, actor, at, context, day, other};

const LAW: Law<Contact> = Law { legal, step };

fn legal(state: &State) -> bool {
    match state {
        State::Unregistered | State::Erased(_) => true,
        State::Active(profile) | State::Archived(profile) => {
            profile.contact_points.len() <= CONTACT_POINTS_MAX
                && profile.segments.len() <= SEGMENTS_MAX
                && profile.legal_holds.count() <= LEGAL_HOLDS_MAX
                && profile.disclosures.count() <= DISCLOSURES_MAX
                && profile.removed_contact_points.iter().all(|id| !profile.contact_points.contains_key(id))
        }
    }
}

/// Nobody is forgotten but by an erasure, nobody comes to be but by a registration, and the archive is left by a
/// restoration or an erasure alone. In it nothing changes but legal holds and what is known of disclosures.
fn step(before: &State, event: &Event, after: &State) -> bool {
    match (before, after) {
        (State::Unregistered, State::Unregistered) => !matches!(event, Event::Registered(_)),
        (State::Unregistered, State::Active(_)) => matches!(event, Event::Registered(_)),
        (State::Active(_), State::Active(_)) => !matches!(event, Event::Archived(_)),
        (State::Active(_), State::Archived(_)) => matches!(event, Event::Archived(_)),
        (State::Archived(was), State::Archived(is)) => {
            let unheld =
                |profile: &Profile| Profile { legal_holds: LegalHolds::default(), ..profile.clone() };
            let undisclosed =
                |profile: &Profile| Profile { disclosures: Disclosures::default(), ..profile.clone() };
            let held = matches!(
                event,
                Event::LegalHoldPlaced(_) | Event::LegalHoldReleaseProposed(_) | Event::LegalHoldReleased(_)
            );
            let same = if held {
                unheld(was) == unheld(is)
            } else if matches!(event, Event::Disclosed(_)) {
                undisclosed(was) == undisclosed(is)
            } else {
                was == is
            };
            same && !matches!(event, Event::Restored(_))
        }
        (State::Archived(was), State::Active(is)) => was == is && matches!(event, Event::Restored(_)),
        (State::Active(_) | State::Archived(_), State::Erased(_)) => matches!(event, Event::Erased(_)),
        (State::Erased(was), State::Erased(is)) => was == is,
        (State::Unregistered, State::Archived(_) | State::Erased(_))
        | (State::Active(_) | State::Archived(_) | State::Erased(_), State::Unregistered)
        | (State::Erased(_), State::Active(_) | State::Archived(_)) => false,
    }
}

fn entries() -> impl Strategy<Value = ContactPointEntry> {
    (select(vec!["home", "work", "old"]), select(vec!["ann@example.com", "ann@example.org"]))
        .prop_map(|(which, address)| email(which, address))
}

fn names() -> impl Strategy<Value = crate::Personal<Name>> {
    select(vec!["Ann Lee", "Ann Leigh"]).prop_map(name)
}

fn stages() -> impl Strategy<Value = LifecycleStage> {
    select(vec![LifecycleStage::Lead, LifecycleStage::Customer, LifecycleStage::Churned])
}

fn owners() -> impl Strategy<Value = crate::value::Reference> {
    select(vec!["user_1", "user_2"]).prop_map(reference)
}

fn registers() -> impl Strategy<Value = Register> {
    (names(), vec(entries(), 0..3), proptest::option::of(owners()), stages()).prop_map(
        |(name, contact_points, owner, lifecycle_stage)| Register {
            name,
            contact_points,
            owner,
            lifecycle_stage,
            ..register()
        },
    )
}

fn matters() -> impl Strategy<Value = crate::value::Reference> {
    select(vec!["case_1", "case_2"]).prop_map(reference)
}

/// The day before the decisions, the day of them, and none.
fn days() -> impl Strategy<Value = Option<crate::value::Date>> {
    select(vec![Some("2026-11-20"), Some("2026-11-21"), None]).prop_map(|on| on.map(day))
}

/// Whether an erasure came while a hold stood. Read from the events alone: it must not rest on the fold that it checks.
fn erased_while_held(history: &[Event]) -> bool {
    let mut standing = std::collections::BTreeSet::new();
    let today = at(NOON).date();
    history.iter().any(|event| match event {
        Event::LegalHoldPlaced(placed) => {
            if placed.until.is_none_or(|until| today <= until) {
                standing.insert(placed.matter.clone());
            } else {
                standing.remove(&placed.matter);
            }
            false
        }
        Event::LegalHoldReleased(released) => {
            standing.remove(&released.matter);
            false
        }
        Event::Erased(_) => !standing.is_empty(),
        Event::Registered(_)
        | Event::NameCorrected(_)
        | Event::ContactPointAdded(_)
        | Event::ContactPointRemoved(_)
        | Event::OwnerAssigned(_)
        | Event::LifecycleStageChanged(_)
        | Event::SegmentSet(_)
        | Event::SegmentCleared(_)
        | Event::Archived(_)
        | Event::Restored(_)
        | Event::LegalHoldReleaseProposed(_)
        | Event::Disclosed(_) => false,
    })
}

fn people() -> impl Strategy<Value = Actor> {
    select(vec![actor(), other()])
}

/// Whether one person alone did what two have to do. Read from the events alone.
fn released_by_its_proposer(history: &[Event]) -> bool {
    history.iter().any(|event| match event {
        Event::LegalHoldReleased(released) => released.proposed_by.as_ref() == Some(&released.released_by),
        Event::Registered(_)
        | Event::NameCorrected(_)
        | Event::ContactPointAdded(_)
        | Event::ContactPointRemoved(_)
        | Event::OwnerAssigned(_)
        | Event::LifecycleStageChanged(_)
        | Event::SegmentSet(_)
        | Event::SegmentCleared(_)
        | Event::Archived(_)
        | Event::Restored(_)
        | Event::Erased(_)
        | Event::LegalHoldPlaced(_)
        | Event::LegalHoldReleaseProposed(_)
        | Event::Disclosed(_) => false,
    })
}

fn disclosures() -> impl Strategy<Value = Disclosure> {
    (select(vec!["Parcel Post", "Mail House"]), select(vec!["delivery", "billing"])).prop_map(
        |(recipient, purpose)| Disclosure {
            recipient: label(recipient),
            data_categories: [label("address")].into(),
            purpose: label(purpose),
        },
    )
}

fn disclosed(disclosure: Disclosure) -> Event {
    let Disclosure { recipient, data_categories, purpose } = disclosure;
    Disclosed { recipient, data_categories, purpose, disclosed_at: at(NOON), recorded_by: actor() }.into()
}

fn requests() -> impl Strategy<Value = crate::id::SubjectRequestId> {
    select(vec!["first", "second"]).prop_map(request)
}

fn commands() -> impl Strategy<Value = Command> {
    let keys = || select(vec!["region", "industry"]).prop_map(key);
    prop_oneof![
        3 => registers().prop_map(Command::Register),
        1 => names().prop_map(|name| Command::CorrectName { name }),
        2 => entries().prop_map(Command::AddContactPoint),
        2 => entries().prop_map(|entry| Command::RemoveContactPoint { id: entry.id }),
        1 => owners().prop_map(|owner| Command::AssignOwner { owner }),
        1 => stages().prop_map(|stage| Command::ChangeLifecycleStage { stage }),
        1 => (keys(), select(vec!["East", "West"])).prop_map(|(key, value)| Command::SetSegment { key, value: label(value) }),
        1 => keys().prop_map(|key| Command::ClearSegment { key }),
        1 => Just(Command::Archive),
        1 => Just(Command::Restore),
        2 => (matters(), days()).prop_map(|(matter, until)| Command::PlaceLegalHold { matter, reason: label("trial"), until }),
        1 => matters().prop_map(|matter| Command::ReleaseLegalHold { matter, reason: label("over") }),
        2 => matters().prop_map(|matter| Command::ProposeLegalHoldRelease { matter, reason: label("over") }),
        2 => matters().prop_map(|matter| Command::ApproveLegalHoldRelease { matter }),
        2 => disclosures().prop_map(Command::RecordDisclosure),
        1 => requests().prop_map(|request_id| Command::Erase { request_id }),
    ]
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => Just(registered()),
        1 => names().prop_map(|name| NameCorrected { name }.into()),
        1 => entries().prop_map(|contact_point| ContactPointAdded { contact_point }.into()),
        1 => entries().prop_map(|entry| ContactPointRemoved { id: entry.id }.into()),
        1 => owners().prop_map(|owner| OwnerAssigned { owner, previous_owner: None }.into()),
        1 => (stages(), stages()).prop_map(|(from, to)| LifecycleStageChanged { from, to }.into()),
        1 => Just(SegmentSet { key: key("region"), value: label("East") }.into()),
        1 => Just(SegmentCleared { key: key("region") }.into()),
        1 => Just(Archived {}.into()),
        1 => Just(Restored {}.into()),
        1 => (matters(), days()).prop_map(|(matter, until)| LegalHoldPlaced { matter, reason: label("trial"), until, placed_by: actor() }.into()),
        1 => matters().prop_map(|matter| LegalHoldReleased { matter, reason: label("over"), released_by: actor(), proposed_by: None }.into()),
        2 => (matters(), people()).prop_map(|(matter, proposed_by)| LegalHoldReleaseProposed { matter, reason: label("over"), proposed_by }.into()),
        2 => disclosures().prop_map(disclosed),
        1 => requests().prop_map(|request_id| Erased { request_id }.into()),
    ]
}

/// The events as they are once the subject's keys are gone.
fn erased(events: &[Event]) -> Vec<Event> {
    let mut events = events.to_vec();
    events.iter_mut().flat_map(Event::personal_fields).for_each(|field| field.set_erased());
    events
}

/// What of a state is not personal.
fn shape(mut state: State) -> State {
    state.personal_fields().into_iter().for_each(|field| field.set_erased());
    state
}

proptest! {
    #[test]
    fn no_commands_lead_to_an_illegal_state_and_a_repeated_one_changes_nothing(asked in vec((commands(), people()), 0..30)) {
        let asked = asked.into_iter().map(|(command, actor)| (command, Context { actor, ..context(at(NOON)) }));
        let history = LAW.holds_for_commands(asked.collect())?;
        prop_assert!(!erased_while_held(&history));
        prop_assert!(!released_by_its_proposer(&history));
    }

    #[test]
    fn every_history_folds_and_an_archived_contact_is_left_alone(history in vec(events(), 0..30)) {
        LAW.holds_for_events(&history)?;
    }

    #[test]
    fn a_history_folds_the_same_after_an_erasure(history in vec(events(), 0..30)) {
        let erased = crate::testing::fold::<Contact>(State::default(), erased(&history));
        prop_assert_eq!(erased, shape(crate::testing::fold::<Contact>(State::default(), history)));
    }
}

#[test]
fn what_takes_the_place_of_something_adds_nothing_to_the_size() {
    let set = |value: &str| Event::from(SegmentSet { key: key("region"), value: label(value) });
    let begun = Contact::evolve(State::default(), &registered());
    let often = (0..1_000).fold(begun.clone(), |state, n| Contact::evolve(state, &set(&n.to_string())));
    assert_eq!((Contact::size(&State::default()), Contact::size(&begun)), (Some(1), Some(4)));
    assert_eq!(Contact::size(&often), Some(4));
    let more =
        Contact::evolve(often, &ContactPointAdded { contact_point: email("home", "ann@example.org") }.into());
    assert_eq!(Contact::size(&more), Some(5));
}
