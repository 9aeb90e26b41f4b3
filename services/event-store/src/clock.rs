//! The log's time.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rapport_domain::value::Instant;

use crate::port::AppendError;

/// Tells the log what time it is. The system's clock, unless a test sets another.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Instant + Send + Sync>);

impl Clock {
    /// The clock of the machine.
    #[must_use]
    pub fn system() -> Self {
        Self::new(system_time)
    }

    /// Any source of time. The log never goes backwards, even when the source does.
    pub fn new(now: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time to record an event with: now, but never before `last`.
    pub(crate) fn not_before(&self, last: Instant) -> Instant {
        (self.0)().max(last)
    }
}

/// The time of an event after one that was recorded at `last`: the one that is wanted, where it is not earlier, else now.
pub(crate) fn time_after(
    last: Instant,
    wanted: Option<Instant>,
    now: Instant,
) -> Result<Instant, AppendError> {
    match wanted {
        None => Ok(now.max(last)),
        Some(wanted) if wanted >= last => Ok(wanted),
        Some(_) => Err(AppendError::TimePassed { last }),
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// A machine whose clock is outside the years 1900 to 9999 is taken to be at the nearer end.
fn system_time() -> Instant {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_micros())
        .ok()
        .and_then(|micros| Instant::from_micros(micros).ok())
        .unwrap_or(Instant::MAX)
}
