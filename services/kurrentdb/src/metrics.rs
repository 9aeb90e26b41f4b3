//! What the adapter tells about itself.

use std::sync::atomic::AtomicU64;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use rapport_domain::envelope::Position;

use crate::trouble::Kind;

/// Appends, what they had to be tried again for, and how far the log is known.
#[derive(Debug, Clone, Default)]
pub struct KurrentMetrics {
    appends: Family<[(&'static str, &'static str); 1], Counter>,
    retries: Family<[(&'static str, &'static str); 1], Counter>,
    reconnects: Family<[(&'static str, &'static str); 1], Counter>,
    position: Gauge<u64, AtomicU64>,
    cut_off: Gauge,
}

impl KurrentMetrics {
    /// Adds the metrics to a registry: `rapport_kurrentdb_appends_total` by outcome (`written`, `repeated`, `refused`,
    /// `unavailable`, `unknown`), `rapport_kurrentdb_retries_total` and `rapport_kurrentdb_reconnects_total` by cause,
    /// `rapport_kurrentdb_position` and `rapport_kurrentdb_cut_off`.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "rapport_kurrentdb_appends",
            "Appends to KurrentDB, by outcome",
            self.appends.clone(),
        );
        registry.register(
            "rapport_kurrentdb_retries",
            "Calls to KurrentDB that failed and were tried again, by cause",
            self.retries.clone(),
        );
        registry.register(
            "rapport_kurrentdb_reconnects",
            "Clients of KurrentDB that were given up and replaced, by cause",
            self.reconnects.clone(),
        );
        registry.register(
            "rapport_kurrentdb_position",
            "Position of KurrentDB's log that this replica has followed to",
            self.position.clone(),
        );
        registry.register(
            "rapport_kurrentdb_cut_off",
            "1 while the log in KurrentDB cannot be followed",
            self.cut_off.clone(),
        );
    }

    pub(crate) fn appended(&self, outcome: &'static str) {
        self.appends.get_or_create(&[("outcome", outcome)]).inc();
    }

    pub(crate) fn retried(&self, cause: Kind) {
        self.retries.get_or_create(&[("cause", cause.as_str())]).inc();
    }

    pub(crate) fn reconnected(&self, cause: Kind) {
        self.reconnects.get_or_create(&[("cause", cause.as_str())]).inc();
    }

    pub(crate) fn cut_off(&self, is_cut_off: bool) {
        self.cut_off.set(i64::from(is_cut_off));
    }

    pub(crate) fn followed(&self, to: Position) {
        self.position.set(to.0);
    }
}
