//! History that is brought in at its own times.

use rapport_domain::envelope::{ExpectedRevision, NewEvent, Position, StreamId};
use rapport_domain::value::Instant;

use super::Subject;
use super::sample::{appended, events, log, stream};
use crate::port::{Append, AppendError, Appended, EventStore, Outcome};

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

async fn append_at(
    store: &dyn EventStore,
    recorded_at: Instant,
    stream: &StreamId,
    expected: ExpectedRevision,
    events: Vec<NewEvent>,
) -> Result<Appended, AppendError> {
    let append = Append { stream: stream.clone(), expected, events, recorded_at: Some(recorded_at) };
    let [answer] = <[_; 1]>::try_from(store.append_in_turn(vec![append]).await).unwrap();
    answer
}

pub(super) async fn history_is_recorded_at_its_own_time_or_the_store_says_that_it_takes_none(
    subject: &mut dyn Subject,
) {
    let store = subject.store();
    let (spring, summer) = (at("2017-03-01T00:00:00Z"), at("2017-07-01T12:00:00Z"));
    let any = ExpectedRevision::Any;
    match append_at(&*store, spring, &stream("a"), any, events([1, 2])).await {
        Err(refused @ AppendError::TimeFixed) => {
            assert_eq!(refused.outcome(), Outcome::NotApplied);
            assert_eq!(store.head().await.unwrap(), Position::START);
            return;
        }
        taken => assert_eq!(taken.unwrap(), appended(1, 2)),
    }
    assert_eq!(append_at(&*store, summer, &stream("b"), any, events([3])).await.unwrap(), appended(0, 3));
    // The same time again is no step back, and a repetition is no step at all.
    assert_eq!(append_at(&*store, summer, &stream("b"), any, events([4])).await.unwrap(), appended(1, 4));
    assert!(append_at(&*store, spring, &stream("a"), any, events([1, 2])).await.unwrap().repeated);
    let refused = append_at(&*store, spring, &stream("a"), any, events([5])).await;
    assert!(matches!(refused, Err(AppendError::TimePassed { last }) if last == summer), "{refused:?}");
    assert_eq!(store.position_at(at("2017-06-30T00:00:00Z")).await.unwrap(), Position(2));
    assert_eq!(store.append(&stream("a"), any, events([6])).await.unwrap(), appended(2, 5));
    let times: Vec<Instant> = log(&*store).await.iter().map(|event| event.recorded_at).collect();
    assert_eq!(times[..4], [spring, spring, summer, summer]);
    assert!(times[4] >= summer, "what happens now is recorded now");
}
