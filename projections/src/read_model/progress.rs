//! How far a read model is, and what it is doing; and waiting for it to get somewhere.

use std::time::Duration;

use rapport_domain::envelope::{EventId, Position};
use rapport_domain::value::Instant as Moment;
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
    /// Its identity; `None` when it is not about an event that could be read.
    pub event_id: Option<EventId>,
    /// What went wrong.
    pub error: ProjectError,
}

impl Parked {
    /// Whether it is about one event, which every server meets alike and an operator may let be passed over; otherwise
    /// it is about this server's file, or about the log.
    #[must_use]
    pub const fn is_about_an_event(&self) -> bool {
        self.event_id.is_some()
    }
}

/// What is known of a file from one moment to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The last event that it has taken in.
    pub(crate) position: Position,
    /// When that was recorded, log time.
    pub(crate) recorded_at: Option<Moment>,
    /// Where its file stands; what lies between changes nothing in it.
    pub(crate) written: Position,
    /// What every answer includes: the log as it was when the process started, or the rebuild began. `None`
    /// until that is known. A file that is being folded anew so never answers with a part of what it had.
    pub(crate) floor: Option<Position>,
    /// Whether it has yet to get its indexes, and what waits for them: it is not what its position says.
    pub(crate) is_loading: bool,
    pub(crate) state: State,
    /// Since when it has been folding, and from where on.
    pub(crate) began: Option<(Instant, Position)>,
    /// Whether another file has taken its place.
    pub(crate) superseded: bool,
    /// Whether nothing moves any more, because the process or the log is closing.
    pub(crate) ended: bool,
}

/// How fast a file is folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Positions a second, since it was begun or the process started. Events, where positions count them.
    pub positions_per_second: u64,
    /// Until it is where the log ends now, if it goes on like that; `None` while nobody can tell.
    pub left: Option<Duration>,
}

impl Progress {
    pub(crate) const fn starting() -> Self {
        Self {
            position: Position::START,
            recorded_at: None,
            written: Position::START,
            floor: None,
            is_loading: false,
            state: State::Running,
            began: None,
            superseded: false,
            ended: false,
        }
    }

    /// How fast it gets to a position.
    pub(crate) fn pace(&self, to: Position) -> Option<Pace> {
        let (at, from) = self.began?;
        let done = u128::from(self.position.0.saturating_sub(from.0));
        let left = u128::from(to.0.saturating_sub(self.position.0));
        let micros = at.elapsed().as_micros().max(1);
        let micros_left = (left * micros).checked_div(done).and_then(|micros| u64::try_from(micros).ok());
        Some(Pace {
            positions_per_second: u64::try_from(done * 1_000_000 / micros).unwrap_or(u64::MAX),
            left: micros_left.map(Duration::from_micros),
        })
    }

    /// Whether a query has to wait because the file is still being folded, rather than for what was just written.
    pub(crate) const fn is_building(&self) -> bool {
        match self.floor {
            Some(floor) => self.position.0 < floor.0,
            None => true,
        }
    }

    fn why_not(&self, projection: &'static str, requested: Position) -> QueryError {
        let current = self.position;
        if self.is_building() {
            let left = self.pace(requested).and_then(|pace| pace.left);
            QueryError::Building { projection, requested, current, left }
        } else {
            QueryError::Behind { projection, requested, current }
        }
    }
}

/// Waits until the file has reached what the query asks for, and returns that position; nothing when another file has
/// taken its place.
pub(crate) async fn wait_until(
    projection: &'static str,
    mut progress: watch::Receiver<Progress>,
    freshness: Freshness,
) -> Result<Option<Position>, QueryError> {
    loop {
        let why_not = {
            let progress = progress.borrow_and_update();
            if progress.superseded {
                return Ok(None);
            }
            let required = progress.floor.map(|floor| floor.max(freshness.min_position));
            match (&progress.state, required) {
                (_, Some(required)) if progress.position >= required => return Ok(Some(required)),
                (State::Parked(parked), _) => {
                    return Err(QueryError::Parked { projection, position: parked.position });
                }
                (State::Running | State::Paused, _) if progress.ended => {
                    return Err(QueryError::Closed { projection });
                }
                (State::Running | State::Paused, _) => {}
            }
            progress.why_not(projection, required.unwrap_or(freshness.min_position))
        };
        if Instant::now() >= freshness.deadline {
            return Err(why_not);
        }
        match timeout_at(freshness.deadline, progress.changed()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(QueryError::Closed { projection }),
            // Looks once more, and then gives up.
            Err(_) => {}
        }
    }
}
