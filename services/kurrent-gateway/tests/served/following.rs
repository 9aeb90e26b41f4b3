//! Catch-up subscriptions.

use rapport_kurrent_gateway::{STREAMS_PER_CONNECTION_MAX, SUBSCRIPTIONS_MAX};
use rapport_proto::kurrent::streams::read_req::Options;
use rapport_proto::kurrent::streams::read_req::options::all_options::AllOption as All;
use rapport_proto::kurrent::streams::read_req::options::filter_options::{Expression, Filter, Window};
use rapport_proto::kurrent::streams::read_req::options::stream_options::RevisionOption as From;
use rapport_proto::kurrent::streams::read_req::options::{
    CountOption, FilterOption, FilterOptions, SubscriptionOptions,
};
use rapport_proto::kurrent::streams::read_resp::Content;
use rapport_proto::kurrent::streams::streams_client::StreamsClient;
use rapport_proto::kurrent::streams::{ReadReq, ReadResp};
use tonic::transport::Channel;
use tonic::{Code, Status, Streaming};

use crate::world::{NOTHING, World, at, of_all, of_stream};

/// What a subscription says, without times and names.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Confirmed,
    Event(u64),
    Checkpoint(u64),
    CaughtUpWithAll(Option<u64>),
    CaughtUpWithStream(Option<i64>),
}

struct Subscription(Streaming<ReadResp>);

impl Subscription {
    async fn to(world: &World, mut options: Options) -> Self {
        options.count_option = Some(CountOption::Subscription(SubscriptionOptions {}));
        let mut subscription = Self(world.read(options).await.unwrap());
        assert_eq!(subscription.next().await, Said::Confirmed);
        subscription
    }

    async fn next(&mut self) -> Said {
        match self.0.message().await.unwrap().expect("it goes on").content.unwrap() {
            Content::Confirmation(confirmation) => {
                assert_eq!(confirmation.subscription_id.len(), 36, "a UUID");
                Said::Confirmed
            }
            Content::Event(event) => Said::Event(event.event.unwrap().commit_position),
            Content::Checkpoint(checkpoint) => {
                assert_eq!(checkpoint.commit_position, checkpoint.prepare_position);
                Said::Checkpoint(checkpoint.commit_position)
            }
            Content::CaughtUp(caught_up) => {
                assert!(caught_up.timestamp.is_some());
                match (caught_up.position, caught_up.stream_revision) {
                    (position, None) => Said::CaughtUpWithAll(position.map(|at| at.commit_position)),
                    (_, revision) => Said::CaughtUpWithStream(revision),
                }
            }
            other => panic!("{other:?}"),
        }
    }

    async fn says(&mut self, expected: impl IntoIterator<Item = Said>) {
        for said in expected {
            assert_eq!(self.next().await, said);
        }
    }
}

fn every_type_of(prefix: &str, window: u32, multiplier: u32, from: All) -> Options {
    let mut options = of_all(from, true);
    let expression = Expression { regex: String::new(), prefix: vec![prefix.to_owned()] };
    options.filter_option = Some(FilterOption::Filter(FilterOptions {
        filter: Some(Filter::StreamIdentifier(expression)),
        window: Some(Window::Max(window)),
        checkpoint_interval_multiplier: multiplier,
    }));
    options
}

#[tokio::test]
async fn the_log_is_followed_from_the_first_event_on() {
    for world in World::both().await {
        world.fill("x_things-1", 3).await;
        let mut subscription = Subscription::to(&world, of_all(All::Start(NOTHING), true)).await;
        subscription
            .says([Said::Event(1), Said::Event(2), Said::Event(3), Said::CaughtUpWithAll(Some(3))])
            .await;
        world.fill("x_things-2", 2).await;
        subscription.says([Said::Event(4), Said::Event(5)]).await;
        world.fill("x_things-1", 1).await;
        subscription.says([Said::Event(6)]).await;
    }
}

#[tokio::test]
async fn a_subscription_begins_after_the_place_it_names() {
    for world in World::both().await {
        world.fill("x_things-1", 3).await;
        let mut after_two = Subscription::to(&world, of_all(at(2), true)).await;
        let mut after_all = Subscription::to(&world, of_all(All::End(NOTHING), true)).await;
        let mut after_three = Subscription::to(&world, of_all(at(3), true)).await;
        after_two.says([Said::Event(3), Said::CaughtUpWithAll(Some(3))]).await;
        after_all.says([Said::CaughtUpWithAll(Some(3))]).await;
        after_three.says([Said::CaughtUpWithAll(Some(3))]).await;
        world.fill("x_things-1", 2).await;
        after_two.says([Said::Event(4), Said::Event(5)]).await;
        after_all.says([Said::Event(4), Said::Event(5)]).await;
        after_three.says([Said::Event(4), Said::Event(5)]).await;
    }
}

#[tokio::test]
async fn a_place_that_the_log_has_not_reached_is_not_followed_from() {
    for world in World::both().await {
        for events in [0, 3] {
            world.fill("x_things-1", events).await;
            let mut options = of_all(at(4), true);
            options.count_option = Some(CountOption::Subscription(SubscriptionOptions {}));
            let refused = world.read(options).await.unwrap().message().await.unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument);
            assert!(refused.message().contains("Trying to read from an invalid position"), "{refused}");
            assert!(refused.message().contains(&format!("at {events}")), "{refused}");
        }
    }
}

#[tokio::test]
async fn an_empty_log_is_followed_too() {
    let world = World::in_memory().await;
    let mut all = Subscription::to(&world, of_all(All::Start(NOTHING), true)).await;
    let mut stream = Subscription::to(&world, of_stream("x_things-1", From::End(NOTHING), true)).await;
    let mut filtered = Subscription::to(&world, every_type_of("x_things-1", 1, 1, All::Start(NOTHING))).await;
    all.says([Said::CaughtUpWithAll(None)]).await;
    stream.says([Said::CaughtUpWithAll(None)]).await;
    filtered.says([Said::CaughtUpWithAll(None)]).await;
    world.fill("x_things-1", 1).await;
    all.says([Said::Event(1)]).await;
    stream.says([Said::Event(1)]).await;
    filtered.says([Said::Event(1), Said::Checkpoint(1)]).await;
}

#[tokio::test]
async fn a_stream_is_followed_and_nothing_else() {
    for world in World::both().await {
        world.fill("x_things-1", 2).await;
        world.fill("x_things-2", 2).await;
        let mut from_start =
            Subscription::to(&world, of_stream("x_things-1", From::Start(NOTHING), true)).await;
        let mut after_first =
            Subscription::to(&world, of_stream("x_things-1", From::Revision(0), true)).await;
        let mut from_end = Subscription::to(&world, of_stream("x_things-1", From::End(NOTHING), true)).await;
        from_start.says([Said::Event(1), Said::Event(2), Said::CaughtUpWithStream(Some(1))]).await;
        after_first.says([Said::Event(2), Said::CaughtUpWithStream(Some(1))]).await;
        from_end.says([Said::CaughtUpWithStream(Some(1))]).await;
        world.fill("x_things-2", 1).await;
        world.fill("x_things-1", 1).await;
        from_start.says([Said::Event(6)]).await;
        after_first.says([Said::Event(6)]).await;
        from_end.says([Said::Event(6)]).await;
    }
}

#[tokio::test]
async fn a_filtered_subscription_is_told_how_far_it_is() {
    for world in World::both().await {
        // given: 10 events that do not match, one that does, 3 that do not
        world.fill("x_noise-1", 10).await;
        world.fill("x_signal-1", 1).await;
        world.fill("x_noise-1", 3).await;
        // when: a checkpoint is due every 2 * 2 events that were looked at
        let options = every_type_of("x_signal-", 2, 2, All::Start(NOTHING));
        let mut subscription = Subscription::to(&world, options).await;
        // then: and one when it goes live, for the 2 since the last
        subscription
            .says([
                Said::Checkpoint(4),
                Said::Checkpoint(8),
                Said::Event(11),
                Said::Checkpoint(12),
                Said::Checkpoint(14),
                Said::CaughtUpWithAll(Some(14)),
            ])
            .await;
        world.fill("x_noise-1", 4).await;
        world.fill("x_signal-1", 1).await;
        subscription.says([Said::Checkpoint(18), Said::Event(19)]).await;
    }
}

#[tokio::test]
async fn a_multiplier_of_zero_counts_as_one() {
    let world = World::in_memory().await;
    world.fill("x_noise-1", 3).await;
    let mut subscription =
        Subscription::to(&world, every_type_of("x_signal-", 3, 0, All::Start(NOTHING))).await;
    subscription.says([Said::Checkpoint(3), Said::CaughtUpWithAll(Some(3))]).await;
}

#[tokio::test]
async fn a_slow_client_misses_nothing_and_slows_nobody() {
    for world in World::both().await {
        // given: one that does not read, and more events than its window takes
        let mut slow = Subscription::to(&world, of_all(All::Start(NOTHING), true)).await;
        let mut quick = Subscription::to(&world, of_all(All::Start(NOTHING), true)).await;
        quick.says([Said::CaughtUpWithAll(None)]).await;
        world.fill("x_things-1", 700).await;
        // when
        quick.says((1..=700).map(Said::Event)).await;
        // then
        let mut expected = 1;
        while expected <= 700 {
            match slow.next().await {
                Said::Event(position) => {
                    assert_eq!(position, expected);
                    expected += 1;
                }
                said => assert!(matches!(said, Said::CaughtUpWithAll(_)), "{said:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_subscription_ends_with_a_reason_when_the_server_stops() {
    for world in World::both().await {
        let mut all = Subscription::to(&world, of_all(All::Start(NOTHING), true)).await;
        let mut stream = Subscription::to(&world, of_stream("x_things-1", From::Start(NOTHING), true)).await;
        all.says([Said::CaughtUpWithAll(None)]).await;
        world.stopping.cancel();
        assert_eq!(all.0.message().await.unwrap_err().code(), Code::Unavailable);
        loop {
            match stream.0.message().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("a clean end says nothing"),
                Err(status) => break assert_eq!(status.code(), Code::Unavailable),
            }
        }
    }
}

async fn subscribe(channel: &Channel) -> Result<Streaming<ReadResp>, Status> {
    let mut options = of_all(All::Start(NOTHING), true);
    options.count_option = Some(CountOption::Subscription(SubscriptionOptions {}));
    let answers = StreamsClient::new(channel.clone()).read(ReadReq { options: Some(options) }).await?;
    Ok(answers.into_inner())
}

#[tokio::test]
async fn there_are_as_many_subscriptions_as_there_may_be_and_places_come_back() {
    // given: all places taken, over several connections
    let world = World::in_memory().await;
    let mut subscriptions = Vec::new();
    while subscriptions.len() < SUBSCRIPTIONS_MAX {
        let channel = world.connect().await;
        let left = SUBSCRIPTIONS_MAX - subscriptions.len();
        for _ in 0..left.min(STREAMS_PER_CONNECTION_MAX as usize) {
            subscriptions.push(subscribe(&channel).await.unwrap());
        }
    }
    // when
    let channel = world.connect().await;
    let refused = subscribe(&channel).await.unwrap_err();
    // then
    assert_eq!(refused.code(), Code::ResourceExhausted);
    drop(subscriptions.pop());
    // The server hears of it when it hears of it.
    while let Err(status) = subscribe(&channel).await {
        assert_eq!(status.code(), Code::ResourceExhausted);
        tokio::task::yield_now().await;
    }
}
