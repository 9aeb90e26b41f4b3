//! What holds for every price book.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::testing::{Law, NOON, at, context};

const LAW: Law<PriceBook> = Law { legal, step };

/// Each product has a price once, in the order of the products, and something is sold.
fn legal(state: &State) -> bool {
    match state {
        State::Unpublished => true,
        State::Published(definition) => {
            let entries = &definition.entries;
            let known: BTreeSet<_> = entries.iter().map(|entry| &entry.product).collect();
            definition.version >= 1
                && !entries.is_empty()
                && known.into_iter().eq(entries.iter().map(|entry| &entry.product))
                && entries.iter().all(|entry| entry.unit_price >= 0)
        }
    }
}

/// The version in force is the one that was published last.
fn step(_before: &State, event: &Event, after: &State) -> bool {
    let Event::Published(published) = event;
    *after == State::Published(published.definition.clone())
}

fn lists() -> impl Strategy<Value = Vec<Entry>> {
    let one = (select(vec!["chair", "desk", "lamp"]), -1..3_i64)
        .prop_map(|(product, unit_price)| entry(product, unit_price));
    vec(one, 0..4)
}

proptest! {
    #[test]
    fn no_commands_lead_to_an_illegal_state_and_a_repeated_one_changes_nothing(asked in vec(lists(), 0..20)) {
        let asked = asked.into_iter().map(publish);
        LAW.holds_for_commands(asked.map(|command| (command, context(at(NOON)))).collect())?;
    }

    #[test]
    fn every_history_folds_to_the_version_published_last(history in vec((0..4_u32, lists()), 0..20)) {
        let history = history.into_iter().map(|(version, entries)| published(version, entries));
        LAW.holds_for_events(&history.collect::<Vec<_>>())?;
    }
}
