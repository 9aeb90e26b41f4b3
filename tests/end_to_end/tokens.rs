//! A gateway that trusts an identity provider answers whoever has its access token, as the one it was issued for, and
//! nobody who has anything else.

mod provider;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rapport_tests::Process;
use rapport_tests::ask::reason;
use serde_json::{Value, json};
use tonic::transport::{Channel, Endpoint};

use self::provider::{AUDIENCE, ISSUER, Provider};
use crate::access::{call, keys, rpcs};
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
