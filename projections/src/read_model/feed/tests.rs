use super::*;
use rapport_event_store::MemoryStore;

use crate::testing::company::company;

/// As many as a page has: more than somebody close to the head takes.
const LIMIT: usize = LIVE_BATCH_EVENTS_MAX + 1;
const CONTACTS: usize = 600;

async fn feed(patience: Duration) -> Arc<Feed> {
    let (store, history) = (Arc::new(MemoryStore::new()), company(CONTACTS));
    assert!(history.events.len() > LIMIT * (PAGES_KEPT_MAX + 2));
    history.append_to(&*store, Position::START).await;
    Arc::new(Feed { patience, ..Feed::new(store) })
}

/// Takes a page, and says where it ends.
async fn take(seat: &Seat, after: u64) -> u64 {
    let page = seat.next(Position(after), LIMIT).await.unwrap();
    page.expect("the feed has it").last().expect("the log goes on").position.0
}

/// Takes all the pages that are remembered, and says where they end.
async fn take_all(seat: &Seat) -> u64 {
    let mut after = 0;
    for _ in 0..PAGES_KEPT_MAX {
        after = take(seat, after).await;
    }
    after
}

#[tokio::test]
async fn who_is_first_waits_for_who_needs_the_oldest_page_and_both_share_what_was_read() {
    let feed = feed(PATIENCE).await;
    let (fast, slow) = (Seat::at(Arc::clone(&feed)), Seat::at(Arc::clone(&feed)));
    let second_page = take(&slow, 0).await;
    let fast_at = take_all(&fast).await;
    let mut next = pin!(take(&fast, fast_at));
    assert!(futures::poll!(next.as_mut()).is_pending(), "the oldest page is still needed");

    let slows = slow.next(Position(second_page), LIMIT).await.unwrap().unwrap();
    assert!(next.await > fast_at);
    let fasts = fast.next(Position(second_page), LIMIT).await.unwrap().unwrap();
    assert!(Arc::ptr_eq(&slows.events, &fasts.events));
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
