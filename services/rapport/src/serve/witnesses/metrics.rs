//! How cosigning stands, for the machines that watch.

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// What the task of the witnesses tells of itself.
#[derive(Debug, Clone, Default)]
pub(in crate::serve) struct WitnessMetrics {
    cosigned: Gauge,
    failing: Gauge,
}

impl WitnessMetrics {
    pub(in crate::serve) fn register(&self, registry: &mut Registry) {
        let cosigned = "Events that the last checkpoint is for that a quorum of witnesses cosigned";
        registry.register("rapport_checkpoint_cosigned_size", cosigned, self.cosigned.clone());
        let failing = "Witnesses that did not cosign when they were asked last";
        registry.register("rapport_witnesses_failing", failing, self.failing.clone());
    }

    pub(super) fn cosigned(&self, size: u64) {
        self.cosigned.set(i64::try_from(size).unwrap_or(i64::MAX));
    }

    pub(super) fn failing(&self, witnesses: usize) {
        self.failing.set(i64::try_from(witnesses).unwrap_or(i64::MAX));
    }
}
