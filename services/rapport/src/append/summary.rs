//! What an append did.

use std::time::Duration;

use serde_json::{Value, json};

use crate::output::Table;

/// What an append did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Summary {
    /// Lines read.
    pub(super) lines: u64,
    /// Events that are in the log now, also those that were before.
    pub(super) appended: u64,
    /// Lines that were refused.
    pub(super) refused: u64,
    /// Position of the last event, to pass as `--min-position`. 0 when there is none.
    pub(super) position: u64,
    /// Whether it was stopped before its end.
    pub(super) interrupted: bool,
    /// How long it took.
    pub(super) took: Duration,
}

impl Summary {
    /// As JSON.
    pub(super) fn document(&self) -> Value {
        json!({
            "lines": self.lines,
            "appended": self.appended,
            "refused": self.refused,
            "position": self.position,
            "interrupted": self.interrupted,
            "seconds": f64::from(u32::try_from(self.took.as_millis()).unwrap_or(u32::MAX)) / 1000.0,
            "lines_per_second": self.lines_per_second(),
        })
    }

    /// For people.
    pub(super) fn words(&self) -> String {
        let mut table =
            Table::new(vec!["#lines", "#appended", "#refused", "#position", "#seconds", "#lines/s"]);
        let seconds = format!("{}.{:03}", self.took.as_secs(), self.took.subsec_millis());
        table.row(vec![
            self.lines.to_string(),
            self.appended.to_string(),
            self.refused.to_string(),
            self.position.to_string(),
            seconds,
            self.lines_per_second().to_string(),
        ]);
        table.lines()
    }

    fn lines_per_second(&self) -> u64 {
        let milliseconds = u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX).max(1);
        self.lines.saturating_mul(1000) / milliseconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_says_what_was_done_and_how_fast() {
        let took = Duration::from_millis(1500);
        let summary =
            Summary { lines: 3000, appended: 2999, refused: 1, position: 3010, interrupted: false, took };
        let document = summary.document();
        assert_eq!((&document["seconds"], &document["lines_per_second"]), (&json!(1.5), &json!(2000)));
        assert_eq!(
            summary.words(),
            "LINES  APPENDED  REFUSED  POSITION  SECONDS  LINES/S\n \
             3000      2999        1      3010    1.500     2000\n"
        );
    }
}
