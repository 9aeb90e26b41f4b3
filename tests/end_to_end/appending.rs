//! Other services keep facts of their own in the log: one by one, a thousand at a time, many over one stream, or from
//! the command line. What is sent again is there once.

use std::path::Path;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use rapport_proto::v1 as wire;
use rapport_proto::v1::bulk_append_events_response::Outcome;
use rapport_tests::ask::{after, encoded, fact, person, reason, refused_fields};
use rapport_tests::{Process, World};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_rapport-under-test"))
}

fn expecting(revision: u64, request: wire::AppendEventsRequest) -> wire::AppendEventsRequest {
    let header =
        request.header.map(|header| wire::CommandHeader { expected_revision: Some(revision), ..header });
    wire::AppendEventsRequest { header, ..request }
}

async fn append(
    world: &World,
    request: wire::AppendEventsRequest,
) -> Result<wire::AppendEventsResponse, Status> {
    world.history().append_events(request).await.map(tonic::Response::into_inner)
}

async fn log(world: &World) -> Vec<wire::HistoryEvent> {
    let events = world.history().read_history(wire::ReadHistoryRequest::default()).await.unwrap();
    events.into_inner().try_collect().await.unwrap()
}

async fn bulk(
    world: &World,
    requests: Vec<wire::AppendEventsRequest>,
) -> Vec<wire::BulkAppendEventsResponse> {
    let answers = world.history().bulk_append_events(stream::iter(requests)).await.unwrap();
    answers.into_inner().try_collect().await.unwrap()
}

fn appended(revision: u64, position: u64, repetition: bool) -> wire::AppendEventsResponse {
    let receipt = wire::Receipt { revision: Some(revision), position };
    wire::AppendEventsResponse { receipt: Some(receipt), repetition }
}

#[tokio::test]
async fn a_fact_is_in_the_log_as_it_was_sent_and_once() {
    let world = World::start().await;
    let request = fact("r1", "x_orders-1", r#"{"b" : 1.50}"#);
    assert_eq!(append(&world, request.clone()).await.unwrap(), appended(0, 1, false));
    assert_eq!(append(&world, request).await.unwrap(), appended(0, 1, true));
    let other = append(&world, fact("r1", "x_orders-1", "{}")).await.unwrap_err();
    assert_eq!((other.code(), reason(&other).as_str()), (Code::InvalidArgument, "REQUEST_ID_REUSED"));
    let [event] = &log(&world).await[..] else { panic!("one event") };
    assert_eq!((event.stream.as_str(), event.event_type.as_str()), ("x_orders-1", "x_orders.counted.v1"));
    assert_eq!(event.data, r#"{"b" : 1.50}"#);
}

#[tokio::test]
async fn an_append_is_held_to_what_its_caller_believes() {
    let world = World::start().await;
    let states = |state: wire::ExpectedStream, request| wire::AppendEventsRequest {
        expected_stream: state.into(),
        ..request
    };
    let absent = wire::ExpectedStream::Absent;
    let present = wire::ExpectedStream::Present;
    let refused = append(&world, states(present, fact("r1", "x_a-1", "{}"))).await.unwrap_err();
    let said = refused.get_details_error_info().unwrap();
    assert_eq!((refused.code(), said.reason.as_str()), (Code::Aborted, "REVISION_MISMATCH"));
    assert_eq!(
        (said.metadata["expectedRevision"].as_str(), said.metadata["actualRevision"].as_str()),
        ("stream_exists", "none")
    );

    assert_eq!(
        append(&world, states(absent, fact("r1", "x_a-1", "{}"))).await.unwrap(),
        appended(0, 1, false)
    );
    assert_eq!(
        append(&world, states(present, fact("r2", "x_a-1", "{}"))).await.unwrap(),
        appended(1, 2, false)
    );
    assert_eq!(append(&world, expecting(1, fact("r3", "x_a-1", "{}"))).await.unwrap(), appended(2, 3, false));
    for stale in [states(absent, fact("r4", "x_a-1", "{}")), expecting(1, fact("r5", "x_a-1", "{}"))] {
        let refused = append(&world, stale).await.unwrap_err();
        let said = refused.get_details_error_info().unwrap();
        assert_eq!(
            (said.reason.as_str(), said.metadata["actualRevision"].as_str()),
            ("REVISION_MISMATCH", "2")
        );
    }
    assert_eq!(log(&world).await.len(), 3);
}

#[tokio::test]
async fn every_malformed_field_of_every_event_is_named_at_once() {
    let world = World::start().await;
    let event = |event_type: &str, data: &str, event_id: &str| wire::NewEvent {
        event_type: event_type.to_owned(),
        data: data.to_owned(),
        event_id: event_id.to_owned(),
        occurred_at: None,
    };
    let id = "0190d3a0-0000-7000-8000-000000000001";
    let request = wire::AppendEventsRequest {
        header: None,
        stream: "x_orders-1".to_owned(),
        expected_stream: 9,
        events: vec![
            event("x_orders.shipped.v1", "{}", ""),
            event("x_orders.shipped", "[1]", ""),
            event("x_carts.shipped.v1", "{\"name\":", id),
            wire::NewEvent {
                occurred_at: Some(prost_types::Timestamp { seconds: 32_503_680_000, nanos: 0 }),
                ..event("x_orders.shipped.v1", "{}", "")
            },
        ],
        correlation_id: "a b".to_owned(),
        causation_id: "none".to_owned(),
    };
    let refused = append(&world, request).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "REQUEST_INVALID"));
    assert_eq!(
        refused_fields(&refused),
        [
            "header.request_id",
            "expected_stream",
            "events[1].event_type",
            "events[1].data",
            "events[2].event_type",
            "events[2].data",
            "events[2].event_id",
            "events[3].occurred_at",
            "correlation_id",
            "causation_id",
        ]
    );
    assert_eq!(log(&world).await.len(), 0);
}

#[tokio::test]
async fn our_own_streams_and_people_are_refused() {
    let world = World::start().await;
    let ours = wire::NewEvent {
        event_type: "contact.registered.v1".to_owned(),
        data: "{}".to_owned(),
        ..wire::NewEvent::default()
    };
    let request = wire::AppendEventsRequest { events: vec![ours], ..fact("r1", "contact-1", "{}") };
    let refused = append(&world, request).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "CATEGORY_RESERVED"));

    for (actor, allowed) in [
        ("user:ann", false),
        ("analyst:ann", false),
        ("auditor:ann", false),
        ("import:shop", true),
        ("system:clock", true),
    ] {
        let mut request = Request::new(fact(actor, "x_orders-1", "{}"));
        request.metadata_mut().insert("rapport-actor", actor.parse().unwrap());
        match world.history().append_events(request).await {
            Ok(_) => assert!(allowed, "{actor}"),
            Err(refused) => {
                assert_eq!((reason(&refused).as_str(), allowed), ("PERMISSION_MISSING", false), "{actor}");
            }
        }
        let mut request = Request::new(stream::iter([fact(&format!("bulk-{actor}"), "x_orders-1", "{}")]));
        request.metadata_mut().insert("rapport-actor", actor.parse().unwrap());
        assert_eq!(world.history().bulk_append_events(request).await.is_ok(), allowed, "{actor}");
    }
}

#[tokio::test]
async fn a_thousand_events_of_a_kilobyte_are_one_request_and_a_thousand_and_one_are_none() {
    let world = World::start().await;
    let data = format!("{{\"x\":\"{}\"}}", "x".repeat(1_024));
    let many = |count: usize| {
        let request = fact("r1", "x_orders-1", &data);
        let event = request.events.first().unwrap().clone();
        wire::AppendEventsRequest { events: vec![event; count], ..request }
    };
    let refused = append(&world, many(1_001)).await.unwrap_err();
    assert_eq!(refused_fields(&refused), ["events"]);
    assert_eq!(append(&world, many(1_000)).await.unwrap(), appended(999, 1_000, false));
    let events = log(&world).await;
    assert_eq!(events.len(), 1_000);
    assert!(events.iter().all(|event| event.data == data));
}

#[tokio::test]
async fn what_is_larger_than_the_log_takes_is_refused_with_the_limit() {
    let world = World::start().await;
    let of = |bytes: usize| fact("r1", "x_orders-1", &format!("{{\"x\":\"{}\"}}", "x".repeat(bytes)));
    let event = append(&world, of(1024 * 1024)).await.unwrap_err();
    let said = event.get_details_error_info().unwrap();
    assert_eq!((said.reason.as_str(), said.metadata["limit"].as_str()), ("EVENT_TOO_LARGE", "1048576"));
    let message = append(&world, of(17 * 1024 * 1024)).await.unwrap_err();
    assert_eq!((message.code(), reason(&message).as_str()), (Code::InvalidArgument, "MESSAGE_TOO_LARGE"));
    let elsewhere =
        world.contacts().register_contact(person("r2", &"x".repeat(300 * 1024))).await.unwrap_err();
    assert_eq!(reason(&elsewhere), "MESSAGE_TOO_LARGE");
}

#[tokio::test]
async fn every_request_of_a_stream_has_its_own_answer_in_order_and_sent_again_it_is_there_once() {
    let world = World::start().await;
    let requests: Vec<wire::AppendEventsRequest> = (0..3_000)
        .map(|number| match number {
            1_000 => fact("r1000", "case-1", "{}"),
            2_000 => fact("r2000", "x_orders-1", "no object"),
            2_500 => expecting(7, fact("r2500", "x_orders-1", "{}")),
            other => {
                fact(&format!("r{other}"), &format!("x_orders-{}", other % 3), &format!("{{\"n\":{other}}}"))
            }
        })
        .collect();
    let first = bulk(&world, requests.clone()).await;
    let mut refused = Vec::new();
    let mut taken = Vec::new();
    for (place, answer) in (0..).zip(&first) {
        assert_eq!((answer.index, &answer.request_id), (place, &format!("r{place}")));
        match answer.outcome.clone().unwrap() {
            Outcome::Appended(appended) => taken.push((place, appended)),
            Outcome::Refused(no) => refused.push((place, no.reason)),
        }
    }
    let reasons: Vec<(u64, &str)> = refused.iter().map(|(place, reason)| (*place, reason.as_str())).collect();
    assert_eq!(
        reasons,
        [(1_000, "CATEGORY_RESERVED"), (2_000, "REQUEST_INVALID"), (2_500, "REVISION_MISMATCH")]
    );
    let events = log(&world).await;
    let written: Vec<String> = events.iter().map(|event| event.data.clone()).collect();
    let sent: Vec<String> = taken.iter().map(|(place, _)| format!("{{\"n\":{place}}}")).collect();
    assert_eq!(written, sent, "the log has them in the order they were sent");
    for ((_, answer), event) in taken.iter().zip(&events) {
        assert_eq!(*answer, appended(event.revision, event.position, false));
    }

    for (again, first) in bulk(&world, requests).await.into_iter().zip(first) {
        match (again.outcome.unwrap(), first.outcome.unwrap()) {
            (Outcome::Appended(again), Outcome::Appended(first)) => {
                assert_eq!(again, wire::AppendEventsResponse { repetition: true, ..first });
            }
            (Outcome::Refused(again), Outcome::Refused(first)) => assert_eq!(again, first),
            (again, first) => panic!("{first:?}, then {again:?}"),
        }
    }
    assert_eq!(log(&world).await.len(), events.len());
}

#[tokio::test]
async fn of_those_who_expect_the_same_revision_one_wins() {
    let world = World::start().await;
    append(&world, fact("first", "x_orders-1", "{}")).await.unwrap();
    for round in 0..20 {
        let racers = (0..16).map(|racer| {
            let request = expecting(round, fact(&format!("r{round}-{racer}"), "x_orders-1", "{}"));
            append(&world, request)
        });
        let outcomes = futures::future::join_all(racers).await;
        let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!((won.len(), lost.len()), (1, 15));
        assert!(lost.iter().all(|lost| reason(lost.as_ref().unwrap_err()) == "REVISION_MISMATCH"));
    }
    assert_eq!(log(&world).await.len(), 21);
}

#[tokio::test]
async fn read_models_pass_over_what_others_keep() {
    let world = World::start().await;
    let ann = world.contacts().register_contact(person("r0", "Ann")).await.unwrap().into_inner().contact_id;
    let ask = |position: u64| wire::GetContactRequest { header: after(position), contact_id: ann.clone() };
    let before = world.contacts().get_contact(ask(1)).await.unwrap().into_inner();
    let facts = (0..2_000).map(|number| fact(&format!("r{number}x"), "x_orders-1", "{}")).collect();
    let last = bulk(&world, facts).await.len() as u64 + 1;
    let seen = world.contacts().get_contact(ask(last)).await.unwrap().into_inner();
    assert_eq!(encoded(&seen.contact.unwrap()), encoded(&before.contact.unwrap()));
    let models = world.admin().list_projections(wire::ListProjectionsRequest {}).await.unwrap().into_inner();
    for model in models.projections {
        assert_eq!(model.parked_error, "", "{}", model.name);
    }
}

#[tokio::test]
async fn a_stream_of_appends_is_told_when_the_server_stops() {
    let mut world = World::start().await;
    let (requests, waiting) = tokio::sync::mpsc::channel(1);
    requests.send(fact("r1", "x_orders-1", "{}")).await.unwrap();
    let waiting =
        stream::unfold(waiting, |mut waiting| async { waiting.recv().await.map(|next| (next, waiting)) });
    let mut answers = world.history().bulk_append_events(waiting).await.unwrap().into_inner();
    assert!(answers.next().await.unwrap().is_ok());
    world.stop().await;
    let told = answers.message().await.unwrap_err();
    assert_eq!(reason(&told), "SHUTTING_DOWN");
}

/// Lines of the command line: every one another event.
fn lines(count: usize) -> String {
    let line = |number: usize| {
        format!(
            "{{\"stream\":\"x_clicks-{}\",\"type\":\"x_clicks.counted.v1\",\"data\":{{\"n\":{number}}}}}\n",
            number % 5
        )
    };
    (0..count).map(line).collect()
}

#[test]
fn lines_are_appended_from_a_file_and_those_that_are_refused_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::serve(program(), &folder.path().join("data"), &[]).unwrap();
    let file = folder.path().join("clicks.ndjson");
    let bad = concat!(
        "{\"stream\":\"case-1\",\"type\":\"case.closed.v1\",\"data\":{}}\n",
        "not a line\n",
        "{\"stream\":\"x_a-1\",\"type\":\"x_a.b.v1\",\"data\":[1]}\n",
        "{\"stream\":\"x_a-1\",\"type\":\"x_a.b.v1\",\"data\":{},\"expected\":4}\n",
    );
    std::fs::write(&file, lines(100) + bad + "{\"stream\":\"x_a-1\",\"type\":\"x_a.b.v1\",\"data\":{},\"expected\":\"no_stream\",\"id\":\"0190d3a0-0000-7000-8000-000000000001\",\"occurred_at\":\"2016-10-20\"}\n").unwrap();
    let errors = folder.path().join("errors.csv");
    let arguments =
        ["append", file.to_str().unwrap(), "--source=clicks", "--errors", errors.to_str().unwrap(), "--json"];
    for _ in 0..2 {
        let output = server.run(&arguments);
        assert_eq!(output.status.code(), Some(6), "{}", String::from_utf8_lossy(&output.stderr));
        let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let counts = ["lines", "appended", "refused", "position"].map(|name| summary[name].as_u64().unwrap());
        assert_eq!(counts, [105, 101, 4, 101]);
        let listed = std::fs::read_to_string(&errors).unwrap();
        let reasons: Vec<String> = listed
            .lines()
            .skip(1)
            .map(|row| row.split(',').skip(1).take(3).collect::<Vec<_>>().join(","))
            .collect();
        assert_eq!(
            reasons,
            [
                "102,,LINE_MALFORMED",
                "101,,CATEGORY_RESERVED",
                "103,data,JSON_MALFORMED",
                "104,,REVISION_MISMATCH"
            ]
        );
    }
    let output = server.run(&["replay", "--json", "--category=x_a"]);
    let event: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(event["id"], "0190d3a0-0000-7000-8000-000000000001");
    assert_eq!(event["metadata"]["occurred_at"], "2016-10-20T00:00:00.000000Z");
    assert_eq!(event["metadata"]["source"], "clicks");
    server.terminate();
}

#[test]
fn an_append_that_a_kill_cut_off_is_run_again_and_every_line_is_in_the_log_once() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let file = folder.path().join("clicks.ndjson");
    const LINES: usize = 5_000;
    std::fs::write(&file, lines(LINES)).unwrap();
    let arguments = ["append", file.to_str().unwrap(), "--json"];
    let runtime = tokio::runtime::Runtime::new().unwrap();

    let server = Process::serve(program(), &data_dir, &[]).unwrap();
    let mut append = server.command(&arguments).spawn().unwrap();
    runtime.block_on(follow_until(&server.gateway, 500));
    server.kill();
    append.kill().unwrap();
    append.wait().unwrap();

    let server = Process::serve(program(), &data_dir, &[]).unwrap();
    let summary = server.json(&arguments);
    assert_eq!((summary["appended"].as_u64(), summary["refused"].as_u64()), (Some(5_000), Some(0)));
    let output = server.run(&["replay", "--json"]);
    let mut counted: Vec<u64> = serde_json::Deserializer::from_slice(&output.stdout)
        .into_iter::<serde_json::Value>()
        .map(|event| event.unwrap()["data"]["n"].as_u64().unwrap())
        .collect();
    for stream in 0..5 {
        let in_stream: Vec<u64> = counted.iter().copied().filter(|n| n % 5 == stream).collect();
        assert!(in_stream.is_sorted(), "a stream keeps the order of its lines");
    }
    counted.sort_unstable();
    assert_eq!(counted, (0..LINES as u64).collect::<Vec<_>>());
    server.terminate();
}

/// Follows the log until it has a position.
async fn follow_until(gateway: &str, position: u64) {
    let endpoint = tonic::transport::Endpoint::from_shared(format!("http://{gateway}")).unwrap();
    let mut history =
        wire::history_service_client::HistoryServiceClient::new(endpoint.connect().await.unwrap());
    let request = wire::ReadHistoryRequest { follow: true, ..wire::ReadHistoryRequest::default() };
    let mut events = history.read_history(request).await.unwrap().into_inner();
    while events.message().await.unwrap().unwrap().position < position {}
}
