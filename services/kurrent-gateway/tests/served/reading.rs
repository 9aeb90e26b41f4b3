//! `Read` of a stream and of the log, once.

use rapport_proto::kurrent::streams::append_req::options::ExpectedStreamRevision as Expected;
use rapport_proto::kurrent::streams::read_req::Options;
use rapport_proto::kurrent::streams::read_req::options::all_options::AllOption as All;
use rapport_proto::kurrent::streams::read_req::options::filter_options::{Expression, Filter, Window};
use rapport_proto::kurrent::streams::read_req::options::stream_options::RevisionOption as From;
use rapport_proto::kurrent::streams::read_req::options::{
    ControlOption, CountOption, FilterOption, FilterOptions, SubscriptionOptions, UuidOption, uuid_option,
};
use rapport_proto::kurrent::streams::read_resp::{Content, StreamNotFound, read_event};
use rapport_proto::kurrent::uuid::{Structured, Value};
use tonic::Code;
use uuid::Uuid;

use crate::world::{NOTHING, World, at, identifier, of_all, of_stream, proposal};

const FORWARDS: bool = true;
const BACKWARDS: bool = false;

async fn revisions(world: &World, from: From, forwards: bool) -> Vec<u64> {
    let events = world.events(of_stream("x_things-1", from, forwards)).await;
    events.iter().map(|event| event.stream_revision).collect()
}

#[tokio::test]
async fn a_stream_is_read_from_anywhere_both_ways() {
    for world in World::both().await {
        world.fill("x_things-2", 2).await;
        world.fill("x_things-1", 4).await;
        // (from, forwards, backwards): inclusive
        let cases = [
            (From::Start(NOTHING), vec![0, 1, 2, 3], vec![0]),
            (From::Revision(2), vec![2, 3], vec![2, 1, 0]),
            (From::Revision(9), vec![], vec![3, 2, 1, 0]),
            (From::End(NOTHING), vec![], vec![3, 2, 1, 0]),
            (From::Revision(u64::MAX), vec![], vec![3, 2, 1, 0]),
        ];
        for (from, forwards, backwards) in cases {
            assert_eq!(revisions(&world, from, FORWARDS).await, forwards, "{from:?}");
            assert_eq!(revisions(&world, from, BACKWARDS).await, backwards, "{from:?}");
        }
        let mut two = of_stream("x_things-1", From::Revision(1), FORWARDS);
        two.count_option = Some(CountOption::Count(2));
        let read: Vec<u64> = world.events(two).await.iter().map(|event| event.stream_revision).collect();
        assert_eq!(read, [1, 2]);
    }
}

#[tokio::test]
async fn an_event_is_read_as_it_was_written() {
    let world = World::in_memory().await;
    let id = Uuid::try_parse("0192f0c1-2b3c-7d4e-8f90-a1b2c3d4e5f6").unwrap();
    let mut sent = proposal(id, "thing.done.v1", r#"{"a": 1.0}"#);
    sent.custom_metadata = b"{\"by\" : null}".to_vec();
    let bare = proposal(Uuid::now_v7(), "thing.done.v1", "null");
    world.append("x_things-1", Expected::Any(NOTHING), vec![sent, bare]).await.unwrap();
    let mut options = of_stream("x_things-1", From::Start(NOTHING), FORWARDS);
    options.uuid_option = Some(UuidOption { content: Some(uuid_option::Content::Structured(NOTHING)) });

    let contents = world.contents(options).await.unwrap();

    let [Content::Event(first), Content::Event(second)] = &contents[..] else { panic!("{contents:?}") };
    assert_eq!((&first.link, first.position), (&None, Some(read_event::Position::CommitPosition(1))));
    let event = first.event.as_ref().unwrap();
    let bits = Structured {
        most_significant_bits: 0x0192_f0c1_2b3c_7d4e,
        least_significant_bits: -0x706f_5e4d_3c2b_1a0a,
    };
    assert_eq!(event.id.as_ref().unwrap().value, Some(Value::Structured(bits)));
    assert_eq!(event.stream_identifier, Some(identifier("x_things-1")));
    assert_eq!((event.stream_revision, event.commit_position, event.prepare_position), (0, 1, 1));
    assert_eq!(event.data, br#"{"a": 1.0}"#);
    assert_eq!(event.custom_metadata, b"{\"by\" : null}");
    assert_eq!(
        (event.metadata["type"].as_str(), event.metadata["content-type"].as_str()),
        ("thing.done.v1", "application/json")
    );
    let created: i64 = event.metadata["created"].parse().unwrap();
    assert_eq!(created % 10, 0, "whole microseconds in units of 100 ns");
    assert!(
        (17_000_000_000_000_000..42_000_000_000_000_000).contains(&created),
        "after 2023, before 2103: {created}"
    );
    assert_eq!(second.event.as_ref().unwrap().custom_metadata, b"", "what was left out stays left out");
}

#[tokio::test]
async fn a_stream_that_is_not_there_is_said_so() {
    for world in World::both().await {
        world.fill("x_things-1", 1).await;
        for name in ["x_things-9", "$streams", "$$x_things-1", "no stream at all"] {
            let not_found =
                [Content::StreamNotFound(StreamNotFound { stream_identifier: Some(identifier(name)) })];
            for forwards in [FORWARDS, BACKWARDS] {
                let options = of_stream(name, From::Start(NOTHING), forwards);
                assert_eq!(world.contents(options).await.unwrap(), not_found, "{name}");
            }
        }
        let behind = of_stream("x_things-1", From::Revision(5), FORWARDS);
        assert_eq!(world.contents(behind).await.unwrap(), [], "it is there, and has no more");
    }
}

#[tokio::test]
async fn a_client_that_understands_it_is_told_the_last_revision() {
    for world in World::both().await {
        world.fill("x_things-1", 5).await;
        for (from, forwards, count) in [
            (From::Start(NOTHING), FORWARDS, 2),
            (From::Start(NOTHING), FORWARDS, 5),
            (From::Start(NOTHING), FORWARDS, 6),
            (From::Revision(9), FORWARDS, 6),
            (From::Revision(3), BACKWARDS, 1),
            (From::End(NOTHING), BACKWARDS, 9),
        ] {
            let mut options = of_stream("x_things-1", from, forwards);
            options.count_option = Some(CountOption::Count(count));
            options.control_option = Some(ControlOption { compatibility: 1 });
            let contents = world.contents(options).await.unwrap();
            assert_eq!(contents.last(), Some(&Content::LastStreamPosition(4)), "{from:?} {count}");
        }
    }
}

#[tokio::test]
async fn the_log_is_read_from_anywhere_both_ways() {
    for world in World::both().await {
        world.fill("x_things-1", 3).await;
        world.fill("x_things-2", 3).await;
        // Forwards inclusive, backwards exclusive, as KurrentDB: its position backwards is the end of a record.
        let cases = [
            (All::Start(NOTHING), vec![1, 2, 3, 4, 5, 6], vec![]),
            (at(0), vec![1, 2, 3, 4, 5, 6], vec![]),
            (at(1), vec![1, 2, 3, 4, 5, 6], vec![]),
            (at(4), vec![4, 5, 6], vec![3, 2, 1]),
            (at(6), vec![6], vec![5, 4, 3, 2, 1]),
            (at(77), vec![], vec![6, 5, 4, 3, 2, 1]),
            (at(u64::MAX), vec![], vec![6, 5, 4, 3, 2, 1]),
            (All::End(NOTHING), vec![], vec![6, 5, 4, 3, 2, 1]),
        ];
        for (from, forwards, backwards) in cases {
            assert_eq!(world.positions(of_all(from, FORWARDS)).await, forwards, "{from:?}");
            assert_eq!(world.positions(of_all(from, BACKWARDS)).await, backwards, "{from:?}");
        }
    }
}

#[tokio::test]
async fn a_log_of_many_pages_is_read_backwards_without_a_hole() {
    for world in World::both().await {
        for stream in 0..7 {
            let events = (0..100).map(|n| proposal(Uuid::now_v7(), "t", &n.to_string())).collect();
            world.append(&format!("x_things-{stream}"), Expected::Any(NOTHING), events).await.unwrap();
        }
        let expected: Vec<u64> = (1..=700).rev().collect();
        assert_eq!(world.positions(of_all(All::End(NOTHING), BACKWARDS)).await, expected);
        for count in [1, 2, 127, 511, 512, 513, 600] {
            let mut options = of_all(All::End(NOTHING), BACKWARDS);
            options.count_option = Some(CountOption::Count(count));
            let read = world.positions(options).await;
            assert_eq!(read.len() as u64, count);
            assert_eq!(read, expected[..read.len()]);
        }
    }
}

#[tokio::test]
async fn large_events_are_read_backwards_too() {
    for world in World::both().await {
        let large = format!("\"{}\"", "x".repeat(900_000));
        for n in 0..20 {
            let data = if n % 3 == 0 { "1" } else { &large };
            let event = proposal(Uuid::now_v7(), "t", data);
            world.append("x_things-1", Expected::Any(NOTHING), vec![event]).await.unwrap();
        }
        let expected: Vec<u64> = (1..=20).rev().collect();
        assert_eq!(world.positions(of_all(All::End(NOTHING), BACKWARDS)).await, expected);
        let mut one = of_all(at(3), BACKWARDS);
        one.count_option = Some(CountOption::Count(1));
        assert_eq!(world.positions(one).await, [2]);
    }
}

fn filtered(mut options: Options, filter: Filter) -> Options {
    options.filter_option = Some(FilterOption::Filter(FilterOptions {
        filter: Some(filter),
        window: Some(Window::Max(30)),
        checkpoint_interval_multiplier: 5,
    }));
    options
}

fn regex(regex: &str) -> Expression {
    Expression { regex: regex.to_owned(), prefix: vec!["nothing begins so".to_owned()] }
}

fn prefixes(prefixes: &[&str]) -> Expression {
    Expression { regex: String::new(), prefix: prefixes.iter().map(|prefix| (*prefix).to_owned()).collect() }
}

#[tokio::test]
async fn the_log_is_filtered_by_stream_and_type() {
    for world in World::both().await {
        for (stream, event_type) in [
            ("contact-1", "contact.registered.v1"), // 1
            ("x_orders-1", "x_orders.placed.v1"),   // 2
            ("x_orders-2", "x_orders.paid.v1"),     // 3
            ("contact-2", "contact.registered.v1"), // 4
            ("x_orders-1", "x_orders.shipped.v1"),  // 5
            ("interaction-1", "interaction.noted"), // 6
        ] {
            let event = proposal(Uuid::now_v7(), event_type, "{}");
            world.append(stream, Expected::Any(NOTHING), vec![event]).await.unwrap();
        }
        let cases = [
            (Filter::StreamIdentifier(prefixes(&["x_orders-"])), vec![2, 3, 5]),
            (Filter::StreamIdentifier(prefixes(&["contact-2", "interaction-"])), vec![4, 6]),
            (Filter::EventType(prefixes(&["x_orders.p"])), vec![2, 3]),
            // A regular expression is found anywhere, and wins over prefixes.
            (Filter::EventType(regex(r"\.v1$")), vec![1, 2, 3, 4, 5]),
            (Filter::StreamIdentifier(regex("-1$")), vec![1, 2, 5, 6]),
            (Filter::EventType(regex(r"^[^\$].*")), vec![1, 2, 3, 4, 5, 6]),
            // How kurrentdbclient leaves out types, system events by default.
            (Filter::EventType(regex(r"^(?!(\$.+$|contact\..+$|x_orders\.paid\.v1$))")), vec![2, 5, 6]),
        ];
        for (filter, expected) in cases {
            let options = of_all(All::Start(NOTHING), FORWARDS);
            assert_eq!(world.positions(filtered(options, filter.clone())).await, expected, "{filter:?}");
            let options = of_all(All::End(NOTHING), BACKWARDS);
            let backwards: Vec<u64> = expected.iter().rev().copied().collect();
            assert_eq!(world.positions(filtered(options, filter.clone())).await, backwards, "{filter:?}");
        }
        let mut first_two =
            filtered(of_all(All::Start(NOTHING), FORWARDS), Filter::StreamIdentifier(prefixes(&["x_"])));
        first_two.count_option = Some(CountOption::Count(2));
        assert_eq!(world.positions(first_two).await, [2, 3], "the count is one of events that match");
    }
}

#[tokio::test]
async fn a_filter_cannot_take_the_server_down() {
    let world = World::in_memory().await;
    let long = proposal(Uuid::now_v7(), &"a".repeat(60), "{}");
    world.append("x_things-1", Expected::Any(NOTHING), vec![long]).await.unwrap();
    let many: Vec<&str> = vec!["a"; 101];
    let cases = [
        Filter::EventType(regex("(")),
        Filter::EventType(regex(&"a".repeat(1_001))),
        Filter::EventType(prefixes(&[])),
        Filter::EventType(prefixes(&many)),
        // Each of these would run for years, or fill the memory.
        Filter::EventType(regex(r"^(a+)+(?!a)b$")),
        Filter::EventType(regex(r"^(?:a?){60}(?=b)(a*)*\1$")),
        Filter::EventType(regex("((a{1,1000}){1,1000}){1,1000}")),
    ];
    for filter in cases {
        let options = filtered(of_all(All::Start(NOTHING), FORWARDS), filter.clone());
        match world.contents(options).await {
            Err(refused) => assert_eq!(refused.code(), Code::InvalidArgument, "{filter:?}: {refused}"),
            Ok(contents) => assert_eq!(contents, [], "{filter:?}"),
        }
    }
}

type Change = fn(&mut Options);

#[tokio::test]
async fn a_read_that_does_not_say_what_it_wants_is_refused() {
    let world = World::in_memory().await;
    let no_filter = |o: &mut Options| o.filter_option = None;
    let cases: [(Options, Change); 9] = [
        (of_all(All::Start(NOTHING), FORWARDS), |o| o.uuid_option = None),
        (of_all(All::Start(NOTHING), FORWARDS), |o| o.stream_option = None),
        (of_all(All::Start(NOTHING), FORWARDS), |o| o.count_option = None),
        (of_all(All::Start(NOTHING), FORWARDS), no_filter),
        (of_all(All::Start(NOTHING), FORWARDS), |o| o.read_direction = 7),
        (of_all(All::Start(NOTHING), BACKWARDS), |o| {
            o.count_option = Some(CountOption::Subscription(SubscriptionOptions {}));
        }),
        (
            filtered(of_stream("a-1", From::Start(NOTHING), FORWARDS), Filter::EventType(prefixes(&["a"]))),
            |_| {},
        ),
        (of_stream("", From::Start(NOTHING), FORWARDS), |_| {}),
        (of_stream("$ce-contact", From::Start(NOTHING), FORWARDS), |o| {
            o.count_option = Some(CountOption::Subscription(SubscriptionOptions {}));
        }),
    ];
    for (mut options, change) in cases {
        change(&mut options);
        let refused = world.contents(options.clone()).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{options:?}");
    }
}
