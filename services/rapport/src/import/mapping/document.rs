//! A mapping file as it is written. Every part that can be wrong knows where in the file it stands.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use toml::Spanned;

/// A name or a template, and where it stands.
pub(super) type Text = Spanned<String>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) source: Text,
    #[serde(default)]
    pub(super) missing: Vec<String>,
    #[serde(default)]
    pub(super) maps: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    pub(super) lookups: BTreeMap<String, LookupDocument>,
    #[serde(default)]
    pub(super) pipelines: Vec<PipelineDocument>,
    #[serde(default)]
    pub(super) steps: Vec<StepDocument>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LookupDocument {
    pub(super) file: Text,
    pub(super) key: Text,
    #[serde(default)]
    pub(super) format: FormatName,
    pub(super) delimiter: Option<Spanned<char>>,
    pub(super) columns: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PipelineDocument {
    pub(super) key: Text,
    pub(super) name: Text,
    pub(super) stages: Vec<StageDocument>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StageDocument {
    pub(super) key: Text,
    pub(super) name: Text,
    #[serde(rename = "type")]
    pub(super) stage_type: Text,
    #[serde(default)]
    pub(super) probability_percent: u32,
    pub(super) forecast_category: Option<Text>,
    pub(super) rot_after_days: Option<u32>,
    #[serde(default)]
    pub(super) required: Vec<Text>,
    #[serde(default)]
    pub(super) tasks: Vec<StageTaskDocument>,
    #[serde(default)]
    pub(super) exit_criteria: Vec<CriterionDocument>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StageTaskDocument {
    pub(super) key: Text,
    pub(super) subject: Text,
    pub(super) due_in_days: Spanned<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CriterionDocument {
    pub(super) key: Text,
    pub(super) name: Text,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StepDocument {
    pub(super) name: Text,
    pub(super) file: Text,
    #[serde(default)]
    pub(super) format: FormatName,
    pub(super) delimiter: Option<Spanned<char>>,
    pub(super) columns: Option<Vec<String>>,
    #[serde(default)]
    pub(super) every_row: bool,
    pub(super) commands: Vec<CommandDocument>,
}

/// How the rows of a file are told apart from each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FormatName {
    #[default]
    Csv,
    Whitespace,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CommandDocument {
    pub(super) command: Text,
    pub(super) key: Text,
    #[serde(default)]
    pub(super) when: BTreeMap<Text, Values>,
    #[serde(default)]
    pub(super) unless: BTreeMap<Text, Values>,
    #[serde(default)]
    pub(super) fields: BTreeMap<Text, Spanned<FieldDocument>>,
}

/// One value, or any of several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Values {
    One(String),
    Any(Vec<String>),
}

/// A template, or more fields under one name.
#[derive(Debug)]
pub(super) enum FieldDocument {
    Template(String),
    Fields(BTreeMap<Text, Spanned<FieldDocument>>),
}

/// Written by hand, because serde's untagged enumerations lose the place in the file.
impl<'de> Deserialize<'de> for FieldDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor)
    }
}

struct FieldVisitor;

impl<'de> Visitor<'de> for FieldVisitor {
    type Value = FieldDocument;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a template or a table of templates")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(FieldDocument::Template(text.to_owned()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(FieldDocument::Template(number.to_string()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = BTreeMap::new();
        while let Some((name, value)) = map.next_entry()? {
            fields.insert(name, value);
        }
        Ok(FieldDocument::Fields(fields))
    }
}
