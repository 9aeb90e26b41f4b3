//! Filters: what is done to a cell before it becomes a value.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};

use super::{Tables, Vocabulary};

/// One step from a cell to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Filter {
    /// A date or time in a format, as RFC 3339 or as YYYY-MM-DD.
    Date(String),
    /// What a map has for it; `*` for any other; else as it is.
    Map(String),
    /// A column of the row of another file that has it as key.
    Lookup { name: String, column: String, strangers_are_missing: bool },
    /// Lower-case letters, digits and dashes.
    Slug,
    /// In lower case.
    Lower,
    /// Without a text wherever it occurs.
    Remove(String),
    /// A text where nothing is known.
    Default(String),
}

/// Names of the filters, for messages.
const NAMES: &str = "date:FORMAT, map:NAME, lookup:NAME.COLUMN, slug, lower, remove:TEXT, default:TEXT";

impl Filter {
    pub(super) fn parse(text: &str, vocabulary: &Vocabulary<'_>) -> Result<Self, String> {
        let (name, argument) =
            text.split_once(':').map_or((text, None), |(name, argument)| (name, Some(argument)));
        match (name.trim(), argument) {
            ("date", Some(format)) => date_format(format),
            ("map", Some(map)) => known(map, &vocabulary.maps, "map").map(|()| Self::Map(map.to_owned())),
            ("lookup", Some(argument)) => {
                let (name, column) = argument
                    .split_once('.')
                    .ok_or_else(|| format!("`lookup:{argument}`: expected lookup:NAME.COLUMN"))?;
                known(name, &vocabulary.lookups, "lookup")?;
                let (name, column) = (name.to_owned(), column.to_owned());
                Ok(Self::Lookup { name, column, strangers_are_missing: false })
            }
            ("slug", None) => Ok(Self::Slug),
            ("lower", None) => Ok(Self::Lower),
            ("remove", Some(text)) if !text.is_empty() => Ok(Self::Remove(text.to_owned())),
            ("default", Some(text)) if !text.is_empty() => Ok(Self::Default(text.to_owned())),
            _ => Err(format!("no filter `{text}`; there are {NAMES}")),
        }
    }

    pub(super) fn lookup(&self) -> Option<(&str, &str)> {
        match self {
            Self::Lookup { name, column, .. } => Some((name, column)),
            Self::Date(_) | Self::Map(_) | Self::Slug | Self::Lower | Self::Remove(_) | Self::Default(_) => {
                None
            }
        }
    }

    pub(super) const fn is_default(&self) -> bool {
        matches!(self, Self::Default(_))
    }

    /// A key that a lookup does not have is an error, unless a default says what then.
    pub(super) fn tolerate_strangers(&mut self, tolerate: bool) {
        if let Self::Lookup { strangers_are_missing, .. } = self {
            *strangers_are_missing = tolerate;
        }
    }

    pub(super) fn apply(
        &self,
        text: Option<String>,
        tables: &Tables<'_>,
    ) -> Result<Option<String>, (&'static str, String)> {
        let Some(text) = text else {
            return Ok(match self {
                Self::Default(default) => Some(default.clone()),
                Self::Date(_)
                | Self::Map(_)
                | Self::Lookup { .. }
                | Self::Slug
                | Self::Lower
                | Self::Remove(_) => None,
            });
        };
        Ok(match self {
            Self::Date(format) => Some(date(&text, format)?),
            Self::Map(name) => {
                let map = tables.maps.get(name);
                let replaced = map.and_then(|map| map.get(&text).or_else(|| map.get("*")));
                Some(replaced.cloned().unwrap_or(text))
            }
            Self::Lookup { name, column, strangers_are_missing } => {
                match tables.lookups.get(name).and_then(|rows| rows.get(&text)) {
                    Some(row) => row.get(column).cloned().filter(|cell| !tables.is_missing(cell)),
                    None if *strangers_are_missing => None,
                    None => {
                        return Err((
                            "LOOKUP_KEY_UNKNOWN",
                            format!("expected a key that the lookup `{name}` has"),
                        ));
                    }
                }
            }
            Self::Slug => Some(slug(&text)),
            Self::Lower => Some(text.to_lowercase()),
            Self::Remove(removed) => Some(text.replace(removed, "")),
            Self::Default(_) => Some(text),
        }
        .filter(|text| !text.is_empty()))
    }
}

fn known(name: &str, names: &[&str], what: &str) -> Result<(), String> {
    if names.contains(&name) {
        Ok(())
    } else {
        Err(format!("no {what} `{name}` in [{what}s]; there are {}", names.join(", ")))
    }
}

fn date_format(format: &str) -> Result<Filter, String> {
    let mut items = chrono::format::StrftimeItems::new(format);
    if format.is_empty() || items.any(|item| item == chrono::format::Item::Error) {
        return Err(format!("`date:{format}`: expected a format such as %d/%m/%Y %H:%M"));
    }
    Ok(Filter::Date(format.to_owned()))
}

/// A time with its zone, a time that is taken for UTC, or a day.
fn date(text: &str, format: &str) -> Result<String, (&'static str, String)> {
    let utc = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    if let Ok(time) = DateTime::parse_from_str(text, format) {
        return Ok(utc(time.to_utc()));
    }
    if let Ok(time) = NaiveDateTime::parse_from_str(text, format) {
        return Ok(utc(time.and_utc()));
    }
    let day = NaiveDate::parse_from_str(text, format).map(|day| day.to_string());
    day.map_err(|_| ("DATE_MALFORMED", format!("expected a date in the format {format}")))
}

/// Letters and digits in lower case; anything between them becomes one dash.
fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}
