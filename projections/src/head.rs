//! Where the log ends: one task waits for it on behalf of every read model, and remembers when it moved.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rapport_domain::envelope::Position;
use rapport_domain::value::Instant as Moment;
use rapport_event_store::{EventStore, ReadError};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::read_model::now_micros;

/// Time between two looks at the log while it moves: under load, many appends are taken in at once. The first one after a
/// rest is told right away.
const LOOK_INTERVAL: Duration = Duration::from_millis(2);
/// Time before the log is asked again after it could not be reached. It is asked until it answers.
const RETRY_DELAY: Duration = Duration::from_millis(500);
/// Moves that are remembered.
const MOVES_MAX: usize = 8_192;
/// Moves that come closer to each other than this, in microseconds, are remembered as one.
const MOVE_MICROS: i64 = 100_000;

/// When the log moved, as far back as it is remembered.
#[derive(Default)]
pub(crate) struct Moves(Mutex<VecDeque<Move>>);

/// The log ended at `before`, and then did not.
struct Move {
    before: Position,
    at_micros: i64,
}

impl Moves {
    fn add(&self, before: Position, at_micros: i64) {
        let mut moves = self.0.lock();
        if moves.back().is_some_and(|last| at_micros.saturating_sub(last.at_micros) < MOVE_MICROS) {
            return;
        }
        moves.push_back(Move { before, at_micros });
        if moves.len() > MOVES_MAX {
            moves.pop_front();
        }
    }

    /// Since when the log has had more than up to a position; `None` where that is not remembered.
    fn since(&self, position: Position) -> Option<i64> {
        let moves = self.0.lock();
        let behind = moves.partition_point(|moved| moved.before <= position);
        moves.get(behind.checked_sub(1)?).map(|moved| moved.at_micros)
    }

    /// How long something has waited to be taken in: at most a tenth of a second too much. Where the move is not
    /// remembered, the time since the last event that was taken in. `None` while nothing is known.
    pub(crate) fn lag(&self, position: Position, last: Option<Moment>, head: Position) -> Option<Duration> {
        if position >= head {
            return Some(Duration::ZERO);
        }
        let since = self.since(position).or_else(|| last.map(Moment::micros))?;
        Some(Duration::from_micros(u64::try_from(now_micros().saturating_sub(since)).unwrap_or(0)))
    }
}

/// Tells the end of the log as it moves. Ends when the log is closed or nobody listens any more.
pub(crate) async fn watch_head(store: Arc<dyn EventStore>, head: watch::Sender<Position>, moves: Arc<Moves>) {
    let mut known = None;
    loop {
        let before = known.unwrap_or_default();
        let moved = tokio::select! {
            moved = store.wait_for(before) => moved,
            () = head.closed() => return,
        };
        match moved {
            Ok(position) => {
                // When the log grew to where it is found first, nobody here can tell.
                if known.is_some() {
                    moves.add(before, now_micros());
                }
                known = Some(position);
                head.send_replace(position);
                sleep(LOOK_INTERVAL).await;
            }
            Err(ReadError::Closed) => return,
            Err(error @ (ReadError::Unavailable { .. } | ReadError::Corrupt { .. })) => {
                tracing::warn!(%error, "the head of the log cannot be read");
                sleep(RETRY_DELAY).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lag_is_measured_from_the_move_that_left_something_behind() {
        let moves = Moves::default();
        let now = now_micros();
        let ago = |seconds: i64| now - seconds * 1_000_000;
        moves.add(Position(10), ago(3_600));
        moves.add(Position(20), ago(60));
        let seconds = |position: u64, last: Option<i64>| {
            let last = last.map(|micros| Moment::from_micros(micros).unwrap());
            moves.lag(Position(position), last, Position(30)).map(|lag| (lag.as_secs() + 5) / 10 * 10)
        };
        assert_eq!(seconds(30, None), Some(0), "there is nothing to take in");
        assert_eq!(seconds(29, None), Some(60));
        assert_eq!(seconds(20, Some(ago(7_200))), Some(60), "an idle log is no lag");
        assert_eq!(seconds(19, None), Some(3_600));
        assert_eq!(
            seconds(9, Some(ago(7_200))),
            Some(7_200),
            "what is not remembered is as old as what came before"
        );
        assert_eq!(seconds(9, None), None);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let moves = Moves::default();
        for number in 0..20_000 {
            moves.add(Position(number), i64::try_from(number).unwrap() * MOVE_MICROS);
            moves.add(Position(number), i64::try_from(number).unwrap() * MOVE_MICROS + 1);
        }
        assert_eq!(moves.0.lock().len(), MOVES_MAX);
        assert_eq!(moves.since(Position(19_999)), Some(19_999 * MOVE_MICROS));
    }
}
