//! `rapport scoring-model` and `rapport routing-policy`: by which rules leads are judged and handed over. What is published
//! is a file that can be kept beside other configuration; `show` writes it back.

mod criterion;
mod routing_policy;
mod scoring_model;

use std::path::{Path, PathBuf};

use rapport_proto::v1::{CommandHeader, ListRoutingPoliciesResponse, ListScoringModelsResponse};
use rapport_proto::v1::{
    ListRoutingPoliciesRequest, ListScoringModelsRequest, PublishRoutingPolicyRequest,
    PublishScoringModelRequest, RoutingPolicy, RoutingPolicyDefinition, ScoringModel, ScoringModelDefinition,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::calendar::published;
use crate::client::{Client, ReadOptions, Standing};
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::query::patience::ask;

/// What `rapport scoring-model` and `rapport routing-policy` take.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Put a version in force. The same again changes nothing.
    Publish {
        /// The version, a TOML file.
        file: PathBuf,
        /// One that is known, to publish its next version; left out: a new one.
        #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
        id: String,
    },
    /// All of them, as they are in force.
    List {
        /// From which position on, or as of when.
        #[command(flatten)]
        read: ReadOptions,
    },
    /// One of them, as it is in force: the file that would publish it again.
    Show {
        /// Which one.
        id: String,
        /// From which position on, or as of when.
        #[command(flatten)]
        read: ReadOptions,
    },
}

fn header(noun: &str) -> Option<CommandHeader> {
    let request_id = format!("{noun}:{}", uuid::Uuid::now_v7().simple());
    Some(CommandHeader { request_id, ..CommandHeader::default() })
}

/// Reads a file, and makes of it what is sent.
pub(crate) fn read<D: DeserializeOwned, W>(
    file: &Path,
    wire: impl FnOnce(D) -> Result<W, String>,
) -> Result<W, Failure> {
    let path = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::Usage(format!("{path} cannot be read: {error}")))?;
    let draft: D = toml::from_str(&text).map_err(|error| Failure::Usage(format!("{path}: {error}")))?;
    wire(draft).map_err(|cause| Failure::Usage(format!("{path}: {cause}")))
}

/// The scoring model in a file.
///
/// # Errors
/// When the file makes no sense.
pub(crate) fn scoring_model_in(file: &Path) -> Result<ScoringModelDefinition, Failure> {
    read(file, scoring_model::File::wire)
}

/// The routing policy in a file.
///
/// # Errors
/// When the file makes no sense.
pub(crate) fn routing_policy_in(file: &Path) -> Result<RoutingPolicyDefinition, Failure> {
    read(file, routing_policy::File::wire)
}

fn written<D: Serialize>(
    name: &str,
    id: &str,
    version: u32,
    file: &D,
    format: Format,
) -> Result<(), Failure> {
    let unwritable = |cause: String| Failure::Local(format!("it cannot be written as a file: {cause}"));
    match format {
        Format::Json => {
            let file = serde_json::to_value(file).map_err(|error| unwritable(error.to_string()))?;
            output::document(&json!({ name: id, "version": version, "definition": file }))
        }
        Format::Table => {
            let file = toml::to_string(file).map_err(|error| unwritable(error.to_string()))?;
            output::words(&format!("# {id}, version {version}\n{file}"))
        }
    }
}

fn listed(
    rules: &[[String; 4]],
    (all_named, id_named): (&str, &str),
    (read, standing): (&ReadOptions, Standing),
    format: Format,
) -> Result<(), Failure> {
    match format {
        Format::Json => {
            let all = rules.iter().map(|[id, version, called, count]| {
                json!({
                    id_named: id,
                    "version": version.parse::<u32>().unwrap_or_default(),
                    "name": called,
                    "rules": count.parse::<u32>().unwrap_or_default(),
                })
            });
            output::document(&standing.beside(json!({ all_named: all.collect::<Value>() })))
        }
        Format::Table => {
            let mut table = Table::new(vec!["id", "#version", "name", "#rules"]);
            rules.iter().for_each(|row| table.row(row.to_vec()));
            output::words(&format!("{}{}", read.heading(standing), table.lines()))
        }
    }
}

fn unknown(id: &str) -> Failure {
    Failure::Usage(format!("{id} was never published, or not yet as of that moment"))
}

/// Does it to scoring models.
///
/// # Errors
/// When the file makes no sense, the gateway refuses, or standard output cannot be written.
pub async fn scoring_models(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    match command {
        Command::Publish { file, id: scoring_model_id } => {
            let definition = Some(scoring_model_in(&file)?);
            let header = header("scoring-model");
            let request = PublishScoringModelRequest { header, scoring_model_id, definition };
            let answer = client.lead_rules().publish_scoring_model(request).await?.into_inner();
            let position = answer.receipt.unwrap_or_default().position;
            published("scoring_model_id", &answer.scoring_model_id, position, format)
        }
        Command::List { read } => {
            let answer = all_models(client, &read).await?;
            let row = |model: &ScoringModel| {
                let definition = model.definition.clone().unwrap_or_default();
                let rules = definition.fit_rules.len() + definition.engagement_rules.len();
                let version = model.version.to_string();
                [model.scoring_model_id.clone(), version, definition.name, rules.to_string()]
            };
            let rows: Vec<_> = answer.scoring_models.iter().map(row).collect();
            listed(&rows, ("scoring_models", "scoring_model_id"), (&read, Standing::from(&answer)), format)
        }
        Command::Show { id, read } => {
            let answer = all_models(client, &read).await?;
            let known = answer.scoring_models.into_iter().find(|model| model.scoring_model_id == id);
            let model = known.ok_or_else(|| unknown(&id))?;
            let file = scoring_model::File::of(&model.definition.unwrap_or_default());
            written("scoring_model_id", &id, model.version, &file, format)
        }
    }
}

async fn all_models(client: &Client, read: &ReadOptions) -> Result<ListScoringModelsResponse, Failure> {
    ask(|| {
        let (mut service, header) = (client.lead_rules(), read.header());
        async move { service.list_scoring_models(ListScoringModelsRequest { header }).await }
    })
    .await
}

/// Does it to routing policies.
///
/// # Errors
/// As [`scoring_models`].
pub async fn routing_policies(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    match command {
        Command::Publish { file, id: routing_policy_id } => {
            let definition = Some(routing_policy_in(&file)?);
            let header = header("routing-policy");
            let request = PublishRoutingPolicyRequest { header, routing_policy_id, definition };
            let answer = client.lead_rules().publish_routing_policy(request).await?.into_inner();
            let position = answer.receipt.unwrap_or_default().position;
            published("routing_policy_id", &answer.routing_policy_id, position, format)
        }
        Command::List { read } => {
            let answer = all_policies(client, &read).await?;
            let row = |policy: &RoutingPolicy| {
                let definition = policy.definition.clone().unwrap_or_default();
                let (version, rules) = (policy.version.to_string(), definition.rules.len().to_string());
                [policy.routing_policy_id.clone(), version, definition.name, rules]
            };
            let rows: Vec<_> = answer.routing_policies.iter().map(row).collect();
            listed(&rows, ("routing_policies", "routing_policy_id"), (&read, Standing::from(&answer)), format)
        }
        Command::Show { id, read } => {
            let answer = all_policies(client, &read).await?;
            let known = answer.routing_policies.into_iter().find(|policy| policy.routing_policy_id == id);
            let policy = known.ok_or_else(|| unknown(&id))?;
            let file = routing_policy::File::of(&policy.definition.unwrap_or_default());
            written("routing_policy_id", &id, policy.version, &file, format)
        }
    }
}

async fn all_policies(client: &Client, read: &ReadOptions) -> Result<ListRoutingPoliciesResponse, Failure> {
    ask(|| {
        let (mut service, header) = (client.lead_rules(), read.header());
        async move { service.list_routing_policies(ListRoutingPoliciesRequest { header }).await }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = r#"
name = "Standard"
hot = ["A1"]

[fit]
high = 60
middle = 30
cap = 100

[engagement]
high = 50
middle = 20
cap = 100

[[fit_rule]]
key = "mid_market"
points = 40

[[fit_rule.when]]
source = ["web_form"]

[[fit_rule.when]]
field = "employees"
at_least = 50

[[engagement_rule]]
key = "pricing"
channel = "web"
topic = "page_viewed"
segment = "page"
begins_with = "/pricing"
within_days = 7
count = 3
points = 40
hot = true
"#;

    const POLICY: &str = r#"
name = "Standard"
respond_minutes = 30
fallback_queue = "inbound"

[[rule]]
key = "dach"
strategy = "round_robin"
rating_at_least = "warm"

[[rule.when]]
segment = "country"
one_of = ["AT", "DE"]

[[rule.candidate]]
owner = "user:ann"
capacity = 20

[[rule.candidate]]
owner = "user:ben"
daily_quota = 5
"#;

    #[test]
    fn what_is_shown_is_the_file_that_was_published() {
        let model: scoring_model::File = toml::from_str(MODEL).unwrap();
        let shown = scoring_model::File::of(&model.wire().unwrap());
        assert_eq!(toml::to_string(&shown).unwrap().trim(), MODEL.trim());
        let policy: routing_policy::File = toml::from_str(POLICY).unwrap();
        let shown = routing_policy::File::of(&policy.wire().unwrap());
        assert_eq!(toml::to_string(&shown).unwrap().trim(), POLICY.trim());
    }

    #[test]
    fn a_word_that_is_none_is_refused_with_the_field_that_it_stands_in() {
        let wrong = |from: &str, to: &str| {
            let file: scoring_model::File = toml::from_str(&MODEL.replace(from, to)).unwrap();
            file.wire().unwrap_err()
        };
        assert!(
            wrong("\"web\"", "\"page\"")
                .starts_with("engagement_rule `pricing`: channel: expected one of call")
        );
        assert!(
            wrong("web_form", "form").starts_with("fit_rule `mid_market`: source: expected one of web_form")
        );
        assert!(toml::from_str::<scoring_model::File>(&MODEL.replace("within_days", "days")).is_err());
    }
}
