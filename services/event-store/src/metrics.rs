//! What the embedded log tells about itself.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// How much every commit carries and how long it takes.
#[derive(Debug, Clone)]
pub struct AppendMetrics {
    commit_events: Histogram,
    commit_duration: Histogram,
    events: Counter,
    read_only: Gauge,
}

impl AppendMetrics {
    pub(crate) fn new() -> Self {
        Self {
            commit_events: Histogram::new(exponential_buckets(1.0, 2.0, 13)),
            commit_duration: Histogram::new(exponential_buckets(0.000_1, 2.0, 16)),
            events: Counter::default(),
            read_only: Gauge::default(),
        }
    }

    /// Adds the metrics to a registry: `rapport_log_commit_events`, `rapport_log_commit_duration_seconds`,
    /// `rapport_log_events_total` and `rapport_log_read_only`.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "rapport_log_commit_events",
            "Events that one commit of the log carried",
            self.commit_events.clone(),
        );
        registry.register(
            "rapport_log_commit_duration_seconds",
            "Time from the first write of a commit until it was on disk",
            self.commit_duration.clone(),
        );
        registry.register("rapport_log_events", "Events appended to the log", self.events.clone());
        registry.register(
            "rapport_log_read_only",
            "1 once a failed write has left the log in doubt: it takes no more writes until a restart",
            self.read_only.clone(),
        );
    }

    /// Events appended since the store was opened.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events.get()
    }

    /// Whether the log takes no writes any more.
    pub(crate) fn is_read_only(&self) -> bool {
        self.read_only.get() != 0
    }

    pub(crate) fn ended_writing(&self) {
        self.read_only.set(1);
    }

    #[expect(clippy::cast_precision_loss, reason = "a commit carries far fewer than 2^52 events")]
    pub(crate) fn committed(&self, events: usize, duration: Duration) {
        self.commit_events.observe(events as f64);
        self.commit_duration.observe(duration.as_secs_f64());
        self.events.inc_by(events as u64);
    }
}
