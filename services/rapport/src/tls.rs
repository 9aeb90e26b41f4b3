//! TLS: what a server shows those who call, whom it asks for a certificate, and what a client trusts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rapport_gateway::Tls;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};

use crate::error::Failure;
use crate::reread::Reread;
use crate::secret_file::{read, read_secret};

/// What gRPC is called while TLS is settled (RFC 7301).
pub const ALPN_GRPC: &[u8] = b"h2";
/// What HTTP is called that is not gRPC.
pub const ALPN_HTTP: &[u8] = b"http/1.1";

/// What a server of TLS takes; part of `rapport serve`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ServerOptions {
    /// File of the certificate that the gateway shows, PEM, with those that lead to a root after it. Read again
    /// whenever it, its key or the roots change.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// File of its private key, PEM, its owner's only.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// File of the roots that callers' certificates lead to, PEM: who shows none is not let in (mTLS). Who calls is still
    /// told by the API key.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_client_ca: Option<PathBuf>,
    /// A proxy in front does TLS, and nobody else reaches this server: listen beyond loopback without a certificate.
    #[arg(long, conflicts_with = "tls_cert")]
    pub tls_at_proxy: bool,
}

/// What a client of TLS takes; part of every client command.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ClientOptions {
    /// File of the roots that the gateway's certificate leads to, PEM; turns TLS on. With https://HOST:PORT as the address
    /// and without this, the roots of the system.
    #[arg(long, env = "RAPPORT_CA_CERT", value_name = "FILE", global = true)]
    pub ca_cert: Option<PathBuf>,
    /// File of the certificate to show, PEM, where the gateway asks for one.
    #[arg(long, env = "RAPPORT_CLIENT_CERT", value_name = "FILE", global = true, requires = "client_key")]
    pub client_cert: Option<PathBuf>,
    /// File of its private key, PEM, its owner's only.
    #[arg(long, env = "RAPPORT_CLIENT_KEY", value_name = "FILE", global = true, requires = "client_cert")]
    pub client_key: Option<PathBuf>,
}

impl ServerOptions {
    /// Whether what is said on the wire is read by nobody else.
    #[must_use]
    pub const fn is_private(&self) -> bool {
        self.tls_cert.is_some() || self.tls_at_proxy
    }

    /// How a port does TLS, if it does: by its files, read again whenever one of them changes; for what is spoken there.
    ///
    /// # Errors
    /// When a file cannot be read, a key is open to others, or certificate and key are none or do not belong together.
    pub fn open(&self, spoken: &'static [u8]) -> Result<Option<Tls>, Failure> {
        let (Some(cert), Some(key)) = (self.tls_cert.clone(), self.tls_key.clone()) else { return Ok(None) };
        provide_cryptography();
        let roots = self.tls_client_ca.clone();
        let files: Vec<&Path> =
            [Some(&cert), Some(&key), roots.as_ref()].into_iter().flatten().map(PathBuf::as_path).collect();
        let read = {
            let (cert, key, roots) = (cert.clone(), key.clone(), roots.clone());
            move || config(&cert, &key, roots.as_deref(), spoken)
        };
        let config = Reread::open(&files, "the certificate", read)?;
        Ok(Some(Arc::new(move || config.current())))
    }
}

/// What a server shows, and whom it lets in.
fn config(cert: &Path, key: &Path, roots: Option<&Path>, spoken: &[u8]) -> Result<ServerConfig, Failure> {
    let chain = certificates("--tls-cert", cert)?;
    let secret = read_secret("--tls-key", key)?;
    let secret = PrivateKeyDer::from_pem_slice(&secret).map_err(|error| unusable("--tls-key", &error))?;
    let builder = ServerConfig::builder();
    let builder = match roots {
        None => builder.with_no_client_auth(),
        Some(roots) => {
            let mut trusted = RootCertStore::empty();
            for root in certificates("--tls-client-ca", roots)? {
                trusted.add(root).map_err(|error| unusable("--tls-client-ca", &error))?;
            }
            let verifier = WebPkiClientVerifier::builder(trusted.into()).build();
            builder.with_client_cert_verifier(verifier.map_err(|error| unusable("--tls-client-ca", &error))?)
        }
    };
    let mut config =
        builder.with_single_cert(chain, secret).map_err(|error| unusable("--tls-cert, --tls-key", &error))?;
    config.alpn_protocols.push(spoken.to_vec());
    Ok(config)
}

fn certificates(option: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let pem = read(option, path)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let chain = chain.map_err(|error| unusable(option, &error))?;
    if chain.is_empty() {
        return Err(Failure::Usage(format!(
            "{option} {}: there is no certificate in it (PEM)",
            path.display()
        )));
    }
    Ok(chain)
}

impl ClientOptions {
    /// The address with its scheme, and with what is trusted there.
    ///
    /// # Errors
    /// When the address makes no sense, a file cannot be read, or a key is open to others.
    pub fn endpoint(&self, addr: &str) -> Result<Endpoint, Failure> {
        let uri = match (addr.contains("://"), &self.ca_cert) {
            (true, _) => addr.to_owned(),
            (false, Some(_)) => format!("https://{addr}"),
            (false, None) => format!("http://{addr}"),
        };
        let is_private = uri.starts_with("https://");
        if !is_private && (self.ca_cert.is_some() || self.client_cert.is_some()) {
            return Err(Failure::Usage(format!(
                "--addr {addr}: certificates are for TLS; say https://HOST:PORT, or HOST:PORT with --ca-cert"
            )));
        }
        let endpoint = Endpoint::from_shared(uri).map_err(|_| {
            Failure::Usage(format!("--addr {addr}: expected HOST:PORT, for example 127.0.0.1:7450"))
        })?;
        if !is_private {
            return Ok(endpoint);
        }
        provide_cryptography();
        endpoint
            .tls_config(self.config()?)
            .map_err(|error| unusable("--ca-cert, --client-cert, --client-key", &error))
    }

    fn config(&self) -> Result<ClientTlsConfig, Failure> {
        let config = match &self.ca_cert {
            Some(roots) => {
                ClientTlsConfig::new().ca_certificate(Certificate::from_pem(read("--ca-cert", roots)?))
            }
            None => ClientTlsConfig::new().with_native_roots(),
        };
        let (Some(cert), Some(key)) = (&self.client_cert, &self.client_key) else { return Ok(config) };
        let identity = Identity::from_pem(read("--client-cert", cert)?, read_secret("--client-key", key)?);
        Ok(config.identity(identity))
    }
}

/// Chooses the library that does the cryptography of TLS: the one that seals personal data too. Chosen once; another
/// choice that was made before stays.
pub(crate) fn provide_cryptography() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

fn unusable(what: &str, error: &dyn std::error::Error) -> Failure {
    Failure::Usage(format!("{what}: {}", crate::client::root_cause(error)))
}
