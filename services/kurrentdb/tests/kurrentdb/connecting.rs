//! The start: what is missing is said, and what to do.

use std::sync::Arc;

use rapport_domain::envelope::{Position, Revision};
use rapport_event_store::{EventStore, MemoryStore, OpenError};
use rapport_kurrentdb::ConnectError;
use tempfile::TempDir;
use tonic::Status;

use crate::sample::{append, log, values};
use crate::server::{Replica, Server, connect};
use crate::whims::Whim;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_comes_later_is_waited_for() {
    let mut server = Server::start().await;
    server.kill().await;
    // The library's first connection dies of it, and never comes back by itself.
    let connecting = tokio::spawn({
        let connection = server.connection();
        async move { Replica::to(&connection).await }
    });
    server.restart().await;
    let replica = connecting.await.unwrap();
    assert_eq!(append(&*replica.store, "a", 1).await.unwrap().revision, Some(Revision(0)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_is_found_by_those_of_its_nodes_that_are_there() {
    let mut server = Server::start().await;
    let connection =
        format!("esdb://127.0.0.1:1,{},127.0.0.1:2?tls=false&discoveryInterval=10", server.address);
    let replica = Replica::to(&connection).await;
    append(&*replica.store, "a", 1).await.unwrap();
    server.kill().await;
    server.restart().await;
    append(&*replica.store, "a", 2).await.unwrap();
    assert_eq!(log(&*replica.store).await, values([1, 2]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_read_the_log_is_told_whom_to_ask() {
    let server = Server::start().await;
    let directory = TempDir::new().unwrap();
    server.whims.on_reads((0..4).map(|_| Whim::Say(Status::permission_denied("no"))));
    let connection = format!("esdb://crm:s3cret@{}?tls=false", server.address);
    let refused = connect(&connection, directory.path()).await.unwrap_err().to_string();
    assert!(refused.contains("$admins") && refused.contains("***@127.0.0.1"), "{refused}");
    assert!(!refused.contains("s3cret"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_names_the_user_and_the_password_as_they_are() {
    let server = Server::start().await;
    let replica = Replica::to(&format!("esdb://crm:s3cret%40x@{}?tls=false", server.address)).await;
    append(&*replica.store, "a", 1).await.unwrap();
    assert_eq!(log(&*replica.store).await, values([1]));
    // `crm:s3cret@x` in base64.
    assert_eq!(server.whims.asked_by().into_iter().collect::<Vec<_>>(), ["Basic Y3JtOnMzY3JldEB4"]);
}

#[tokio::test]
async fn certificates_that_cannot_be_read_are_named() {
    let directory = TempDir::new().unwrap();
    let empty = directory.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    for file in ["/nowhere/ca.pem", empty.to_str().unwrap()] {
        let data = directory.path().join("data");
        let refused = connect(&format!("esdb://127.0.0.1:1?tlsCaFile={file}"), &data).await.unwrap_err();
        assert!(
            matches!(&refused, ConnectError::Certificates { file: named, .. } if named.to_str() == Some(file))
        );
        assert!(refused.to_string().contains("tlsCaFile"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_serves_one_process_at_a_time() {
    let server = Server::start().await;
    let replica = server.connect().await;
    let second = connect(&server.connection(), replica.directory.path()).await;
    assert!(matches!(second, Err(ConnectError::Directory(OpenError::Held { .. }))));
    replica.store.close();
    assert!(connect(&server.connection(), replica.directory.path()).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_of_another_log_is_not_taken_for_this_one() {
    let mut server = Server::start().await;
    let replica = server.connect().await;
    for number in 0..3 {
        append(&*replica.store, "a", number).await.unwrap();
    }
    replica.store.close();
    for others in [0, 3, 5] {
        server.kill().await;
        server.log = Arc::new(MemoryStore::new());
        for number in 0..others {
            append(&*server.log, "b", 100 + number).await.unwrap();
        }
        server.restart().await;
        let refused = connect(&server.connection(), replica.directory.path()).await.unwrap_err().to_string();
        assert!(refused.contains("belongs to another log"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_that_was_deleted_is_built_anew() {
    let server = Server::start().await;
    let replica = server.connect().await;
    let first = append(&*replica.store, "a", 1).await.unwrap();
    replica.store.close();
    for file in std::fs::read_dir(replica.directory.path()).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    let store = connect(&server.connection(), replica.directory.path()).await.unwrap();
    assert_eq!(store.head().await.unwrap(), Position(1));
    let again = append(&store, "a", 1).await.unwrap();
    assert_eq!((again.position, again.repeated), (first.position, true));
}
