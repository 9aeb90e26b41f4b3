//! `rapport pipeline publish`: a pipeline that is kept as a file beside other configuration.

use std::path::PathBuf;

use rapport_domain::pipeline::DealField;
use rapport_proto::v1::{CommandHeader, ForecastCategory, PublishPipelineRequest, Stage, StageType};
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
    /// `probability_percent`, `forecast_category`, `rot_after_days` and `required`.
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
    Ok(Stage {
        name: file.name,
        r#type: stage_type.into(),
        probability_percent: file.probability_percent,
        forecast_category: forecast_category.into(),
        rot_after_days: file.rot_after_days,
        required: file.required,
        key,
    })
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
        };
        assert_eq!((name.as_str(), stages), ("Sales", vec![expected]));
    }

    #[test]
    fn a_field_that_is_none_is_refused_with_the_stage() {
        let cause = parsed(&FILE.replace("\"amount\"", "\"price\"")).unwrap_err();
        assert!(cause.starts_with("stage offer: ") && cause.contains("next_step"), "{cause}");
    }
}
