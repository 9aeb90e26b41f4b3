//! `BatchAppend`.

use std::sync::Arc;

use prost::Message as _;
use rapport_domain::envelope::Position;
use rapport_proto::kurrent::streams::batch_append_req::options::{
    DeadlineOption, ExpectedStreamPosition as Expected,
};
use rapport_proto::kurrent::streams::batch_append_req::{Options, ProposedMessage};
use rapport_proto::kurrent::streams::batch_append_resp::Result as Outcome;
use rapport_proto::kurrent::streams::batch_append_resp::success::{CurrentRevisionOption, PositionOption};
use rapport_proto::kurrent::streams::{BatchAppendReq, BatchAppendResp};
use rapport_proto::kurrent::wrong_expected_version::{
    CurrentStreamRevisionOption, ExpectedStreamPositionOption,
};
use rapport_proto::kurrent::{self as wire, WrongExpectedVersion};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Streaming};
use uuid::Uuid;

use crate::crowded::Crowded;
use crate::world::{World, identifier, properties, text_id};

fn events(count: usize) -> Vec<ProposedMessage> {
    let event = |n| ProposedMessage {
        id: Some(text_id(Uuid::now_v7())),
        metadata: properties("thing.done.v1"),
        custom_metadata: Vec::new(),
        data: format!("{n}").into_bytes(),
    };
    (0..count).map(event).collect()
}

fn to(stream: &str, expected: Expected) -> Options {
    Options {
        stream_identifier: Some(identifier(stream)),
        expected_stream_position: Some(expected),
        deadline_option: None,
    }
}

fn whole(id: Uuid, options: Options, events: Vec<ProposedMessage>) -> BatchAppendReq {
    BatchAppendReq {
        correlation_id: Some(text_id(id)),
        options: Some(options),
        proposed_messages: events,
        is_final: true,
    }
}

/// A call that goes on.
struct Session {
    requests: mpsc::Sender<BatchAppendReq>,
    answers: Streaming<BatchAppendResp>,
}

impl Session {
    async fn open(world: &World) -> Self {
        let (requests, sent) = mpsc::channel(8);
        let answers = world.streams().batch_append(ReceiverStream::new(sent)).await.unwrap().into_inner();
        Self { requests, answers }
    }

    async fn send(&self, request: BatchAppendReq) {
        self.requests.send(request).await.unwrap();
    }

    async fn next(&mut self) -> BatchAppendResp {
        self.answers.message().await.unwrap().expect("an answer")
    }

    async fn ask(&mut self, options: Options, events: Vec<ProposedMessage>) -> Outcome {
        let id = Uuid::now_v7();
        let stream = options.stream_identifier.clone();
        self.send(whole(id, options, events)).await;
        let answer = self.next().await;
        assert_eq!(answer.correlation_id, Some(text_id(id)));
        assert_eq!(answer.stream_identifier, Some(stream.unwrap_or_default()));
        answer.result.unwrap()
    }
}

fn place(outcome: &Outcome) -> (u64, u64) {
    match outcome {
        Outcome::Success(success) => match (success.current_revision_option, success.position_option) {
            (Some(CurrentRevisionOption::CurrentRevision(revision)), Some(PositionOption::Position(at))) => {
                assert_eq!(at.commit_position, at.prepare_position);
                (revision, at.commit_position)
            }
            other => panic!("{other:?}"),
        },
        Outcome::Error(error) => panic!("{error:?}"),
    }
}

fn detail<T: prost::Message + Default>(outcome: Outcome, name: &str) -> (Code, T) {
    let Outcome::Error(error) = outcome else { panic!("{outcome:?}") };
    let [detail] = &error.details[..] else { panic!("{error:?}") };
    assert_eq!(detail.type_url, format!("type.googleapis.com/event_store.client.{name}"), "{error:?}");
    (Code::from(error.code), T::decode(detail.value.as_slice()).unwrap())
}

#[tokio::test]
async fn each_append_of_a_call_has_its_own_answer() {
    for world in World::both().await {
        let mut session = Session::open(&world).await;
        assert_eq!(place(&session.ask(to("x_a-1", Expected::NoStream(())), events(3)).await), (2, 3));
        assert_eq!(place(&session.ask(to("x_b-1", Expected::Any(())), events(1)).await), (0, 4));
        assert_eq!(place(&session.ask(to("x_a-1", Expected::StreamPosition(2)), events(2)).await), (4, 6));
        let (code, wrong): (_, WrongExpectedVersion) =
            detail(session.ask(to("x_a-1", Expected::NoStream(())), events(1)).await, "WrongExpectedVersion");
        assert_eq!(code, Code::AlreadyExists);
        assert_eq!(
            wrong.current_stream_revision_option,
            Some(CurrentStreamRevisionOption::CurrentStreamRevision(4))
        );
        assert_eq!(
            wrong.expected_stream_position_option,
            Some(ExpectedStreamPositionOption::ExpectedNoStream(()))
        );
        let (_, wrong): (_, WrongExpectedVersion) = detail(
            session.ask(to("x_c-1", Expected::StreamExists(())), events(1)).await,
            "WrongExpectedVersion",
        );
        assert_eq!(
            wrong.current_stream_revision_option,
            Some(CurrentStreamRevisionOption::CurrentNoStream(()))
        );
        assert_eq!(
            place(&session.ask(to("x_b-1", Expected::StreamExists(())), events(1)).await),
            (1, 7),
            "it goes on"
        );
    }
}

#[tokio::test]
async fn a_retry_gets_the_first_answer() {
    let world = World::in_memory().await;
    let mut session = Session::open(&world).await;
    let same = events(2);
    assert_eq!(place(&session.ask(to("x_a-1", Expected::Any(())), same.clone()).await), (1, 2));
    assert_eq!(place(&session.ask(to("x_a-1", Expected::Any(())), events(1)).await), (2, 3));
    assert_eq!(place(&session.ask(to("x_a-1", Expected::Any(())), same).await), (1, 2));
    assert_eq!(world.store.head().await.unwrap(), Position(3));
}

#[tokio::test]
async fn an_append_of_several_messages_is_one_append() {
    for world in World::both().await {
        let mut session = Session::open(&world).await;
        let (long, short) = (Uuid::now_v7(), Uuid::now_v7());
        let mut begin = whole(long, to("x_a-1", Expected::NoStream(())), events(2));
        begin.is_final = false;
        let mut go_on = begin.clone();
        go_on.options = None;
        go_on.proposed_messages = events(2);
        let mut end = whole(long, Options::default(), events(1));
        end.options = None;
        session.send(begin).await;
        session.send(whole(short, to("x_a-1", Expected::NoStream(())), events(1))).await;
        session.send(go_on).await;
        let answer = session.next().await;
        assert_eq!((answer.correlation_id, place(&answer.result.unwrap())), (Some(text_id(short)), (0, 1)));
        session.send(end).await;
        let answer = session.next().await;
        assert_eq!(answer.correlation_id, Some(text_id(long)));
        let (_, wrong): (_, WrongExpectedVersion) = detail(answer.result.unwrap(), "WrongExpectedVersion");
        assert_eq!(
            wrong.current_stream_revision_option,
            Some(CurrentStreamRevisionOption::CurrentStreamRevision(0))
        );
    }
}

#[tokio::test]
async fn what_is_refused_says_why_and_holds_up_nothing() {
    let world = World::in_memory().await;
    let mut session = Session::open(&world).await;
    let any = Expected::Any(());
    let (code, denied): (_, wire::AccessDenied) =
        detail(session.ask(to("$users", any), events(1)).await, "AccessDenied");
    assert_eq!((code, denied), (Code::PermissionDenied, wire::AccessDenied {}));
    let (code, bad): (_, wire::BadRequest) =
        detail(session.ask(to("orders", any), events(1)).await, "BadRequest");
    assert_eq!(code, Code::InvalidArgument);
    assert!(bad.message.contains("`<category>-<id>`"), "{}", bad.message);
    let mut binary = events(2);
    binary[1].data = vec![0xff];
    let (_, bad): (_, wire::BadRequest) = detail(session.ask(to("x_a-1", any), binary).await, "BadRequest");
    assert!(bad.message.contains("UTF-8"), "{}", bad.message);
    let mut large = events(1);
    large[0].data = format!("\"{}\"", "x".repeat(1024 * 1024)).into_bytes();
    let (code, limit): (_, wire::MaximumAppendSizeExceeded) =
        detail(session.ask(to("x_a-1", any), large).await, "MaximumAppendSizeExceeded");
    assert_eq!((code, limit.max_append_size), (Code::InvalidArgument, 16 * 1024 * 1024));
    let mut late = to("x_a-1", any);
    late.deadline_option =
        Some(DeadlineOption::Deadline21100(prost_types::Timestamp { seconds: 1, nanos: 0 }));
    let (code, _): (_, wire::Timeout) = detail(session.ask(late, events(1)).await, "Timeout");
    assert_eq!(code, Code::Aborted);
    let mut epoch = to("x_a-1", any);
    epoch.deadline_option =
        Some(DeadlineOption::Deadline(prost_types::Duration { seconds: 1_800_000_000, nanos: 0 }));
    assert_eq!(place(&session.ask(epoch, events(1)).await), (0, 1), "the time of day, sent as a duration");
}

#[tokio::test]
async fn a_call_that_is_closed_gets_the_answers_that_are_due() {
    let [memory, disk] = World::both().await;
    let crowded = World::over(Arc::new(Crowded::default()), None).await;
    for world in [memory, disk, crowded] {
        let requests: Vec<_> =
            (0..500).map(|_| whole(Uuid::now_v7(), to("x_a-1", Expected::Any(())), events(2))).collect();
        let mut expected: Vec<_> =
            requests.iter().map(|request| request.correlation_id.clone().unwrap()).collect();
        let mut answers =
            world.streams().batch_append(tokio_stream::iter(requests)).await.unwrap().into_inner();
        let mut answered = Vec::new();
        let mut places = Vec::new();
        while let Some(answer) = answers.message().await.unwrap() {
            answered.push(answer.correlation_id.unwrap());
            places.push(place(&answer.result.unwrap()));
        }
        // In the order that they were sent in, because they all went to one stream.
        let in_order: Vec<(u64, u64)> = (1..=500).map(|n| (2 * n - 1, 2 * n)).collect();
        let mut by_request: Vec<_> = answered.iter().cloned().zip(places).collect();
        by_request.sort_by_key(|(id, _)| expected.iter().position(|sent| sent == id));
        assert_eq!(by_request.iter().map(|(_, place)| *place).collect::<Vec<_>>(), in_order);
        expected.sort_by_key(|id| id.encode_to_vec());
        answered.sort_by_key(|id| id.encode_to_vec());
        assert_eq!(answered, expected);
    }
}

/// An append of which only a part has come.
fn begun(id: Uuid, mut options: Options, deadline: Option<prost_types::Duration>) -> BatchAppendReq {
    options.deadline_option = deadline.map(DeadlineOption::Deadline);
    BatchAppendReq { is_final: false, ..whole(id, options, events(1)) }
}

#[tokio::test]
async fn an_append_whose_end_does_not_come_in_time_is_answered_and_its_room_is_free() {
    let world = World::in_memory().await;
    let mut session = Session::open(&world).await;
    let any = || to("x_a-1", Expected::Any(()));
    let soon = Some(prost_types::Duration { seconds: 0, nanos: 1_000_000 });
    // More than there may be open at a time, and nothing else is sent.
    for _ in 0..3 {
        let abandoned: Vec<Uuid> = (0..64).map(|_| Uuid::now_v7()).collect();
        for id in &abandoned {
            session.send(begun(*id, any(), soon)).await;
        }
        for _ in &abandoned {
            let answer = session.next().await;
            let (code, wire::Timeout {}) = detail(answer.result.unwrap(), "Timeout");
            assert_eq!(code, Code::Aborted);
        }
        // What comes of it later is not taken for an append, with options or without.
        let (late, last) = (whole(abandoned[0], any(), events(1)), abandoned[1]);
        session.send(late).await;
        session.send(BatchAppendReq { options: None, ..whole(last, any(), events(1)) }).await;
    }
    assert_eq!(place(&session.ask(any(), events(1)).await), (0, 1));
}

#[tokio::test]
async fn the_end_of_a_refused_append_is_not_appended_alone() {
    let world = World::in_memory().await;
    let mut session = Session::open(&world).await;
    let any = || to("x_a-1", Expected::Any(()));
    // given: options with every message, and a first message that cannot be taken
    let id = Uuid::now_v7();
    let mut first = begun(id, any(), None);
    first.proposed_messages[0].data = b"no JSON".to_vec();
    session.send(first).await;
    let answer = session.next().await;
    assert_eq!(answer.correlation_id, Some(text_id(id)));
    let (code, _): (_, wire::BadRequest) = detail(answer.result.unwrap(), "BadRequest");
    assert_eq!(code, Code::InvalidArgument);
    // when
    session.send(begun(id, any(), None)).await;
    session.send(whole(id, any(), events(1))).await;
    // then: nothing of it is in the log, and the id is free again
    assert_eq!(place(&session.ask(any(), events(1)).await), (0, 1));
    session.send(whole(id, any(), events(1))).await;
    assert_eq!(place(&session.next().await.result.unwrap()), (1, 2));
}

#[tokio::test]
async fn an_append_that_does_not_begin_with_options_is_refused() {
    let world = World::in_memory().await;
    let mut session = Session::open(&world).await;
    let bare =
        BatchAppendReq { options: None, ..whole(Uuid::now_v7(), to("x_a-1", Expected::Any(())), events(1)) };
    session.send(bare).await;
    let (_, bad): (_, wire::BadRequest) = detail(session.next().await.result.unwrap(), "BadRequest");
    assert!(bad.message.contains("options"), "{}", bad.message);
}

#[tokio::test]
async fn a_call_in_which_too_many_appends_are_left_open_ends() {
    let world = World::in_memory().await;
    let mut session = Session::open(&world).await;
    for _ in 0..1_024 {
        session.send(begun(Uuid::now_v7(), to("orders", Expected::Any(())), None)).await;
        let (_, wire::BadRequest { .. }) = detail(session.next().await.result.unwrap(), "BadRequest");
    }
    session.send(begun(Uuid::now_v7(), to("orders", Expected::Any(())), None)).await;
    assert_eq!(session.answers.message().await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_message_without_a_name_ends_the_call() {
    let world = World::in_memory().await;
    let mut session = Session::open(&world).await;
    let mut nameless = whole(Uuid::now_v7(), to("x_a-1", Expected::Any(())), events(1));
    nameless.correlation_id = None;
    session.send(nameless).await;
    assert_eq!(session.answers.message().await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_call_that_is_open_ends_with_a_reason_when_the_server_stops() {
    let world = World::in_memory().await;
    let mut session = Session::open(&world).await;
    assert_eq!(place(&session.ask(to("x_a-1", Expected::Any(())), events(1)).await), (0, 1));
    world.stopping.cancel();
    assert_eq!(session.answers.message().await.unwrap_err().code(), Code::Unavailable);
}
