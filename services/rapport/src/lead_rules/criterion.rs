//! Criteria, as they are written: `{ source = ["web_form"] }`, `{ field = "employees", at_least = 50 }`,
//! `{ segment = "country", one_of = ["DE"] }`.

use rapport_proto::v1::{LeadCriterion, LeadSource};
use serde::{Deserialize, Serialize};

use crate::wire::{parse_word, word_of};

/// One of them.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Criterion {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    source: Vec<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    field: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    segment: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    one_of: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_least: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_most: Option<i64>,
}

/// What is sent.
///
/// # Errors
/// When a source is none; says which there are.
pub(super) fn wire(all: Vec<Criterion>) -> Result<Vec<LeadCriterion>, String> {
    let one = |criterion: Criterion| {
        let Criterion { source, field, segment, one_of, at_least, at_most } = criterion;
        let sources = source.iter().map(|word| parse_word::<LeadSource>(word).map(Into::into));
        let sources = sources.collect::<Result<_, _>>().map_err(|cause| format!("source: {cause}"))?;
        Ok(LeadCriterion { sources, field, segment, one_of, at_least, at_most })
    };
    all.into_iter().map(one).collect()
}

/// How they are written.
pub(super) fn of(all: &[LeadCriterion]) -> Vec<Criterion> {
    let one = |told: &LeadCriterion| Criterion {
        source: told.sources.iter().map(|source| word_of::<LeadSource>(*source)).collect(),
        field: told.field.clone(),
        segment: told.segment.clone(),
        one_of: told.one_of.clone(),
        at_least: told.at_least,
        at_most: told.at_most,
    };
    all.iter().map(one).collect()
}
