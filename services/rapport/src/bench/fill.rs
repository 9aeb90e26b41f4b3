//! A history, made up as fast as it can be written.

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::task::JoinSet;

use super::machine::{self, Memory};
use super::target::{Expecting, Port, Shape, Writer};
use crate::error::Failure;

/// Shortest history that reads and a long one are measured with, in events.
pub(super) const EVENTS_MIN: u64 = 100_000;
/// How long a history may be asked for.
pub(super) const EVENTS_RANGE: RangeInclusive<u64> = EVENTS_MIN..=EVENTS_MAX;
/// Longest history, in events.
pub(super) const EVENTS_MAX: u64 = 100_000_000;
/// Writers of the filling.
pub(super) const WRITERS: usize = 16;
/// Events of each of their requests, all to one stream.
const EVENTS_PER_REQUEST: usize = 100;

/// Writes at least so many events, to streams chosen at random.
///
/// # Errors
/// The first failure of a writer.
pub(super) async fn fill(writers: Vec<Box<dyn Writer>>, events: u64) -> Result<(), Failure> {
    let requests = Arc::new(AtomicU64::new(events.div_ceil(EVENTS_PER_REQUEST as u64)));
    let mut loops = JoinSet::new();
    for mut writer in writers {
        let requests = Arc::clone(&requests);
        loops.spawn(async move {
            let one_less = |left: u64| left.checked_sub(1);
            while requests.try_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok() {
                writer.append(EVENTS_PER_REQUEST).await?;
            }
            Ok::<_, Failure>(())
        });
    }
    while let Some(ended) = loops.join_next().await {
        ended.map_err(|error| Failure::Local(format!("the filling broke off: {error}")))??;
    }
    Ok(())
}

/// Fills the log of a folder in this process, and comes back with the memory that it then has.
///
/// # Errors
/// When it cannot be written.
pub(super) async fn fill_log(folder: &Path, events: u64, data: &str) -> Result<Memory, Failure> {
    let port = Port::at(folder)?;
    fill(port.writers(&shape(data)), events).await?;
    let memory = machine::memory(std::process::id())?;
    port.close().await;
    Ok(memory)
}

/// How the writers of the filling come to a target.
pub(super) fn shape(data: &str) -> Shape {
    Shape { writers: WRITERS, connections: WRITERS / 2, expecting: Expecting::Any, data: data.to_owned() }
}
