//! What holds for every notice.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::testing::{Law, NOON, at, context};

const LAW: Law<Notice> = Law { legal, step };

/// A version has one text in a language.
fn legal(state: &State) -> bool {
    state.wordings.iter().enumerate().all(|(place, wording)| {
        state.wordings.iter().skip(place + 1).all(|other| {
            (wording.version != other.version)
                || !wording.language.as_str().eq_ignore_ascii_case(other.language.as_str())
        })
    })
}

/// What is known stays known, and stays the same.
fn step(before: &State, _event: &Event, after: &State) -> bool {
    after.wordings.starts_with(&before.wordings) && after.wordings.len() <= before.wordings.len() + 1
}

fn words() -> impl Strategy<Value = (&'static str, &'static str, &'static str)> {
    (select(vec!["1", "2"]), select(vec!["de", "DE", "en"]), select(vec![GERMAN, ENGLISH, OTHER]))
}

proptest! {
    #[test]
    fn no_commands_change_what_was_published_and_a_repeated_one_changes_nothing(asked in vec(words(), 0..20)) {
        let commands = asked.into_iter().map(|(version, language, words)| {
            (publish(version, language, words), context(at(NOON)))
        });
        LAW.holds_for_commands(commands.collect())?;
    }

    #[test]
    fn every_history_folds_to_what_was_published_first(history in vec(words(), 0..20)) {
        let history: Vec<Event> =
            history.into_iter().map(|(version, language, words)| published(version, language, words)).collect();
        LAW.holds_for_events(&history)?;
    }
}
