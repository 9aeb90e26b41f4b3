//! What calls that go on and on have in common.

use futures::{Stream, StreamExt as _, stream};
use rapport_domain::value::Reference;
use rapport_proto::v1 as wire;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::error::Error;
use crate::parse::request_id;

/// Where an item stood in a stream of requests.
pub(super) struct Place {
    pub(super) index: u64,
    pub(super) request_id: String,
}

impl Place {
    /// The place of the item with this header. An id that is none is not repeated: it may be as long as the message.
    pub(super) fn of(index: u64, header: Option<&wire::CommandHeader>) -> Self {
        let request_id = Reference::parse(request_id(header)).map_or_else(|_| String::new(), Into::into);
        Self { index, request_id }
    }
}

/// Ends a stream of answers when the server stops, and says so: silence would look like the end of what there is.
pub(super) fn until_stopped<T, A: Stream<Item = Result<T, Status>>>(
    answers: A,
    stopping: &CancellationToken,
) -> impl Stream<Item = Result<T, Status>> + use<T, A> {
    let last_words = stopping.clone();
    let told = stream::once(async move { last_words.is_cancelled().then(|| Err(Error::Stopping.into())) });
    answers.take_until(stopping.clone().cancelled_owned()).chain(told.filter_map(std::future::ready))
}
