//! A pipeline's version on the wire, as a command.

use rapport_domain::pipeline::{
    Command, DealField, DueInDays, EXIT_CRITERIA_MAX, ExitCriterion, ForecastCategory, Percent,
    RequiredFields, STAGE_TASKS_MAX, STAGES_MAX, Stage, StageTask, StageTasks, StageType,
};
use rapport_domain::value::{Invalid, Key, Label};
use rapport_proto::v1 as wire;

use crate::parse::Fields;
use crate::wire::known;

pub(super) fn command(fields: &mut Fields, message: &wire::PublishPipelineRequest) -> Option<Command> {
    let name = fields.required("name", &message.name, Label::parse);
    let stages = stages(fields, &message.stages);
    Some(Command::Publish { name: name?, stages: stages? })
}

fn stages(fields: &mut Fields, stages: &[wire::Stage]) -> Option<Vec<Stage>> {
    if stages.is_empty() {
        return fields.missing("stages");
    }
    if stages.len() > STAGES_MAX {
        fields.refuse("stages", Invalid::new("TOO_MANY", format!("expected at most {STAGES_MAX} entries")));
        return None;
    }
    let stages: Vec<Option<Stage>> = stages
        .iter()
        .enumerate()
        .map(|(index, stage)| self::stage(fields, &format!("stages[{index}]"), stage))
        .collect();
    stages.into_iter().collect()
}

fn stage(fields: &mut Fields, path: &str, stage: &wire::Stage) -> Option<Stage> {
    let key = fields.required(&format!("{path}.key"), &stage.key, Key::parse);
    let name = fields.required(&format!("{path}.name"), &stage.name, Label::parse);
    let stage_type = fields.enumerated(&format!("{path}.type"), stage.r#type, known::<wire::StageType>);
    let probability =
        fields.check(&format!("{path}.probability_percent"), Percent::new(stage.probability_percent));
    let forecast_category = match wire::ForecastCategory::try_from(stage.forecast_category) {
        Ok(category) => known(category).or_else(|| stage_type.map(usual_forecast)),
        Err(_) => fields.unknown(&format!("{path}.forecast_category")),
    };
    let required = required(fields, &format!("{path}.required"), &stage.required);
    let tasks = tasks(fields, &format!("{path}.tasks"), &stage.tasks);
    let exit_criteria = exit_criteria(fields, &format!("{path}.exit_criteria"), &stage.exit_criteria);
    Some(Stage {
        key: key?,
        name: name?,
        stage_type: stage_type?,
        probability: probability?,
        forecast_category: forecast_category?,
        rot_after_days: stage.rot_after_days,
        required: required?,
        tasks: tasks?,
        exit_criteria: exit_criteria?,
    })
}

fn required(fields: &mut Fields, path: &str, named: &[String]) -> Option<RequiredFields> {
    let named: Vec<Option<DealField>> = named
        .iter()
        .enumerate()
        .map(|(index, field)| fields.check(&format!("{path}[{index}]"), DealField::parse(field)))
        .collect();
    let named: Vec<DealField> = named.into_iter().collect::<Option<_>>()?;
    fields.check(path, RequiredFields::new(named))
}

fn tasks(fields: &mut Fields, path: &str, tasks: &[wire::StageTask]) -> Option<StageTasks> {
    let tasks: Option<Vec<StageTask>> = fields.listed(path, tasks, STAGE_TASKS_MAX, |fields, path, task| {
        let key = fields.required(&format!("{path}.key"), &task.key, Key::parse);
        let subject = fields.required(&format!("{path}.subject"), &task.subject, Label::parse);
        let due_in_days = fields.check(&format!("{path}.due_in_days"), DueInDays::new(task.due_in_days));
        Some(StageTask { key: key?, subject: subject?, due_in_days: due_in_days? })
    });
    fields.check(path, StageTasks::new(tasks?))
}

fn exit_criteria(
    fields: &mut Fields,
    path: &str,
    told: &[wire::ExitCriterion],
) -> Option<Vec<ExitCriterion>> {
    fields.listed(path, told, EXIT_CRITERIA_MAX, |fields, path, told| {
        let key = fields.required(&format!("{path}.key"), &told.key, Key::parse);
        let name = fields.required(&format!("{path}.name"), &told.name, Label::parse);
        key.zip(name).map(|(key, name)| ExitCriterion { key, name })
    })
}

/// The forecast category of a stage that does not say.
const fn usual_forecast(stage_type: StageType) -> ForecastCategory {
    match stage_type {
        StageType::Open | StageType::OnHold => ForecastCategory::Pipeline,
        StageType::Won => ForecastCategory::Closed,
        StageType::Lost => ForecastCategory::Omitted,
    }
}
