//! Tables for people: columns as wide as what they hold, numbers to the right.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rapport_proto::v1::personal_text::State;
use rapport_proto::v1::{FrozenRate, Money, PersonalText};

use crate::wire::money_of;

/// Characters between two columns.
const GAP: &str = "  ";

/// A table that is being filled.
#[derive(Debug)]
pub struct Table {
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns; one that begins with `#` holds numbers.
    #[must_use]
    pub const fn new(head: Vec<&'static str>) -> Self {
        Self { head, rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells.iter().map(|cell| plain(cell)).collect());
    }

    /// Whether it has no row.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as lines.
    #[must_use]
    pub fn lines(&self) -> String {
        let names: Vec<String> =
            self.head.iter().map(|name| name.trim_start_matches('#').to_uppercase()).collect();
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.chain(names.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..names.len()).map(width).collect();
        let mut text = String::new();
        for row in std::iter::once(&names).chain(&self.rows) {
            text.push_str(self.line(row, &widths).trim_end());
            text.push('\n');
        }
        text
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for ((cell, width), name) in row.iter().zip(widths).zip(&self.head) {
            let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
            let _ = if name.starts_with('#') {
                write!(line, "{padding}{cell}{GAP}")
            } else {
                write!(line, "{cell}{padding}{GAP}")
            };
        }
        line
    }
}

/// The text without control characters, which a terminal might obey.
#[must_use]
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// At most so many characters of a text.
#[must_use]
pub fn cut(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    text.chars().take(characters.saturating_sub(1)).chain(['…']).collect()
}

/// Amounts, one a currency, as words.
#[must_use]
pub fn listed(amounts: &[Money]) -> String {
    let words: Vec<String> = amounts
        .iter()
        .map(|money| {
            money_of(money)
                .map_or_else(|| format!("{} {}", money.minor_units, money.currency), |m| m.to_string())
        })
        .collect();
    if words.is_empty() { "-".to_owned() } else { words.join(", ") }
}

/// A rate of exchange as words: what one unit of a currency is worth, and on which day.
#[must_use]
pub fn rate_words(currency: &str, fx: &FrozenRate) -> String {
    format!("1 {currency} = {} {} on {}", fx.rate, fx.base_currency, fx.rate_date)
}

/// Personal data as words.
#[must_use]
pub fn personal_words(personal: Option<&PersonalText>) -> String {
    match personal.and_then(|personal| personal.state.as_ref()) {
        None => String::new(),
        Some(State::Text(text)) => text.clone(),
        Some(State::Sealed(_)) => "[sealed]".to_owned(),
        Some(State::Erased(_)) => "[erased]".to_owned(),
    }
}

/// Fields as words: `region=north, size=small`.
#[must_use]
pub fn fields<'a>(fields: impl IntoIterator<Item = (&'a String, &'a String)>) -> String {
    let sorted: BTreeMap<&String, &String> = fields.into_iter().collect();
    sorted.into_iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(", ")
}

/// Facts, one a line, their names in a column of their own.
#[must_use]
pub fn facts(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    rows.iter().map(|(name, fact)| format!("{name:<width$}{GAP}{}\n", plain(fact))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_they_hold() {
        let mut table = Table::new(vec!["stage", "#deals"]);
        table.row(vec!["won".to_owned(), "4238".to_owned()]);
        table.row(vec!["prospecting".to_owned(), "5".to_owned()]);
        assert_eq!(table.lines(), "STAGE        DEALS\nwon           4238\nprospecting      5\n");
    }

    #[test]
    fn nothing_in_a_cell_reaches_the_terminal_as_a_command() {
        assert_eq!(plain("a\u{1b}[2Jb\nc"), "a [2Jb c");
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("abcd", 4), "abcd");
    }
}
