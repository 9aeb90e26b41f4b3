//! What the read models tell about themselves, read at each scrape.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use rapport_domain::envelope::Position;
use rapport_event_store::Positions;
use tokio::sync::watch;

use crate::read_model::{Core, State};

/// `rapport_projection_position`, `rapport_projection_behind`, `rapport_projection_lag_events` and
/// `rapport_projection_parked`; the one label is the read model's name. There is no `rapport_projection_lag_events` where
/// positions do not count events.
pub(crate) struct ProjectionMetrics {
    models: Vec<(&'static str, Arc<Core>)>,
    head: watch::Receiver<Position>,
    positions: Positions,
}

impl ProjectionMetrics {
    pub(crate) const fn new(
        models: Vec<(&'static str, Arc<Core>)>,
        head: watch::Receiver<Position>,
        positions: Positions,
    ) -> Self {
        Self { models, head, positions }
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
        let behind = (
            "rapport_projection_behind",
            "1 while the log has events that the read model has not taken in yet",
        );
        self.family(&mut encoder, behind, |core| u64::from(core.position() < head))?;
        let lag =
            ("rapport_projection_lag_events", "Events of the log that the read model has not taken in yet");
        match self.positions {
            Positions::Dense => {
                self.family(&mut encoder, lag, |core| head.0.saturating_sub(core.position().0))?;
            }
            Positions::Sparse => {}
        }
        let parked = ("rapport_projection_parked", "1 while the read model waits for an operator");
        self.family(&mut encoder, parked, |core| u64::from(matches!(core.state(), State::Parked(_))))
    }
}

impl fmt::Debug for ProjectionMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProjectionMetrics")
    }
}
