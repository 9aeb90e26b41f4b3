//! What a pipeline accepts and refuses, state by state.

mod deal_field;
mod exit_criteria;
mod law;
mod stage_tasks;

use super::*;
use crate::aggregate::Reason;
use crate::testing::{given, key, label};

fn stage(name: &str, stage_type: StageType) -> Stage {
    Stage {
        key: key(name),
        name: label(name),
        stage_type,
        probability: Percent::new(50).unwrap(),
        forecast_category: ForecastCategory::Pipeline,
        rot_after_days: Some(30),
        required: RequiredFields::default(),
        tasks: StageTasks::default(),
        exit_criteria: Vec::new(),
    }
}

fn stages() -> Vec<Stage> {
    vec![stage("new", StageType::Open), stage("won", StageType::Won), stage("lost", StageType::Lost)]
}

fn publish(name: &str, stages: Vec<Stage>) -> Command {
    Command::Publish { name: label(name), stages }
}

fn published(version: u32, name: &str, stages: Vec<Stage>) -> Event {
    Published { definition: Definition { version, name: label(name), stages } }.into()
}

/// So many stages, the least that are needed among them.
fn many(count: usize) -> Vec<Stage> {
    let more = (stages().len()..count).map(|n| stage(&format!("stage_{n}"), StageType::OnHold));
    stages().into_iter().chain(more).collect()
}

/// Each list of stages that is refused, with the reason.
fn faulty() -> Vec<(Vec<Stage>, Rejection)> {
    let without = |missing: StageType| {
        let rest = stages().into_iter().filter(|stage| stage.stage_type != missing).collect();
        (rest, Rejection::StageTypeMissing { missing })
    };
    let repeated = stages().into_iter().chain([stage("new", StageType::OnHold)]).collect();
    [
        (Vec::new(), Rejection::StageTypeMissing { missing: StageType::Open }),
        without(StageType::Open),
        without(StageType::Won),
        without(StageType::Lost),
        (repeated, Rejection::StageKeyRepeated { key: key("new") }),
        (many(STAGES_MAX + 1), Rejection::TooManyStages),
    ]
    .into_iter()
    .chain(exit_criteria::faulty())
    .collect()
}

mod unpublished {
    use super::*;

    #[test]
    fn can_be_published_as_version_one() {
        given::<Pipeline>([]).when(publish("Sales", stages())).then([published(1, "Sales", stages())]);
    }

    #[test]
    fn can_have_as_many_stages_as_the_limit() {
        given::<Pipeline>([]).when(publish("Sales", many(STAGES_MAX))).then([published(
            1,
            "Sales",
            many(STAGES_MAX),
        )]);
    }

    #[test]
    fn cannot_be_published_with_faulty_stages() {
        for (stages, rejection) in faulty() {
            given::<Pipeline>([]).when(publish("Sales", stages)).then_rejected(rejection);
        }
    }
}

mod published_pipeline {
    use super::*;

    #[test]
    fn published_again_as_it_is_changes_nothing() {
        given::<Pipeline>([published(1, "Sales", stages())]).when(publish("Sales", stages())).then_nothing();
    }

    #[test]
    fn can_be_published_in_a_next_version() {
        let longer = many(5);
        given::<Pipeline>([published(1, "Sales", stages())])
            .when(publish("Sales", longer.clone()))
            .then([published(2, "Sales", longer.clone())]);
        given::<Pipeline>([published(1, "Sales", stages()), published(2, "Sales", longer)])
            .when(publish("New business", stages()))
            .then([published(3, "New business", stages())]);
    }

    #[test]
    fn can_go_back_to_an_earlier_definition_as_a_next_version() {
        given::<Pipeline>([published(1, "Sales", stages()), published(2, "Sales", many(5))])
            .when(publish("Sales", stages()))
            .then([published(3, "Sales", stages())]);
    }

    #[test]
    fn cannot_be_published_with_faulty_stages() {
        for (stages, rejection) in faulty() {
            given::<Pipeline>([published(1, "Sales", super::stages())])
                .when(publish("Sales", stages))
                .then_rejected(rejection);
        }
    }
}

#[test]
fn a_stage_is_found_by_its_key_and_the_first_one_by_its_type() {
    let definition = Definition { version: 1, name: label("Sales"), stages: many(5) };
    assert_eq!(definition.stage(&key("won")), Some(&stage("won", StageType::Won)));
    assert_eq!(definition.stage(&key("paid")), None);
    assert_eq!(definition.first_of(StageType::OnHold), Some(&stage("stage_3", StageType::OnHold)));
}

#[test]
fn a_probability_is_a_whole_number_up_to_a_hundred() {
    assert_eq!(Percent::new(0).map(Percent::get), Ok(0));
    assert_eq!(Percent::new(100).map(Percent::get), Ok(100));
    assert_eq!(Percent::new(101).unwrap_err().reason, "PERCENT_OUT_OF_RANGE");
}

#[test]
fn each_rejection_has_its_reason() {
    let reasons = [
        (Rejection::StageTypeMissing { missing: StageType::Won }, "PIPELINE_STAGE_TYPE_MISSING"),
        (Rejection::StageKeyRepeated { key: key("new") }, "PIPELINE_STAGE_KEY_REPEATED"),
        (Rejection::TooManyStages, "PIPELINE_STAGES_EXHAUSTED"),
        (Rejection::StageTasksAtEnd { stage: key("won") }, "PIPELINE_STAGE_TASKS_AT_END"),
        (Rejection::ExitCriteriaMisplaced { stage: key("won") }, "PIPELINE_EXIT_CRITERIA_MISPLACED"),
        (
            Rejection::ExitCriterionRepeated { stage: key("new"), key: key("budget") },
            "PIPELINE_EXIT_CRITERION_REPEATED",
        ),
        (Rejection::TooManyExitCriteria { stage: key("new") }, "PIPELINE_EXIT_CRITERIA_EXHAUSTED"),
    ];
    for (rejection, reason) in reasons {
        assert_eq!(rejection.reason(), reason);
    }
}
