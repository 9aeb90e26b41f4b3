//! Whatever becomes of a call, the events stand in the log once.

use rapport_domain::envelope::{ExpectedRevision, Position, Revision};
use rapport_event_store::{AppendError, Appended, EventStore, Outcome};
use tonic::{Code, Status};

use crate::sample::{append, event, events, log, of_stream, stream, values};
use crate::server::{Replica, Server, wire};
use crate::whims::{Whim, deleted, not_leader};

fn written(revision: u64, position: u64) -> Appended {
    Appended { revision: Some(Revision(revision)), position: Position(position), repeated: false }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_lost_is_found_in_the_log() {
    let server = Server::start().await;
    let replica = server.connect().await;
    let lost = [Code::Unavailable, Code::Aborted, Code::DeadlineExceeded, Code::Internal, Code::Unknown];
    for (code, number) in lost.into_iter().zip(0_u64..) {
        server.whims.on_appends([Whim::DoAndSay(Status::new(code, "lost"))]);
        let expected = number
            .checked_sub(1)
            .map_or(ExpectedRevision::NoStream, |last| ExpectedRevision::Exact(Revision(last)));
        let appended = replica.store.append(&stream("a"), expected, vec![event(number)]).await;
        assert_eq!(appended.unwrap(), written(number, number + 1), "{code:?}");
        assert!(server.whims.are_over());
    }
    assert_eq!(log(&*server.log).await, values(0..5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_that_was_not_applied_is_sent_again() {
    let server = Server::start().await;
    let replica = server.connect().await;
    for (code, number) in [Code::Unavailable, Code::Aborted, Code::DeadlineExceeded].into_iter().zip(0..) {
        server
            .whims
            .on_appends([Whim::Say(Status::new(code, "not done")), Whim::Say(Status::new(code, "nor now"))]);
        assert_eq!(append(&*replica.store, "a", number).await.unwrap(), written(number, number + 1));
        assert!(server.whims.are_over());
    }
    assert_eq!(log(&*server.log).await, values(0..3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_cannot_be_understood_is_found_in_the_log() {
    let server = Server::start().await;
    let replica = server.connect().await;
    server.whims.on_appends([Whim::DoAndBabble]);
    assert_eq!(append(&*replica.store, "a", 1).await.unwrap(), written(0, 1));
    server.whims.on_reads([Whim::DoAndBabble, Whim::DoAndBabble]);
    assert_eq!(append(&*replica.store, "a", 2).await.unwrap(), written(1, 2));
    assert!(server.whims.are_over());
    assert_eq!(log(&*server.log).await, values([1, 2]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_cut_in_the_middle_of_an_append_loses_and_doubles_nothing() {
    let server = Server::start().await;
    let (address, cut) = wire(server.address).await;
    let replica = Replica::to(&format!("esdb://{address}?tls=false")).await;
    server.whims.on_appends([Whim::DoAndCut(cut.clone())]);
    assert_eq!(append(&*replica.store, "a", 1).await.unwrap(), written(0, 1));
    assert!(cut.is_cancelled());
    assert_eq!(append(&*replica.store, "a", 2).await.unwrap(), written(1, 2));
    assert_eq!(log(&*server.log).await, values([1, 2]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_does_not_lead_is_left_for_the_one_that_does() {
    let server = Server::start().await;
    let leader = server.address.port();
    let replica = server.connect().await;
    server.whims.on_appends([Whim::Say(not_leader(leader)), Whim::Say(not_leader(leader))]);
    server.whims.on_reads([Whim::Say(not_leader(leader))]);
    assert_eq!(append(&*replica.store, "a", 1).await.unwrap(), written(0, 1));
    assert!(server.whims.are_over());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_is_not_there_yet_is_looked_for_again() {
    let server = Server::start().await;
    let replica = server.connect().await;
    // Nobody listens on port 1: the library's connection dies of it, and a new one is made.
    server.whims.on_appends([Whim::Say(not_leader(1))]);
    assert_eq!(append(&*replica.store, "a", 1).await.unwrap(), written(0, 1));
    assert!(server.whims.are_over());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_restarted_is_found_again() {
    let mut server = Server::start().await;
    let replica = server.connect().await;
    for number in 0..3 {
        append(&*replica.store, "a", number).await.unwrap();
        server.kill().await;
        let waiting = tokio::spawn({
            let store = std::sync::Arc::clone(&replica.store);
            async move { append(&*store, "b", 100 + number).await }
        });
        server.restart().await;
        assert_eq!(waiting.await.unwrap().unwrap().revision, Some(Revision(number)));
    }
    assert_eq!(of_stream(&*replica.store, "a").await, [0, 1, 2]);
    assert_eq!(log(&*replica.store).await, values([0, 100, 1, 101, 2, 102]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_server_refuses_for_good_is_not_tried_again() {
    let server = Server::start().await;
    let replica = server.connect().await;
    for (status, says) in [
        (Status::permission_denied("no"), "$admins"),
        (deleted(), "deleted"),
        (Status::invalid_argument("no such thing"), "no such thing"),
    ] {
        server.whims.on_appends([Whim::Say(status)]);
        let refused = append(&*replica.store, "a", 1).await.unwrap_err();
        assert_eq!(refused.outcome(), Outcome::NotApplied);
        assert!(refused.to_string().contains(says), "{refused}");
    }
    let too_large = Status::invalid_argument("Maximum Append Size of 1048576 Exceeded.");
    server.whims.on_appends([Whim::Say(too_large)]);
    let refused = append(&*replica.store, "a", 1).await;
    assert!(matches!(refused, Err(AppendError::TooLarge { limit: 1_048_576, .. })), "{refused:?}");
    assert!(server.whims.are_over());
    assert_eq!(server.log.head().await.unwrap(), Position::START);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_that_nobody_takes_is_not_applied() {
    let mut server = Server::start().await;
    let replica = server.connect().await;
    server.kill().await;
    let refused =
        replica.store.append(&stream("a"), ExpectedRevision::NoStream, events([1])).await.unwrap_err();
    assert_eq!(refused.outcome(), Outcome::NotApplied);
    assert!(matches!(refused, AppendError::Unavailable { .. }));
    assert!(replica.store.is_cut_off());
    server.restart().await;
    append(&*replica.store, "a", 1).await.unwrap();
    assert!(!replica.store.is_cut_off());
}
