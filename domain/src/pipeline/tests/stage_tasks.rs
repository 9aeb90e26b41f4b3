//! What has to be done when a deal comes to a stage.

use super::*;
use crate::testing::at;

fn task(name: &str, days: u32) -> StageTask {
    StageTask { key: key(name), subject: label("Call"), due_in_days: DueInDays::new(days).unwrap() }
}

/// So many tasks.
fn tasks(count: usize) -> Vec<StageTask> {
    (0..count).map(|n| task(&format!("task_{n}"), 1)).collect()
}

/// The stages, one of which has a task.
fn with_task_in(index: usize) -> Vec<Stage> {
    let mut stages = stages();
    stages[index].tasks = StageTasks::new(tasks(1)).unwrap();
    stages
}

#[test]
fn a_stage_that_has_tasks_is_another_definition() {
    given::<Pipeline>([published(1, "Sales", stages())])
        .when(publish("Sales", with_task_in(0)))
        .then([published(2, "Sales", with_task_in(0))]);
}

#[test]
fn a_stage_that_closes_a_deal_has_no_tasks() {
    for (index, name) in [(1, "won"), (2, "lost")] {
        given::<Pipeline>([])
            .when(publish("Sales", with_task_in(index)))
            .then_rejected(Rejection::StageTasksAtEnd { stage: key(name) });
    }
}

#[test]
fn a_stage_where_a_deal_waits_can_have_tasks() {
    let mut stages = many(4);
    stages[3].tasks = StageTasks::new(tasks(1)).unwrap();
    assert_eq!(stages[3].stage_type, StageType::OnHold);
    given::<Pipeline>([]).when(publish("Sales", stages.clone())).then([published(1, "Sales", stages)]);
}

#[test]
fn a_definition_that_is_older_has_no_tasks() {
    let older = r#"{"key":"new","name":"New","type":"open","probability":10,"forecast_category":"pipeline"}"#;
    let stage: Stage = serde_json::from_str(older).unwrap();
    assert!(stage.tasks.is_empty());
    assert!(serde_json::to_value(&stage).unwrap().get("tasks").is_none());
}

#[test]
fn a_stage_has_as_many_tasks_as_the_limit_and_each_key_once_whoever_says_so() {
    let most = StageTasks::new(tasks(STAGE_TASKS_MAX)).unwrap();
    assert_eq!(most.iter().count(), STAGE_TASKS_MAX);
    let refused = [
        (tasks(STAGE_TASKS_MAX + 1), "TOO_MANY"),
        (vec![task("call", 1), task("write", 1), task("call", 2)], "KEY_REPEATED"),
    ];
    for (tasks, reason) in refused {
        let stored = serde_json::to_value(&tasks).unwrap();
        assert!(serde_json::from_value::<StageTasks>(stored).is_err(), "{reason}");
        assert_eq!(StageTasks::new(tasks).unwrap_err().reason, reason);
    }
}

#[test]
fn a_task_is_due_after_as_many_days_as_the_limit() {
    assert_eq!(DueInDays::new(DUE_IN_DAYS_MAX).map(DueInDays::get), Ok(DUE_IN_DAYS_MAX));
    assert_eq!(DueInDays::new(DUE_IN_DAYS_MAX + 1).unwrap_err().reason, "DAYS_OUT_OF_RANGE");
}

#[test]
fn what_is_due_after_some_days_is_due_with_the_last_second_of_the_day() {
    let due = |days, moment| DueInDays::new(days).unwrap().after(at(moment));
    assert_eq!(due(0, "2026-11-21T00:00:00Z"), at("2026-11-21T23:59:59Z"));
    assert_eq!(due(0, "2026-11-21T23:59:59.999999Z"), at("2026-11-21T23:59:59Z"));
    assert_eq!(due(3, "2026-11-29T09:30:00Z"), at("2026-12-02T23:59:59Z"));
    assert_eq!(due(1, "9999-12-31T09:30:00Z"), crate::value::Instant::MAX, "there is no later day");
}
