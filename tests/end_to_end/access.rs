//! A gateway that asks for API keys answers nobody without one, whatever is called, and nobody what their roles do not
//! permit.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use prost::Message as _;
use prost_types::FileDescriptorSet;
use rapport::serve;
use rapport_proto::v1 as wire;
use rapport_tests::World;
use rapport_tests::ask::{after, person, reason};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use tonic_types::StatusExt as _;

/// Who may what, as people read it.
const POLICIES: &str = include_str!("../golden/policies.txt");
/// SHA-256 of the word `secret`, as `printf secret | sha256sum` prints it.
const SHA256: &str = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

/// The key that is valid, as a credential.
const VALID: &str = "Bearer rapport_billing-1_secret";

/// A file of keys: one that is valid, one that expired, both with the secret `secret`.
pub(crate) fn keys(folder: &tempfile::TempDir) -> PathBuf {
    let file = folder.path().join("keys.toml");
    let text = format!(
        "[[key]]\nid = \"billing-1\"\nactor = \"service:billing\"\nsha256 = \"{SHA256}\"\n
         [[key]]\nid = \"old-1\"\nactor = \"service:billing\"\nsha256 = \"{SHA256}\"\nexpires_on = \"2020-01-01\"\n"
    );
    std::fs::write(&file, text).unwrap();
    file
}

/// Every RPC of the contract, as a path.
pub(crate) fn rpcs() -> Vec<String> {
    let set = FileDescriptorSet::decode(rapport_proto::FILE_DESCRIPTOR_SET).unwrap();
    let mut paths = Vec::new();
    for file in set.file {
        for service in &file.service {
            let name = format!("{}.{}", file.package(), service.name());
            paths.extend(service.method.iter().map(|method| format!("/{name}/{}", method.name())));
        }
    }
    paths
}

/// A connection to a server.
async fn channel(running: &serve::Running) -> Channel {
    Endpoint::from_shared(format!("http://{}", running.gateway)).unwrap().connect().await.unwrap()
}

/// Calls with an empty message, and hears whether there is an answer.
pub(crate) async fn call(
    channel: &Channel,
    path: &str,
    headers: &[(&'static str, &str)],
) -> Result<(), Status> {
    let mut client = tonic::client::Grpc::new(channel.clone());
    client.ready().await.unwrap();
    let mut request = Request::new(());
    for (key, value) in headers {
        request.metadata_mut().insert(*key, value.parse().unwrap());
    }
    let codec = tonic_prost::ProstCodec::<(), ()>::default();
    client.server_streaming(request, path.parse::<PathAndQuery>().unwrap(), codec).await.map(|_| ())
}

#[tokio::test]
async fn no_rpc_answers_without_a_valid_key() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start_with_api_keys(keys(&folder)).await;
    let address = format!("http://{}", world.gateway());
    let channel = Endpoint::from_shared(address).unwrap().connect().await.unwrap();
    let paths = rpcs();
    assert!(paths.len() >= 60, "the contract has {} RPCs", paths.len());
    let wrong: [&[(&'static str, &str)]; 8] = [
        &[],
        &[("rapport-actor", "user:ann")],
        &[("authorization", "Bearer ")],
        &[("authorization", "Basic rapport_billing-1_secret")],
        &[("authorization", "Bearer rapport_billing-1_secre")],
        &[("authorization", "Bearer rapport_nobody_secret")],
        &[("authorization", "Bearer rapport_old-1_secret")],
        &[("authorization", "Bearer rapport_billing-1_secret"), ("rapport-actor", "user:ann")],
    ];
    for path in &paths {
        for headers in wrong {
            let refused = call(&channel, path, headers).await.unwrap_err();
            assert_eq!(reason(&refused), "CALLER_UNAUTHENTICATED", "{path} with {headers:?}: {refused}");
        }
    }
}

#[tokio::test]
async fn who_has_a_key_is_whom_it_was_given_to() {
    let folder = tempfile::tempdir().unwrap();
    let file = keys(&folder);
    let world = World::start_with_api_keys(file.clone()).await;
    let with_key = |message| {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", "Bearer rapport_billing-1_secret".parse().unwrap());
        request
    };
    let registered = world.contacts().register_contact(with_key(person("r1", "Ann"))).await.unwrap();
    let wire::RegisterContactResponse { contact_id, receipt, .. } = registered.into_inner();
    let header = after(receipt.unwrap().position);
    let mut request = Request::new(wire::GetTimelineRequest { header, contact_id, ..Default::default() });
    request.metadata_mut().insert("authorization", "Bearer rapport_billing-1_secret".parse().unwrap());
    let timeline = world.interactions().get_timeline(request).await.unwrap().into_inner();
    let actor = timeline.entries[0].actor.clone().unwrap();
    assert_eq!((actor.kind.as_str(), actor.id.as_str()), ("service", "billing"));

    std::fs::write(&file, "key = []\n").unwrap();
    let refused = world.contacts().register_contact(with_key(person("r2", "Bob"))).await.unwrap_err();
    assert_eq!(reason(&refused), "CALLER_UNAUTHENTICATED", "a key that was taken back");
}

/// Each role alone as a key of a service, both with the name of the role; and `none`, which has no role at all.
pub(crate) fn keys_of_roles(folder: &tempfile::TempDir, roles: &[&str]) -> PathBuf {
    let key = |role: &&str| {
        let roles = if *role == "none" { String::new() } else { format!("{role:?}") };
        let id = role.replace('_', "-");
        format!("[[key]]\nid = {id:?}\nactor = \"service:{id}\"\nsha256 = \"{SHA256}\"\nroles = [{roles}]\n")
    };
    let file = folder.path().join("keys.toml");
    std::fs::write(&file, roles.iter().map(key).collect::<String>()).unwrap();
    file
}

/// A key of each of these people, all in one role.
pub(crate) fn keys_of_people(folder: &tempfile::TempDir, people: &[&str], role: &str) -> PathBuf {
    keys_of_people_in_roles(folder, &people.iter().map(|id| (*id, role)).collect::<Vec<_>>())
}

/// A key of each of these people, each in a role.
pub(crate) fn keys_of_people_in_roles(folder: &tempfile::TempDir, people: &[(&str, &str)]) -> PathBuf {
    let key = |(id, role): &(&str, &str)| {
        format!("[[key]]\nid = {id:?}\nactor = \"user:{id}\"\nsha256 = \"{SHA256}\"\nroles = [{role:?}]\n")
    };
    let file = folder.path().join("keys.toml");
    std::fs::write(&file, people.iter().map(key).collect::<String>()).unwrap();
    file
}

/// A request by whoever has the key with this id.
pub(crate) fn proved<T>(id: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer rapport_{id}_secret").parse().unwrap());
    request
}

/// The golden table: the roles of each action that may whatever the circumstances.
fn permitted() -> BTreeMap<&'static str, Vec<&'static str>> {
    let row = |line: &'static str| {
        let (action, roles) = line.split_once("  ").unwrap();
        (action, roles.trim().split(", ").filter(|role| !role.ends_with(')')).collect())
    };
    POLICIES.lines().skip(1).map(row).collect()
}

#[tokio::test]
async fn every_rpc_is_refused_to_every_role_that_the_table_does_not_name() {
    let permitted = permitted();
    let mut roles: Vec<&str> =
        permitted.values().flatten().copied().filter(|role| *role != "nobody").collect();
    roles.push("none");
    roles.sort_unstable();
    roles.dedup();
    assert_eq!(roles.len(), 12, "{roles:?}");
    let folder = tempfile::tempdir().unwrap();
    let world = World::start_with_api_keys(keys_of_roles(&folder, &roles)).await;
    let address = format!("http://{}", world.gateway());
    let channel = Endpoint::from_shared(address).unwrap().connect().await.unwrap();
    for path in rpcs() {
        let (_, method) = path.rsplit_once('/').unwrap();
        let may = permitted.get(method).unwrap_or_else(|| panic!("{method} is not in the table"));
        for role in &roles {
            let credential = format!("Bearer rapport_{}_secret", role.replace('_', "-"));
            let answer = call(&channel, &path, &[("authorization", credential.as_str())]).await;
            let denied =
                answer.err().and_then(|status| status.get_details_error_info()).is_some_and(|info| {
                    info.reason == "PERMISSION_MISSING"
                        && info.metadata.get("permission").is_some_and(|action| action == method)
                });
            assert_eq!(denied, !may.contains(role), "{method} as {role}");
        }
    }
}

#[tokio::test]
async fn an_rpc_that_does_not_exist_is_refused_like_one_that_is_not_permitted() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start_with_api_keys(keys_of_roles(&folder, &["unrestricted"])).await;
    let address = format!("http://{}", world.gateway());
    let channel = Endpoint::from_shared(address).unwrap().connect().await.unwrap();
    let credential = [("authorization", "Bearer rapport_unrestricted_secret")];
    let refused = call(&channel, "/rapport.v1.ContactService/GetEverything", &credential).await.unwrap_err();
    assert_eq!(reason(&refused), "PERMISSION_MISSING");
    let nobody = call(&channel, "/rapport.v1.ContactService/GetEverything", &[]).await.unwrap_err();
    assert_eq!(reason(&nobody), "CALLER_UNAUTHENTICATED");
}

#[tokio::test]
async fn who_calls_too_fast_is_told_how_long_to_wait() {
    let folder = tempfile::tempdir().unwrap();
    let (_data, options) = World::prepared();
    let calls_per_second = Some(NonZeroU32::MIN);
    let options = serve::Options { api_keys: Some(keys(&folder)), calls_per_second, ..options };
    let running = serve::start(options).await.unwrap();
    let channel = channel(&running).await;
    let ask = || call(&channel, "/rapport.v1.AdminService/ListProjections", &[("authorization", VALID)]);

    ask().await.unwrap();

    let refused = loop {
        if let Err(refused) = ask().await {
            break refused;
        }
    };
    assert_eq!(reason(&refused), "CALLER_TOO_FAST");
    let wait = refused.get_details_retry_info().unwrap().retry_delay.unwrap();
    assert!(!wait.is_zero() && wait <= Duration::from_secs(1), "{wait:?}");
    running.stop().await.unwrap();
}

/// The policies that are built in, in a folder.
fn policies(folder: &tempfile::TempDir) -> PathBuf {
    let built_in = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../ops/policies");
    let policies = folder.path().join("policies");
    std::fs::create_dir(&policies).unwrap();
    for file in std::fs::read_dir(built_in).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), policies.join(file.file_name())).unwrap();
    }
    policies
}

#[tokio::test]
async fn policies_that_are_read_again_are_in_force_from_the_next_call_on_and_wrong_ones_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let (_data, options) = World::prepared();
    let policies = policies(&folder);
    let api_keys = Some(keys_of_roles(&folder, &["intern"]));
    let options = serve::Options { api_keys, policies: Some(policies.clone()), ..options };
    let running = serve::start(options).await.unwrap();
    let channel = channel(&running).await;
    let credential = [("authorization", "Bearer rapport_intern_secret")];
    let may = async || call(&channel, "/rapport.v1.AdminService/ListProjections", &credential).await.is_ok();
    let action =
        "principal in Rapport::Role::\"intern\", action == Rapport::Action::\"ListProjections\", resource";
    let more = policies.join("more.cedar");
    assert!(!may().await);

    std::fs::write(&more, format!("@id(\"more\") permit ({action});")).unwrap();
    assert!(!may().await, "nobody said that it is whole");
    running.reload().unwrap();
    assert!(may().await);
    std::fs::write(&more, "@id(\"more\") permit (nonsense);").unwrap();
    assert!(running.reload().unwrap_err().to_string().contains("more.cedar"));
    assert!(may().await, "what was in force stays");
    std::fs::remove_file(&more).unwrap();
    running.reload().unwrap();
    assert!(!may().await);
    running.stop().await.unwrap();
}

#[tokio::test]
async fn the_contract_is_told_where_the_server_is_told_to_and_to_whoever_is_let_in() {
    const RPC: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    let folder = tempfile::tempdir().unwrap();
    for reflection in [false, true] {
        let (_data, options) = World::prepared();
        let options = serve::Options { api_keys: Some(keys(&folder)), reflection, ..options };
        let running = serve::start(options).await.unwrap();
        let channel = channel(&running).await;
        let nobody = call(&channel, RPC, &[]).await.unwrap_err();
        assert_eq!(reason(&nobody), "CALLER_UNAUTHENTICATED");
        let answer = call(&channel, RPC, &[("authorization", VALID)]).await;
        let unimplemented = answer.is_err_and(|refused| i32::from(refused.code()) == 12);
        assert_eq!(unimplemented, !reflection);
        running.stop().await.unwrap();
    }
}

#[tokio::test]
async fn an_address_has_so_many_connections_and_a_new_one_when_one_ends() {
    let (_data, options) = World::prepared();
    let options = serve::Options { connections_per_address: NonZeroU32::MIN, ..options };
    let running = serve::start(options).await.unwrap();
    let first = channel(&running).await;
    let ask = async |channel: &Channel| call(channel, "/rapport.v1.AdminService/ListProjections", &[]).await;
    ask(&first).await.unwrap();

    let mut second = tokio::net::TcpStream::connect(running.gateway).await.unwrap();
    let mut nothing = Vec::new();
    let heard = tokio::io::AsyncReadExt::read_to_end(&mut second, &mut nothing).await;
    assert_eq!((heard.unwrap_or(0), nothing), (0, Vec::new()), "closed at once");
    let operations = running.operations.to_string();
    let fetched = tokio::task::spawn_blocking(move || rapport_tests::http::get(&operations, "/metrics"));
    let metrics = String::from_utf8(fetched.await.unwrap()).unwrap();
    assert!(metrics.contains("rapport_gateway_connections_refused_total 1\n"), "{metrics}");
    ask(&first).await.unwrap();

    drop(first);
    loop {
        // The server hears of the end in its own time.
        let address = format!("http://{}", running.gateway);
        if let Ok(next) = Endpoint::from_shared(address).unwrap().connect().await
            && ask(&next).await.is_ok()
        {
            break;
        }
    }
    running.stop().await.unwrap();
}
