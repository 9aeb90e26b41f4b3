//! How far a read model is, and what it is doing; and waiting for it to get somewhere.

use rapport_domain::envelope::Position;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::projection::ProjectError;
use crate::query::{Freshness, QueryError};

/// What a read model is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It follows the log.
    Running,
    /// An operator let it stand still.
    Paused,
    /// It met something that it cannot get past, and waits for an operator.
    Parked(Parked),
}

/// Why a read model waits for an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// The event that it cannot take in; [`Position::START`] when it is not about an event.
    pub position: Position,
    /// Its type; empty when it is not about an event.
    pub event_type: String,
    /// What went wrong.
    pub error: ProjectError,
}

/// What is known of a read model from one moment to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The last event that it has taken in.
    pub(crate) position: Position,
    /// Where its file stands; what lies between changes nothing in it.
    pub(crate) written: Position,
    /// What every answer includes: the log as it was when the process started, or the rebuild began. `None`
    /// until that is known. A file that is being folded anew so never answers with a part of what it had.
    pub(crate) floor: Option<Position>,
    pub(crate) state: State,
    /// Whether nothing moves any more, because the process or the log is closing.
    pub(crate) ended: bool,
}

impl Progress {
    pub(crate) const fn starting() -> Self {
        Self {
            position: Position::START,
            written: Position::START,
            floor: None,
            state: State::Running,
            ended: false,
        }
    }
}

/// Waits until the read model has reached what the query asks for, and returns that position.
pub(crate) async fn wait_until(
    projection: &'static str,
    mut progress: watch::Receiver<Progress>,
    freshness: Freshness,
) -> Result<Position, QueryError> {
    loop {
        let (required, current) = {
            let progress = progress.borrow_and_update();
            let required = progress.floor.map(|floor| floor.max(freshness.min_position));
            match (&progress.state, required) {
                (_, Some(required)) if progress.position >= required => return Ok(required),
                (State::Parked(parked), _) => {
                    return Err(QueryError::Parked { projection, position: parked.position });
                }
                (State::Running | State::Paused, _) if progress.ended => {
                    return Err(QueryError::Closed { projection });
                }
                (State::Running | State::Paused, _) => {}
            }
            (required.unwrap_or(freshness.min_position), progress.position)
        };
        if Instant::now() >= freshness.deadline {
            return Err(QueryError::Behind { projection, requested: required, current });
        }
        match timeout_at(freshness.deadline, progress.changed()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(QueryError::Closed { projection }),
            // Looks once more, and then gives up.
            Err(_) => {}
        }
    }
}
