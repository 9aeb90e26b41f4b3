//! What no call may do: take for ever, or take the server down with it.

use std::panic::AssertUnwindSafe;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tonic::Status;
use tower::{Layer, Service};

use crate::error::Error;
use crate::status::explained;

/// How much sooner than the caller's own deadline a call ends, so that the answer with its reason is still heard.
const MARGIN: Duration = Duration::from_millis(20);

/// Ends calls that take too long, and turns a panic into an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guard {
    /// Longest time to the first byte of an answer.
    pub(crate) timeout: Duration,
}

impl<S> Layer<S> for Guard {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { inner, timeout: self.timeout }
    }
}

/// A service whose calls are guarded.
#[derive(Debug, Clone)]
pub(crate) struct Guarded<S> {
    inner: S,
    timeout: Duration,
}

impl<S, B, R> Service<http::Request<B>> for Guarded<S>
where
    S: Service<http::Request<B>, Response = http::Response<R>>,
    S::Future: Send + 'static,
    R: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let timeout =
            callers_deadline(request.headers()).map_or(self.timeout, |asked| asked.min(self.timeout));
        // A call shares nothing with others that a panic could leave half changed: state that several calls see
        // is taken out while it is worked on, and read anew from the log when it does not come back.
        let answer = AssertUnwindSafe(self.inner.call(request)).catch_unwind();
        Box::pin(async move {
            match tokio::time::timeout(timeout, answer).await {
                Ok(Ok(answer)) => answer.map(with_reason),
                Ok(Err(_)) => Ok(Status::from(Error::Panicked).into_http()),
                Err(_) => Ok(Status::from(Error::DeadlinePassed).into_http()),
            }
        })
    }
}

/// What the transport refused by itself gets a reason like everything else.
fn with_reason<R: Default>(response: http::Response<R>) -> http::Response<R> {
    match Status::from_header_map(response.headers()).and_then(explained) {
        Some(status) => status.into_http(),
        None => response,
    }
}

/// When the caller gives up, a little before: `grpc-timeout` is up to 8 digits and a unit (gRPC over HTTP/2).
fn callers_deadline(headers: &http::HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let count: u64 = digits.parse().ok().filter(|_| digits.len() <= 8)?;
    let asked = match unit {
        "H" => Duration::from_secs(count * 3_600),
        "M" => Duration::from_secs(count * 60),
        "S" => Duration::from_secs(count),
        "m" => Duration::from_millis(count),
        "u" => Duration::from_micros(count),
        "n" => Duration::from_nanos(count),
        _ => return None,
    };
    Some(asked.saturating_sub(MARGIN))
}

#[cfg(test)]
mod tests {
    use tonic_types::StatusExt as _;
    use tower::{ServiceExt as _, service_fn};

    use super::*;

    async fn answer<F>(call: fn() -> F) -> Status
    where
        F: Future<Output = Result<http::Response<String>, Status>> + Send + 'static,
    {
        let guarded =
            Guard { timeout: Duration::from_millis(1) }.layer(service_fn(move |_: http::Request<()>| call()));
        let response = guarded.oneshot(http::Request::new(())).await.unwrap();
        Status::from_header_map(response.headers()).unwrap()
    }

    #[tokio::test]
    async fn a_call_that_takes_too_long_is_told_so_with_its_reason() {
        let status = answer(std::future::pending).await;
        assert_eq!(i32::from(status.code()), 4, "DEADLINE_EXCEEDED");
        assert_eq!(status.get_details_error_info().unwrap().reason, "DEADLINE_EXCEEDED");
    }

    #[tokio::test]
    async fn a_panic_is_an_internal_error_that_says_nothing() {
        let status = answer(|| async { panic!("the secret") }).await;
        assert_eq!((i32::from(status.code()), status.message()), (13, "internal error"));
        assert_eq!(status.get_details_error_info().unwrap().reason, "INTERNAL");
    }

    #[test]
    fn the_callers_deadline_is_read_in_every_unit() {
        let read = |text: &str| {
            let headers = [(http::HeaderName::from_static("grpc-timeout"), text.parse().unwrap())]
                .into_iter()
                .collect();
            callers_deadline(&headers)
        };
        assert_eq!(read("2S"), Some(Duration::from_millis(1_980)));
        assert_eq!(read("1500m"), Some(Duration::from_millis(1_480)));
        assert_eq!(read("1H"), Some(Duration::from_millis(3_599_980)));
        assert_eq!(read("5n"), Some(Duration::ZERO));
        for malformed in ["", "S", "10", "10x", "123456789S", "-1S"] {
            assert_eq!(read(malformed), None, "{malformed}");
        }
    }
}
