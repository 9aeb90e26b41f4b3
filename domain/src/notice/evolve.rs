//! How a notice's events fold.

use super::event::Event;
use super::state::{State, Wording};

pub(super) fn evolve(mut state: State, event: &Event) -> State {
    match event {
        Event::Published(published) => {
            // What was published first stays, whatever else stands in the log.
            let known = state
                .wordings
                .iter()
                .any(|wording| wording.version == published.version && wording.is_in(&published.language));
            if !known {
                state.wordings.push(Wording {
                    version: published.version.clone(),
                    language: published.language.clone(),
                    sha256: published.wording_sha256,
                });
            }
        }
    }
    state
}
