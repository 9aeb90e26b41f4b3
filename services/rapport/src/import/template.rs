//! Templates: text with columns of a row in it. `{column}`, `{column|filter:argument}`, `{#line}`, `{#file}`; `{{` and
//! `}}` are braces. Where a column is missing and has no default, the whole template has no value.

mod filter;
mod parse;

use std::collections::BTreeMap;

use filter::Filter;

use super::source::Row;

/// Names that a template may refer to.
#[derive(Debug)]
pub struct Vocabulary<'a> {
    /// Of maps.
    pub maps: Vec<&'a str>,
    /// Of lookups.
    pub lookups: Vec<&'a str>,
}

/// A file that is joined: rows by key, then cells by column.
pub type JoinTable = BTreeMap<String, BTreeMap<String, String>>;

/// What templates are filled from, besides the row.
#[derive(Debug)]
pub struct Tables<'a> {
    /// Cells that mean nothing is known.
    pub missing: &'a [String],
    /// Cells and what they are replaced by.
    pub maps: &'a BTreeMap<String, BTreeMap<String, String>>,
    /// Files that are joined.
    pub lookups: &'a BTreeMap<String, JoinTable>,
}

impl Tables<'_> {
    /// Whether a cell says nothing.
    #[must_use]
    pub fn is_missing(&self, cell: &str) -> bool {
        let cell = cell.trim();
        cell.is_empty() || self.missing.iter().any(|missing| missing == cell)
    }
}

/// A template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
    /// Line of the mapping that it stands in.
    pub line: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Placeholder { source: Origin, filters: Vec<Filter> },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    Column(String),
    Line,
    File,
}

/// A cell that a template can make nothing of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadCell {
    /// Its column; none for the line or the file.
    pub column: Option<String>,
    /// `UPPER_SNAKE`.
    pub reason: &'static str,
    /// What would have been accepted. Never the cell itself, which may be personal.
    pub message: String,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, line: usize, vocabulary: &Vocabulary<'_>) -> Result<Self, String> {
        parse::parts(text, vocabulary).map(|parts| Self { parts, line })
    }

    /// The columns in it.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Placeholder { source: Origin::Column(column), .. } => Some(column.as_str()),
            Part::Placeholder { source: Origin::Line | Origin::File, .. } | Part::Literal(_) => None,
        })
    }

    /// The lookups in it, and the columns of theirs that it reads.
    pub fn lookups(&self) -> impl Iterator<Item = (&str, &str)> {
        let filters = self.parts.iter().flat_map(|part| match part {
            Part::Placeholder { filters, .. } => filters.as_slice(),
            Part::Literal(_) => &[],
        });
        filters.filter_map(Filter::lookup)
    }

    /// Its text, where there is no column in it.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Its value for a row. None when a column is missing.
    ///
    /// # Errors
    /// When a cell cannot be read as a filter demands.
    pub fn value(&self, row: &Row, tables: &Tables<'_>) -> Result<Option<String>, BadCell> {
        let mut value = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) => value.push_str(text),
                Part::Placeholder { source, filters } => match filled(source, filters, row, tables)? {
                    Some(text) => value.push_str(&text),
                    None => return Ok(None),
                },
            }
        }
        Ok((!value.trim().is_empty()).then_some(value))
    }
}

fn filled(
    source: &Origin,
    filters: &[Filter],
    row: &Row,
    tables: &Tables<'_>,
) -> Result<Option<String>, BadCell> {
    let mut text = match source {
        Origin::Column(column) => {
            Some(row.cell(column).trim().to_owned()).filter(|cell| !tables.is_missing(cell))
        }
        Origin::Line => Some(row.place.line.to_string()),
        Origin::File => Some(row.place.file.to_string()),
    };
    for filter in filters {
        text = filter.apply(text, tables).map_err(|(reason, message)| {
            let column = match source {
                Origin::Column(column) => Some(column.clone()),
                Origin::Line | Origin::File => None,
            };
            BadCell { column, reason, message }
        })?;
    }
    Ok(text.filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests;
