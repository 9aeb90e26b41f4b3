//! When keys are fetched again.

use std::time::Duration;

/// Time between two fetches.
const FETCH_INTERVAL: Duration = Duration::from_secs(300);
/// Time until keys that could not be fetched are asked for again; doubled with each time, up to the interval.
const PAUSE: Duration = Duration::from_secs(5);
/// Time between two fetches because a token names a key that is not known, at least.
pub(super) const MISSED_INTERVAL: Duration = Duration::from_secs(10);

/// By how often in a row it failed.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    failures: u32,
}

impl Schedule {
    pub(super) fn pause(&self) -> Duration {
        match self.failures.checked_sub(1) {
            None => FETCH_INTERVAL,
            Some(doublings) => PAUSE.saturating_mul(2_u32.saturating_pow(doublings)).min(FETCH_INTERVAL),
        }
    }

    pub(super) const fn is_failing(&self) -> bool {
        self.failures > 0
    }

    pub(super) const fn succeeded(&mut self) {
        self.failures = 0;
    }

    pub(super) const fn failed(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_is_tried_again_soon_then_later_and_at_last_as_often_as_ever() {
        let mut schedule = Schedule::default();
        assert_eq!(schedule.pause(), FETCH_INTERVAL);
        let mut pauses = Vec::new();
        for _ in 0..8 {
            schedule.failed();
            pauses.push(schedule.pause().as_secs());
        }
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 300, 300]);
        (0..100).for_each(|_| schedule.failed());
        assert_eq!((schedule.pause(), schedule.is_failing()), (FETCH_INTERVAL, true));
        schedule.succeeded();
        assert_eq!((schedule.pause(), schedule.is_failing()), (FETCH_INTERVAL, false));
    }
}
