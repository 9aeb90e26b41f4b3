//! The fields of a command in a mapping: each is known to the command, and each that is required is there.

use std::collections::BTreeMap;

use rapport_domain::value::Key;
use toml::Spanned;

use super::compile::{Reading, template};
use super::document::{FieldDocument, Text};
use super::{Field, MappingError};
use crate::import::template::Vocabulary;
use crate::import::verb::{FieldSpec, Presence, Verb};

type Fields = BTreeMap<Text, Spanned<FieldDocument>>;

pub(super) fn compile(
    reading: &Reading<'_>,
    verb: &'static Verb,
    command: &Text,
    documents: &Fields,
    vocabulary: &Vocabulary<'_>,
) -> Result<Vec<Field>, MappingError> {
    let mut fields = Vec::new();
    collect(reading, verb, documents, "", vocabulary, &mut fields)?;
    let has = |name: &str| fields.iter().any(|field| field.name == name);
    for spec in verb.fields() {
        let missing = match spec.presence {
            Presence::Required => !has(spec.name),
            Presence::RequiredOr(other) => !has(spec.name) && !has(other),
            Presence::Optional | Presence::Many => false,
        };
        if missing {
            return Err(reading.wrong(command, format!("{} needs the field `{}`", verb.word, spec.name)));
        }
    }
    Ok(fields)
}

fn collect(
    reading: &Reading<'_>,
    verb: &'static Verb,
    documents: &Fields,
    prefix: &str,
    vocabulary: &Vocabulary<'_>,
    fields: &mut Vec<Field>,
) -> Result<(), MappingError> {
    for (key, document) in documents {
        let name = format!("{prefix}{}", key.as_ref());
        match document.as_ref() {
            FieldDocument::Fields(inner) => {
                collect(reading, verb, inner, &format!("{name}."), vocabulary, fields)?;
            }
            FieldDocument::Template(text) => {
                let spec = spec(verb, &name).map_err(|message| reading.wrong(key, message))?;
                fields.push(Field { name, spec, template: template(reading, document, text, vocabulary)? });
            }
        }
    }
    Ok(())
}

fn spec(verb: &'static Verb, name: &str) -> Result<&'static FieldSpec, String> {
    for spec in verb.fields() {
        let rest = name.strip_prefix(spec.name).and_then(|rest| rest.strip_prefix('.'));
        match (spec.presence, rest) {
            (Presence::Many, Some(key)) => {
                return Key::parse(key).map(|_| spec).map_err(|invalid| format!("`{name}`: {invalid}"));
            }
            (Presence::Required | Presence::RequiredOr(_) | Presence::Optional, _) if spec.name == name => {
                return Ok(spec);
            }
            (Presence::Required | Presence::RequiredOr(_) | Presence::Optional | Presence::Many, _) => {}
        }
    }
    let known: Vec<&str> = verb.fields().map(|spec| spec.name).collect();
    Err(format!("{} has no field `{name}`; it has {}", verb.word, known.join(", ")))
}
