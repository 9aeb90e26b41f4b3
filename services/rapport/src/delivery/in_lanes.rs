//! Side by side: parcels about different things at the same time, parcels about the same thing in their order.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use super::{Ledger, Parcel, apply};
use crate::client::Client;
use crate::error::{Failure, Refusal};

/// Parcels under way at the same time, where nothing else is said.
pub const LANES_DEFAULT: usize = 64;
/// Most parcels under way at the same time.
pub const LANES_MAX: usize = 512;
/// Parcels that wait in front of one lane.
const LANE_QUEUE: usize = 16;

/// What ended the delivery, if anything did.
type Stop = Arc<Mutex<Option<Refusal>>>;

/// Sends parcels, up to `lanes` at the same time.
///
/// # Errors
/// When the gateway refuses for a reason that concerns everything.
pub async fn in_lanes<T, L>(
    client: &Client,
    parcels: impl Iterator<Item = Parcel<T>>,
    lanes: usize,
    ledger: &Arc<L>,
) -> Result<(), Failure>
where
    T: Send + 'static,
    L: Ledger<T> + 'static,
{
    let stop = Stop::default();
    let lanes: Vec<_> = (0..lanes.clamp(1, LANES_MAX))
        .map(|_| {
            let (queue, waiting) = mpsc::channel(LANE_QUEUE);
            (queue, tokio::spawn(drive(client.clone(), waiting, Arc::clone(ledger), Arc::clone(&stop))))
        })
        .collect();
    for parcel in parcels {
        let Some(first) = parcel.commands.first() else { continue };
        if ledger.is_stopped() || lanes[lane(first.about(), lanes.len())].0.send(parcel).await.is_err() {
            break;
        }
    }
    let (queues, drivers): (Vec<_>, Vec<_>) = lanes.into_iter().unzip();
    drop(queues);
    for driver in drivers {
        driver.await.map_err(|error| Failure::Local(format!("a lane broke: {error}")))?;
    }
    let stopped = stop.lock().unwrap_or_else(PoisonError::into_inner).take();
    stopped.map_or(Ok(()), |refusal| Err(refusal.into()))
}

fn lane(about: &str, lanes: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    about.hash(&mut hasher);
    usize::try_from(hasher.finish() % lanes as u64).unwrap_or_default()
}

async fn drive<T, L: Ledger<T>>(
    client: Client,
    mut waiting: mpsc::Receiver<Parcel<T>>,
    ledger: Arc<L>,
    stop: Stop,
) {
    while let Some(parcel) = waiting.recv().await {
        if stop.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
            return;
        }
        for (place, command) in parcel.commands.iter().enumerate() {
            match apply(&client, command).await {
                Ok(receipt) => ledger.applied(&parcel.origin, receipt),
                Err(refusal) if refusal.concerns_all() => {
                    stop.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(refusal);
                    return;
                }
                Err(refusal) => {
                    ledger.refused(&parcel.origin, place, refusal);
                    break;
                }
            }
        }
    }
}
