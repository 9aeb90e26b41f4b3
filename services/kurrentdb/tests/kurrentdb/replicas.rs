//! Several processes over one log.

use std::sync::Arc;

use futures::future::join_all;
use rapport_domain::envelope::{ExpectedRevision, Position, Revision};
use rapport_event_store::{AppendError, EventStore};

use crate::sample::{append, event, events, log, stream, values};
use crate::server::{Replica, Server};

async fn three(server: &Server) -> Vec<Replica> {
    join_all((0..3).map(|_| server.connect())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_writes_another_waits_for_and_reads() {
    let server = Server::start().await;
    let replicas = three(&server).await;
    for number in 0..9 {
        let writer = &replicas[usize::try_from(number % 3).unwrap()].store;
        let appended = append(&**writer, "a", number).await.unwrap();
        for reader in &replicas {
            assert!(
                reader.store.wait_for(Position(appended.position.0 - 1)).await.unwrap() >= appended.position
            );
        }
    }
    for reader in &replicas {
        assert_eq!(log(&*reader.store).await, values(0..9));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_all_that_append_at_one_revision_one_wins() {
    let server = Server::start().await;
    let replicas = three(&server).await;
    for round in 0..20 {
        let expected = if round == 0 {
            ExpectedRevision::NoStream
        } else {
            ExpectedRevision::Exact(Revision(round - 1))
        };
        let racers = replicas.iter().zip(0..).map(|(replica, racer)| {
            let store = Arc::clone(&replica.store);
            tokio::spawn(
                async move { store.append(&stream("a"), expected, events([round * 3 + racer])).await },
            )
        });
        let answers: Vec<_> =
            join_all(racers.collect::<Vec<_>>()).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        for lost in answers.iter().filter_map(|answer| answer.as_ref().err()) {
            let AppendError::WrongRevision { actual, .. } = lost else { panic!("{lost:?}") };
            assert_eq!(*actual, Some(Revision(round)));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_that_do_not_care_where_all_get_in() {
    let server = Server::start().await;
    let replicas = three(&server).await;
    let writers = (0..60).map(|number| {
        let store = Arc::clone(&replicas[usize::try_from(number % 3).unwrap()].store);
        tokio::spawn(async move { append(&*store, "a", number).await })
    });
    let mut revisions: Vec<u64> = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        revisions.push(writer.await.unwrap().unwrap().revision.unwrap().0);
    }
    revisions.sort_unstable();
    assert_eq!(revisions, (0..60).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_request_through_all_of_them_is_written_once() {
    let server = Server::start().await;
    let replicas = three(&server).await;
    for round in 0..10 {
        let racers = replicas.iter().map(|replica| {
            let store = Arc::clone(&replica.store);
            tokio::spawn(async move { append(&*store, "a", round).await })
        });
        for answer in join_all(racers.collect::<Vec<_>>()).await {
            let answer = answer.unwrap().unwrap();
            assert_eq!((answer.revision, answer.position), (Some(Revision(round)), Position(round + 1)));
        }
    }
    assert_eq!(log(&*server.log).await, values(0..10));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_that_one_has_used_is_refused_by_the_others() {
    let server = Server::start().await;
    let replicas = three(&server).await;
    append(&*replicas[0].store, "a", 1).await.unwrap();
    let mut other = event(1);
    other.data = "{}".to_owned();
    let elsewhere = replicas[1].store.append(&stream("b"), ExpectedRevision::NoStream, events([1])).await;
    let differs =
        replicas[2].store.append(&stream("a"), ExpectedRevision::Exact(Revision(0)), vec![other]).await;
    for refused in [elsewhere, differs] {
        assert!(matches!(refused, Err(AppendError::IdReused { id }) if id == event(1).id), "{refused:?}");
    }
    assert_eq!(log(&*server.log).await, values([1]));
}
