use super::*;
use rapport_event_store::MemoryStore;

use crate::testing::company::company;

/// More than somebody close to the head takes: they wait for each other.
const LIMIT: usize = LIVE_BATCH_EVENTS_MAX + 1;
const BYTES: usize = 64 * 1024;
/// With one more, the oldest events go.
const FULL: usize = BATCHES_KEPT_MAX;

async fn feed(patience: Duration) -> Arc<Feed> {
    let (store, history) = (Arc::new(MemoryStore::new()), company(200));
    history.append_to(&*store, Position::START).await;
    let feed = Feed { patience, window: Mutex::new(Window::of(BYTES)), ..Feed::new(store) };
    Arc::new(feed)
}

/// Takes a batch, and says where it ends.
async fn take(seat: &Seat, after: u64) -> u64 {
    let batch = seat.next(Position(after), LIMIT).await.unwrap();
    batch.expect("the feed has it").last().expect("the log goes on").position.0
}

/// Takes all that is kept, and says where it ends.
async fn take_all(seat: &Seat) -> u64 {
    let mut after = 0;
    // Each ends with the event that makes it as large as it may be.
    for _ in 1..FULL {
        after = take(seat, after).await;
    }
    after
}

#[tokio::test]
async fn who_is_first_waits_for_who_needs_the_oldest_events_and_both_share_what_was_read() {
    let feed = feed(PATIENCE).await;
    let (fast, slow) = (Seat::at(Arc::clone(&feed)), Seat::at(Arc::clone(&feed)));
    let second_batch = take(&slow, 0).await;
    let fast_at = take_all(&fast).await;
    let mut next = pin!(take(&fast, fast_at));
    assert!(futures::poll!(next.as_mut()).is_pending(), "the oldest events are still needed");

    let slows = slow.next(Position(second_batch), LIMIT).await.unwrap().unwrap();
    assert!(next.await > fast_at);
    let fasts = fast.next(Position(second_batch), LIMIT).await.unwrap().unwrap();
    assert!(Arc::ptr_eq(&slows[0], &fasts[0]));
}

#[tokio::test]
async fn nobody_waits_for_ever_for_one_that_stands_still() {
    let feed = feed(Duration::ZERO).await;
    let (fast, slow) = (Seat::at(Arc::clone(&feed)), Seat::at(Arc::clone(&feed)));
    take(&slow, 0).await;
    let fast_at = take_all(&fast).await;
    assert!(take(&fast, fast_at).await > fast_at);
    let read = slow.next(Position(0), LIMIT).await.unwrap();
    assert!(read.is_none(), "it reads the log by itself");
}

#[tokio::test]
async fn nobody_waits_for_one_that_has_left() {
    let feed = feed(PATIENCE).await;
    let (fast, slow) = (Seat::at(Arc::clone(&feed)), Seat::at(Arc::clone(&feed)));
    take(&slow, 0).await;
    let fast_at = take_all(&fast).await;
    let mut next = pin!(take(&fast, fast_at));
    assert!(futures::poll!(next.as_mut()).is_pending());
    slow.leave();
    assert!(next.await > fast_at);
}

#[tokio::test]
async fn one_that_is_further_by_little_leaves_the_others_what_lies_between() {
    let feed = feed(PATIENCE).await;
    let (here, further) = (Seat::at(Arc::clone(&feed)), Seat::at(Arc::clone(&feed)));
    let end = take(&here, 0).await;
    let furthers = further.next(Position(end + 3), 10).await.unwrap().unwrap();
    assert_eq!(furthers[0].position, Position(end + 4));
    let heres = here.next(Position(end), 10).await.unwrap().unwrap();
    assert_eq!(heres[0].position, Position(end + 1));
    assert!(Arc::ptr_eq(&heres[3], &furthers[0]));
}

#[tokio::test]
async fn one_that_is_further_by_much_begins_anew() {
    let feed = feed(PATIENCE).await;
    let (here, further) = (Seat::at(Arc::clone(&feed)), Seat::at(Arc::clone(&feed)));
    let end = take(&here, 0).await;
    let furthers = further.next(Position(end + 100), 10).await.unwrap().unwrap();
    assert_eq!((furthers.len(), furthers[0].position), (10, Position(end + 101)));
    assert!(here.next(Position(end), 10).await.unwrap().is_none(), "it reads the log by itself");
}

#[tokio::test]
async fn a_batch_of_what_is_kept_is_no_larger_than_one_that_is_read() {
    let feed = feed(PATIENCE).await;
    let (fast, slow) = (Seat::at(Arc::clone(&feed)), Seat::at(Arc::clone(&feed)));
    let kept = take_all(&fast).await;
    let batch = slow.next(Position(0), LIMIT).await.unwrap().unwrap();
    let bytes: usize = batch.iter().rev().skip(1).map(|event| event.bytes()).sum();
    assert!(bytes < BYTES && batch.len() as u64 <= kept, "{bytes} of {BYTES}");
}

#[tokio::test]
async fn one_that_comes_a_little_later_gets_what_several_have_read_at_once() {
    let feed = feed(PATIENCE).await;
    let (first, later) = (Seat::at(Arc::clone(&feed)), Seat::at(Arc::clone(&feed)));
    for after in [0, 2, 4] {
        first.next(Position(after), 2).await.unwrap();
    }
    let positions: Vec<u64> =
        later.next(Position(1), 500).await.unwrap().unwrap().iter().map(|event| event.position.0).collect();
    assert_eq!(positions, [2, 3, 4, 5, 6]);
}
