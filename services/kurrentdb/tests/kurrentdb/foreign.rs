//! A log that others write to as well.

use rapport_domain::envelope::{ExpectedRevision, Position, Revision};
use rapport_domain::value::Instant;
use rapport_event_store::{Appended, EventStore, Positions};

use crate::sample::{append, event, events, log, log_from, of_stream, stream, values};
use crate::server::{Replica, Server, connect};
use crate::shared_log::{Put, SharedLog};

async fn replica_of(log: &SharedLog) -> Replica {
    Replica::to(&format!("esdb://{}?tls=false", log.serve().await)).await
}

fn others(log: &SharedLog) {
    log.put(Put::of("$stats-127.0.0.1:2113", "$statsCollected", "{}"));
    log.put(Put::of("$$case-a", "$metadata", "{}"));
    log.put(Put::of("Some Shop's stream", "OrderPlaced", "{}"));
    let bytes = vec![0xff, 0xfe];
    log.put(Put { data: bytes, ..Put::of("Some Shop's pictures", "PictureTaken", "") });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_of_the_server_and_of_others_are_passed_over() {
    let shared = SharedLog::default();
    others(&shared);
    let first = shared.put(Put::of("case-b", "case.opened.v1", "1"));
    others(&shared);
    let second = shared.put(Put::of("case-b", "case.opened.v1", "2"));
    others(&shared);
    let replica = replica_of(&shared).await;
    assert_eq!(replica.store.positions(), Positions::Sparse);
    assert_eq!(log(&*replica.store).await, ["1", "2"]);
    assert_eq!(replica.store.head().await.unwrap(), Position(second));
    let positions: Vec<u64> =
        log_from(&*replica.store, 0).await.iter().map(|event| event.position.0).collect();
    assert_eq!(positions, [first, second]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_read_from_any_number_although_records_begin_only_here_and_there() {
    let shared = SharedLog::default();
    let positions: Vec<u64> =
        (0..20).map(|number| shared.put(Put::of("case-b", "case.opened.v1", &number.to_string()))).collect();
    let replica = replica_of(&shared).await;
    for (index, position) in positions.iter().enumerate() {
        for (from, skipped) in [(position - 1, index), (*position, index), (position + 1, index + 1)] {
            assert_eq!(log_from(&*replica.store, from).await.len(), 20 - skipped, "from {from}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_is_answered_with_the_place_of_its_last_event() {
    let shared = SharedLog::default();
    others(&shared);
    let replica = replica_of(&shared).await;
    let appended =
        replica.store.append(&stream("x"), ExpectedRevision::NoStream, events([1, 2, 3])).await.unwrap();
    let read = log_from(&*replica.store, 0).await;
    assert_eq!(
        appended,
        Appended { revision: Some(Revision(2)), position: read.last().unwrap().position, repeated: false }
    );
    let again =
        replica.store.append(&stream("x"), ExpectedRevision::NoStream, events([1, 2, 3])).await.unwrap();
    assert_eq!(again, Appended { repeated: true, ..appended });
    append(&*replica.store, "x", 4).await.unwrap();
    assert_eq!(log(&*replica.store).await, values([1, 2, 3, 4]));
    assert_eq!(of_stream(&*replica.store, "x").await, [0, 1, 2, 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repetition_is_known_where_the_server_has_forgotten_it() {
    let shared = SharedLog::default();
    let replica = replica_of(&shared).await;
    let first = append(&*replica.store, "x", 1).await.unwrap();
    append(&*replica.store, "x", 2).await.unwrap();
    for expected in
        [ExpectedRevision::Any, ExpectedRevision::StreamExists, ExpectedRevision::Exact(Revision(1))]
    {
        let again = replica.store.append(&stream("x"), expected, events([1])).await.unwrap();
        assert_eq!(again, Appended { repeated: true, ..first });
    }
    assert_eq!(log(&*replica.store).await, values([1, 2]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_another_replica_writes_at_the_same_time_are_written_once() {
    for expected in [ExpectedRevision::Any, ExpectedRevision::StreamExists] {
        let shared = SharedLog::default();
        let replica = replica_of(&shared).await;
        append(&*replica.store, "x", 1).await.unwrap();
        // The same request, through another replica: this one has looked at the log before, and has not seen it.
        shared.write_before_the_next_read_backwards(stream("x"), event(2));
        let appended = replica.store.append(&stream("x"), expected, events([2])).await.unwrap();
        assert_eq!((appended.revision, appended.repeated), (Some(Revision(1)), true), "{expected:?}");
        assert_eq!(log(&*replica.store).await, values([1, 2]), "{expected:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_put_into_a_stream_of_ours_counts_although_it_is_not_shown() {
    let shared = SharedLog::default();
    let replica = replica_of(&shared).await;
    append(&*replica.store, "x", 1).await.unwrap();
    shared.put(Put { data: vec![0xff, 0xfe], ..Put::of("case-x", "picture.taken.v1", "") });
    shared.put(Put::of("case-x", "$>", "0@case-y"));
    let read: Vec<_> = log_from(&*replica.store, 0).await;
    let shown: Vec<_> =
        read.iter().map(|event| (event.revision.0, &*event.event_type, &*event.data)).collect();
    assert_eq!(
        shown,
        [(0, "case.opened.v1", r#"{"value":1}"#), (1, "picture.taken.v1", "{}"), (2, "$>", "{}"),]
    );
    assert_eq!(of_stream(&*replica.store, "x").await, [0, 1, 2]);
    let at_the_end = ExpectedRevision::Exact(Revision(2));
    let appended = replica.store.append(&stream("x"), at_the_end, events([2])).await.unwrap();
    assert_eq!(appended.revision, Some(Revision(3)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_events_with_one_id_the_first_is_the_one_that_was_written() {
    let shared = SharedLog::default();
    let first = shared.write(&stream("x"), event(1));
    // More than the events that are remembered take, so that the first is forgotten before the second comes.
    for _ in 0..10 {
        shared.put(Put { data: vec![b' '; 1_024 * 1_024], ..Put::of("case-y", "case.opened.v1", "") });
    }
    shared.write(&stream("x"), event(1));
    let replica = replica_of(&shared).await;
    let again = append(&*replica.store, "x", 1).await.unwrap();
    assert_eq!(again, Appended { revision: Some(Revision(0)), position: Position(first), repeated: true });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_an_old_transaction_is_said_to_be_one() {
    let shared = SharedLog::default();
    let position = shared.put(Put { apart: 5, ..Put::of("case-b", "case.opened.v1", "1") });
    let directory = tempfile::tempdir().unwrap();
    let connection = format!("esdb://{}?tls=false", shared.serve().await);
    let refused = connect(&connection, directory.path()).await.unwrap_err().to_string();
    assert!(refused.contains("commit position") && refused.contains(&position.to_string()), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn time_does_not_go_backwards_although_a_clock_does() {
    let shared = SharedLog::default();
    for late in [0, 0, 5_000_000, 0] {
        shared.put(Put { late, ..Put::of("case-b", "case.opened.v1", "1") });
    }
    let mut replica = replica_of(&shared).await;
    let begun = 1_700_000_000_000_000;
    for _ in 0..2 {
        let times: Vec<i64> = log_from(&*replica.store, 0)
            .await
            .iter()
            .map(|event| event.recorded_at.micros() - begun)
            .collect();
        assert_eq!(times, [0, 1_000_000, 1_000_000, 3_000_000]);
        let third = log_from(&*replica.store, 0).await[2].position;
        let time = Instant::from_micros(begun + 2_000_000).unwrap();
        assert_eq!(replica.store.position_at(time).await.unwrap(), third);
        replica.store.close();
        let address = shared.serve().await;
        let store = connect(&format!("esdb://{address}?tls=false"), replica.directory.path()).await.unwrap();
        replica.store = std::sync::Arc::new(store);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_of_the_server_may_be_scavenged() {
    let shared = SharedLog::default();
    shared.put(Put::of("case-b", "case.opened.v1", "1"));
    shared.put(Put::of("$stats", "$statsCollected", "{}"));
    let replica = replica_of(&shared).await;
    replica.store.close();
    shared.put(Put::of("case-b", "case.opened.v1", "2"));
    shared.scavenge(1);
    let connection = format!("esdb://{}?tls=false", shared.serve().await);
    let store = connect(&connection, replica.directory.path()).await.unwrap();
    assert_eq!(log(&store).await, ["1", "2"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_ours_may_not_be_scavenged() {
    let shared = SharedLog::default();
    shared.put(Put::of("case-b", "case.opened.v1", "1"));
    let replica = replica_of(&shared).await;
    replica.store.close();
    shared.put(Put::of("case-b", "case.opened.v1", "2"));
    shared.scavenge(0);
    let connection = format!("esdb://{}?tls=false", shared.serve().await);
    let refused = connect(&connection, replica.directory.path()).await.unwrap_err().to_string();
    assert!(refused.contains("it is not there"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_has_nothing_where_this_directory_stands_is_another_one() {
    let ours = Server::start().await;
    let replica = ours.connect().await;
    append(&*replica.store, "a", 1).await.unwrap();
    replica.store.close();
    let connection = format!("esdb://{}?tls=false", SharedLog::default().serve().await);
    let refused = connect(&connection, replica.directory.path()).await.unwrap_err().to_string();
    assert!(refused.contains("invalid position") && refused.contains("belongs to another log"), "{refused}");
}
