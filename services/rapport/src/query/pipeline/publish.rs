//! `rapport pipeline publish`: a pipeline that is kept as a file beside other configuration.

use std::path::PathBuf;

use rapport_domain::pipeline::{DealField, DueInDays};
use rapport_proto::v1::{
    CommandHeader, ExitCriterion, ForecastCategory, PublishPipelineRequest, Stage, StageTask, StageType,
};
use serde::Deserialize;

use crate::calendar::published;
use crate::client::Client;
use crate::error::Failure;
use crate::lead_rules::read;
use crate::output::Format;
use crate::wire::parse_word;

/// What `rapport pipeline publish` takes.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The version, a TOML file: `name`, and `[[stages]]` with `key`, `name`, `type`, and where they are wanted
    /// `probability_percent`, `forecast_category`, `rot_after_days`, `required`, `[[stages.tasks]]` with `key`, `subject` and
    /// `due_in_days`, and `exit_criteria`, each of which has a `key` and a `name`.
    pub file: PathBuf,
    /// A pipeline that is known, to publish its next version; left out: a new one.
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    pub id: String,
}

/// A pipeline, as its file says it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PipelineFile {
    name: String,
    stages: Vec<StageFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StageFile {
    key: String,
    name: String,
    #[serde(rename = "type")]
    stage_type: String,
    #[serde(default)]
    probability_percent: u32,
    forecast_category: Option<String>,
    rot_after_days: Option<u32>,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default)]
    tasks: Vec<StageTaskFile>,
    #[serde(default)]
    exit_criteria: Vec<CriterionFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StageTaskFile {
    key: String,
    subject: String,
    due_in_days: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CriterionFile {
    key: String,
    name: String,
}

/// Publishes it.
///
/// # Errors
/// When the file makes no sense, the gateway refuses, or standard output cannot be written.
pub(super) async fn run(client: &Client, options: Options, format: Format) -> Result<(), Failure> {
    let (name, stages) = read(&options.file, wire)?;
    let request_id = format!("pipeline:{}", uuid::Uuid::now_v7().simple());
    let header = Some(CommandHeader { request_id, ..CommandHeader::default() });
    let request = PublishPipelineRequest { header, pipeline_id: options.id, name, stages };
    let answer = client.pipelines().publish_pipeline(request).await?.into_inner();
    let position = answer.receipt.unwrap_or_default().position;
    published("pipeline_id", &answer.pipeline_id, position, format)
}

fn wire(file: PipelineFile) -> Result<(String, Vec<Stage>), String> {
    let stages = file.stages.into_iter().map(stage).collect::<Result<_, _>>()?;
    Ok((file.name, stages))
}

fn stage(file: StageFile) -> Result<Stage, String> {
    let key = file.key;
    let of_stage = |cause: String| format!("stage {key}: {cause}");
    let stage_type = parse_word::<StageType>(&file.stage_type).map_err(of_stage)?;
    let forecast_category = match &file.forecast_category {
        Some(word) => parse_word::<ForecastCategory>(word).map_err(of_stage)?,
        None => ForecastCategory::Unspecified,
    };
    for field in &file.required {
        DealField::parse(field).map_err(|invalid| of_stage(invalid.to_string()))?;
    }
    for task in &file.tasks {
        let of_task = |cause: String| of_stage(format!("task {}: {cause}", task.key));
        DueInDays::new(task.due_in_days).map_err(|invalid| of_task(invalid.to_string()))?;
    }
    Ok(Stage {
        name: file.name,
        r#type: stage_type.into(),
        probability_percent: file.probability_percent,
        forecast_category: forecast_category.into(),
        rot_after_days: file.rot_after_days,
        required: file.required,
        tasks: file.tasks.into_iter().map(stage_task).collect(),
        exit_criteria: file.exit_criteria.into_iter().map(exit_criterion).collect(),
        key,
    })
}

fn stage_task(file: StageTaskFile) -> StageTask {
    StageTask { key: file.key, subject: file.subject, due_in_days: file.due_in_days }
}

fn exit_criterion(file: CriterionFile) -> ExitCriterion {
    ExitCriterion { key: file.key, name: file.name }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
name = "Sales"
[[stages]]
key = "offer"
name = "Offer"
type = "open"
probability_percent = 60
forecast_category = "best_case"
rot_after_days = 14
required = ["amount", "contact_role:champion"]
exit_criteria = [{ key = "terms", name = "Terms agreed" }]
[[stages.tasks]]
key = "call"
subject = "Call about the offer"
due_in_days = 3
"#;

    fn parsed(text: &str) -> Result<(String, Vec<Stage>), String> {
        wire(toml::from_str(text).unwrap())
    }

    #[test]
    fn a_file_says_all_of_a_stage() {
        let (name, stages) = parsed(FILE).unwrap();
        let expected = Stage {
            key: "offer".to_owned(),
            name: "Offer".to_owned(),
            r#type: StageType::Open.into(),
            probability_percent: 60,
            forecast_category: ForecastCategory::BestCase.into(),
            rot_after_days: Some(14),
            required: vec!["amount".to_owned(), "contact_role:champion".to_owned()],
            tasks: vec![StageTask {
                key: "call".to_owned(),
                subject: "Call about the offer".to_owned(),
                due_in_days: 3,
            }],
            exit_criteria: vec![ExitCriterion { key: "terms".to_owned(), name: "Terms agreed".to_owned() }],
        };
        assert_eq!((name.as_str(), stages), ("Sales", vec![expected]));
    }

    #[test]
    fn a_stage_that_says_only_what_it_is_asks_for_nothing() {
        let bare = "name = \"S\"\n[[stages]]\nkey = \"new\"\nname = \"New\"\ntype = \"open\"\n";
        let (_, stages) = parsed(bare).unwrap();
        let Stage { required, tasks, exit_criteria, .. } = &stages[0];
        assert!(required.is_empty() && tasks.is_empty() && exit_criteria.is_empty());
    }

    #[test]
    fn a_field_that_is_none_is_refused_with_the_stage() {
        let cause = parsed(&FILE.replace("\"amount\"", "\"price\"")).unwrap_err();
        assert!(cause.starts_with("stage offer: ") && cause.contains("next_step"), "{cause}");
    }

    #[test]
    fn a_task_that_is_due_too_late_is_refused_with_the_stage_and_the_task() {
        let cause = parsed(&FILE.replace("= 3\n", "= 3651\n")).unwrap_err();
        assert_eq!(cause, "stage offer: task call: expected a whole number from 0 to 3650");
    }
}
