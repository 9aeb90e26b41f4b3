//! What is asked of others over HTTP: where it was said and nowhere else, in bounded time, and of bounded size.

use std::time::Duration;

use reqwest::{ClientBuilder, Response, redirect};

use crate::client::{CONNECT_TIMEOUT, root_cause};

/// Longest wait for a whole answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// Why an answer could not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// The innermost cause: those around it say where, which is known.
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    /// It is longer than an answer may be.
    #[error("its answer is longer than {0} bytes")]
    TooLong(usize),
}

impl From<reqwest::Error> for Fault {
    fn from(error: reqwest::Error) -> Self {
        Self::Unreachable(root_cause(&error))
    }
}

/// Who asks. Redirections are not followed: an address is trusted because an operator gave it.
pub(crate) fn client() -> ClientBuilder {
    reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(ANSWER_TIMEOUT)
        .redirect(redirect::Policy::none())
}

/// The body of an answer.
///
/// # Errors
/// When it breaks off, or is longer than `bytes_max`.
pub(crate) async fn body(mut response: Response, bytes_max: usize) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > bytes_max {
            return Err(Fault::TooLong(bytes_max));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
