//! What an import did.

use std::time::Duration;

use serde_json::{Value, json};

use crate::output::Table;

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Namespace of the ids.
    pub source: String,
    /// Whether nothing was sent.
    pub dry_run: bool,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
    /// Rows read; a file that two steps read counts twice.
    pub rows_read: u64,
    /// Commands that are in the log now, also those that were before.
    pub commands_applied: u64,
    /// Rows that did not go in, or not whole.
    pub rows_refused: u64,
    /// Position of the last event, to pass as `--min-position`. 0 when nothing was sent.
    pub position: u64,
    /// How long it took.
    pub took: Duration,
}

impl Summary {
    /// As JSON.
    #[must_use]
    pub fn document(&self) -> Value {
        json!({
            "source": self.source,
            "dry_run": self.dry_run,
            "interrupted": self.interrupted,
            "rows_read": self.rows_read,
            "commands_applied": self.commands_applied,
            "rows_refused": self.rows_refused,
            "position": self.position,
            "seconds": f64::from(u32::try_from(self.took.as_millis()).unwrap_or(u32::MAX)) / 1000.0,
            "rows_per_second": self.rows_per_second(),
        })
    }

    /// For people.
    #[must_use]
    pub fn lines(&self) -> String {
        let mut table =
            Table::new(vec!["source", "#rows", "#commands", "#refused", "#position", "#seconds", "#rows/s"]);
        table.row(vec![
            self.source.clone(),
            self.rows_read.to_string(),
            self.commands_applied.to_string(),
            self.rows_refused.to_string(),
            self.position.to_string(),
            self.seconds(),
            self.rows_per_second().to_string(),
        ]);
        let note = if self.dry_run { "Nothing was sent: a dry run.\n" } else { "" };
        format!("{}{note}", table.lines())
    }

    fn seconds(&self) -> String {
        format!("{}.{:03}", self.took.as_secs(), self.took.subsec_millis())
    }

    fn rows_per_second(&self) -> u64 {
        let milliseconds = u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX).max(1);
        self.rows_read.saturating_mul(1000) / milliseconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_says_what_was_done_and_how_fast() {
        let summary = Summary {
            source: "shop".to_owned(),
            dry_run: false,
            interrupted: false,
            rows_read: 3000,
            commands_applied: 2999,
            rows_refused: 1,
            position: 3010,
            took: Duration::from_millis(1500),
        };
        let document = summary.document();
        assert_eq!((&document["seconds"], &document["rows_per_second"]), (&json!(1.5), &json!(2000)));
        assert_eq!(
            summary.lines(),
            "SOURCE  ROWS  COMMANDS  REFUSED  POSITION  SECONDS  ROWS/S\n\
             shop    3000      2999        1      3010    1.500    2000\n"
        );
    }
}
