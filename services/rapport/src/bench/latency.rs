//! How long requests took.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde_json::{Value, json};

use crate::error::Failure;

/// Longest time that is told apart from longer ones, in nanoseconds: ten minutes.
const NANOS_MAX: u64 = 600_000_000_000;
/// Digits that are kept of every time.
const DIGITS: u8 = 3;
const NANOS_PER_MILLI: f64 = 1_000_000.0;
const NANOS_PER_SECOND: f64 = 1_000_000_000.0;

/// Times of requests, in nanoseconds. Nothing is left out and nothing is corrected: a writer that waits for a slow
/// answer sends nothing meanwhile.
#[derive(Debug, Clone)]
pub(super) struct Latency(Histogram<u64>);

impl Latency {
    pub(super) fn new() -> Result<Self, Failure> {
        let histogram =
            Histogram::new_with_max(NANOS_MAX, DIGITS).map_err(|error| Failure::Local(error.to_string()))?;
        Ok(Self(histogram))
    }

    pub(super) fn record(&mut self, time: Duration) {
        self.0.saturating_record(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }

    pub(super) fn add(&mut self, other: &Self) -> Result<(), Failure> {
        self.0.add(&other.0).map_err(|error| Failure::Local(error.to_string()))
    }

    pub(super) fn count(&self) -> u64 {
        self.0.len()
    }

    /// The time within which this share of the requests was answered, in milliseconds.
    #[expect(clippy::cast_precision_loss, reason = "fractions of a nanosecond do not matter")]
    pub(super) fn millis(&self, quantile: f64) -> f64 {
        self.0.value_at_quantile(quantile) as f64 / NANOS_PER_MILLI
    }

    /// Requests a second, where each was sent when the one before was answered.
    pub(super) fn per_second(&self) -> f64 {
        NANOS_PER_SECOND / self.0.mean().max(1.0)
    }

    /// `p50`, `p99`, `p99.9` and the longest, as words.
    pub(super) fn words(&self) -> [String; 4] {
        [0.5, 0.99, 0.999, 1.0].map(|quantile| format!("{:.3}", self.millis(quantile)))
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "requests": self.count(),
            "p50": self.millis(0.5),
            "p99": self.millis(0.99),
            "p99_9": self.millis(0.999),
            "max": self.millis(1.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_what_was_recorded() {
        let mut latency = Latency::new().unwrap();
        for millis in 1..=1_000 {
            latency.record(Duration::from_millis(millis));
        }
        let near =
            |quantile: f64, expected: f64| (latency.millis(quantile) - expected).abs() <= expected / 500.0;
        assert!(near(0.5, 500.0) && near(0.99, 990.0) && near(0.999, 999.0) && near(1.0, 1_000.0));
        assert_eq!(latency.count(), 1_000);
    }
}
