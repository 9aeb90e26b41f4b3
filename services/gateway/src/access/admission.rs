//! What every call of the contract passes first.

use std::task::{Context, Poll};

use futures::future::BoxFuture;
use tonic::Status;
use tonic::metadata::MetadataMap;
use tower::{Layer, Service};

use super::{Access, AccessRecord, Admitted};
use crate::contract::Rpc;
use crate::error::Error;

/// Lets calls in, or answers them with why not.
#[derive(Clone)]
pub(crate) struct Admission {
    pub(crate) access: Access,
    pub(crate) record: AccessRecord,
}

impl<S> Layer<S> for Admission {
    type Service = Admitting<S>;

    fn layer(&self, inner: S) -> Admitting<S> {
        Admitting { inner, admission: self.clone() }
    }
}

/// A service that is asked only what may be asked.
#[derive(Clone)]
pub(crate) struct Admitting<S> {
    inner: S,
    admission: Admission,
}

impl<S, B, R> Service<http::Request<B>> for Admitting<S>
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

    fn call(&mut self, mut request: http::Request<B>) -> Self::Future {
        let admitted = match self.admission.admit(&mut request) {
            Ok(admitted) => admitted,
            Err(error) => return Box::pin(async move { Ok(Status::from(error).into_http()) }),
        };
        match admitted {
            Some(admitted) if !admitted.is_permitted() => {
                let record = self.admission.record.clone();
                Box::pin(async move {
                    record.denied(&admitted, false).await;
                    Ok(Status::from(Error::CallDenied { rpc: admitted.visit.rpc }).into_http())
                })
            }
            Some(admitted) => {
                request.extensions_mut().insert(admitted);
                Box::pin(self.inner.call(request))
            }
            None => Box::pin(self.inner.call(request)),
        }
    }
}

impl Admission {
    /// Who calls what of the contract; nothing where the call is for everybody.
    fn admit<B>(&self, request: &mut http::Request<B>) -> Result<Option<Admitted>, Error> {
        let Some(rpc) = Rpc::guarded(request.uri().path()) else { return Ok(None) };
        let mut metadata = MetadataMap::from_headers(std::mem::take(request.headers_mut()));
        let admitted = self.access.admit(&rpc, &mut metadata);
        *request.headers_mut() = metadata.into_headers();
        admitted.map(Some)
    }
}
