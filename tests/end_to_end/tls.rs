//! Nobody reads along, and where callers have to show a certificate, nobody gets in without one.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use rapport::client::connect;
use rapport::error::Failure;
use rapport::serve::{self, Running};
use rapport::tls::{ALPN_GRPC, ClientOptions, ServerOptions};
use rapport_proto::v1 as wire;
use rapport_proto::v1::admin_service_client::AdminServiceClient;
use rapport_tests::World;
use tempfile::TempDir;
use tonic::transport::Channel;

use crate::authority::Authority;

async fn started(tls: ServerOptions) -> (TempDir, Running) {
    let (folder, options) = World::prepared();
    let running = serve::start(serve::Options { tls, ..options }).await.unwrap();
    (folder, running)
}

/// Connects and asks something; a server that wants a certificate may say so only then.
async fn asked(running: &Running, tls: &ClientOptions) -> Result<(), String> {
    let channel: Channel =
        connect(&running.gateway.to_string(), tls).await.map_err(|failure| failure.to_string())?;
    let mut admin = AdminServiceClient::new(channel);
    let answer = admin.list_projections(wire::ListProjectionsRequest::default()).await;
    answer.map(drop).map_err(|status| format!("{status:?}"))
}

#[tokio::test]
async fn a_server_of_tls_answers_who_trusts_its_authority_and_nobody_in_clear() {
    let (ours, other) = (Authority::new(), Authority::new());
    let (_folder, running) = started(ours.server()).await;

    assert_eq!(asked(&running, &ours.trusted()).await, Ok(()));

    let distrust = asked(&running, &other.trusted()).await.unwrap_err();
    assert!(distrust.contains("invalid peer certificate"), "{distrust}");
    let channel = connect(&running.gateway.to_string(), &ClientOptions::default()).await.unwrap();
    let mut in_clear = AdminServiceClient::new(channel);
    let refused = in_clear.list_projections(wire::ListProjectionsRequest::default()).await.unwrap_err();
    let told = Failure::from(refused).report();
    assert!(
        told.contains("where the gateway does TLS, say --addr https://HOST:PORT, or give --ca-cert"),
        "{told}"
    );
    running.stop().await.unwrap();
}

#[tokio::test]
async fn with_an_authority_of_callers_nobody_gets_in_without_its_certificate() {
    let (ours, callers, other) = (Authority::new(), Authority::new(), Authority::new());
    let server = ServerOptions { tls_client_ca: Some(callers.roots()), ..ours.server() };
    let (_folder, running) = started(server).await;
    let with_roots = |options: ClientOptions| ClientOptions { ca_cert: Some(ours.roots()), ..options };

    assert_eq!(asked(&running, &with_roots(callers.shown("billing"))).await, Ok(()));

    assert!(asked(&running, &ours.trusted()).await.is_err());
    assert!(asked(&running, &with_roots(other.shown("stranger"))).await.is_err());
    running.stop().await.unwrap();
}

#[tokio::test]
async fn files_that_are_no_certificate_and_keys_that_others_can_read_are_refused_by_name() {
    let ours = Authority::new();
    let refused = |tls: ServerOptions| match tls.open(ALPN_GRPC).map(drop) {
        Err(Failure::Usage(said)) => said,
        outcome => panic!("{outcome:?}"),
    };

    let of_another = ServerOptions { tls_key: Some(ours.signed("another").1), ..ours.server() };
    assert!(refused(of_another).starts_with("--tls-cert, --tls-key: "));

    let missing = ServerOptions { tls_cert: Some(ours.roots().with_file_name("nothing")), ..ours.server() };
    assert!(refused(missing).contains("nothing: No such file"));

    let open = ours.server();
    fs::set_permissions(open.tls_key.as_ref().unwrap(), Permissions::from_mode(0o644)).unwrap();
    assert!(refused(open).contains("is open to others (mode 644); run `chmod 600` on it"));

    let in_clear = ours.trusted().endpoint("http://127.0.0.1:1").unwrap_err().to_string();
    assert!(in_clear.contains("certificates are for TLS"), "{in_clear}");
}

#[tokio::test]
async fn api_keys_do_not_leave_the_machine_in_clear() {
    let (_folder, options) = World::prepared();
    let beyond = serve::Options {
        listen: "0.0.0.0:0".parse().unwrap(),
        api_keys: Some(PathBuf::from("keys.toml")),
        ..options
    };
    let refused = serve::start(beyond).await.err().unwrap().to_string();
    assert!(refused.contains("--tls-cert"), "{refused}");
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_from_the_next_connection_on_and_half_a_renewal_is_not() {
    let (older, newer) = (Authority::new(), Authority::new());
    let tls = older.server();
    let (_folder, running) = started(tls.clone()).await;
    let (cert, key) = (tls.tls_cert.unwrap(), tls.tls_key.unwrap());
    let (renewed_cert, renewed_key) = newer.signed("renewed");
    let trusts = async || {
        [asked(&running, &older.trusted()).await.is_ok(), asked(&running, &newer.trusted()).await.is_ok()]
    };
    assert_eq!(trusts().await, [true, false]);

    fs::copy(&renewed_cert, &cert).unwrap();
    assert_eq!(trusts().await, [true, false], "its key has not come yet");
    fs::copy(&renewed_key, &key).unwrap();
    assert_eq!(trusts().await, [false, true]);
    running.stop().await.unwrap();
}
