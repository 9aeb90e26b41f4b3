//! How a price book's events fold.

use super::event::Event;
use super::state::State;

pub(super) fn evolve(_state: State, event: &Event) -> State {
    match event {
        Event::Published(published) => State::Published(published.definition.clone()),
    }
}
