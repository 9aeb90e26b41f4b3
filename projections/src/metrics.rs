//! What the read models tell about themselves, read at each scrape.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use rapport_domain::envelope::Position;
use tokio::sync::watch;

use crate::read_model::Core;

/// `rapport_projection_position` and `rapport_projection_lag_events`; the one label is the read model's name.
pub(crate) struct ProjectionMetrics {
    models: Vec<(&'static str, Arc<Core>)>,
    head: watch::Receiver<Position>,
}

impl ProjectionMetrics {
    pub(crate) const fn new(models: Vec<(&'static str, Arc<Core>)>, head: watch::Receiver<Position>) -> Self {
        Self { models, head }
    }

    fn family(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        (name, help): (&str, &str),
        value: impl Fn(&Core) -> u64,
    ) -> fmt::Result {
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (projection, core) in &self.models {
            let labels = [("projection", *projection)];
            let gauge = ConstGauge::new(i64::try_from(value(core)).unwrap_or(i64::MAX));
            gauge.encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

impl Collector for ProjectionMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let head = *self.head.borrow();
        let position =
            ("rapport_projection_position", "Position of the last event that the read model has taken in");
        self.family(&mut encoder, position, |core| core.position().0)?;
        let lag =
            ("rapport_projection_lag_events", "Events of the log that the read model has not taken in yet");
        self.family(&mut encoder, lag, |core| head.0.saturating_sub(core.position().0))
    }
}

impl fmt::Debug for ProjectionMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProjectionMetrics")
    }
}
