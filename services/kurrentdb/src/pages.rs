//! Reading in pages: each page is one call with a deadline, limited in events and in bytes.
//!
//! Never a subscription: when the server ends one in good order, the library's task spins on it for ever and cannot be
//! stopped. A page that ends is a page that ended.

use eventstore::{
    Client, Credentials, Position as LogPosition, ReadAllOptions, ReadStream, ReadStreamOptions,
    RecordedEvent, StreamPosition,
};
use rapport_domain::envelope::{Revision, StreamId};
use rapport_event_store::Direction;

use crate::link::{CALL_DEADLINE, Link};
use crate::trouble::Trouble;

/// Events of one page.
pub(crate) const PAGE_EVENTS_MAX: usize = 1_000;
/// Bytes of one page, data and metadata; the record that passes it is the last one. The first does not count: it may
/// be the one that is known already.
const PAGE_BYTES_MAX: usize = 4 * 1_024 * 1_024;

/// A page of records.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) records: Vec<RecordedEvent>,
    /// Whether the server had no more.
    pub(crate) is_last: bool,
}

impl Page {
    const EMPTY: Self = Self { records: Vec::new(), is_last: true };
}

/// Records of the whole log, beginning with `from` inclusive.
pub(crate) async fn of_log(
    link: &Link,
    from: StreamPosition<LogPosition>,
    count: usize,
) -> Result<Page, Trouble> {
    let options = ReadAllOptions::default()
        .position(from)
        .max_count(count)
        .requires_leader(true)
        .deadline(CALL_DEADLINE);
    let options = signed(link, options, ReadAllOptions::authenticated);
    link.call(move |client: Client| async move { collect(client.read_all(&options).await?, count).await })
        .await
}

/// Records of a stream, beginning with `from` inclusive. A stream that does not exist is empty.
pub(crate) async fn of_stream(
    link: &Link,
    stream: &StreamId,
    from: StreamPosition<u64>,
    direction: Direction,
    count: usize,
) -> Result<Page, Trouble> {
    let options = ReadStreamOptions::default().position(from);
    let options = match direction {
        Direction::Forward => options.forwards(),
        Direction::Backward => options.backwards(),
    };
    let options = options.max_count(count).requires_leader(true).deadline(CALL_DEADLINE);
    let options = signed(link, options, ReadStreamOptions::authenticated);
    let name = stream.as_str().to_owned();
    let page =
        link.call(move |client: Client| async move {
            collect(client.read_stream(name, &options).await?, count).await
        })
        .await;
    match page {
        Err(Trouble::NoStream) => Ok(Page::EMPTY),
        page => page,
    }
}

/// The last record of a stream.
pub(crate) async fn end_of_stream(link: &Link, stream: &StreamId) -> Result<Option<RecordedEvent>, Trouble> {
    let mut page = of_stream(link, stream, StreamPosition::End, Direction::Backward, 1).await?;
    Ok(page.records.pop())
}

/// From where a stream is read. The server counts in signed numbers.
pub(crate) fn revision(from: Revision) -> Option<StreamPosition<u64>> {
    i64::try_from(from.0).is_ok().then_some(StreamPosition::Position(from.0))
}

fn signed<O>(link: &Link, options: O, sign: impl FnOnce(O, Credentials) -> O) -> O {
    match link.credentials() {
        Some(credentials) => sign(options, credentials),
        None => options,
    }
}

async fn collect(mut read: ReadStream, count: usize) -> Result<Page, eventstore::Error> {
    let (mut records, mut bytes) = (Vec::new(), 0);
    while bytes < PAGE_BYTES_MAX || records.len() < 2 {
        let Some(resolved) = read.next().await? else {
            return Ok(Page { is_last: records.len() < count, records });
        };
        if let Some(record) = resolved.link.or(resolved.event) {
            bytes += record.data.len() + record.custom_metadata.len();
            records.push(record);
        }
    }
    Ok(Page { records, is_last: false })
}
