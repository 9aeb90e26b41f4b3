//! Who watches the server proves it where that is asked for; whoever asks how it is hears it in any case.

use std::fs::{self, Permissions};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rapport::error::Failure;
use rapport::serve::{self, OperationsOptions};
use rapport_tests::World;
use rapport_tests::http::exchange;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tokio::task::spawn_blocking;

use crate::authority::Authority;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
/// What is told to whoever has the token.
const GUARDED: [&str; 3] = ["/metrics", "/checkpoint", "/tile/0/000"];
/// What is told to everybody.
const OPEN: [&str; 3] = ["/livez", "/readyz", "/readyz/reads"];

fn token_file(folder: &Path, token: &str) -> PathBuf {
    let file = folder.join("operations-token");
    fs::write(&file, format!("{token}\n")).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    file
}

fn guarded(file: PathBuf) -> OperationsOptions {
    OperationsOptions { operations_token_file: Some(file), ..OperationsOptions::default() }
}

/// The status of an answer, in clear.
async fn status(port: SocketAddr, path: &'static str, authorization: &str) -> u16 {
    let header =
        if authorization.is_empty() { String::new() } else { format!("authorization: {authorization}\r\n") };
    let ask = move || exchange(TcpStream::connect(port).unwrap(), path, &header).0;
    spawn_blocking(ask).await.unwrap()
}

#[tokio::test]
async fn metrics_and_tiles_want_the_token_and_how_the_server_is_does_not() {
    let (folder, options) = World::prepared();
    let file = token_file(folder.path(), TOKEN);
    let running = serve::start(serve::Options { operations: guarded(file), ..options }).await.unwrap();
    let port = running.operations;
    let right = format!("Bearer {TOKEN}");

    for path in OPEN {
        // 503 where its read models are still behind.
        assert!([200, 503].contains(&status(port, path, "").await), "{path}");
    }
    for path in GUARDED {
        for wrong in ["", TOKEN, "Bearer ", "Bearer 0123456789abcdef0123456789abcdee", "Basic MDox"] {
            assert_eq!(status(port, path, wrong).await, 401, "{path} with {wrong:?}");
        }
        assert_ne!(status(port, path, &right).await, 401, "{path}");
    }
    assert_eq!(status(port, "/metrics", &right).await, 200);

    let newer = "f".repeat(32);
    token_file(folder.path(), &newer);
    assert_eq!(status(port, "/metrics", &right).await, 401);
    assert_eq!(status(port, "/metrics", &format!("Bearer {newer}")).await, 200);
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_token_that_others_can_read_or_that_can_be_guessed_is_refused_by_name() {
    let (folder, options) = World::prepared();
    let refused = async |file: PathBuf| {
        let options = serve::Options { operations: guarded(file), ..options.clone() };
        match serve::start(options).await {
            Err(Failure::Usage(said)) => said,
            Err(failure) => panic!("{failure}"),
            Ok(_) => panic!("it started"),
        }
    };
    for short in ["", "secret", "two words that are long enough to be a token"] {
        let said = refused(token_file(folder.path(), short)).await;
        assert!(said.contains("--operations-token-file") && said.contains("openssl rand"), "{said}");
    }
    let file = token_file(folder.path(), TOKEN);
    fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
    assert!(refused(file).await.contains("is open to others (mode 640)"));
}

/// The status of an answer over TLS, or why there is none.
fn private_status(port: SocketAddr, authority: &Authority, path: &str) -> Result<u16, String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority.roots()).unwrap()).unwrap();
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let mut tls = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut connection = TcpStream::connect(port).unwrap();
    while tls.is_handshaking() {
        tls.complete_io(&mut connection).map_err(|error| error.to_string())?;
    }
    Ok(exchange(StreamOwned::new(tls, connection), path, "").0)
}

#[tokio::test]
async fn with_tls_nothing_is_told_in_clear() {
    let (ours, other) = (Authority::new(), Authority::new());
    let (_folder, options) = World::prepared();
    let operations = OperationsOptions { operations_tls: true, ..OperationsOptions::default() };
    let options = serve::Options { operations, tls: ours.server(), ..options };
    let running = serve::start(options).await.unwrap();
    let port = running.operations;

    let asked = spawn_blocking(move || {
        let distrusted = private_status(port, &other, "/metrics").unwrap_err();
        (private_status(port, &ours, "/metrics"), distrusted)
    });

    let (answered, distrusted) = asked.await.unwrap();
    assert_eq!(answered, Ok(200));
    assert!(distrusted.contains("invalid peer certificate"), "{distrusted}");
    let in_clear = spawn_blocking(move || {
        use std::io::{Read as _, Write as _};
        let mut connection = TcpStream::connect(port).unwrap();
        connection.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        // It may be cut off instead of being told.
        let _ = connection.read_to_end(&mut answer);
        answer
    });
    let answer = in_clear.await.unwrap();
    assert!(!answer.starts_with(b"HTTP"), "{}", String::from_utf8_lossy(&answer));
    running.stop().await.unwrap();
}
