//! How signing stands, for the machines that watch.

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use rapport_transparency::Standing;

/// What the checkpointer tells of itself.
#[derive(Debug, Clone, Default)]
pub(in crate::serve) struct CheckpointMetrics {
    size: Gauge,
    refused: Gauge,
}

impl CheckpointMetrics {
    pub(in crate::serve) fn register(&self, registry: &mut Registry) {
        let size = "Events that the last signed checkpoint is for";
        registry.register("rapport_checkpoint_size", size, self.size.clone());
        let refused =
            "Whether checkpoints are refused, because the log is not the one that was signed before";
        registry.register("rapport_checkpoint_refused", refused, self.refused.clone());
    }

    pub(super) fn tell(&self, standing: &Standing) {
        self.size.set(i64::try_from(standing.checkpoint.size).unwrap_or(i64::MAX));
        self.refused.set(i64::from(standing.refusal.is_some()));
    }
}
