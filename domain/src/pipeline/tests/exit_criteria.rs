//! Checklists of stages.

use super::*;

/// A checklist of so many entries.
fn checklist(count: usize) -> Vec<ExitCriterion> {
    (0..count).map(|n| criterion(&format!("criterion_{n}"))).collect()
}

fn criterion(name: &str) -> ExitCriterion {
    ExitCriterion { key: key(name), name: label(name) }
}

/// The stages, where one has a checklist.
fn asking(index: usize, exit_criteria: Vec<ExitCriterion>) -> Vec<Stage> {
    let mut stages = stages();
    stages[index].exit_criteria = exit_criteria;
    stages
}

/// Each list of stages with a checklist that is refused, with the reason.
pub(super) fn faulty() -> Vec<(Vec<Stage>, Rejection)> {
    let misplaced = |stage: &str| Rejection::ExitCriteriaMisplaced { stage: key(stage) };
    let mut waiting = many(4);
    waiting[3].exit_criteria = checklist(1);
    let twice = asking(0, vec![criterion("budget"), criterion("need"), criterion("budget")]);
    vec![
        (asking(1, checklist(1)), misplaced("won")),
        (asking(2, checklist(1)), misplaced("lost")),
        (waiting, misplaced("stage_3")),
        (twice, Rejection::ExitCriterionRepeated { stage: key("new"), key: key("budget") }),
        (asking(0, checklist(EXIT_CRITERIA_MAX + 1)), Rejection::TooManyExitCriteria { stage: key("new") }),
    ]
}

#[test]
fn an_open_stage_has_as_many_exit_criteria_as_the_limit() {
    let stages = asking(0, checklist(EXIT_CRITERIA_MAX));
    given::<Pipeline>([]).when(publish("Sales", stages.clone())).then([published(1, "Sales", stages)]);
}

#[test]
fn two_stages_may_ask_for_the_same() {
    let mut stages = many(4);
    stages[3].stage_type = StageType::Open;
    for index in [0, 3] {
        stages[index].exit_criteria = vec![criterion("budget")];
    }
    given::<Pipeline>([]).when(publish("Sales", stages.clone())).then([published(1, "Sales", stages)]);
}

#[test]
fn another_checklist_is_another_definition() {
    let asking = asking(0, vec![criterion("budget")]);
    given::<Pipeline>([published(1, "Sales", stages())])
        .when(publish("Sales", asking.clone()))
        .then([published(2, "Sales", asking)]);
}

#[test]
fn a_definition_that_is_older_has_no_checklist() {
    let older = r#"{"key":"new","name":"New","type":"open","probability":10,"forecast_category":"pipeline"}"#;
    let stage: Stage = serde_json::from_str(older).unwrap();
    assert_eq!(stage.exit_criteria, []);
    assert!(serde_json::to_value(&stage).unwrap().get("exit_criteria").is_none());
}

#[test]
fn a_checklist_is_found_by_its_stage_and_a_stage_comes_later_than_those_before_it() {
    let stages = asking(0, checklist(2));
    let definition = Definition { version: 1, name: label("Sales"), stages };
    assert_eq!(definition.exit_criteria(&key("new")), checklist(2));
    assert_eq!(definition.exit_criteria(&key("won")), []);
    assert_eq!(definition.exit_criteria(&key("paid")), []);
    let later = |earlier, later| definition.comes_later(&key(earlier), &key(later));
    assert!(later("new", "won") && later("won", "lost"));
    assert!(!later("won", "new") && !later("new", "new"));
    assert!(!later("paid", "won") && !later("new", "paid"), "what is not there is neither earlier nor later");
}
