//! `rapport lead-fields`: which fields of its own the company keeps of leads. What is published is a file that can be kept beside
//! other configuration; `show` writes it back.

use std::path::PathBuf;

use rapport_proto::v1::{
    CommandHeader, LeadField, LeadFieldSet, LeadFieldType, ListLeadFieldsRequest, ListLeadFieldsResponse,
    PublishLeadFieldsRequest,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::client::{Client, ReadOptions, Standing};
use crate::error::Failure;
use crate::lead_rules::read;
use crate::output::{self, Format, Table};
use crate::query::patience::ask;
use crate::wire::{parse_word, rfc3339, word_of};

/// What `rapport lead-fields` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Put a version in force: captures and enrichments are judged by it. The same again changes nothing.
    Publish {
        /// The version, a TOML file.
        file: PathBuf,
    },
    /// Every version, the one in force first.
    List {
        /// From which position on, or as of when.
        #[command(flatten)]
        read: ReadOptions,
    },
    /// A version: the file that would publish it again.
    Show {
        /// Which one; left out: the one in force.
        #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(u32).range(1..))]
        fields_version: Option<u32>,
        /// From which position on, or as of when.
        #[command(flatten)]
        read: ReadOptions,
    },
}

/// The file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "field")]
    fields: Vec<Field>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    key: String,
    label: String,
    #[serde(rename = "type")]
    takes: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    required: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    options: Vec<String>,
}

impl File {
    /// What is sent.
    ///
    /// # Errors
    /// The field with a type that is none.
    fn wire(self) -> Result<Vec<LeadField>, String> {
        let one = |Field { key, label, takes, required, options }: Field| {
            let field_type = parse_word::<LeadFieldType>(&takes)
                .map_err(|cause| format!("field `{key}`: type: {cause}"))?;
            Ok(LeadField { key, label, field_type: field_type.into(), required, options })
        };
        self.fields.into_iter().map(one).collect()
    }

    /// How a version is written.
    fn of(set: &LeadFieldSet) -> Self {
        let field = |field: &LeadField| Field {
            key: field.key.clone(),
            label: field.label.clone(),
            takes: word_of::<LeadFieldType>(field.field_type),
            required: field.required,
            options: field.options.clone(),
        };
        Self { fields: set.fields.iter().map(field).collect() }
    }
}

/// Does it.
///
/// # Errors
/// When the file makes no sense, the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    match command {
        Command::Publish { file } => {
            let fields = read(&file, File::wire)?;
            let request_id = format!("lead-fields:{}", uuid::Uuid::now_v7().simple());
            let header = Some(CommandHeader { request_id, ..CommandHeader::default() });
            let request = PublishLeadFieldsRequest { header, fields };
            let answer = client.lead_rules().publish_lead_fields(request).await?.into_inner();
            match format {
                Format::Json => {
                    output::document(&json!({ "position": answer.receipt.unwrap_or_default().position }))
                }
                Format::Table => output::words("Published.\n"),
            }
        }
        Command::List { read } => {
            let answer = versions(client, &read).await?;
            listed(&answer.versions, (&read, Standing::from(&answer)), format)
        }
        Command::Show { fields_version, read } => {
            let mut versions = versions(client, &read).await?.versions.into_iter();
            let set = versions.find(|set| fields_version.is_none_or(|version| set.version == version));
            let absent = || Failure::Usage("it was never published, or not yet as of that moment".to_owned());
            shown(&set.ok_or_else(absent)?, format)
        }
    }
}

async fn versions(client: &Client, read: &ReadOptions) -> Result<ListLeadFieldsResponse, Failure> {
    ask(|| {
        let (mut service, header) = (client.lead_rules(), read.header());
        async move { service.list_lead_fields(ListLeadFieldsRequest { header }).await }
    })
    .await
}

fn listed(
    versions: &[LeadFieldSet],
    (read, standing): (&ReadOptions, Standing),
    format: Format,
) -> Result<(), Failure> {
    let names = |set: &LeadFieldSet| set.fields.iter().map(|field| field.key.clone()).collect::<Vec<_>>();
    match format {
        Format::Json => {
            let all = versions.iter().map(|set| {
                json!({
                    "version": set.version,
                    "published_at": output::instant(set.published_at.as_ref()),
                    "fields": names(set),
                })
            });
            output::document(&standing.beside(json!({ "versions": all.collect::<Value>() })))
        }
        Format::Table => {
            let mut table = Table::new(vec!["#version", "published_at", "fields"]);
            for set in versions {
                let published_at = rfc3339(set.published_at.as_ref());
                table.row(vec![set.version.to_string(), published_at, names(set).join(" ")]);
            }
            output::words(&format!("{}{}", read.heading(standing), table.lines()))
        }
    }
}

fn shown(set: &LeadFieldSet, format: Format) -> Result<(), Failure> {
    let unwritable = |cause: String| Failure::Local(format!("it cannot be written as a file: {cause}"));
    let file = File::of(set);
    match format {
        Format::Json => {
            let definition = serde_json::to_value(&file).map_err(|error| unwritable(error.to_string()))?;
            output::document(&json!({ "version": set.version, "definition": definition }))
        }
        Format::Table => {
            let file = toml::to_string(&file).map_err(|error| unwritable(error.to_string()))?;
            output::words(&format!("# version {}\n{file}", set.version))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
[[field]]
key = "industry"
label = "Industry"
type = "choice"
required = true
options = ["Printing", "Trade"]

[[field]]
key = "employees"
label = "Employees"
type = "number"
"#;

    #[test]
    fn what_is_shown_is_the_file_that_was_published() {
        let file: File = toml::from_str(FILE).unwrap();
        let set = LeadFieldSet { version: 1, fields: file.wire().unwrap(), published_at: None };
        assert_eq!(toml::to_string(&File::of(&set)).unwrap().trim(), FILE.trim());
    }

    #[test]
    fn a_type_that_is_none_is_refused_with_the_field_that_it_stands_in() {
        let file: File = toml::from_str(&FILE.replace("\"number\"", "\"integer\"")).unwrap();
        assert_eq!(
            file.wire().unwrap_err(),
            "field `employees`: type: expected one of text, number, decimal, date, flag, choice"
        );
        assert!(toml::from_str::<File>(&FILE.replace("label", "name")).is_err());
    }
}
