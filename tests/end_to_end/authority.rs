//! An authority that signs certificates for this machine.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use rapport::tls::{ClientOptions, ServerOptions};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

/// An authority, and the files of what it signed.
pub(crate) struct Authority {
    folder: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { folder, issuer }
    }

    pub(crate) fn roots(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The files of a certificate for this machine, and of its key.
    pub(crate) fn signed(&self, name: &str) -> (PathBuf, PathBuf) {
        let params = CertificateParams::new(["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let [cert_file, key_file] =
            ["cert", "key"].map(|kind| self.folder.path().join(format!("{name}.{kind}")));
        fs::write(&cert_file, certificate.pem()).unwrap();
        fs::write(&key_file, key.serialize_pem()).unwrap();
        fs::set_permissions(&key_file, Permissions::from_mode(0o600)).unwrap();
        (cert_file, key_file)
    }

    pub(crate) fn server(&self) -> ServerOptions {
        let (cert, key) = self.signed("server");
        ServerOptions { tls_cert: Some(cert), tls_key: Some(key), ..ServerOptions::default() }
    }

    pub(crate) fn trusted(&self) -> ClientOptions {
        ClientOptions { ca_cert: Some(self.roots()), ..ClientOptions::default() }
    }

    pub(crate) fn shown(&self, name: &str) -> ClientOptions {
        let (cert, key) = self.signed(name);
        ClientOptions { client_cert: Some(cert), client_key: Some(key), ..self.trusted() }
    }
}
