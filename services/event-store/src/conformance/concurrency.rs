//! Many writers at once.

use futures::future::join_all;
use rapport_domain::envelope::{ExpectedRevision, Position, Revision};

use super::Subject;
use super::sample::{actual, appended, events, log, number, numbers, repeated, stream};
use crate::port::Direction;

const WRITERS: u64 = 64;
const APPENDS: u64 = 20;

pub(super) async fn positions_are_dense_under_many_writers(subject: &mut dyn Subject) {
    let writers = (0..WRITERS).map(|writer| {
        let store = subject.store();
        tokio::spawn(async move {
            let own = stream(&format!("{}", writer % 16));
            let mut positions = Vec::new();
            for append in 0..APPENDS {
                let event = events([writer * APPENDS + append]);
                positions.push(store.append(&own, ExpectedRevision::Any, event).await.unwrap().position);
            }
            positions
        })
    });
    let answers = join_all(writers.collect::<Vec<_>>()).await;
    let mut positions: Vec<Position> = answers.into_iter().flat_map(Result::unwrap).collect();
    positions.sort_unstable();
    assert_eq!(positions, (1..=WRITERS * APPENDS).map(Position).collect::<Vec<_>>());
    let store = subject.store();
    let log = log(&*store).await;
    assert_eq!(log.iter().map(|event| event.position).collect::<Vec<_>>(), positions);
    for name in 0..16 {
        let own = stream(&name.to_string());
        let in_log: Vec<u64> = log.iter().filter(|event| event.stream == own).map(number).collect();
        assert_eq!(numbers(&*store, &own, 0, Direction::Forward).await, in_log);
    }
}

pub(super) async fn of_many_writers_at_one_revision_one_wins(subject: &mut dyn Subject) {
    for round in 0..10_u64 {
        let expected = match round.checked_sub(1) {
            None => ExpectedRevision::NoStream,
            Some(last) => ExpectedRevision::Exact(Revision(last)),
        };
        let racers = (0..16).map(|racer| {
            let store = subject.store();
            let event = events([round * 16 + racer]);
            tokio::spawn(async move { store.append(&stream("a"), expected, event).await })
        });
        let answers: Vec<_> =
            join_all(racers.collect::<Vec<_>>()).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        for lost in answers.iter().filter(|answer| answer.is_err()) {
            assert_eq!(actual(lost), Some(Revision(round)));
        }
    }
}

pub(super) async fn the_same_append_from_many_callers_is_written_once(subject: &mut dyn Subject) {
    let callers = (0..WRITERS).map(|_| {
        let store = subject.store();
        tokio::spawn(
            async move { store.append(&stream("a"), ExpectedRevision::NoStream, events([1, 2])).await },
        )
    });
    let answers = join_all(callers.collect::<Vec<_>>()).await;
    let answers: Vec<_> = answers.into_iter().map(|answer| answer.unwrap().unwrap()).collect();
    assert_eq!(answers.iter().filter(|answer| !answer.repeated).count(), 1);
    for answer in answers {
        assert_eq!(repeated(answer), repeated(appended(1, 2)));
    }
    assert_eq!(subject.store().head().await.unwrap(), Position(2));
}
