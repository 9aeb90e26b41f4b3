//! Who may read what the operations port tells beside how the server is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rapport_gateway::OperationsToken;
use sha2::{Digest as _, Sha256};

use crate::error::Failure;
use crate::reread::Reread;
use crate::secret_file::read_secret;

/// Shortest token, in bytes: 128 random bits, in hexadecimal.
const TOKEN_BYTES_MIN: usize = 32;
const OPTION: &str = "--operations-token-file";

/// What a server takes for its operations port; part of `rapport serve`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct OperationsOptions {
    /// File of a token, its owner's only, that whoever asks for `/metrics`, `/checkpoint` and `/tile/` has to send as
    /// `authorization: Bearer TOKEN`; `openssl rand -hex 32` makes one. `/livez` and `/readyz` answer without. Read again whenever
    /// it changes.
    #[arg(long, value_name = "FILE")]
    pub operations_token_file: Option<PathBuf>,
    /// Do TLS on the operations port as well, with the certificate of the gateway; with --tls-client-ca it wants one of its
    /// callers too.
    #[arg(long, requires = "tls_cert")]
    pub operations_tls: bool,
}

impl OperationsOptions {
    /// What opens the port; nothing has to, where no file is given.
    ///
    /// # Errors
    /// When the file cannot be read, others may read it, or it holds no token.
    pub(super) fn token(&self) -> Result<Option<OperationsToken>, Failure> {
        let Some(file) = self.operations_token_file.clone() else { return Ok(None) };
        let path = file.clone();
        let expected = Reread::open(&[&path], "the token of the operations port", move || digest(&file))?;
        // Digests are compared, so how long it takes tells nothing of the token.
        Ok(Some(Arc::new(move |given: &str| *expected.current() == of(given.as_bytes()))))
    }
}

fn digest(file: &Path) -> Result<[u8; 32], Failure> {
    let content = read_secret(OPTION, file)?;
    let token = content.trim_ascii();
    if token.len() < TOKEN_BYTES_MIN || !token.iter().all(u8::is_ascii_graphic) {
        return Err(Failure::Usage(format!(
            "{OPTION} {}: expected one word of at least {TOKEN_BYTES_MIN} letters, digits and signs; make one with `openssl rand -hex 32`",
            file.display()
        )));
    }
    Ok(of(token))
}

fn of(token: &[u8]) -> [u8; 32] {
    Sha256::digest(token).into()
}
