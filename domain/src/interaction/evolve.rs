//! How a contact's interactions fold.

use std::collections::BTreeSet;

use super::event::Event;
use super::state::{Entry, State};

pub(super) fn evolve(mut state: State, event: &Event) -> State {
    match event {
        Event::Recorded(recorded) => {
            if let Some(source) = &recorded.source {
                state.by_source.entry(source.clone()).or_insert(recorded.interaction_id);
            }
            // What is known already stays as it is: a redaction is for ever.
            let fresh =
                || Entry::Recorded { fingerprint: recorded.fingerprint(), corrections: BTreeSet::new() };
            state.entries.entry(recorded.interaction_id).or_insert_with(fresh);
        }
        Event::Corrected(corrected) => {
            if let Some(Entry::Recorded { corrections, .. }) =
                state.entries.get_mut(&corrected.interaction_id)
            {
                corrections.insert(corrected.correction_id);
            }
        }
        Event::Redacted(redacted) => {
            state.entries.insert(redacted.interaction_id, Entry::Redacted);
        }
    }
    state
}
