//! Closed loops: every writer sends its next request when the last one is answered.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::latency::Latency;
use super::target::Writer;
use crate::error::Failure;

/// The first part of a run is not counted: caches fill, and writers come into step. One over this share of it.
const WARM_UP_SHARE: u32 = 5;

/// What a run of some writers gave.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) per_second: f64,
    pub(super) latency: Latency,
    /// With the part that is not counted.
    pub(super) whole: Duration,
}

/// Lets all writers send requests of so many events, each as fast as it is answered, for `duration`.
///
/// # Errors
/// The first failure of a writer.
pub(super) async fn drive(
    writers: Vec<Box<dyn Writer>>,
    events: usize,
    duration: Duration,
) -> Result<Run, Failure> {
    let start = Arc::new(Barrier::new(writers.len()));
    let mut loops = JoinSet::new();
    for writer in writers {
        let start = Arc::clone(&start);
        loops.spawn(async move {
            start.wait().await;
            write(writer, events, duration).await
        });
    }
    let mut latency = Latency::new()?;
    while let Some(ended) = loops.join_next().await {
        let ended = ended.map_err(|error| Failure::Local(format!("a writer broke off: {error}")))?;
        latency.add(&ended?)?;
    }
    let counted = duration - duration / WARM_UP_SHARE;
    Ok(Run { per_second: per_second(latency.count(), events, counted), latency, whole: duration })
}

#[expect(clippy::cast_precision_loss, reason = "no run answers 2^52 requests")]
fn per_second(requests: u64, events: usize, time: Duration) -> f64 {
    requests as f64 * events as f64 / time.as_secs_f64()
}

/// Counts the requests that are answered in the time that counts.
async fn write(mut writer: Box<dyn Writer>, events: usize, duration: Duration) -> Result<Latency, Failure> {
    let mut latency = Latency::new()?;
    let began = Instant::now();
    let (from, to) = (began + duration / WARM_UP_SHARE, began + duration);
    loop {
        let sent = Instant::now();
        if sent >= to {
            return Ok(latency);
        }
        writer.append(events).await?;
        let answered = Instant::now();
        if (from..to).contains(&answered) {
            latency.record(answered - sent);
        }
    }
}
