//! A layer around the server that answers some calls differently.

use std::collections::{BTreeSet, VecDeque};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::Frame;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::codegen::http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use tonic::service::Routes;
use tonic::{Code, Status};
use tower::{Layer, Service};

/// What happens to a call.
#[derive(Debug, Clone)]
pub(crate) enum Whim {
    /// It is not done, and answered so.
    Say(Status),
    /// It is done, and answered so.
    DoAndSay(Status),
    /// It is done, and the answer cannot be understood.
    DoAndBabble,
    /// It is done, and then the connection is cut before it is answered.
    DoAndCut(CancellationToken),
}

/// The whims of a server: those for appends and those for reads, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Whims {
    appends: Arc<Mutex<VecDeque<Whim>>>,
    reads: Arc<Mutex<VecDeque<Whim>>>,
    asked_by: Arc<Mutex<BTreeSet<String>>>,
}

impl Whims {
    pub(crate) fn on_appends(&self, whims: impl IntoIterator<Item = Whim>) {
        self.appends.lock().unwrap().extend(whims);
    }

    pub(crate) fn on_reads(&self, whims: impl IntoIterator<Item = Whim>) {
        self.reads.lock().unwrap().extend(whims);
    }

    /// The callers of reads and appends, as they named themselves.
    pub(crate) fn asked_by(&self) -> BTreeSet<String> {
        self.asked_by.lock().unwrap().clone()
    }

    /// Whether all of them were had.
    pub(crate) fn are_over(&self) -> bool {
        self.appends.lock().unwrap().is_empty() && self.reads.lock().unwrap().is_empty()
    }

    fn next(&self, path: &str) -> Option<Whim> {
        match path {
            "/event_store.client.streams.Streams/Append" => self.appends.lock().unwrap().pop_front(),
            "/event_store.client.streams.Streams/Read" => self.reads.lock().unwrap().pop_front(),
            _ => None,
        }
    }
}

/// The status of a node that does not lead, with the address of the one that does.
pub(crate) fn not_leader(port: u16) -> Status {
    let mut status = Status::new(Code::NotFound, "Leader info available");
    let metadata = status.metadata_mut();
    metadata.insert("exception", "not-leader".parse().unwrap());
    metadata.insert("leader-endpoint-host", "127.0.0.1".parse().unwrap());
    metadata.insert("leader-endpoint-port", port.to_string().parse().unwrap());
    status
}

/// The status of a stream that was deleted.
pub(crate) fn deleted() -> Status {
    let mut status = Status::new(Code::FailedPrecondition, "Event stream is deleted.");
    status.metadata_mut().insert("exception", "stream-deleted".parse().unwrap());
    status
}

impl Layer<Routes> for Whims {
    type Service = Whimsical;

    fn layer(&self, inner: Routes) -> Whimsical {
        Whimsical { whims: self.clone(), inner }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Whimsical {
    whims: Whims,
    inner: Routes,
}

impl Service<Request<Body>> for Whimsical {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<Body>>::poll_ready(&mut self.inner, context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let whim = self.whims.next(request.uri().path());
        if request.uri().path().starts_with("/event_store.client.streams.") {
            let named =
                request.headers().get("authorization").map_or("nobody", |named| named.to_str().unwrap());
            self.whims.asked_by.lock().unwrap().insert(named.to_owned());
        }
        if let Some(Whim::Say(status)) = whim {
            return Box::pin(std::future::ready(Ok(status.into_http())));
        }
        let doing = self.inner.call(request);
        Box::pin(async move {
            let answer = doing.await?;
            Ok(match whim {
                None | Some(Whim::Say(_)) => answer,
                Some(Whim::DoAndSay(status)) => status.into_http(),
                Some(Whim::DoAndBabble) => babble(),
                Some(Whim::DoAndCut(cut)) => {
                    cut.cancel();
                    std::future::pending().await
                }
            })
        })
    }
}

/// One message without content: the protocol's libraries take for granted that there is some.
fn babble() -> Response<Body> {
    let mut response = Response::new(Body::new(Babble::Message));
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    response
}

/// What is left to say.
enum Babble {
    Message,
    Trailers,
    Nothing,
}

impl tonic::codegen::Body for Babble {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let (next, frame) = match *self {
            // Not compressed, no bytes.
            Self::Message => (Self::Trailers, Some(Frame::data(Bytes::from_static(&[0; 5])))),
            Self::Trailers => {
                let status = (HeaderName::from_static("grpc-status"), HeaderValue::from_static("0"));
                (Self::Nothing, Some(Frame::trailers(HeaderMap::from_iter([status]))))
            }
            Self::Nothing => (Self::Nothing, None),
        };
        *self = next;
        Poll::Ready(frame.map(Ok))
    }
}
