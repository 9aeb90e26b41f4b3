//! How a subject's suppressions fold.

use super::event::{Event, Kind, Scope};
use super::state::{State, Status};

pub(super) fn evolve(mut state: State, event: &Event) -> State {
    match event {
        Event::Raised(event) => {
            if let Some(until) = event.no_reask_before {
                state.no_reask_before.insert((event.kind, event.scope.clone()), until);
            }
            stand(&mut state, event.kind, &event.scope, Status::Raised);
        }
        Event::LiftRequested(event) => move_on(&mut state, event.kind, &event.scope, Status::LiftRequested),
        Event::Lifted(event) => move_on(&mut state, event.kind, &event.scope, Status::Lifted),
        Event::Retained(event) => state.retained.extend(event.point_digests.iter().cloned()),
    }
    state
}

fn stand(state: &mut State, kind: Kind, scope: &Scope, status: Status) {
    state.suppressions.insert((kind, scope.clone()), status);
}

/// What does not stand is not lifted, whatever else stands in the log.
fn move_on(state: &mut State, kind: Kind, scope: &Scope, status: Status) {
    if state.suppressions.get(&(kind, scope.clone())).is_some_and(|before| before.stands()) {
        stand(state, kind, scope, status);
    }
}
