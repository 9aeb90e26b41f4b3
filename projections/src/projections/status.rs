//! How the read models do.

use std::time::Duration;

use rapport_domain::envelope::Position;
use rapport_event_store::Positions;
use tokio::sync::watch;

use super::Projections;
use crate::read_model::{Comparison, Latency, Parked, ReadModel, RebuildStatus, State};

/// How a read model does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectionStatus {
    /// Its name.
    pub name: &'static str,
    /// Version of the file that is asked.
    pub version: u32,
    /// Hash of the definition that the file was begun with; empty where a build made it that did not write that down.
    pub definition: String,
    /// What it is doing.
    pub state: State,
    /// Position of the last event that it has taken in.
    pub position: Position,
    /// Position of the last event of the log.
    pub head: Position,
    /// Events that it has not taken in yet; none where positions do not count events.
    pub events_behind: Option<u64>,
    /// How long the oldest event that it has not taken in has waited; `None` while nobody can tell.
    pub lag: Option<Duration>,
    /// Whether it has yet to take in what was in the log when the process started.
    pub is_starting: bool,
    /// Events that it passes over because an operator said so.
    pub skipped: u64,
    /// How long events take until it shows them; `None` while none was measured.
    pub latency: Option<Latency>,
    /// The rebuild under way.
    pub rebuild: Option<RebuildStatus>,
    /// How the last rebuild of this process compared with the file before.
    pub compared: Option<Comparison>,
}

impl ProjectionStatus {
    /// Why it is parked, if it is.
    #[must_use]
    pub const fn parked(&self) -> Option<&Parked> {
        match &self.state {
            State::Parked(parked) => Some(parked),
            State::Running | State::Paused => None,
        }
    }
}

impl Projections {
    /// How every read model does, in a fixed order.
    pub async fn list(&self) -> Vec<ProjectionStatus> {
        // What the followers know of the head serves where the log does not answer.
        let head = self.store.head().await.unwrap_or_else(|_| *self.head.borrow());
        self.models.iter().map(|model| self.status(model, head)).collect()
    }

    /// Where the log ends, as it is seen from here, told as it moves.
    #[must_use]
    pub fn head(&self) -> watch::Receiver<Position> {
        self.head.clone()
    }

    fn status(&self, model: &ReadModel, head: Position) -> ProjectionStatus {
        let shared = model.shared();
        let core = shared.core();
        let position = core.position();
        ProjectionStatus {
            name: model.name(),
            version: core.file.version(),
            definition: core.file.definition.sha256.clone(),
            state: core.state(),
            position,
            head,
            events_behind: match self.store.positions() {
                Positions::Dense => Some(head.0.saturating_sub(position.0)),
                Positions::Sparse => None,
            },
            lag: self.moves.lag(position, core.recorded_at(), head),
            is_starting: core.is_behind_its_floor(),
            skipped: u64::try_from(core.skipped()).unwrap_or(u64::MAX),
            latency: model.latency(),
            rebuild: shared.rebuild(head),
            compared: shared.compared(),
        }
    }
}
