//! `rapport replay`: the log itself, one event a line.

mod line;

use std::io::Write as _;

use rapport_proto::v1::read_history_request::{From, To};
use rapport_proto::v1::{HistoryEvent, ReadHistoryRequest};
use tokio_stream::StreamExt as _;

use crate::client::Client;
use crate::error::Failure;
use crate::output::{self, Format};
use crate::wire::{Bound, timestamp};

/// Quiet time after which what is gathered is written, so that a follower sees events as they come.
const FLUSH_AFTER: std::time::Duration = std::time::Duration::from_millis(20);

/// What `rapport replay` takes.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Where to begin: a position, a time (RFC 3339) or a day; inclusive.
    #[arg(long, value_name = "POSITION|TIME")]
    pub from: Option<Bound>,
    /// Where to end: a position, a time (RFC 3339) or a day; inclusive.
    #[arg(long, value_name = "POSITION|TIME")]
    pub to: Option<Bound>,
    /// Only streams of this category; may be given several times.
    #[arg(long = "category", value_name = "CATEGORY")]
    pub categories: Vec<String>,
    /// Only types that begin so; may be given several times.
    #[arg(long = "type", value_name = "PREFIX")]
    pub type_prefixes: Vec<String>,
    /// Only this stream; may be given several times.
    #[arg(long = "stream", value_name = "STREAM")]
    pub streams: Vec<String>,
    /// Only what happened with this contact.
    #[arg(long = "contact", value_name = "CONTACT_ID", default_value = "", hide_default_value = true)]
    pub contact_id: String,
    /// Go on with new events as they come, until Ctrl-C.
    #[arg(long)]
    pub follow: bool,
    /// Open personal fields, where the actor may.
    #[arg(long)]
    pub open: bool,
}

/// Reads and writes events until there are no more, or nobody reads them.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, options: Options, format: Format) -> Result<(), Failure> {
    let mut events = client.history().read_history(request(options)).await?.into_inner();
    let mut out = output::stdout();
    loop {
        // A reader that keeps up is never written to byte by byte, and one that waits does not wait for a full buffer.
        let next = match tokio::time::timeout(FLUSH_AFTER, events.next()).await {
            Ok(next) => next,
            Err(_) => {
                out.flush()?;
                events.next().await
            }
        };
        match next {
            Some(event) => write(&mut out, &event?, format)?,
            None => return Ok(out.flush()?),
        }
    }
}

fn write(out: &mut impl std::io::Write, event: &HistoryEvent, format: Format) -> Result<(), Failure> {
    match format {
        Format::Json => line::json(out, event),
        Format::Table => line::words(out, event),
    }
}

fn request(options: Options) -> ReadHistoryRequest {
    ReadHistoryRequest {
        from: options.from.map(|bound| match bound {
            Bound::Position(position) => From::FromPosition(position),
            Bound::Time(time) => From::FromTime(timestamp(time)),
        }),
        to: options.to.map(|bound| match bound {
            Bound::Position(position) => To::ToPosition(position),
            Bound::Time(time) => To::ToTime(timestamp(time)),
        }),
        categories: options.categories,
        type_prefixes: options.type_prefixes,
        streams: options.streams,
        contact_id: options.contact_id,
        follow: options.follow,
        open_personal: options.open,
    }
}
