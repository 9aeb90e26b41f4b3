//! A process of its own: who installs a TLS provider first decides for the process.

use rapport_kurrentdb::{ConnectError, KurrentStore};

#[tokio::test]
async fn a_process_that_has_a_tls_provider_already_is_told_so() {
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let connection = "esdb://127.0.0.1:1?tls=false".parse().unwrap();
    let refused = KurrentStore::connect(&connection, directory.path()).await.unwrap_err();
    assert!(matches!(refused, ConnectError::ProviderTaken));
    assert!(refused.to_string().contains("before anything else that uses TLS"));
}
