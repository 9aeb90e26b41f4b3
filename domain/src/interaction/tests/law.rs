//! What holds for the interactions with every contact.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::testing::{Law, NOON, at, context};

const LAW: Law<Interactions> = Law { legal, step };

/// Whatever another system is named as the source of is there.
fn legal(state: &State) -> bool {
    state.by_source.values().all(|id| state.entries.contains_key(id))
}

/// Nothing vanishes, a redaction is for ever, and no source changes what it stands for.
fn step(before: &State, _event: &Event, after: &State) -> bool {
    let kept = before.entries.iter().all(|(id, was)| match (was, after.entries.get(id)) {
        (_, None) | (Entry::Redacted, Some(Entry::Recorded { .. })) => false,
        (Entry::Recorded { corrections: were, .. }, Some(Entry::Recorded { corrections: are, .. })) => {
            were.is_subset(are)
        }
        (Entry::Recorded { .. } | Entry::Redacted, Some(Entry::Redacted)) => true,
    });
    kept && before.by_source.iter().all(|(source, id)| after.by_source.get(source) == Some(id))
}

fn ids() -> impl Strategy<Value = InteractionId> {
    select(vec!["call", "note", "mail"]).prop_map(id)
}

fn records() -> impl Strategy<Value = Record> {
    let sources = select(vec!["call 4711", "call 4712", "mail 1"]).prop_map(source);
    (ids(), option::of(sources), 0..RELATED_MAX + 3).prop_map(|(interaction_id, source, related)| Record {
        interaction_id,
        source,
        related: vec![Related::Case(reference("INC-1")); related],
        ..call()
    })
}

fn corrections() -> impl Strategy<Value = Correct> {
    let correction_ids = select(vec!["first", "second"]).prop_map(correction_id);
    (ids(), correction_ids, option::of(Just(310_u32))).prop_map(
        |(interaction_id, correction_id, duration_seconds)| Correct {
            interaction_id,
            correction_id,
            summary: None,
            duration_seconds,
            outcome: None,
        },
    )
}

fn redactions() -> impl Strategy<Value = Redacted> {
    (ids(), select(vec!["asked for", "by mistake"]))
        .prop_map(|(interaction_id, reason)| Redacted { interaction_id, reason: label(reason) })
}

fn commands() -> impl Strategy<Value = Command> {
    prop_oneof![
        3 => records().prop_map(Command::Record),
        2 => corrections().prop_map(Command::Correct),
        1 => redactions().prop_map(|Redacted { interaction_id, reason }| Command::Redact { interaction_id, reason }),
    ]
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        records().prop_map(Event::from),
        corrections().prop_map(Event::from),
        redactions().prop_map(Event::from),
    ]
}

proptest! {
    #[test]
    fn no_commands_lead_to_an_illegal_state_and_a_repeated_one_changes_nothing(asked in vec(commands(), 0..30)) {
        LAW.holds_for_commands(asked.into_iter().map(|command| (command, context(at(NOON)))).collect())?;
    }

    #[test]
    fn every_history_folds_and_what_is_redacted_stays_so(history in vec(events(), 0..30)) {
        LAW.holds_for_events(&history)?;
    }

    #[test]
    fn a_command_is_judged_the_same_by_the_parts_that_it_names(
        before in vec(commands(), 0..30),
        asked in vec(commands(), 1..10),
    ) {
        let before = before.into_iter().map(|command| (command, context(at(NOON)))).collect();
        let history = LAW.holds_for_commands(before)?;
        let whole = history.iter().fold(State::default(), Interactions::evolve);
        let (mut folded, mut known) = (State::default(), BTreeSet::new());
        for command in asked {
            let unknown: BTreeSet<Part> =
                Interactions::judged(&command).into_iter().filter(|part| !known.contains(part)).collect();
            let is_about = |event: &&Event| Interactions::concerned(event).iter().any(|part| unknown.contains(part));
            folded = history.iter().filter(is_about).fold(folded, Interactions::evolve);
            known.extend(unknown);
            let judgement = Interactions::decide(&folded, &command, &context(at(NOON)));
            prop_assert_eq!(&judgement, &Interactions::decide(&whole, &command, &context(at(NOON))));
            // What it causes is known too, so it can be folded right away.
            let caused = judgement.unwrap_or_default();
            prop_assert!(caused.iter().flat_map(Interactions::concerned).all(|part| known.contains(&part)));
        }
    }
}
