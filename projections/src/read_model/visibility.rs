//! How long it takes until an event is seen: from its time in the log to the commit that shows it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hdrhistogram::Histogram as Exact;
use parking_lot::Mutex;
use prometheus_client::metrics::histogram::Histogram;
use rapport_domain::value::Instant as Moment;

/// Longest time that is told apart from longer ones, in microseconds: an hour.
const MICROS_MAX: u64 = 3_600_000_000;
/// Digits that a quantile is right in.
const DIGITS: u8 = 3;

/// How long events took until they were seen, since the process started. Those that were in the log before are not among
/// them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latency {
    /// How many events were measured.
    pub events: u64,
    /// Half of them were seen within this time.
    pub p50: Duration,
    /// 99 of 100.
    pub p99: Duration,
    /// 999 of 1,000.
    pub p999: Duration,
}

/// Measures one read model.
pub(crate) struct Visibility {
    buckets: Histogram,
    /// For quantiles; nothing where it cannot be made, which is a fault of ours.
    exact: Option<Mutex<Exact<u64>>>,
}

impl Visibility {
    pub(crate) fn new(buckets: Histogram) -> Self {
        let exact = Exact::new_with_bounds(1, MICROS_MAX, DIGITS).ok();
        Self { buckets, exact: exact.map(Mutex::new) }
    }

    /// Events that were recorded then are seen now.
    pub(crate) fn seen(&self, recorded: impl Iterator<Item = Moment>) {
        let now = now_micros();
        let mut exact = self.exact.as_ref().map(Mutex::lock);
        for recorded_at in recorded {
            // A clock that was set back makes no negative time.
            let micros = u64::try_from(now.saturating_sub(recorded_at.micros())).unwrap_or(0);
            self.buckets.observe(Duration::from_micros(micros).as_secs_f64());
            if let Some(exact) = &mut exact {
                exact.saturating_record(micros);
            }
        }
    }

    /// What was measured; nothing while there is nothing.
    pub(crate) fn latency(&self) -> Option<Latency> {
        let exact = self.exact.as_ref()?.lock();
        let at = |quantile| Duration::from_micros(exact.value_at_quantile(quantile));
        let latency = Latency { events: exact.len(), p50: at(0.5), p99: at(0.99), p999: at(0.999) };
        (latency.events > 0).then_some(latency)
    }
}

/// The time, in microseconds since 1970, to measure with; nothing that is stored depends on it.
pub(crate) fn now_micros() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
