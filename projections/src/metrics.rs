//! What the read models tell about themselves, read at each scrape.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use rapport_domain::envelope::Position;
use rapport_event_store::Positions;
use tokio::sync::watch;

use crate::head::Moves;
use crate::read_model::{Phase, Shared, SnapshotStock, State};

/// `rapport_projection_visible_seconds`, by read model.
pub(crate) type Visible = Family<[(&'static str, &'static str); 1], Histogram, fn() -> Histogram>;

/// Where one read model counts how long its events take to be seen.
pub(crate) fn visible(family: &Visible, projection: &'static str) -> Histogram {
    family.get_or_create(&[("projection", projection)]).clone()
}

/// From half a millisecond to a quarter of a minute.
pub(crate) fn no_latencies() -> Histogram {
    Histogram::new(exponential_buckets(0.000_5, 2.0, 16))
}

/// What the read models tell at each scrape; the one label is the read model's name. There is no
/// `rapport_projection_lag_events` where positions do not count events.
pub(crate) struct ProjectionMetrics {
    models: Vec<(&'static str, Arc<Shared>)>,
    head: watch::Receiver<Position>,
    moves: Arc<Moves>,
    positions: Positions,
}

/// Adds everything to a registry.
pub(crate) fn register(registry: &mut Registry, metrics: ProjectionMetrics, visible: Visible) {
    registry.register_collector(Box::new(metrics));
    registry.register(
        "rapport_projection_visible_seconds",
        "Time from an event's place in the log to the commit that shows it",
        visible,
    );
}

impl ProjectionMetrics {
    pub(crate) const fn new(
        models: Vec<(&'static str, Arc<Shared>)>,
        head: watch::Receiver<Position>,
        moves: Arc<Moves>,
        positions: Positions,
    ) -> Self {
        Self { models, head, moves, positions }
    }

    /// One gauge for each read model that has a value.
    fn family(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        (name, help): (&str, &str),
        value: impl Fn(&Shared) -> Option<u64>,
    ) -> fmt::Result {
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (projection, shared) in &self.models {
            let labels = [("projection", *projection)];
            let Some(value) = value(shared) else { continue };
            let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            gauge.encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }

    fn following(&self, encoder: &mut DescriptorEncoder<'_>, head: Position) -> fmt::Result {
        let position =
            ("rapport_projection_position", "Position of the last event that the read model has taken in");
        self.family(encoder, position, |shared| Some(shared.core().position().0))?;
        let behind = (
            "rapport_projection_behind",
            "1 while the log has events that the read model has not taken in yet",
        );
        self.family(encoder, behind, |shared| Some(u64::from(shared.core().position() < head)))?;
        let lag =
            ("rapport_projection_lag_events", "Events of the log that the read model has not taken in yet");
        match self.positions {
            Positions::Dense => {
                self.family(encoder, lag, |shared| Some(head.0.saturating_sub(shared.core().position().0)))?;
            }
            Positions::Sparse => {}
        }
        let lag = (
            "rapport_projection_lag_seconds",
            "Seconds that the oldest event which the read model has not taken in has waited",
        );
        self.family(encoder, lag, |shared| {
            let core = shared.core();
            self.moves.lag(core.position(), core.recorded_at(), head).map(|lag| lag.as_secs())
        })?;
        let parked = ("rapport_projection_parked", "1 while the read model waits for an operator");
        self.family(encoder, parked, |shared| {
            Some(u64::from(matches!(shared.core().state(), State::Parked(_))))
        })?;
        let skipped = (
            "rapport_projection_skipped_events",
            "Events that the read model passes over because an operator said so",
        );
        self.family(encoder, skipped, |shared| u64::try_from(shared.core().skipped()).ok())
    }

    fn rebuilding(&self, encoder: &mut DescriptorEncoder<'_>, head: Position) -> fmt::Result {
        let rebuilding = ("rapport_projection_rebuilding", "1 while the read model is built anew");
        self.family(encoder, rebuilding, |shared| Some(u64::from(shared.rebuild(head).is_some())))?;
        let held = (
            "rapport_projection_rebuild_held",
            "1 while a rebuilt read model waits for an operator to switch to it or to discard it",
        );
        self.family(encoder, held, |shared| {
            shared.rebuild(head).map(|rebuild| u64::from(matches!(rebuild.phase, Phase::Held(_))))
        })?;
        let position = (
            "rapport_projection_rebuild_position",
            "Position of the last event that the rebuild has taken in",
        );
        self.family(encoder, position, |shared| shared.rebuild(head).map(|rebuild| rebuild.position.0))?;
        let rate = (
            "rapport_projection_rebuild_positions_per_second",
            "How fast the rebuild goes; events, where positions count them",
        );
        self.family(encoder, rate, |shared| Some(shared.rebuild(head)?.pace?.positions_per_second))?;
        let left = (
            "rapport_projection_rebuild_left_seconds",
            "Seconds until the rebuild is where the log ends now, if it goes on as it does",
        );
        self.family(encoder, left, |shared| Some(shared.rebuild(head)?.pace?.left?.as_secs()))
    }

    fn keeping(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        type Families = [(&'static str, &'static str, fn(SnapshotStock) -> u64); 3];
        let families: Families = [
            ("rapport_projection_snapshots", "Snapshots that are kept of the read model", |stock| {
                stock.count
            }),
            ("rapport_projection_snapshot_bytes", "Bytes of disk that they take", |stock| stock.bytes),
            (
                "rapport_projection_snapshot_position",
                "Position of the last event in the newest of them",
                |stock| stock.newest.0,
            ),
        ];
        for (name, help, value) in families {
            self.family(encoder, (name, help), |shared| Some(value(shared.snapshots())))?;
        }
        let (name, help) = (
            "rapport_projection_snapshot_failures",
            "Snapshots that could not be made, or were found to be damaged or of another log",
        );
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (projection, shared) in &self.models {
            let labels = [("projection", *projection)];
            ConstCounter::new(shared.snapshots().failures).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

impl Collector for ProjectionMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let head = *self.head.borrow();
        self.following(&mut encoder, head)?;
        self.rebuilding(&mut encoder, head)?;
        self.keeping(&mut encoder)
    }
}

impl fmt::Debug for ProjectionMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProjectionMetrics")
    }
}
