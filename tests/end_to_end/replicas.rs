//! Several servers over one log: each folds its own read models and takes commands, the log decides who was first.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use futures::TryStreamExt as _;
use futures::future::join_all;
use rapport::client::Client;
use rapport::command::Command;
use rapport::delivery::apply;
use rapport::tls::ClientOptions;
use rapport_proto::v1 as wire;
use rapport_tests::ask::{after, call, fact, header, person, reason};
use rapport_tests::company::{answers, populate};
use rapport_tests::{Clients, Process};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tonic::Status;

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_rapport-under-test"))
}

/// A server that keeps the log and offers it over the KurrentDB protocol.
struct Log {
    folder: TempDir,
    process: Process,
    /// Where it is offered.
    address: String,
}

impl Log {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let process = Self::serve(folder.path(), "127.0.0.1:0");
        let address = process.kurrent.clone().unwrap();
        Self { folder, process, address }
    }

    fn serve(folder: &Path, address: &str) -> Process {
        let keys = folder.join("keys");
        let arguments = ["--kurrent-listen", address, "--keys-dir", keys.to_str().unwrap()];
        Process::serve(program(), &folder.join("log"), &arguments).unwrap()
    }

    /// kill -9, and a new server on the same log at the same address.
    fn kill_and_start_again(self) -> Self {
        let Self { folder, process, address } = self;
        process.kill();
        let process = Self::serve(folder.path(), &address);
        Self { folder, process, address }
    }

    /// A server that keeps no log of its own. It shares the keys with the others.
    fn replica(&self, name: &str) -> Process {
        let event_store = format!("esdb://{}?tls=false", self.address);
        let keys = self.keys();
        let arguments = ["--event-store", event_store.as_str(), "--keys-dir", keys.to_str().unwrap()];
        Process::serve(program(), &self.folder.path().join(name), &arguments).unwrap()
    }

    fn keys(&self) -> PathBuf {
        self.folder.path().join("keys")
    }
}

async fn clients<const N: usize>(processes: [&Process; N]) -> [Clients; N] {
    let connected = join_all(processes.map(|process| Clients::connect(&process.gateway))).await;
    connected.try_into().ok().unwrap()
}

async fn history(clients: &Clients) -> Vec<wire::HistoryEvent> {
    let events = clients.history().read_history(wire::ReadHistoryRequest::default()).await.unwrap();
    events.into_inner().try_collect().await.unwrap()
}

/// Ids of the requests in the log; every one stands there once. What a server wrote at its start is none.
async fn requests_in_the_log(clients: &Clients) -> BTreeSet<String> {
    let events = history(clients).await;
    let request_ids: Vec<String> = events
        .iter()
        .map(|event| serde_json::from_str::<serde_json::Value>(&event.metadata).unwrap())
        .filter(|metadata| metadata["actor"]["kind"] != "system")
        .map(|metadata| metadata["request_id"].as_str().unwrap().to_owned())
        .collect();
    let distinct: BTreeSet<String> = request_ids.iter().cloned().collect();
    assert_eq!(distinct.len(), request_ids.len(), "a request was applied twice");
    distinct
}

#[test]
fn a_command_to_one_is_visible_through_another_from_its_position_on() {
    let runtime = Runtime::new().unwrap();
    let log = Log::start();
    let (a, b) = (log.replica("a"), log.replica("b"));
    runtime.block_on(async {
        let [one, two] = clients([&a, &b]).await;
        for number in 0..20 {
            let request = person(&format!("r{number}"), &format!("Customer {number}"));
            let registered = one.contacts().register_contact(request).await.unwrap().into_inner();
            let position = registered.receipt.unwrap().position;
            let ask = wire::GetContactRequest { header: after(position), contact_id: registered.contact_id };
            let seen = two.contacts().get_contact(ask).await.unwrap().into_inner().contact.unwrap();
            let name = seen.name.unwrap().state;
            assert_eq!(name, Some(wire::personal_text::State::Text(format!("Customer {number}"))));
        }
    });
    a.terminate();
    b.terminate();
}

#[test]
fn of_those_who_decide_on_the_same_revision_one_wins_whichever_server_they_ask() {
    let runtime = Runtime::new().unwrap();
    let log = Log::start();
    let (a, b) = (log.replica("a"), log.replica("b"));
    runtime.block_on(async {
        let replicas = clients([&a, &b]).await;
        let registered = replicas[0].contacts().register_contact(person("ann", "Ann")).await.unwrap();
        let ann = registered.into_inner().contact_id;
        append(&replicas[0], fact("first", "x_orders-1", "{}")).await.unwrap();
        for round in 0..10_u64 {
            let names = (0..8_usize).map(|racer| rename(&replicas[racer % 2], &ann, round, racer));
            assert_one_won(join_all(names).await);
            let facts = (0..8_usize).map(|racer| {
                let mut request = fact(&format!("fact-{round}-{racer}"), "x_orders-1", "{}");
                request.header.as_mut().unwrap().expected_revision = Some(round);
                append(&replicas[racer % 2], request)
            });
            assert_one_won(join_all(facts).await);
        }
        assert_eq!(history(&replicas[1]).await.len(), 23, "and whose keys these are");
    });
    a.terminate();
    b.terminate();
}

async fn append(clients: &Clients, request: wire::AppendEventsRequest) -> Result<(), Status> {
    clients.history().append_events(request).await.map(|_| ())
}

async fn rename(clients: &Clients, contact_id: &str, revision: u64, racer: usize) -> Result<(), Status> {
    let header = wire::CommandHeader {
        expected_revision: Some(revision),
        ..header(&format!("name-{revision}-{racer}")).unwrap()
    };
    let request = wire::CorrectContactNameRequest {
        header: Some(header),
        contact_id: contact_id.to_owned(),
        name: format!("Ann {revision} {racer}"),
    };
    clients.contacts().correct_contact_name(request).await.map(|_| ())
}

fn assert_one_won(outcomes: Vec<Result<(), Status>>) {
    let lost: Vec<String> =
        outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).map(reason).collect();
    assert_eq!(lost.len() + 1, outcomes.len(), "{lost:?}");
    assert!(lost.iter().all(|reason| reason == "REVISION_MISMATCH"), "{lost:?}");
}

#[test]
fn commands_to_one_stream_through_every_server_are_all_taken_once() {
    const EACH: usize = 60;
    let runtime = Runtime::new().unwrap();
    let log = Log::start();
    let (a, b) = (log.replica("a"), log.replica("b"));
    runtime.block_on(async {
        let [one, two] = clients([&a, &b]).await;
        let ann =
            one.contacts().register_contact(person("ann", "Ann")).await.unwrap().into_inner().contact_id;
        let senders = [&a, &b].map(|process| sender(&process.gateway));
        let senders = join_all(senders).await;
        let lanes = (0..8).map(|lane| {
            let (sender, ann) = (senders[lane % 2].clone(), ann.clone());
            tokio::spawn(async move {
                for number in 0..EACH / 8 + 1 {
                    let command = Command::from(call(&format!("call-{lane}-{number}"), &ann, "hello"));
                    apply(&sender, &command).await.unwrap();
                }
            })
        });
        for lane in join_all(lanes).await {
            lane.unwrap();
        }
        let expected: BTreeSet<String> = (0..8)
            .flat_map(|lane| (0..EACH / 8 + 1).map(move |number| format!("call-{lane}-{number}")))
            .chain(["ann".to_owned()])
            .collect();
        assert_eq!(requests_in_the_log(&two).await, expected);
    });
    a.terminate();
    b.terminate();
}

/// A client that sends again what could not be taken.
async fn sender(gateway: &str) -> Client {
    let channel = rapport::client::connect(gateway, &ClientOptions::default()).await.unwrap();
    Client::new(channel, &"service:tests".parse().unwrap(), std::time::Duration::from_secs(10)).unwrap()
}

#[test]
fn killing_one_loses_nothing_and_the_other_goes_on() {
    let runtime = Runtime::new().unwrap();
    let log = Log::start();
    let (a, b) = (log.replica("a"), log.replica("b"));
    let contacts = runtime.block_on(async {
        let [one] = clients([&a]).await;
        populate(&one).await.0
    });
    let (told, mut answered) = tokio::sync::mpsc::unbounded_channel();
    let loads: Vec<_> = [&a, &b]
        .into_iter()
        .enumerate()
        .map(|(replica, process)| {
            let (gateway, told) = (process.gateway.clone(), told.clone());
            runtime.spawn(load(replica, gateway, told))
        })
        .collect();
    let mut acknowledged = BTreeSet::new();
    let mut wait_for = |replica: usize, count: usize| {
        let mut seen = 0;
        while seen < count {
            let (from, request_id) = answered.blocking_recv().unwrap();
            acknowledged.insert(request_id);
            seen += usize::from(from == replica);
        }
    };
    wait_for(0, 30);
    a.kill();
    wait_for(1, 60);
    for load in loads {
        load.abort();
    }
    drop(told);
    while let Some((_, request_id)) = answered.blocking_recv() {
        acknowledged.insert(request_id);
    }

    let a = log.replica("a");
    runtime.block_on(async {
        let [one, two] = clients([&a, &b]).await;
        for clients in [&one, &two] {
            let kept = requests_in_the_log(clients).await;
            let lost: Vec<_> = acknowledged.difference(&kept).collect();
            assert!(lost.is_empty(), "{lost:?}");
        }
        assert_same(&one, &two, &contacts).await;
    });
    a.terminate();
    b.terminate();
}

/// Registers people until the server goes away, and tells of each that was acknowledged.
async fn load(replica: usize, gateway: String, told: tokio::sync::mpsc::UnboundedSender<(usize, String)>) {
    let clients = Clients::connect(&gateway).await;
    let lanes = (0..4).map(|lane| {
        let (clients, told) = (clients.clone(), told.clone());
        async move {
            for number in 0.. {
                let request_id = format!("load-{replica}-{lane}-{number}");
                let registered = clients.contacts().register_contact(person(&request_id, "Ann")).await;
                if registered.is_err() || told.send((replica, request_id)).is_err() {
                    return;
                }
            }
        }
    });
    join_all(lanes).await;
}

/// Both servers give the same answers, byte for byte, from the end of the log on.
async fn assert_same(one: &Clients, two: &Clients, contacts: &[String]) {
    assert!(!contacts.is_empty(), "an empty company has nothing to compare");
    let head = one.history().get_head(wire::GetHeadRequest {}).await.unwrap().into_inner().position;
    assert_eq!(answers(one, contacts, head).await, answers(two, contacts, head).await);
    assert_eq!(history(one).await, history(two).await);
}

#[test]
fn every_server_answers_the_same_to_the_byte() {
    let runtime = Runtime::new().unwrap();
    let log = Log::start();
    let (a, b) = (log.replica("a"), log.replica("b"));
    runtime.block_on(async {
        let [one, two, keeper] = clients([&a, &b, &log.process]).await;
        let (contacts, _) = populate(&one).await;
        assert_same(&one, &two, &contacts).await;
        assert_same(&two, &keeper, &contacts).await;
    });
    a.terminate();
    b.terminate();
}

#[test]
fn when_the_log_is_killed_and_comes_back_the_servers_go_on() {
    let runtime = Runtime::new().unwrap();
    let log = Log::start();
    let (a, b) = (log.replica("a"), log.replica("b"));
    let (contacts, before, senders) = runtime.block_on(async {
        let [one] = clients([&a]).await;
        let (contacts, _) = populate(&one).await;
        let senders = join_all([sender(&a.gateway), sender(&b.gateway)]).await;
        (contacts, requests_in_the_log(&one).await, senders)
    });
    // Both have commands on their way while the log is away.
    let during: Vec<_> = (0..2)
        .map(|replica| {
            let sender = senders[replica].clone();
            runtime.spawn(async move {
                for number in 0..20 {
                    let request = person(&format!("during-{replica}-{number}"), "Bob");
                    apply(&sender, &Command::from(request)).await.unwrap();
                }
            })
        })
        .collect();
    let log = log.kill_and_start_again();
    runtime.block_on(async {
        for lane in during {
            lane.await.unwrap();
        }
        let [one, two] = clients([&a, &b]).await;
        let kept = requests_in_the_log(&one).await;
        let during =
            (0..2).flat_map(|replica| (0..20).map(move |number| format!("during-{replica}-{number}")));
        assert_eq!(kept, before.into_iter().chain(during).collect());
        assert_same(&one, &two, &contacts).await;
    });
    a.terminate();
    b.terminate();
    log.process.terminate();
}

#[test]
fn a_server_without_the_keys_of_the_others_is_refused() {
    let runtime = Runtime::new().unwrap();
    let log = Log::start();
    let a = log.replica("a");
    runtime.block_on(async {
        let [one] = clients([&a]).await;
        one.contacts().register_contact(person("ann", "Ann")).await.unwrap();
    });
    let event_store = format!("esdb://{}?tls=false", log.address);
    let refused =
        Process::serve(program(), &log.folder.path().join("c"), &["--event-store", &event_store]).err();
    let told = refused.unwrap();
    assert!(told.contains("--keys-dir"), "{told}");
    a.terminate();
}

#[test]
fn a_server_with_other_keys_is_refused_even_on_a_log_without_contacts() {
    let log = Log::start();
    log.replica("a").terminate();
    // given: keys that are whole, and were made for another log
    let others = log.folder.path().join("others");
    let event_store = format!("esdb://{}?tls=false", log.address);
    let keys = ["--keys-dir", others.to_str().unwrap()];
    Process::serve(program(), &log.folder.path().join("elsewhere"), &keys).unwrap().terminate();
    // when
    let arguments = [&["--event-store", event_store.as_str()], &keys[..]].concat();
    let refused = Process::serve(program(), &log.folder.path().join("c"), &arguments).err();
    // then
    let told = refused.unwrap();
    assert!(told.contains("not the keys that the log was written with"), "{told}");
    log.replica("b").terminate();
}

#[test]
fn a_server_that_waits_for_its_log_ends_when_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    // given: somebody who takes connections and never says a word
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let event_store = format!("esdb://{}?tls=false", silent.local_addr().unwrap());
    let path = |name: &str| folder.path().join(name);
    let mut server = std::process::Command::new(program())
        .args(["serve", "--listen", "127.0.0.1:0", "--operations-listen", "127.0.0.1:0"])
        .args(["--event-store", &event_store])
        .args([
            "--data-dir".as_ref(),
            path("data").as_os_str(),
            "--keys-dir".as_ref(),
            path("keys").as_os_str(),
        ])
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let _connection = silent.accept().unwrap();
    // when
    let pid = server.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    // then
    assert_eq!(server.wait().unwrap().code(), Some(0));
}
