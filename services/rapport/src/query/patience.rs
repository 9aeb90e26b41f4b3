//! Asking about the past until the answer is there: a gateway that has not put a moment together yet goes on with it,
//! and says so after a while.

use std::future::Future;

use tonic::{Response, Status};

use crate::error::{Failure, Refusal};

/// Times that a question is asked. A gateway takes some seconds to say that it is not ready.
pub const ATTEMPTS_MAX: u32 = 60;

/// Asks until there is an answer.
///
/// # Errors
/// When the gateway refuses for another reason, or is not ready for very long.
pub async fn ask<T, F>(call: impl FnMut() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<Response<T>, Status>>,
{
    Ok(until_ready(call).await?.into_inner())
}

/// The same for whatever is asked.
///
/// # Errors
/// As [`ask`].
pub(crate) async fn until_ready<T, F>(mut call: impl FnMut() -> F) -> Result<T, Status>
where
    F: Future<Output = Result<T, Status>>,
{
    for _ in 1..ATTEMPTS_MAX {
        match call().await {
            Err(status) if is_not_ready(&status) => {}
            answer => return answer,
        }
    }
    call().await
}

fn is_not_ready(status: &Status) -> bool {
    Refusal::from(status).reason == "AS_OF_NOT_READY"
}
