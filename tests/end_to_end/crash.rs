//! The server is killed, its directory is held, its key is wrong, its disk is full: nothing is lost or half done.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use futures::TryStreamExt as _;
use rapport_proto::v1 as wire;
use rapport_tests::ask::{call, person};
use rapport_tests::{Process, World};

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_rapport-under-test"))
}

#[test]
fn a_data_directory_that_another_process_holds_is_refused_with_its_holder() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let holder = Process::serve(program(), &data_dir, &[]).unwrap();
    let complaint = Process::serve(program(), &data_dir, &[]).err().unwrap();
    assert!(complaint.contains("in use by process"), "{complaint}");
    holder.terminate();
}

#[test]
fn a_wrong_root_key_is_refused_and_the_right_one_still_opens() {
    let folder = tempfile::tempdir().unwrap();
    let (data_dir, other) = (folder.path().join("data"), folder.path().join("other"));
    Process::serve(program(), &data_dir, &[]).unwrap().terminate();
    Process::serve(program(), &other, &[]).unwrap().terminate();
    let wrong = folder.path().join("other.root-key");
    let complaint =
        Process::serve(program(), &data_dir, &["--root-key", wrong.to_str().unwrap()]).err().unwrap();
    assert!(complaint.contains("root key"), "{complaint}");
    Process::serve(program(), &data_dir, &[]).unwrap().terminate();
}

#[test]
fn a_lost_root_key_is_told_and_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    Process::serve(program(), &data_dir, &[]).unwrap().terminate();
    let key = folder.path().join("data.root-key");
    std::fs::remove_file(&key).unwrap();
    let complaint = Process::serve(program(), &data_dir, &[]).err().unwrap();
    assert!(complaint.contains("root key"), "{complaint}");
    assert!(!key.exists());
}

#[test]
fn a_read_model_that_is_no_database_waits_for_its_operator_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    Process::serve(program(), &data_dir, &[]).unwrap().terminate();
    let mut models = std::fs::read_dir(data_dir.join("read")).unwrap().map(|entry| entry.unwrap().path());
    let timeline = models.find(|path| path.to_string_lossy().contains("timeline")).unwrap();
    std::fs::write(&timeline, "no database ".repeat(1_000)).unwrap();

    let server = Process::serve(program(), &data_dir, &[]).unwrap();
    let state = |name: &str| {
        let list = server.json(&["projections", "list", "--json"]);
        let all = list["projections"].as_array().unwrap().clone();
        all.into_iter().find(|projection| projection["name"] == name).unwrap()["state"].clone()
    };
    assert_eq!((state("timeline"), state("directory")), ("parked".into(), "running".into()));
    assert!(server.run(&["projections", "rebuild", "timeline"]).status.success());
    assert_eq!(state("timeline"), "running");
    server.terminate();
}

/// What an acknowledged write looks like to its caller.
fn acknowledged(runtime: &tokio::runtime::Runtime, gateway: &str, writers: usize) -> Vec<(String, u64)> {
    use rapport_proto::v1::contact_service_client::ContactServiceClient;
    use rapport_proto::v1::interaction_service_client::InteractionServiceClient;
    runtime.block_on(async {
        let address = format!("http://{gateway}");
        let mut contacts = ContactServiceClient::connect(address.clone()).await.unwrap();
        let ann = contacts.register_contact(person("ann", "Ann")).await.unwrap().into_inner().contact_id;
        let mut interactions = InteractionServiceClient::connect(address).await.unwrap();
        let mut written = Vec::new();
        for number in 0..writers {
            let request = call(&format!("i{number}"), &ann, "hello");
            let recorded = interactions.record_interaction(request).await.unwrap().into_inner();
            written.push((recorded.interaction_id, recorded.receipt.unwrap().position));
        }
        written
    })
}

#[test]
fn what_was_acknowledged_before_a_kill_is_there_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = Process::serve(program(), &data_dir, &[]).unwrap();
    let written = acknowledged(&runtime, &server.gateway, 50);
    server.kill();

    let server = Process::serve(program(), &data_dir, &[]).unwrap();
    assert_eq!(
        acknowledged(&runtime, &server.gateway, 50),
        written,
        "a retry after the kill gets the first answers"
    );
    let output = server.run(&["replay", "--json"]);
    let positions: Vec<u64> = output
        .stdout
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(&line.unwrap()).unwrap()["position"].as_u64().unwrap()
        })
        .collect();
    assert_eq!(positions, (1..=51).collect::<Vec<u64>>());
    server.terminate();
}

#[test]
fn an_import_that_is_killed_half_way_comes_out_the_same_when_it_is_run_again() {
    let Some(data) = rapport_tests::data::folder("maven_crm") else { return };
    let data = data.to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let server = Process::serve(program(), &data_dir, &[]).unwrap();
    let mut import = server
        .command(&["import", "maven-crm", data])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The follower tells when the import is well under way.
    let mut follow =
        server.command(&["replay", "--follow", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let seen = BufReader::new(follow.stdout.take().unwrap()).lines().take(3_000).count();
    assert_eq!(seen, 3_000);
    server.kill();
    // Both ended with the server, or end now.
    let _ = import.kill();
    let _ = follow.kill();
    import.wait().unwrap();
    follow.wait().unwrap();

    let server = Process::serve(program(), &data_dir, &[]).unwrap();
    let imported = server.run(&["import", "maven-crm", data]);
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    crate::real_data::assert_maven_numbers(&server);
    server.terminate();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_under_way_are_finished_before_the_server_stops() {
    let mut world = World::start().await;
    let ann = world.contacts().register_contact(person("r0", "Ann")).await.unwrap().into_inner().contact_id;
    let (answered, mut first_answers) = tokio::sync::mpsc::unbounded_channel();
    let calls: Vec<_> = (0..400)
        .map(|number| {
            let mut interactions = world.interactions();
            let request = call(&format!("i{number}"), &ann, "hello");
            let answered = answered.clone();
            tokio::spawn(async move {
                let outcome = interactions.record_interaction(request).await.map(tonic::Response::into_inner);
                // The test may have heard enough.
                let _ = answered.send(());
                outcome
            })
        })
        .collect();
    for _ in 0..10 {
        first_answers.recv().await.unwrap();
    }
    world.stop().await;
    let mut acknowledged = Vec::new();
    for call in calls {
        acknowledged.extend(call.await.unwrap().ok().map(|recorded| recorded.receipt.unwrap().position));
    }
    assert!(acknowledged.len() >= 10, "those that were answered before the stop");
    acknowledged.sort_unstable();

    world.start_again().await;
    let events =
        world.history().read_history(wire::ReadHistoryRequest::default()).await.unwrap().into_inner();
    let kept: Vec<u64> = events.map_ok(|event| event.position).try_collect().await.unwrap();
    assert!(acknowledged.iter().all(|position| kept.contains(position)), "{acknowledged:?} of {kept:?}");
}

#[tokio::test]
async fn a_follower_is_told_when_the_server_stops() {
    let mut world = World::start().await;
    world.contacts().register_contact(person("r0", "Ann")).await.unwrap();
    let follow = wire::ReadHistoryRequest { follow: true, ..Default::default() };
    let mut events = world.history().read_history(follow).await.unwrap().into_inner();
    assert_eq!(events.message().await.unwrap().unwrap().position, 1);
    world.stop().await;
    let told = events.message().await.unwrap_err();
    assert_eq!(rapport_tests::ask::reason(&told), "SHUTTING_DOWN");
}

#[test]
fn a_lost_vault_is_told_and_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = Process::serve(program(), &data_dir, &[]).unwrap();
    acknowledged(&runtime, &server.gateway, 1);
    server.terminate();
    for file in ["vault.db", "vault.db-wal", "vault.db-shm"] {
        // The last two are gone after a clean stop.
        let _ = std::fs::remove_file(data_dir.join(file));
    }
    let complaint = Process::serve(program(), &data_dir, &[]).err().unwrap();
    assert!(complaint.contains("restore"), "{complaint}");
    assert!(!data_dir.join("vault.db").exists());
}
