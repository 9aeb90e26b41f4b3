//! How old the keys are, for the machines that watch.

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// What the task that fetches keys tells of itself.
#[derive(Debug, Clone, Default)]
pub(super) struct FetchMetrics {
    fetched_at: Gauge,
}

impl FetchMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "When the keys of the identity provider were fetched last, in seconds since 1970";
        registry.register("rapport_provider_keys_fetched_timestamp_seconds", help, self.fetched_at.clone());
    }

    pub(super) fn fetched(&self) {
        self.fetched_at.set(chrono::Utc::now().timestamp());
    }
}
