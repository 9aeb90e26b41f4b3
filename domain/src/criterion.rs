//! What is looked at where leads are judged and handed over by rules.

mod facts;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::envelope::EventId;
use crate::lead::{FieldValue, Source};
use crate::value::{Key, Label};

pub use facts::{Facts, Told, Touch};

/// Most criteria of one rule.
pub const CRITERIA_MAX: usize = 20;
/// Most values of one criterion.
pub const VALUES_MAX: usize = 200;

/// Something that is so or not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Criterion {
    /// It comes from one of these.
    Source {
        /// The sources.
        one_of: BTreeSet<Source>,
    },
    /// A field of the lead has one of these values, as they are written.
    Field {
        /// The field.
        key: Key,
        /// Its values.
        one_of: BTreeSet<Label>,
    },
    /// A field of the lead is a number within bounds, both included.
    Number {
        /// The field.
        key: Key,
        /// Not less than this.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_least: Option<i64>,
        /// Not more than this.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_most: Option<i64>,
    },
    /// A field of the contact that reports group by has one of these values: a country, an industry.
    Segment {
        /// The field.
        key: Key,
        /// Its values.
        one_of: BTreeSet<Label>,
    },
}

impl Criterion {
    /// Whether anything could meet it.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        let some = |count: usize| (1..=VALUES_MAX).contains(&count);
        match self {
            Self::Source { one_of } => some(one_of.len()),
            Self::Field { one_of, .. } | Self::Segment { one_of, .. } => some(one_of.len()),
            Self::Number { at_least: None, at_most: None, .. } => false,
            Self::Number { at_least: Some(least), at_most: Some(most), .. } => least <= most,
            Self::Number { .. } => true,
        }
    }

    /// The event by which a lead meets it; nothing where it does not.
    #[must_use]
    pub fn met_by(&self, facts: &Facts) -> Option<EventId> {
        match self {
            Self::Source { one_of } => facts.source.when(|source| one_of.contains(source)),
            Self::Field { key, one_of } => {
                let is_one = |value: &FieldValue| {
                    Label::parse(&value.to_string()).is_ok_and(|written| one_of.contains(&written))
                };
                facts.fields.get(key)?.when(is_one)
            }
            Self::Number { key, at_least, at_most } => facts.fields.get(key)?.when(|value| match value {
                FieldValue::Number(number) => {
                    at_least.is_none_or(|least| *number >= least)
                        && at_most.is_none_or(|most| *number <= most)
                }
                FieldValue::Text(_) | FieldValue::Date(_) | FieldValue::Flag(_) => false,
            }),
            Self::Segment { key, one_of } => facts.segments.get(key)?.when(|value| one_of.contains(value)),
        }
    }
}

/// The events by which a lead meets every one of some criteria; nothing where it misses one.
#[must_use]
pub fn all_met_by(criteria: &[Criterion], facts: &Facts) -> Option<Vec<EventId>> {
    let events: BTreeSet<EventId> =
        criteria.iter().map(|criterion| criterion.met_by(facts)).collect::<Option<_>>()?;
    Some(events.into_iter().collect())
}
