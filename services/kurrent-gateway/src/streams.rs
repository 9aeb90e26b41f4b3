//! `Streams`: what each RPC does, in a few lines.

use std::net::SocketAddr;
use std::sync::Arc;

use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use rapport_event_store::EventStore;
use rapport_proto::kurrent::streams::streams_server::Streams;
use rapport_proto::kurrent::streams::{
    AppendReq, AppendResp, BatchAppendReq, BatchAppendResp, DeleteReq, DeleteResp, ReadReq, ReadResp,
    TombstoneReq, TombstoneResp,
};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};
use uuid::Uuid;

use crate::read::Answers;
use crate::refusal::Refusal;
use crate::request::{self, Query, What};
use crate::server::{APPEND_TIMEOUT, RECEIVING_KIB_MAX, SUBSCRIPTIONS_MAX};
use crate::{batch, follow, read};

/// The services of the protocol over one log.
#[derive(Clone)]
pub(crate) struct Kurrent {
    /// The log.
    pub(crate) store: Arc<dyn EventStore>,
    /// Where the server listens.
    pub(crate) address: SocketAddr,
    /// Random name of this run.
    pub(crate) instance: Uuid,
    /// Room for the appends that come in, in KiB.
    pub(crate) receiving: Arc<Semaphore>,
    subscriptions: Arc<Semaphore>,
    stopping: CancellationToken,
}

impl Kurrent {
    pub(crate) fn new(store: Arc<dyn EventStore>, address: SocketAddr, stopping: CancellationToken) -> Self {
        Self {
            store,
            address,
            instance: Uuid::now_v7(),
            receiving: Arc::new(Semaphore::new(RECEIVING_KIB_MAX)),
            subscriptions: Arc::new(Semaphore::new(SUBSCRIPTIONS_MAX)),
            stopping,
        }
    }

    /// A place among the subscriptions, kept until the client lets go of the stream.
    fn placed(&self, answers: Answers) -> Result<Answers, Refusal> {
        let place = Arc::clone(&self.subscriptions).try_acquire_owned();
        let place = place.map_err(|_| Refusal::TooManySubscriptions)?;
        Ok(answers.inspect(move |_| _ = &place).boxed())
    }

    /// What would go on for ever ends when the server stops, and says so: an end without a reason makes some clients
    /// wait for ever.
    fn until_stopped<T: Send + 'static>(
        &self,
        answers: BoxStream<'static, Result<T, Refusal>>,
    ) -> BoxStream<'static, Result<T, Status>> {
        let (stopping, told) = (self.stopping.clone(), self.stopping.clone());
        let last_words = stream::once(async move { told.is_cancelled().then_some(Err(Refusal::Stopping)) })
            .filter_map(std::future::ready);
        let answers = answers.take_until(stopping.cancelled_owned()).chain(last_words);
        answers.map_err(Status::from).boxed()
    }
}

#[tonic::async_trait]
impl Streams for Kurrent {
    type ReadStream = BoxStream<'static, Result<ReadResp, Status>>;
    type BatchAppendStream = BoxStream<'static, Result<BatchAppendResp, Status>>;

    async fn read(&self, request: Request<ReadReq>) -> Result<Response<Self::ReadStream>, Status> {
        let Query { what, ids } = request::parse(request.into_inner())?;
        let store = Arc::clone(&self.store);
        let answers = match what {
            What::Stream(part) => read::stream(store, part, ids).map_err(Status::from).boxed(),
            What::All(part) => read::all(store, part, ids).map_err(Status::from).boxed(),
            What::FollowStream { stream, after } => {
                self.until_stopped(self.placed(follow::stream(store, stream, after, ids))?)
            }
            What::FollowAll { after, watch } => {
                self.until_stopped(self.placed(follow::all(store, after, watch, ids))?)
            }
        };
        Ok(Response::new(answers))
    }

    async fn append(&self, request: Request<Streaming<AppendReq>>) -> Result<Response<AppendResp>, Status> {
        let appended = tokio::time::timeout(APPEND_TIMEOUT, self.receive(request.into_inner())).await;
        Ok(Response::new(appended.unwrap_or(Err(Refusal::TimedOut))?))
    }

    async fn batch_append(
        &self,
        request: Request<Streaming<BatchAppendReq>>,
    ) -> Result<Response<Self::BatchAppendStream>, Status> {
        // An append that is on its way when the server stops may be in the log: its client asks again.
        Ok(Response::new(self.until_stopped(batch::answers(self.clone(), request.into_inner()))))
    }

    async fn delete(&self, _: Request<DeleteReq>) -> Result<Response<DeleteResp>, Status> {
        Err(Refusal::AppendOnly.into())
    }

    async fn tombstone(&self, _: Request<TombstoneReq>) -> Result<Response<TombstoneResp>, Status> {
        Err(Refusal::AppendOnly.into())
    }
}
