//! `Append`, and what is refused.

use futures::TryStreamExt as _;
use rapport_domain::envelope::{Position, Revision, StreamId};
use rapport_event_store::{Direction, Filter};
use rapport_proto::kurrent::streams::append_req::ProposedMessage;
use rapport_proto::kurrent::streams::append_req::options::ExpectedStreamRevision as Expected;
use rapport_proto::kurrent::streams::append_resp::success::{CurrentRevisionOption, PositionOption};
use rapport_proto::kurrent::streams::append_resp::wrong_expected_version::{
    CurrentRevisionOption as Current, CurrentRevisionOption2060 as Current2060,
    ExpectedRevisionOption as Believed, ExpectedRevisionOption2060 as Believed2060,
};
use rapport_proto::kurrent::streams::append_resp::{
    Position as At, Result as Outcome, Success, WrongExpectedVersion,
};
use rapport_proto::kurrent::streams::{AppendReq, DeleteReq, TombstoneReq};
use rapport_proto::kurrent::uuid::{Structured, Value};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::world::{NOTHING, World, proposal};

fn done(revision: u64, position: u64) -> Outcome {
    Outcome::Success(Success {
        current_revision_option: Some(CurrentRevisionOption::CurrentRevision(revision)),
        position_option: Some(PositionOption::Position(At {
            commit_position: position,
            prepare_position: position,
        })),
    })
}

fn three() -> Vec<ProposedMessage> {
    (0..3).map(|n| proposal(Uuid::now_v7(), "thing.done.v1", &format!(r#"{{"n":{n}}}"#))).collect()
}

fn exception(status: &Status) -> Option<&str> {
    status.metadata().get("exception").map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn events_are_in_the_log_as_they_were_sent() {
    for world in World::both().await {
        // given
        let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
        let mut with_metadata = proposal(first, "thing.done.v1", r#"{ "name": "Zoë" }"#);
        with_metadata.custom_metadata = br#"{"by":"x"}"#.to_vec();
        let mut structured = proposal(second, "thing.undone.v1", "[1, 2.50]");
        let (most, least) = second.as_u64_pair();
        structured.id.as_mut().unwrap().value = Some(Value::Structured(Structured {
            most_significant_bits: most.cast_signed(),
            least_significant_bits: least.cast_signed(),
        }));
        // when
        let answer =
            world.append("x_things-1", Expected::NoStream(NOTHING), vec![with_metadata, structured]).await;
        // then
        assert_eq!(answer.unwrap(), done(1, 2));
        let stored: Vec<_> =
            world.store.read_all(Position::START, &Filter::all()).try_collect().await.unwrap();
        let seen: Vec<_> = stored
            .iter()
            .map(|e| {
                (
                    e.id.0,
                    e.stream.as_str(),
                    e.revision,
                    e.event_type.as_str(),
                    e.metadata.as_str(),
                    e.data.as_str(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                (first, "x_things-1", Revision(0), "thing.done.v1", r#"{"by":"x"}"#, r#"{ "name": "Zoë" }"#),
                (second, "x_things-1", Revision(1), "thing.undone.v1", "{}", "[1, 2.50]"),
            ]
        );
    }
}

#[tokio::test]
async fn every_expectation_is_held() {
    for world in World::both().await {
        let stream = "x_things-1";
        let one = || three().into_iter().take(1).collect::<Vec<_>>();
        assert!(
            wrong(&world, stream, Expected::StreamExists(NOTHING)).await.current_revision_option.is_some()
        );
        assert_eq!(world.append(stream, Expected::Any(NOTHING), one()).await.unwrap(), done(0, 1));
        assert_eq!(world.append(stream, Expected::StreamExists(NOTHING), one()).await.unwrap(), done(1, 2));
        assert_eq!(world.append(stream, Expected::Revision(1), one()).await.unwrap(), done(2, 3));
        assert_eq!(
            wrong(&world, stream, Expected::Revision(1)).await,
            WrongExpectedVersion {
                current_revision_option_20_6_0: Some(Current2060::CurrentRevision2060(2)),
                expected_revision_option_20_6_0: Some(Believed2060::ExpectedRevision2060(1)),
                current_revision_option: Some(Current::CurrentRevision(2)),
                expected_revision_option: Some(Believed::ExpectedRevision(1)),
            }
        );
        assert_eq!(
            wrong(&world, stream, Expected::NoStream(NOTHING)).await.expected_revision_option,
            Some(Believed::ExpectedNoStream(NOTHING))
        );
        assert_eq!(
            wrong(&world, "x_things-2", Expected::Revision(0)).await.current_revision_option,
            Some(Current::CurrentNoStream(NOTHING))
        );
        assert_eq!(world.store.head().await.unwrap(), Position(3), "nothing of what was refused");
    }
}

async fn wrong(world: &World, stream: &str, expected: Expected) -> WrongExpectedVersion {
    match world.append(stream, expected, three()).await.unwrap() {
        Outcome::WrongExpectedVersion(wrong) => wrong,
        Outcome::Success(success) => panic!("{success:?}"),
    }
}

#[tokio::test]
async fn a_retry_gets_the_first_answer_and_another_content_is_refused() {
    for world in World::both().await {
        // given
        let events = three();
        let first = world.append("x_things-1", Expected::NoStream(NOTHING), events.clone()).await.unwrap();
        world.fill("x_things-2", 1).await;
        // when
        let again = world.append("x_things-1", Expected::NoStream(NOTHING), events.clone()).await.unwrap();
        let mut other = events;
        other[1].data = b"{}".to_vec();
        let refused = world.append("x_things-1", Expected::NoStream(NOTHING), other).await.unwrap_err();
        // then
        assert_eq!((&first, &again), (&done(2, 3), &done(2, 3)));
        assert_eq!(refused.code(), Code::AlreadyExists);
        assert_eq!(world.store.head().await.unwrap(), Position(4));
    }
}

#[tokio::test]
async fn an_append_of_nothing_answers_where_the_stream_is() {
    let world = World::in_memory().await;
    let nothing = Outcome::Success(Success {
        current_revision_option: Some(CurrentRevisionOption::NoStream(NOTHING)),
        position_option: Some(PositionOption::NoPosition(NOTHING)),
    });
    assert_eq!(world.append("x_things-1", Expected::Any(NOTHING), Vec::new()).await.unwrap(), nothing);
    world.fill("x_things-1", 2).await;
    assert_eq!(world.append("x_things-1", Expected::Any(NOTHING), Vec::new()).await.unwrap(), done(1, 2));
}

fn call_bytes(event: &mut ProposedMessage) {
    event.metadata.insert("content-type".to_owned(), "application/octet-stream".to_owned());
}

#[tokio::test]
async fn json_that_is_called_bytes_is_kept_as_it_is() {
    for world in World::both().await {
        let text = "\n { \"n\": 1.0 } ";
        let mut event = proposal(Uuid::now_v7(), "thing.done.v1", text);
        call_bytes(&mut event);
        let answer = world.append("x_things-1", Expected::NoStream(NOTHING), vec![event]).await.unwrap();
        assert_eq!(answer, done(0, 1));
        let stored: Vec<_> =
            world.store.read_all(Position::START, &Filter::all()).try_collect().await.unwrap();
        assert_eq!(stored[0].data, text);
    }
}

type Change = fn(&mut ProposedMessage);

#[tokio::test]
async fn what_the_log_cannot_keep_is_refused_with_its_reason() {
    let world = World::in_memory().await;
    let cases: [(Change, &str, Option<&str>); 11] = [
        (|e| e.id = None, "id", None),
        (|e| e.id.as_mut().unwrap().value = Some(Value::String("seven".to_owned())), "id", None),
        (|e| e.id.as_mut().unwrap().value = Some(Value::String(Uuid::nil().to_string())), "id", None),
        (|e| _ = e.metadata.remove("type"), "`type`", Some("missing-required-metadata-property")),
        (
            |e| _ = e.metadata.remove("content-type"),
            "`content-type`",
            Some("missing-required-metadata-property"),
        ),
        (|e| _ = e.metadata.insert("type".to_owned(), String::new()), "type", None),
        (
            |e| _ = e.metadata.insert("content-type".to_owned(), "text/plain".to_owned()),
            "application/json",
            None,
        ),
        (
            |e| {
                call_bytes(e);
                e.data = vec![1, 2, 3];
            },
            "data of an event is none",
            None,
        ),
        (|e| e.data = vec![0xff, 0xfe], "data of an event is not UTF-8", None),
        (|e| e.data = b"{'n':1}".to_vec(), "data of an event is none", None),
        (|e| e.custom_metadata = b"by x".to_vec(), "metadata of an event is none", None),
    ];
    for (change, part, named) in cases {
        let mut events = three();
        change(&mut events[1]);
        let refused = world.append("x_things-1", Expected::Any(NOTHING), events).await.unwrap_err();
        assert_eq!((refused.code(), exception(&refused)), (Code::InvalidArgument, named), "{refused}");
        assert!(refused.message().contains(part), "{refused}");
    }
    assert_eq!(world.store.head().await.unwrap(), Position::START, "all of an append, or none");
}

#[tokio::test]
async fn names_of_kurrentdbs_own_and_names_that_no_stream_has_are_refused() {
    let world = World::in_memory().await;
    let any = || Expected::Any(NOTHING);
    let system = world.append("$$x_things-1", any(), three()).await.unwrap_err();
    assert_eq!((system.code(), exception(&system)), (Code::PermissionDenied, Some("access-denied")));
    let mut typed = three();
    typed[0].metadata.insert("type".to_owned(), "$metadata".to_owned());
    let system = world.append("x_things-1", any(), typed).await.unwrap_err();
    assert_eq!(system.code(), Code::PermissionDenied);
    for name in ["", "orders", "Orders-1", "orders-ann@example.com"] {
        let refused = world.append(name, any(), three()).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{name}");
        assert!(refused.message().contains("`<category>-<id>`"), "{refused}");
    }
}

#[tokio::test]
async fn what_is_too_large_is_refused_as_kurrentdb_does() {
    let world = World::in_memory().await;
    let text = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    let event = |bytes: usize| proposal(Uuid::now_v7(), "t", &text(bytes));
    let any = || Expected::Any(NOTHING);
    let largest = 1024 * 1024 - "t".len();
    // (events, name of the failure)
    let cases = [
        (vec![event(largest + 1)], Some("maximum-append-event-size-exceeded")),
        ((0..17).map(|_| event(largest - 2)).collect(), Some("maximum-append-size-exceeded")),
        ((0..1_001).map(|_| event(3)).collect(), None),
        (vec![event(18 * 1024 * 1024)], Some("maximum-append-size-exceeded")),
    ];
    for (events, named) in cases {
        let refused = world.append("x_things-1", any(), events).await.unwrap_err();
        assert_eq!((refused.code(), exception(&refused)), (Code::InvalidArgument, named), "{refused}");
    }
    // Room that was taken by what was refused is free again: the largest append passes many times.
    for round in 1..=20 {
        let events = (0..16).map(|_| event(largest - 2)).collect();
        let last = round * 16;
        assert_eq!(world.append("x_things-1", any(), events).await.unwrap(), done(last - 1, last));
    }
}

#[tokio::test]
async fn events_without_options_are_refused() {
    let world = World::in_memory().await;
    let empty = world.streams().append(tokio_stream::iter(Vec::<AppendReq>::new())).await.unwrap_err();
    let bare = world.streams().append(tokio_stream::iter([AppendReq { content: None }])).await.unwrap_err();
    assert_eq!((empty.code(), bare.code()), (Code::InvalidArgument, Code::InvalidArgument));
}

#[tokio::test]
async fn streams_are_not_deleted() {
    let world = World::in_memory().await;
    world.fill("x_things-1", 1).await;
    let deleted = world.streams().delete(DeleteReq::default()).await.unwrap_err();
    let tombstoned = world.streams().tombstone(TombstoneReq::default()).await.unwrap_err();
    for refused in [deleted, tombstoned] {
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert!(refused.message().contains("never changed"), "{refused}");
    }
    let stream = StreamId::parse("x_things-1").unwrap();
    let there: Vec<_> =
        world.store.read_stream(&stream, Revision(0), Direction::Forward).try_collect().await.unwrap();
    assert_eq!(there.len(), 1);
}
