//! Who follows the log, as a service does that tells people of their new leads.

use std::collections::HashMap;
use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rapport_proto::v1::{HistoryEvent, ReadHistoryRequest};
use serde::Deserialize;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tonic::Streaming;

use super::missing;
use crate::client::Client;
use crate::error::Failure;

const CAPTURED: &str = "lead.captured.v1";
const ASSIGNED: &str = "lead.assigned.v1";
/// How long the next assignment is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A follower of the log, who listens meanwhile.
pub(super) struct Follower {
    assigned: Arc<Mutex<HashMap<String, Assigned>>>,
    more: watch::Receiver<()>,
    listening: JoinHandle<Result<(), Failure>>,
}

/// What it heard of a lead.
pub(super) struct Assigned {
    pub(super) owner: String,
    pub(super) heard: Instant,
    /// From the capture to this, by the log.
    pub(super) in_log: Duration,
}

/// What an assignment says.
#[derive(Deserialize)]
struct Said {
    to: Holder,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Holder {
    Owner(String),
    Queue(String),
}

impl Follower {
    /// Follows from the beginning.
    ///
    /// # Errors
    /// When the server refuses.
    pub(super) async fn start(client: &Client) -> Result<Self, Failure> {
        let request = ReadHistoryRequest {
            type_prefixes: [CAPTURED, ASSIGNED].map(str::to_owned).into(),
            follow: true,
            ..ReadHistoryRequest::default()
        };
        let events = client.history().read_history(request).await?.into_inner();
        let assigned = Arc::default();
        let (told, more) = watch::channel(());
        let listening = tokio::spawn(listen(events, Arc::clone(&assigned), told));
        Ok(Self { assigned, more, listening })
    }

    /// Waits until so many leads are assigned that were not handed out before; by lead.
    ///
    /// # Errors
    /// When one is assigned twice or left in a queue, or none for too long.
    pub(super) async fn assigned(&mut self, leads: usize) -> Result<HashMap<String, Assigned>, Failure> {
        while self.assigned.lock().len() < leads {
            let changed = timeout(PATIENCE, self.more.changed()).await;
            if changed.map_err(|_| missing("an assignment"))?.is_err() {
                let ended = (&mut self.listening).await;
                ended.map_err(|error| Failure::Local(error.to_string()))??;
                return Err(missing("the rest of the log"));
            }
        }
        Ok(mem::take(&mut *self.assigned.lock()))
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(
    mut events: Streaming<HistoryEvent>,
    assigned: Arc<Mutex<HashMap<String, Assigned>>>,
    told: watch::Sender<()>,
) -> Result<(), Failure> {
    // Log times of captures whose leads are not assigned.
    let mut captured: HashMap<String, Duration> = HashMap::new();
    while let Some(event) = events.message().await? {
        let (heard, at) = (Instant::now(), recorded_at(&event));
        let lead_id = event.stream.split_once('-').map_or("", |(_, id)| id).to_owned();
        if event.event_type == CAPTURED {
            captured.insert(lead_id, at);
            continue;
        }
        let began = captured.remove(&lead_id);
        let began = began.ok_or_else(|| Failure::Local(format!("{lead_id} was assigned twice")))?;
        let of_it = Assigned { owner: owner(&event.data)?, heard, in_log: at.saturating_sub(began) };
        assigned.lock().insert(lead_id, of_it);
        told.send_replace(());
    }
    Ok(())
}

/// Log time, since 1970.
fn recorded_at(event: &HistoryEvent) -> Duration {
    let time = event.recorded_at.unwrap_or_default();
    let part = |count: i64| u64::try_from(count).unwrap_or(0);
    Duration::from_secs(part(time.seconds)) + Duration::from_nanos(part(time.nanos.into()))
}

fn owner(data: &str) -> Result<String, Failure> {
    let said: Said = serde_json::from_str(data).map_err(|error| Failure::Local(error.to_string()))?;
    match said.to {
        Holder::Owner(owner) => Ok(owner),
        Holder::Queue(queue) => Err(Failure::Local(format!("a lead was left in the queue {queue}"))),
    }
}
