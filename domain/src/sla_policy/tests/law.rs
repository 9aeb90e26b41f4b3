//! What holds for every SLA policy.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::testing::{Law, NOON, at, context};

const LAW: Law<SlaPolicy> = Law { legal, step };

/// Each priority has its targets once, and something is promised.
fn legal(state: &State) -> bool {
    match state {
        State::Unpublished => true,
        State::Published(definition) => {
            let known: BTreeSet<_> = definition.targets.iter().map(|targets| targets.priority).collect();
            let all = definition.targets.iter();
            let minutes = all
                .flat_map(|of| [of.first_response_minutes, of.next_response_minutes, of.resolution_minutes]);
            let minutes: Vec<u32> = minutes.flatten().collect();
            definition.version >= 1
                && known.len() == definition.targets.len()
                && !minutes.is_empty()
                && minutes.iter().all(|minutes| (1..=MINUTES_MAX).contains(minutes))
        }
    }
}

/// The version in force is the one that was published last.
fn step(_before: &State, event: &Event, after: &State) -> bool {
    let Event::Published(published) = event;
    *after == State::Published(published.definition.clone())
}

fn lists() -> impl Strategy<Value = Vec<PriorityTargets>> {
    let priorities = vec![Priority::Urgent, Priority::High, Priority::Normal];
    let minutes = || prop_oneof![Just(None), (0..3_u32).prop_map(Some), Just(Some(MINUTES_MAX + 1))];
    let one = (select(priorities), minutes(), minutes(), minutes())
        .prop_map(|(priority, first, next, resolution)| targets(priority, [first, next, resolution]));
    vec(one, 0..4)
}

proptest! {
    #[test]
    fn no_commands_lead_to_an_illegal_state_and_a_repeated_one_changes_nothing(asked in vec(lists(), 0..20)) {
        let asked = asked.into_iter().map(|targets| publish(definition(0, targets)));
        LAW.holds_for_commands(asked.map(|command| (command, context(at(NOON)))).collect())?;
    }

    #[test]
    fn every_history_folds_to_the_version_published_last(history in vec((0..4_u32, lists()), 0..20)) {
        let history = history.into_iter().map(|(version, targets)| published(definition(version, targets)));
        LAW.holds_for_events(&history.collect::<Vec<_>>())?;
    }
}
