//! From a mapping as it is written to one that makes sense.

use rapport_domain::id::PipelineId;
use rapport_domain::pipeline::{DealField, DueInDays};
use rapport_domain::value::{Key, Label, Reference};
use rapport_proto::v1::{
    ExitCriterion, ForecastCategory, PublishPipelineRequest, Stage, StageTask, StageType,
};
use toml::Spanned;

use super::document::{
    CommandDocument, CriterionDocument, Document, FormatName, LookupDocument, PipelineDocument,
    StageDocument, StageTaskDocument, StepDocument, Text, Values,
};
use super::{
    Condition, Layout, Lookup, Mapping, MappingError, NAME_LENGTH_MAX, Rule, STEPS_MAX, Step, fields,
};
use crate::import::request_id;
use crate::import::template::{Template, Vocabulary};
use crate::import::verb::{VERBS, Verb};
use crate::wire::{Word, parse_word};

/// A mapping file while it is read: what is needed to say where something is wrong.
pub(super) struct Reading<'a> {
    file: &'a str,
    text: &'a str,
}

impl Reading<'_> {
    fn line(&self, offset: usize) -> usize {
        self.text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
    }

    pub(super) fn line_of<T>(&self, place: &Spanned<T>) -> usize {
        self.line(place.span().start)
    }

    pub(super) fn wrong<T>(&self, place: &Spanned<T>, message: impl Into<String>) -> MappingError {
        MappingError { file: self.file.to_owned(), line: self.line_of(place), message: message.into() }
    }
}

pub(super) fn mapping(file: &str, text: &str) -> Result<Mapping, MappingError> {
    let reading = Reading { file, text };
    let document: Document = toml::from_str(text).map_err(|error| MappingError {
        file: file.to_owned(),
        line: reading.line(error.span().map_or(0, |span| span.start)),
        message: error.message().to_owned(),
    })?;
    let source = name(&reading, &document.source)?;
    if document.steps.is_empty() || document.steps.len() > STEPS_MAX {
        return Err(reading.wrong(&document.source, format!("expected 1 to {STEPS_MAX} [[steps]]")));
    }
    let pipelines = document.pipelines.iter().map(|pipeline| published(&reading, &source, pipeline));
    let pipelines = pipelines.collect::<Result<_, _>>()?;
    let pipeline_keys: Vec<&str> =
        document.pipelines.iter().map(|pipeline| pipeline.key.as_ref().as_str()).collect();
    let vocabulary = Vocabulary {
        maps: document.maps.keys().map(String::as_str).collect(),
        lookups: document.lookups.keys().map(String::as_str).collect(),
    };
    let steps = document.steps.iter().map(|item| step(&reading, item, &vocabulary, &pipeline_keys));
    let steps = steps.collect::<Result<_, _>>()?;
    let lookups = document.lookups.iter().map(|(name, item)| Ok((name.clone(), lookup(&reading, item)?)));
    let lookups = lookups.collect::<Result<_, MappingError>>()?;
    Ok(Mapping {
        file: file.to_owned(),
        source,
        missing: document.missing,
        maps: document.maps,
        lookups,
        pipelines,
        steps,
    })
}

/// A name that becomes a part of request ids.
fn name(reading: &Reading<'_>, text: &Text) -> Result<String, MappingError> {
    let name = text.as_ref();
    if name.len() > NAME_LENGTH_MAX || Reference::parse(name).is_err() {
        let expected = format!("expected 1 to {NAME_LENGTH_MAX} letters, digits and `_ . : / -`");
        return Err(reading.wrong(text, expected));
    }
    Ok(name.trim().to_owned())
}

fn layout(
    reading: &Reading<'_>,
    format: FormatName,
    delimiter: Option<&Spanned<char>>,
    columns: Option<&Vec<String>>,
    place: &Text,
) -> Result<Layout, MappingError> {
    let delimiter = match (format, delimiter) {
        (FormatName::Csv, None) => Some(b','),
        (FormatName::Csv, Some(character)) => match u8::try_from(*character.as_ref()) {
            Ok(byte) if byte.is_ascii() && !b"\"\r\n".contains(&byte) => Some(byte),
            Ok(_) | Err(_) => {
                return Err(reading.wrong(character, "expected one ASCII character, such as \";\""));
            }
        },
        (FormatName::Whitespace, None) => None,
        (FormatName::Whitespace, Some(character)) => {
            return Err(reading.wrong(character, "rows in the format whitespace have no delimiter"));
        }
    };
    if delimiter.is_none() && columns.is_none() {
        return Err(reading.wrong(place, "rows in the format whitespace have no header; name the `columns`"));
    }
    Ok(Layout { delimiter, columns: columns.cloned() })
}

fn lookup(reading: &Reading<'_>, document: &LookupDocument) -> Result<Lookup, MappingError> {
    let (delimiter, columns) = (document.delimiter.as_ref(), document.columns.as_ref());
    Ok(Lookup {
        file: document.file.as_ref().clone(),
        key: document.key.as_ref().clone(),
        layout: layout(reading, document.format, delimiter, columns, &document.file)?,
        line: reading.line_of(&document.key),
    })
}

fn step(
    reading: &Reading<'_>,
    document: &StepDocument,
    vocabulary: &Vocabulary<'_>,
    pipelines: &[&str],
) -> Result<Step, MappingError> {
    let (delimiter, columns) = (document.delimiter.as_ref(), document.columns.as_ref());
    let layout = layout(reading, document.format, delimiter, columns, &document.file)?;
    let mut rules: Vec<Rule> = Vec::new();
    for command in &document.commands {
        let verb = verb(reading, &command.command)?;
        let ordinal = rules.iter().filter(|rule| rule.verb.word == verb.word).count();
        rules.push(rule(reading, command, verb, ordinal, vocabulary, pipelines)?);
    }
    if rules.is_empty() {
        return Err(reading.wrong(&document.name, "a step has at least one of [[steps.commands]]"));
    }
    let step = Step {
        name: name(reading, &document.name)?,
        file: document.file.as_ref().clone(),
        layout,
        rules,
        every_row: document.every_row,
        line: reading.line_of(&document.name),
    };
    known_columns(reading, &step)?;
    Ok(step)
}

/// Columns that the mapping itself names are checked here; those of a header, when the file is opened.
fn known_columns(reading: &Reading<'_>, step: &Step) -> Result<(), MappingError> {
    let Some(columns) = &step.layout.columns else { return Ok(()) };
    match step.columns().find(|(column, _)| !columns.iter().any(|known| known == column)) {
        None => Ok(()),
        Some((column, line)) => Err(MappingError {
            file: reading.file.to_owned(),
            line,
            message: format!("no column `{column}`; there are {}", columns.join(", ")),
        }),
    }
}

fn verb(reading: &Reading<'_>, text: &Text) -> Result<&'static Verb, MappingError> {
    VERBS.iter().copied().find(|verb| verb.word == text.as_ref()).ok_or_else(|| {
        let known: Vec<&str> = VERBS.iter().map(|verb| verb.word).collect();
        reading.wrong(text, format!("no command `{}`; there are {}", text.as_ref(), known.join(", ")))
    })
}

fn rule(
    reading: &Reading<'_>,
    document: &CommandDocument,
    verb: &'static Verb,
    ordinal: usize,
    vocabulary: &Vocabulary<'_>,
    pipelines: &[&str],
) -> Result<Rule, MappingError> {
    let key = template(reading, &document.key, document.key.as_ref(), vocabulary)?;
    let fields = fields::compile(reading, verb, &document.command, &document.fields, vocabulary)?;
    let pipeline = fields.iter().find(|field| field.name == "pipeline").map(|field| &field.template);
    let literal = pipeline.and_then(|template| Some((template.literal()?, template.line)));
    if let Some((literal, line)) = literal.filter(|(literal, _)| !pipelines.contains(literal)) {
        let message = format!("no pipeline `{literal}` in [[pipelines]]");
        return Err(MappingError { file: reading.file.to_owned(), line, message });
    }
    let mut conditions = Vec::new();
    for (clauses, wanted) in [(&document.when, true), (&document.unless, false)] {
        conditions.extend(clauses.iter().map(|(column, values)| Condition {
            column: column.as_ref().clone(),
            values: match values {
                Values::One(value) => vec![value.clone()],
                Values::Any(values) => values.clone(),
            },
            wanted,
            line: reading.line_of(column),
        }));
    }
    Ok(Rule { verb, ordinal, key, conditions, fields })
}

/// A template, or where and why it is none.
pub(super) fn template<T>(
    reading: &Reading<'_>,
    place: &Spanned<T>,
    text: &str,
    vocabulary: &Vocabulary<'_>,
) -> Result<Template, MappingError> {
    Template::parse(text, reading.line_of(place), vocabulary).map_err(|message| reading.wrong(place, message))
}

fn published(
    reading: &Reading<'_>,
    source: &str,
    document: &PipelineDocument,
) -> Result<PublishPipelineRequest, MappingError> {
    let key = document.key.as_ref();
    let stages =
        document.stages.iter().map(|document| stage(reading, document)).collect::<Result<Vec<_>, _>>()?;
    // Its content is part of the identity, so that a mapping with other stages publishes a new version.
    // A stage that asks for nothing reads as it did before stages could ask: what was published then is not again.
    let stages_read = ["required", "tasks", "exit_criteria"]
        .iter()
        .fold(format!("{stages:?}"), |read, list| read.replace(&format!(", {list}: []"), ""));
    let content = format!("{} {stages_read}", document.name.as_ref());
    Ok(PublishPipelineRequest {
        header: Some(request_id::header(source, &["pipelines", "publish_pipeline", key, &content], None)),
        pipeline_id: PipelineId::derived(source, key).to_string(),
        name: label(reading, &document.name)?,
        stages,
    })
}

fn stage(reading: &Reading<'_>, document: &StageDocument) -> Result<Stage, MappingError> {
    let exit_criteria = document.exit_criteria.iter().map(|document| exit_criterion(reading, document));
    let forecast_category =
        document.forecast_category.as_ref().map(|text| word::<ForecastCategory>(reading, text));
    let required = document.required.iter().map(|text| {
        let field = DealField::parse(text.as_ref());
        field.map(String::from).map_err(|invalid| reading.wrong(text, invalid.to_string()))
    });
    let tasks = document.tasks.iter().map(|task| stage_task(reading, task));
    Ok(Stage {
        key: key(reading, &document.key)?,
        name: label(reading, &document.name)?,
        r#type: word::<StageType>(reading, &document.stage_type)?.into(),
        probability_percent: document.probability_percent,
        forecast_category: forecast_category.transpose()?.unwrap_or_default().into(),
        rot_after_days: document.rot_after_days,
        required: required.collect::<Result<_, _>>()?,
        tasks: tasks.collect::<Result<_, _>>()?,
        exit_criteria: exit_criteria.collect::<Result<_, _>>()?,
    })
}

fn stage_task(reading: &Reading<'_>, document: &StageTaskDocument) -> Result<StageTask, MappingError> {
    let due_in_days = DueInDays::new(*document.due_in_days.get_ref())
        .map_err(|invalid| reading.wrong(&document.due_in_days, invalid.to_string()))?;
    Ok(StageTask {
        key: key(reading, &document.key)?,
        subject: label(reading, &document.subject)?,
        due_in_days: due_in_days.get(),
    })
}

fn exit_criterion(
    reading: &Reading<'_>,
    document: &CriterionDocument,
) -> Result<ExitCriterion, MappingError> {
    Ok(ExitCriterion { key: key(reading, &document.key)?, name: label(reading, &document.name)? })
}

fn key(reading: &Reading<'_>, text: &Text) -> Result<String, MappingError> {
    Key::parse(text.as_ref()).map(String::from).map_err(|invalid| reading.wrong(text, invalid.to_string()))
}

fn label(reading: &Reading<'_>, text: &Text) -> Result<String, MappingError> {
    Label::parse(text.as_ref()).map(String::from).map_err(|invalid| reading.wrong(text, invalid.to_string()))
}

fn word<W: Word>(reading: &Reading<'_>, text: &Text) -> Result<W, MappingError> {
    parse_word(text.as_ref()).map_err(|message| reading.wrong(text, message))
}
