//! Our log, served over the KurrentDB protocol: the official clients of every language read and write it.
//!
//! It holds no rule of the log, only of the protocol. Where to look: `request` for what a read asks, `read`,
//! `backwards` and `follow` for how it is answered, `proposal`, `append` and `batch` for what is written, `status` for
//! how a refusal is told, `server` for the limits. What of the protocol is not here answers UNIMPLEMENTED: persistent
//! subscriptions, projections, users, operations.

mod append;
mod backwards;
mod batch;
mod features;
mod filter;
mod follow;
mod gossip;
mod proposal;
mod read;
mod refusal;
mod request;
mod server;
mod status;
mod streams;
mod wire;

pub use features::COMPATIBLE_VERSION;
pub use server::{
    APPEND_TIMEOUT, MESSAGE_BYTES_MAX, RECEIVING_KIB_MAX, STREAMS_PER_CONNECTION_MAX, SUBSCRIPTIONS_MAX,
    ServerError, serve,
};
