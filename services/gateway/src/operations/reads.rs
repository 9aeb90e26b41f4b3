//! Whether the read models are fit to be asked.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use rapport_projections::{ProjectionStatus, Projections, State};

/// The read models, and how far behind one may be.
#[derive(Clone)]
pub struct ReadModels {
    /// The read models.
    pub projections: Arc<Projections>,
    /// Longest time that an event may have waited to be taken in.
    pub lag_max: Duration,
}

/// What is to be said of a read model.
struct Remark {
    words: String,
    /// Whether another server would answer better.
    unfit: bool,
}

impl ReadModels {
    /// OK while this server answers as well as another one would; a line for each read model that there is something to
    /// say of.
    pub(super) async fn report(&self) -> (StatusCode, String) {
        let listed = self.projections.list().await;
        let remarks: Vec<Remark> = listed.iter().filter_map(|status| remark(status, self.lag_max)).collect();
        let unfit = remarks.iter().any(|remark| remark.unfit);
        let code = if unfit { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
        let first = if unfit { "behind\n" } else { "ok\n" };
        (code, remarks.into_iter().fold(first.to_owned(), |text, remark| text + &remark.words + "\n"))
    }
}

fn remark(status: &ProjectionStatus, lag_max: Duration) -> Option<Remark> {
    let ProjectionStatus { name, position, head, .. } = status;
    match &status.state {
        // Every server that follows the log meets the event at the same place: to send callers elsewhere helps nobody.
        State::Parked(parked) if parked.is_about_an_event() => Some(Remark {
            words: format!("{name} is parked at {} {}: {}", parked.position, parked.event_type, parked.error),
            unfit: false,
        }),
        State::Parked(parked) => {
            Some(Remark { words: format!("{name} is parked: {}", parked.error), unfit: true })
        }
        State::Running | State::Paused if status.is_starting => Some(Remark {
            words: format!("{name} is being built: position {position} of {head}"),
            unfit: true,
        }),
        State::Running | State::Paused => {
            let lag = status.lag.filter(|lag| *lag > lag_max)?;
            let words = format!("{name} is {} s behind: position {position} of {head}", lag.as_secs());
            Some(Remark { words, unfit: true })
        }
    }
}

#[cfg(test)]
mod tests {
    use rapport_domain::envelope::{EventId, Position};
    use rapport_projections::{Parked, ProjectError};

    use super::*;

    fn status(state: State, is_starting: bool, lag: u64) -> ProjectionStatus {
        ProjectionStatus {
            name: "timeline",
            version: 1,
            definition: String::new(),
            state,
            position: Position(5),
            head: Position(9),
            events_behind: Some(4),
            lag: Some(Duration::from_secs(lag)),
            is_starting,
            skipped: 0,
            latency: None,
            rebuild: None,
            compared: None,
        }
    }

    fn parked(event_id: Option<EventId>) -> State {
        let error = ProjectError::Data { cause: "eof".to_owned() };
        State::Parked(Parked { position: Position(6), event_type: "a.b.v1".to_owned(), event_id, error })
    }

    fn said(status: &ProjectionStatus) -> Option<(String, bool)> {
        remark(status, Duration::from_secs(60)).map(|remark| (remark.words, remark.unfit))
    }

    #[test]
    fn a_read_model_that_keeps_up_is_not_spoken_of() {
        assert_eq!(said(&status(State::Running, false, 60)), None);
        assert_eq!(said(&status(State::Paused, false, 1)), None);
    }

    #[test]
    fn one_that_is_late_or_still_being_built_sends_callers_elsewhere() {
        let late = said(&status(State::Paused, false, 61)).unwrap();
        assert_eq!(late, ("timeline is 61 s behind: position 5 of 9".to_owned(), true));
        let starting = said(&status(State::Running, true, 0)).unwrap();
        assert_eq!(starting, ("timeline is being built: position 5 of 9".to_owned(), true));
    }

    #[test]
    fn one_that_is_parked_at_an_event_is_named_and_keeps_its_callers() {
        let event = said(&status(parked(Some(EventId(uuid::Uuid::nil()))), false, 999)).unwrap();
        let words = "timeline is parked at 6 a.b.v1: the event's data cannot be read: eof".to_owned();
        assert_eq!(event, (words, false));
        let file = said(&status(parked(None), true, 0)).unwrap();
        assert_eq!(file, ("timeline is parked: the event's data cannot be read: eof".to_owned(), true));
    }
}
