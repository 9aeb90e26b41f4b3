//! A gateway that trusts an identity provider answers whoever has its access token, as the one it was issued for, and
//! nobody who has anything else.

mod provider;
mod published;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rapport_tests::Process;
use rapport_tests::ask::reason;
use rapport_tests::http::get;
use serde_json::{Value, json};
use tonic::transport::{Channel, Endpoint};

use self::provider::{AUDIENCE, ISSUER, Provider};
use self::published::Published;
use crate::access::{call, keys, rpcs};
use crate::authority::Authority;
use crate::cross_check::PYTHON_VARIABLE;

/// The server as it ships.
const PROGRAM: &str = env!("CARGO_BIN_EXE_rapport-under-test");
/// An RPC that a role has to permit.
const RPC: &str = "/rapport.v1.AdminService/ListProjections";

/// A server that trusts the provider of a folder: its keys are in `jwks.json`.
fn serve(folder: &Path, more: &[&str]) -> Process {
    let jwks = folder.join("jwks.json");
    let trust = ["--oidc-issuer", ISSUER, "--oidc-audience", AUDIENCE, "--jwks", jwks.to_str().unwrap()];
    Process::serve(Path::new(PROGRAM), &folder.join("data"), &[&trust, more].concat()).unwrap()
}

async fn channel(server: &Process) -> Channel {
    Endpoint::from_shared(format!("http://{}", server.gateway)).unwrap().connect().await.unwrap()
}

/// What a call with a token ends with.
async fn answer(channel: &Channel, rpc: &str, token: &str) -> String {
    let credential = format!("Bearer {token}");
    let answer = call(channel, rpc, &[("authorization", credential.as_str())]).await;
    answer.map_or_else(|refused| reason(&refused), |()| "answered".to_owned())
}

#[tokio::test]
async fn no_rpc_answers_to_a_token_that_is_not_right_and_the_log_alone_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let provider = Provider::new("key-1");
    provider.publish(folder.path());
    let server = serve(folder.path(), &[]);
    let channel = channel(&server).await;
    assert_eq!(answer(&channel, RPC, &provider.issue(json!({}))).await, "answered");

    let wrong = provider.wrong_tokens();
    for rpc in rpcs() {
        for (what, token, _) in &wrong {
            assert_eq!(answer(&channel, &rpc, token).await, "CALLER_UNAUTHENTICATED", "{rpc}, {what}");
        }
    }

    let log = server.terminate();
    for (what, token, said) in &wrong {
        assert!(log.contains(said), "{what}: {said}\n{log}");
        assert!(!log.contains(token), "{what}");
    }
}

#[tokio::test]
async fn keys_are_replaced_while_the_server_runs_and_api_keys_are_taken_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let (older, newer) = (Provider::new("key-1"), Provider::new("key-2"));
    older.publish(folder.path());
    let api_keys = keys(&folder);
    let server = serve(folder.path(), &["--api-keys", api_keys.to_str().unwrap()]);
    let channel = channel(&server).await;
    let tokens = [older.issue(json!({})), newer.issue(json!({})), "rapport_billing-1_secret".to_owned()];
    let answers = async || {
        let mut answers = Vec::new();
        for token in &tokens {
            answers.push(answer(&channel, RPC, token).await);
        }
        answers
    };
    assert_eq!(answers().await, ["answered", "CALLER_UNAUTHENTICATED", "answered"]);
    newer.publish(folder.path());
    assert_eq!(answers().await, ["CALLER_UNAUTHENTICATED", "answered", "answered"]);
    fs::write(folder.path().join("jwks.json"), "{}").unwrap();
    assert_eq!(answers().await, ["CALLER_UNAUTHENTICATED", "answered", "answered"], "the older keys stay");
    assert!(server.terminate().contains("expected a JSON Web Key Set"));
}

/// A server that fetches the keys of its provider.
fn serve_with(published: &Published, authority: &Authority, folder: &Path) -> Result<Process, String> {
    let (url, roots) = (published.url(), authority.roots());
    let trust = ["--oidc-issuer", ISSUER, "--oidc-audience", AUDIENCE, "--jwks-url", &url];
    let roots = ["--jwks-ca-cert", roots.to_str().unwrap()];
    Process::serve(Path::new(PROGRAM), &folder.join("data"), &[&trust[..], &roots].concat())
}

#[tokio::test]
async fn keys_of_an_address_are_fetched_again_when_a_token_names_a_new_one_and_not_for_every_such_token() {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    let (older, newer) = (Provider::new("key-1"), Provider::new("key-2"));
    let published = Published::new(&authority, older.keys());
    let server = serve_with(&published, &authority, folder.path()).unwrap();
    let channel = channel(&server).await;
    assert_eq!(answer(&channel, RPC, &older.issue(json!({}))).await, "answered");
    assert_eq!(published.fetches(), 1, "not for each call");

    published.publish(newer.keys());
    while answer(&channel, RPC, &newer.issue(json!({}))).await != "answered" {}

    assert!(published.fetches() < 5, "not for each token: {} times", published.fetches());
    assert_eq!(answer(&channel, RPC, &older.issue(json!({}))).await, "CALLER_UNAUTHENTICATED");
    let metrics = String::from_utf8(get(&server.operations, "/metrics")).unwrap();
    assert!(metrics.contains("rapport_provider_keys_fetched_timestamp_seconds 1"), "{metrics}");
}

#[tokio::test]
async fn what_is_published_and_makes_no_sense_leaves_the_keys_of_before() {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    let (older, newer) = (Provider::new("key-1"), Provider::new("key-2"));
    let published = Published::new(&authority, older.keys());
    let server = serve_with(&published, &authority, folder.path()).unwrap();
    let channel = channel(&server).await;

    published.publish("{}".to_owned());
    while published.fetches() < 2 {
        assert_eq!(answer(&channel, RPC, &newer.issue(json!({}))).await, "CALLER_UNAUTHENTICATED");
    }

    assert_eq!(answer(&channel, RPC, &older.issue(json!({}))).await, "answered");
}

#[test]
fn without_the_keys_of_its_provider_a_server_does_not_start_and_says_why() {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    let published = Published::new(&authority, Provider::new("key-1").keys());
    let refused = |authority: &Authority| serve_with(&published, authority, folder.path()).err().unwrap();

    let stranger = refused(&Authority::new());
    assert!(stranger.contains("invalid peer certificate"), "{stranger}");
    for (answered, said) in [
        ("{}".to_owned(), "expected a JSON Web Key Set"),
        (" ".repeat(256 * 1024 + 1), "its answer is longer than 262144 bytes"),
    ] {
        published.publish(answered);
        let refused = refused(&authority);
        assert!(refused.contains(said) && refused.contains("Nobody could call"), "{refused}");
    }
    published.move_to("https://127.0.0.1:1/keys");
    let moved = refused(&authority);
    assert!(moved.contains("it answers with the status 302"), "{moved}");
    assert!(!folder.path().join("data").exists(), "nothing was opened");
}

#[tokio::test]
async fn a_token_carries_the_roles_that_its_claim_names_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let provider = Provider::new("key-1");
    provider.publish(folder.path());
    let server = serve(folder.path(), &["--oidc-roles-claim", "groups"]);
    let channel = channel(&server).await;
    for (roles, ends) in [
        (json!(["admin"]), "answered"),
        (json!(["intern"]), "PERMISSION_MISSING"),
        (json!([]), "PERMISSION_MISSING"),
    ] {
        let token = provider.issue(json!({ "groups": roles }));
        assert_eq!(answer(&channel, RPC, &token).await, ends, "{roles}");
    }
}

#[test]
fn the_command_line_shows_the_token_of_a_file_and_is_whom_it_was_issued_for() {
    let folder = tempfile::tempdir().unwrap();
    let provider = Provider::new("key-1");
    provider.publish(folder.path());
    let server = serve(folder.path(), &[]);
    let file = folder.path().join("token");
    fs::write(&file, provider.issue(json!({})) + "\n").unwrap();
    let path = file.to_str().unwrap();
    let ask = |more: &[&str]| {
        let output = server.run(&[&["projections", "list", "--token-file", path], more].concat());
        if output.status.success() { "answered".to_owned() } else { text(&output.stderr) }
    };

    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = ask(&[]);
    assert!(refused.contains("is open to others (mode 644)"), "{refused}");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();

    assert_eq!(ask(&[]), "answered");
    assert_eq!(ask(&["--actor", "user:u-17"]), "answered");
    let refused = ask(&["--actor", "user:bob"]);
    assert!(refused.contains("CALLER_UNAUTHENTICATED"), "{refused}");
}

#[tokio::test]
async fn tokens_that_another_library_made_are_taken_or_refused_the_same() {
    let Some(python) = std::env::var_os(PYTHON_VARIABLE) else {
        eprintln!(
            "SKIPPED: access_tokens.py needs {PYTHON_VARIABLE}, a Python that has PyJWT and cryptography"
        );
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("cross_check/access_tokens.py");
    let mut command = Command::new(python);
    let made: Output = command.arg(script).args([ISSUER, AUDIENCE]).arg(folder.path()).output().unwrap();
    if made.status.code() == Some(77) {
        eprintln!("SKIPPED: {}", text(&made.stderr));
        return;
    }
    assert!(made.status.success(), "{}", text(&made.stderr));
    let tokens: Value = serde_json::from_slice(&made.stdout).unwrap();
    for (options, expected) in [(&[] as &[&str], "curves"), (&["--oidc-rs256"], "with_rs256")] {
        let server = serve(folder.path(), options);
        let channel = channel(&server).await;
        for token in tokens.as_array().unwrap() {
            let answer = answer(&channel, RPC, token["token"].as_str().unwrap()).await;
            assert_eq!(answer == "answered", token[expected] == true, "{}: {answer}", token["what"]);
        }
        server.terminate();
        fs::remove_dir_all(folder.path().join("data")).unwrap();
        fs::remove_file(folder.path().join("data.root-key")).unwrap();
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
