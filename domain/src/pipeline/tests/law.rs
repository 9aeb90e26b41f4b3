//! What holds for every pipeline.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::testing::{Law, NOON, at, context};

const LAW: Law<Pipeline> = Law { legal, step };

fn legal(state: &State) -> bool {
    match state {
        State::Unpublished => true,
        State::Published(definition) => {
            let keys: BTreeSet<_> = definition.stages.iter().map(|stage| &stage.key).collect();
            let has = |stage_type| definition.first_of(stage_type).is_some();
            definition.version >= 1
                && keys.len() == definition.stages.len()
                && definition.stages.len() <= STAGES_MAX
                && definition.stages.iter().all(asks_as_it_may)
                && has(StageType::Open)
                && has(StageType::Won)
                && has(StageType::Lost)
                && definition.stages.iter().all(|stage| stage.tasks.is_empty() || is_worked_on(stage))
        }
    }
}

fn is_worked_on(stage: &Stage) -> bool {
    matches!(stage.stage_type, StageType::Open | StageType::OnHold)
}

/// Only an open stage has a checklist, of entries that differ.
fn asks_as_it_may(stage: &Stage) -> bool {
    let keys: BTreeSet<_> = stage.exit_criteria.iter().map(|criterion| &criterion.key).collect();
    keys.len() == stage.exit_criteria.len()
        && keys.len() <= EXIT_CRITERIA_MAX
        && (keys.is_empty() || stage.stage_type == StageType::Open)
}

/// The version in force is the one that was published last.
fn step(_before: &State, event: &Event, after: &State) -> bool {
    let Event::Published(published) = event;
    *after == State::Published(published.definition.clone())
}

/// Stages with few keys and types, so that some lists lack a type, some repeat a key, and some have tasks at their end.
fn lists() -> impl Strategy<Value = Vec<Stage>> {
    let types = vec![StageType::Open, StageType::OnHold, StageType::Won, StageType::Lost];
    let asked = vec(select(vec!["budget", "need"]), 0..3);
    let any = (select(vec!["a", "b", "c", "d"]), select(types), 0..3_usize, asked).prop_map(
        |(name, stage_type, count, asked)| {
            let entry = |name: &str| ExitCriterion { key: key(name), name: label(name) };
            let exit_criteria = asked.into_iter().map(entry).collect();
            Stage { tasks: tasks(count), exit_criteria, ..stage(name, stage_type) }
        },
    );
    prop_oneof![vec(any, 0..5), (3..7_usize).prop_map(many), Just(many(STAGES_MAX + 1))]
}

/// So many tasks.
fn tasks(count: usize) -> StageTasks {
    let due_in_days = DueInDays::new(1).unwrap();
    let task = |n: usize| StageTask { key: key(&format!("task_{n}")), subject: label("Call"), due_in_days };
    StageTasks::new((0..count).map(task).collect()).unwrap()
}

fn names() -> impl Strategy<Value = &'static str> {
    select(vec!["Sales", "New business"])
}

proptest! {
    #[test]
    fn no_commands_lead_to_an_illegal_state_and_a_repeated_one_changes_nothing(
        asked in vec((names(), lists()), 0..20),
    ) {
        LAW.holds_for_commands(asked.into_iter().map(|(name, stages)| (publish(name, stages), context(at(NOON)))).collect())?;
    }

    #[test]
    fn every_history_folds_to_the_version_published_last(history in vec((0..4_u32, names(), lists()), 0..20)) {
        let history: Vec<Event> = history.into_iter().map(|(version, name, stages)| published(version, name, stages)).collect();
        LAW.holds_for_events(&history)?;
    }
}
