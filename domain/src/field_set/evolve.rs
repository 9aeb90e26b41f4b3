//! How the events of a set of fields fold.

use std::collections::BTreeMap;

use super::event::Event;
use super::state::State;

pub(super) fn evolve(state: State, event: &Event) -> State {
    let mut kinds = match state {
        State::Unpublished => BTreeMap::new(),
        State::Published { kinds, .. } => kinds,
    };
    match event {
        Event::Published(published) => {
            let definition = Box::new(published.definition.clone());
            kinds.extend(definition.fields.iter().map(|field| (field.key.clone(), field.field_type.kind())));
            State::Published { definition, kinds }
        }
    }
}
