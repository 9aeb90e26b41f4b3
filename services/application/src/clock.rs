//! Where the time comes from.

use rapport_domain::value::Instant;

/// How far a caller's clock may be ahead of ours, and a day's date ahead of the day: one day, in microseconds. A year
/// that was mistyped would otherwise stand at the top of every timeline for ever.
const CLOCKS_APART_MAX_MICROS: i64 = 86_400_000_000;

/// Whether a time has not come yet, with a day to spare for clocks that differ.
#[must_use]
pub const fn lies_ahead(at: Instant, now: Instant) -> bool {
    at.micros() > now.micros().saturating_add(CLOCKS_APART_MAX_MICROS)
}

/// Tells the time; a port, so that tests and dry runs have their own.
pub trait Clock: Send + Sync + 'static {
    /// The time, UTC.
    fn now(&self) -> Instant;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        let since_1970 =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let micros = i64::try_from(since_1970.as_micros()).unwrap_or(i64::MAX);
        Instant::from_micros(micros).unwrap_or(Instant::MAX)
    }
}
