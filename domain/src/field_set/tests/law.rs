//! What holds for every set of fields.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::context::Context;
use crate::testing::{Law, NOON, at, context};

const LAW: Law<FieldSet> = Law { legal, step };

/// Versions are counted from 1, and every field in force is one whose kind is kept.
fn legal(state: &State) -> bool {
    match state {
        State::Unpublished => true,
        State::Published { definition, kinds } => {
            let is_kept = |field: &Field| kinds.get(&field.key) == Some(&field.field_type.kind());
            definition.version >= 1 && definition.fields.iter().all(is_kept)
        }
    }
}

/// The version in force is the one that was published last, and no field that was known is forgotten.
fn step(before: &State, event: &Event, after: &State) -> bool {
    let Event::Published(published) = event;
    let known = |state: &State| match state {
        State::Unpublished => Vec::new(),
        State::Published { kinds, .. } => kinds.keys().cloned().collect::<Vec<_>>(),
    };
    let now = known(after);
    after.definition() == Some(&published.definition) && known(before).iter().all(|key| now.contains(key))
}

fn fields() -> impl Strategy<Value = Vec<Field>> {
    let types = select(vec![
        FieldType::Text,
        FieldType::Number,
        FieldType::Decimal,
        FieldType::Date,
        FieldType::Flag,
        FieldType::Choice,
    ]);
    let options = vec(select(vec!["Trade", "Printing"]), 0..3);
    let one = ("[a-d]", types, any::<bool>(), options).prop_map(|(name, field_type, required, options)| {
        let options = options.into_iter().map(label).collect();
        Field { required, options, ..field(&name, field_type) }
    });
    vec(one, 0..4)
}

fn commands() -> impl Strategy<Value = (Command, Context)> {
    fields().prop_map(|fields| (publish(fields), context(at(NOON))))
}

proptest! {
    #[test]
    fn no_commands_lead_to_an_illegal_state_and_a_repeated_one_changes_nothing(asked in vec(commands(), 0..20)) {
        LAW.holds_for_commands(asked)?;
    }

    #[test]
    fn every_history_folds_to_its_last_version(history in vec((1..9_u32, fields()), 0..20)) {
        let events: Vec<Event> = history.into_iter().map(|(version, fields)| published(version, fields)).collect();
        LAW.holds_for_events(&events)?;
    }
}
