//! TLS before the library touches it: in its background task every failure is a panic, after which each call is
//! answered "connection closed" for ever.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use eventstore::ClientSettings;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::error::ConnectError;

/// Whether a client is made, or was made, in this process: the first one chooses the process's TLS provider.
static CHOSEN: AtomicBool = AtomicBool::new(false);

/// Checks all that the library takes for granted, right before a client is made.
pub(crate) fn check(settings: &ClientSettings) -> Result<(), ConnectError> {
    check_certificates(settings)?;
    provider_is_free()
}

fn check_certificates(settings: &ClientSettings) -> Result<(), ConnectError> {
    match settings.tls_ca_file() {
        Some(file) => readable_certificates(Path::new(file)),
        None => machine_certificates(),
    }?;
    match settings.user_certificate() {
        Some((certificate, key)) => {
            readable_certificates(Path::new(certificate))?;
            PrivateKeyDer::from_pem_file(key)
                .map(drop)
                .map_err(|error| ConnectError::Certificates { file: key.into(), cause: error.to_string() })
        }
        None => Ok(()),
    }
}

/// The library installs its provider with `expect`, once; it must be the first to do so.
fn provider_is_free() -> Result<(), ConnectError> {
    let taken = CryptoProvider::get_default().is_some();
    if taken && !CHOSEN.load(Ordering::Acquire) {
        return Err(ConnectError::ProviderTaken);
    }
    // From here on it is the library's, also for those who connect at the same time.
    CHOSEN.store(true, Ordering::Release);
    Ok(())
}

fn readable_certificates(file: &Path) -> Result<(), ConnectError> {
    let failed = |cause: String| ConnectError::Certificates { file: file.to_owned(), cause };
    let read = CertificateDer::pem_file_iter(file).map_err(|error| failed(error.to_string()))?;
    let certificates: Vec<_> = read.collect::<Result<_, _>>().map_err(|error| failed(error.to_string()))?;
    if certificates.is_empty() {
        return Err(failed("it holds no certificate".to_owned()));
    }
    usable(certificates).map_err(failed)
}

/// The library reads them even where TLS is off.
fn machine_certificates() -> Result<(), ConnectError> {
    let found = rustls_native_certs::load_native_certs();
    match found.errors.first() {
        Some(error) => Err(ConnectError::MachineCertificates { cause: error.to_string() }),
        None => usable(found.certs).map_err(|cause| ConnectError::MachineCertificates { cause }),
    }
}

fn usable(certificates: Vec<CertificateDer<'static>>) -> Result<(), String> {
    let mut roots = rustls::RootCertStore::empty();
    certificates
        .into_iter()
        .try_for_each(|certificate| roots.add(certificate))
        .map_err(|error| error.to_string())
}
