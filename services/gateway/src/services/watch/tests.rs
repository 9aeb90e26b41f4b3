//! Given something that is watched, when it changes, then the caller is told, as fast as it listens.

use futures::StreamExt as _;
use tokio::sync::watch;
use tonic_types::StatusExt as _;

use super::*;

/// A number; each message is the newest one.
struct Number {
    number: watch::Receiver<u64>,
    told: Option<u64>,
}

impl Watched for Number {
    type Message = u64;

    async fn look(&mut self) -> Result<Option<u64>, Error> {
        let now = *self.number.borrow_and_update();
        let is_new = self.told.replace(now) != Some(now);
        Ok(is_new.then_some(now))
    }

    async fn moved(&mut self) -> bool {
        self.number.changed().await.is_ok()
    }
}

fn number() -> (watch::Sender<u64>, Number) {
    let (sender, number) = watch::channel(0);
    (sender, Number { number, told: None })
}

#[tokio::test(start_paused = true)]
async fn what_there_is_comes_first_and_then_every_change() {
    let (sender, watched) = number();
    let stopping = CancellationToken::new();
    let told = Watches::default().open(watched, &stopping).await.unwrap();
    let mut told = std::pin::pin!(told);
    assert_eq!(told.next().await.unwrap().unwrap(), 0);
    for number in [1, 2, 3] {
        sender.send_replace(number);
        assert_eq!(told.next().await.unwrap().unwrap(), number);
    }
    stopping.cancel();
    let last = told.next().await.unwrap().unwrap_err();
    assert_eq!(last.get_details_error_info().unwrap().reason, "SHUTTING_DOWN");
    assert!(told.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_slow_caller_is_told_what_is_newest_and_then_cut_off() {
    let (sender, watched) = number();
    let told = Watches::default().open(watched, &CancellationToken::new()).await.unwrap();
    let mut told = std::pin::pin!(told);
    for number in 1..1_000 {
        sender.send_replace(number);
        tokio::time::advance(LOOK_INTERVAL).await;
        tokio::task::yield_now().await;
    }
    tokio::time::advance(WATCH_STALL_MAX).await;
    let mut numbers = Vec::new();
    let last = loop {
        match told.next().await.unwrap() {
            Ok(number) => numbers.push(number),
            Err(status) => break status,
        }
    };
    assert!(numbers.len() <= 1 + MESSAGES_AHEAD, "nothing is queued: {numbers:?}");
    assert_eq!(last.get_details_error_info().unwrap().reason, "WATCH_TOO_SLOW");
    assert!(told.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn watches_are_bounded_and_a_caller_that_goes_away_leaves_room() {
    let watches = Watches(Arc::new(Semaphore::new(1)));
    let (_sender, first) = number();
    let (_other, second) = number();
    let stopping = CancellationToken::new();
    let told = watches.open(first, &stopping).await.unwrap();
    let refused = watches.open(second, &stopping).await.err().unwrap();
    assert!(matches!(refused, Error::TooManyWatches));
    drop(told);
    let room = Arc::clone(&watches.0).acquire_owned().await;
    assert!(room.is_ok());
}
