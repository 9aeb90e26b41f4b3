//! The HTTP side of a witness.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Response, StatusCode, Url, redirect};

use super::fault::Fault;
use crate::client::CONNECT_TIMEOUT;

/// Longest wait for a whole answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Largest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 16 * 1024;
/// What the size of the last checkpoint is called that a witness cosigned.
const SIZE: &str = "text/x.tlog.size";

/// Asks witnesses.
pub(super) struct Client(reqwest::Client);

/// What a witness says.
pub(super) enum Answer {
    /// Lines of cosignatures, which have yet to be checked.
    Cosigned(String),
    /// It goes on from another size.
    Knows(u64),
}

impl Client {
    pub(super) fn new() -> reqwest::Result<Self> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
            .redirect(redirect::Policy::none());
        client.build().map(Self)
    }

    pub(super) async fn add_checkpoint(&self, url: Url, body: String) -> Result<Answer, Fault> {
        let response = self.0.post(url).body(body).send().await.map_err(|error| unreachable(&error))?;
        let (status, is_size) = (response.status(), is_size(&response));
        let text = text(response).await?;
        match status {
            StatusCode::OK => Ok(Answer::Cosigned(text)),
            StatusCode::CONFLICT if is_size => {
                let size = text.strip_suffix('\n').and_then(|size| size.parse().ok());
                size.map(Answer::Knows).ok_or(Fault::Malformed)
            }
            StatusCode::NOT_FOUND => Err(Fault::LogUnknown),
            StatusCode::FORBIDDEN => Err(Fault::KeyUnknown),
            StatusCode::UNPROCESSABLE_ENTITY => Err(Fault::ProofRefused),
            status => Err(Fault::Status(status.as_u16())),
        }
    }
}

fn is_size(response: &Response) -> bool {
    response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes() == SIZE.as_bytes())
}

async fn text(mut response: Response) -> Result<String, Fault> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
        if bytes.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(Fault::Malformed);
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| Fault::Malformed)
}

/// The innermost cause: those around it say where, which is known.
fn unreachable(error: &reqwest::Error) -> Fault {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    Fault::Unreachable(cause.to_string())
}
