//! Calls at a rate, whether those before are answered or not: a slow answer does not hide behind calls that were never made.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::error::Failure;

/// Calls are made in steps of this length, as many as the rate wants by then.
const STEP: Duration = Duration::from_millis(1);
/// Calls without an answer at most; then the rate is not reached, and is told as it was.
const UNDER_WAY_MAX: usize = 4_000;

/// How many calls, and for how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) per_second: u32,
    pub(super) run: Duration,
    /// What begins before this does not count.
    pub(super) warm_up: Duration,
}

/// A call to be made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    /// Its number, from 0.
    pub(super) number: u64,
    /// Whether the warm-up is over.
    pub(super) counts: bool,
}

/// How many calls were made, and how long that took.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Made {
    pub(super) calls: u64,
    pub(super) time: Duration,
}

impl Pace {
    /// Makes calls, and hands on what came of each, in the order in which they end.
    ///
    /// # Errors
    /// The first that a call ends with.
    pub(super) async fn keep<F, T>(
        &self,
        mut call: impl FnMut(Turn) -> F,
        mut ended: impl FnMut(T),
    ) -> Result<Made, Failure>
    where
        F: Future<Output = Result<T, Failure>> + Send + 'static,
        T: Send + 'static,
    {
        let mut ticks = interval(STEP);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut under_way = JoinSet::new();
        let (began, mut number) = (Instant::now(), 0);
        while began.elapsed() < self.run {
            ticks.tick().await;
            while number < self.due(began.elapsed()) && under_way.len() < UNDER_WAY_MAX {
                under_way.spawn(call(Turn { number, counts: began.elapsed() >= self.warm_up }));
                number += 1;
            }
            while let Some(answer) = under_way.try_join_next() {
                ended(answer.map_err(broke_off)??);
            }
        }
        let made = Made { calls: number, time: began.elapsed() };
        while let Some(answer) = under_way.join_next().await {
            ended(answer.map_err(broke_off)??);
        }
        Ok(made)
    }

    /// Calls that are to be made by then.
    fn due(&self, elapsed: Duration) -> u64 {
        u64::try_from(elapsed.as_micros() * u128::from(self.per_second) / 1_000_000).unwrap_or(u64::MAX)
    }
}

impl Made {
    /// With others.
    pub(super) fn and(self, other: Self) -> Self {
        Self { calls: self.calls + other.calls, time: self.time + other.time }
    }

    #[expect(clippy::cast_precision_loss, reason = "no run makes 2^52 calls")]
    pub(super) fn per_second(self) -> f64 {
        self.calls as f64 / self.time.as_secs_f64()
    }
}

fn broke_off(error: tokio::task::JoinError) -> Failure {
    Failure::Local(format!("a call broke off: {error}"))
}
