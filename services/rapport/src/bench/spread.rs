//! What several runs of the same thing gave.

use serde_json::{Value, json};

/// The middle of several runs, and how far they lie apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) min: f64,
    pub(super) max: f64,
}

impl Spread {
    /// Of no run: zero.
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let median = match sorted.as_slice() {
            [] => 0.0,
            values if values.len() % 2 == 1 => values[middle],
            values => f64::midpoint(values[middle - 1], values[middle]),
        };
        let edge = |value: Option<&f64>| value.copied().unwrap_or(0.0);
        Self { median, min: edge(sorted.first()), max: edge(sorted.last()) }
    }

    /// Whole numbers: `81773 (79020..83114)`.
    pub(super) fn whole(self) -> String {
        format!("{:.0} ({:.0}..{:.0})", self.median, self.min, self.max)
    }

    /// With two decimals: `4.06 (3.91..4.20)`.
    pub(super) fn fine(self) -> String {
        format!("{:.2} ({:.2}..{:.2})", self.median, self.min, self.max)
    }

    pub(super) fn json(self) -> Value {
        json!({ "median": self.median, "min": self.min, "max": self.max })
    }
}

/// How many times as much, run by run.
pub(super) fn ratios(ours: &[f64], theirs: &[f64]) -> Spread {
    Spread::of(
        ours.iter().zip(theirs).filter(|(_, theirs)| **theirs > 0.0).map(|(ours, theirs)| ours / theirs),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one_or_between_the_two_in_the_middle() {
        assert_eq!(Spread::of([3.0, 1.0, 2.0]), Spread { median: 2.0, min: 1.0, max: 3.0 });
        assert_eq!(Spread::of([4.0, 1.0, 2.0, 3.0]).median, 2.5);
        assert_eq!(Spread::of([]).median, 0.0);
    }

    #[test]
    fn ratios_are_taken_run_by_run() {
        assert_eq!(ratios(&[10.0, 30.0, 8.0], &[5.0, 10.0, 8.0]), Spread { median: 2.0, min: 1.0, max: 3.0 });
        assert_eq!(ratios(&[1.0], &[0.0]).median, 0.0);
    }
}
