//! Why a log in KurrentDB cannot be opened. Every sentence says what to do.

use std::path::PathBuf;

use rapport_event_store::OpenError;

/// Why a log in KurrentDB cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The data directory is in use, or cannot be made.
    #[error(transparent)]
    Directory(#[from] OpenError),
    /// A TLS provider was installed before the client of KurrentDB could install its own.
    #[error(
        "the process has a TLS provider already; open the log in KurrentDB before anything else that uses TLS"
    )]
    ProviderTaken,
    /// A file of certificates that the connection string names.
    #[error("the certificates in {} cannot be read: {cause}; correct tlsCaFile, userCertFile or userKeyFile in the connection string", file.display())]
    Certificates {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The certificates of the machine.
    #[error(
        "the certificates of this machine cannot be read: {cause}; correct SSL_CERT_FILE and SSL_CERT_DIR, or name a file with tlsCaFile=FILE in the connection string"
    )]
    MachineCertificates {
        /// What is wrong with them.
        cause: String,
    },
    /// Nobody answers.
    #[error(
        "{address} cannot be reached: {cause}; check host and port, and that `tls=` says what the server does"
    )]
    Unreachable {
        /// Where, without user and password.
        address: String,
        /// What failed last.
        cause: String,
    },
    /// The server answers, and refuses.
    #[error("{address} does not let Rapport in: {cause}")]
    Refused {
        /// Where, without user and password.
        address: String,
        /// What it says, and what to do.
        cause: String,
    },
    /// The log cannot be followed.
    #[error("the log at {address} cannot be followed: {cause}")]
    Log {
        /// Where, without user and password.
        address: String,
        /// Why.
        cause: String,
    },
    /// The index of the log in the data directory.
    #[error("{} cannot be used: {cause}; stop Rapport, delete that file and start again: it is built anew from the log", file.display())]
    Index {
        /// The file.
        file: PathBuf,
        /// Why.
        cause: String,
    },
}
