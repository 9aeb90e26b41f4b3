//! The HTTP side of a witness.

use reqwest::header::CONTENT_TYPE;
use reqwest::{Response, StatusCode, Url};

use super::fault::Fault;
use crate::http::{self, Fault as NoAnswer, body};

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
        http::client().build().map(Self)
    }

    pub(super) async fn add_checkpoint(&self, url: Url, body: String) -> Result<Answer, Fault> {
        let response = self.0.post(url).body(body).send().await.map_err(|error| no_answer(error.into()))?;
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

fn no_answer(fault: NoAnswer) -> Fault {
    match fault {
        NoAnswer::Unreachable(cause) => Fault::Unreachable(cause),
        NoAnswer::TooLong(_) => Fault::Malformed,
    }
}

async fn text(response: Response) -> Result<String, Fault> {
    let bytes = body(response, ANSWER_BYTES_MAX).await.map_err(no_answer)?;
    String::from_utf8(bytes).map_err(|_| Fault::Malformed)
}
