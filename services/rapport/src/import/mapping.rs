//! What a data set means: which files it has, and which commands a row becomes. Read from a TOML file that is
//! described in MAPPING.md; everything that can be checked without the data is checked when it is read.

mod compile;
mod document;
mod fields;

use std::collections::BTreeMap;

use rapport_proto::v1::PublishPipelineRequest;

use super::template::Template;
use super::verb::{FieldSpec, Verb};

/// Longest name of a source or a step, so that request ids have room for both.
pub const NAME_LENGTH_MAX: usize = 30;
/// Most steps of a mapping.
pub const STEPS_MAX: usize = 100;

/// Why a mapping makes no sense, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct MappingError {
    /// The mapping file.
    pub file: String,
    /// Line in it, from 1.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

/// A mapping that makes sense.
#[derive(Debug)]
pub struct Mapping {
    /// Name of its file, for messages.
    pub file: String,
    /// Namespace of every id that is derived from a key.
    pub source: String,
    /// Cells that mean nothing is known.
    pub missing: Vec<String>,
    /// Cells and what they are replaced by.
    pub maps: BTreeMap<String, BTreeMap<String, String>>,
    /// Files that are joined by a column.
    pub lookups: BTreeMap<String, Lookup>,
    /// Published before the first step.
    pub pipelines: Vec<PublishPipelineRequest>,
    /// In the order they are carried out.
    pub steps: Vec<Step>,
}

/// Another file, of which a row is found by the value of a column.
#[derive(Debug)]
pub struct Lookup {
    /// Name of the file, with `*` for any characters.
    pub file: String,
    /// Column that rows are found by.
    pub key: String,
    /// How its rows are read.
    pub layout: Layout,
    /// Line of the mapping.
    pub line: usize,
}

/// A pass over the rows of one or more files.
#[derive(Debug)]
pub struct Step {
    /// What it is called.
    pub name: String,
    /// Name of the files, with `*` for any characters.
    pub file: String,
    /// How their rows are read.
    pub layout: Layout,
    /// What a row becomes.
    pub rules: Vec<Rule>,
    /// Whether a row that becomes nothing is refused.
    pub every_row: bool,
    /// Line of the mapping.
    pub line: usize,
}

/// How the rows of a file are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Between two cells; none for white space of any length.
    pub delimiter: Option<u8>,
    /// Names of the columns where the file has no header.
    pub columns: Option<Vec<String>>,
}

/// One command that a row may become.
#[derive(Debug)]
pub struct Rule {
    /// What is done.
    pub verb: &'static Verb,
    /// How many rules before it in the step do the same.
    pub ordinal: usize,
    /// What it is done to, or, for a step that is recorded, the step itself.
    pub key: Template,
    /// When it applies: all of them hold.
    pub conditions: Vec<Condition>,
    /// The fields of the command.
    pub fields: Vec<Field>,
}

/// A field of a command and where its value comes from.
#[derive(Debug)]
pub struct Field {
    /// Its name: `segments.sector`.
    pub name: String,
    /// What it is in the contract.
    pub spec: &'static FieldSpec,
    /// Its value.
    pub template: Template,
}

/// Whether a rule applies to a row.
#[derive(Debug, PartialEq, Eq)]
pub struct Condition {
    /// Column that it looks at.
    pub column: String,
    /// Cells that it looks for; `*` is any that is not missing, the empty text one that is.
    pub values: Vec<String>,
    /// Whether the cell is one of them, or is none of them.
    pub wanted: bool,
    /// Line of the mapping.
    pub line: usize,
}

impl Mapping {
    /// Reads a mapping.
    ///
    /// # Errors
    /// When it makes no sense; says where.
    pub fn parse(file: &str, text: &str) -> Result<Self, MappingError> {
        compile::mapping(file, text)
    }

    /// An error at a line of this mapping.
    #[must_use]
    pub fn error(&self, line: usize, message: String) -> MappingError {
        MappingError { file: self.file.clone(), line, message }
    }
}

impl Step {
    /// Whether it is made of interactions only, which go in the order of the file.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        self.rules.iter().all(|rule| rule.verb.word == "record_interaction")
    }

    /// Every column that it reads, and the line of the mapping that does.
    pub fn columns(&self) -> impl Iterator<Item = (&str, usize)> {
        self.rules.iter().flat_map(|rule| {
            let templates = rule.fields.iter().map(|field| &field.template).chain([&rule.key]);
            let of_templates =
                templates.flat_map(|template| template.columns().map(|column| (column, template.line)));
            of_templates
                .chain(rule.conditions.iter().map(|condition| (condition.column.as_str(), condition.line)))
        })
    }
}

#[cfg(test)]
mod tests;
