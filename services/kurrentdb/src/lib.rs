//! The event store over KurrentDB: the port's promises, kept over a log that other processes write to as well.
//!
//! KurrentDB's own idempotency is weaker than the port's: it compares ids only, forgets them in some modes, and knows
//! nothing of an id in another stream. So every append is judged here, by the rules that all adapters share, against
//! an index of the whole log that one follower keeps beside it; then it is sent at an exact revision; then the log is
//! looked at again. What the log holds is the answer, whatever became of the call.
//!
//! Where to look: `store` for the port, `append` for that loop, `follower` and `index` for what is known of
//! the log, `link` for the connection, `trust` and `prompt` for the traps of the client library.

mod address;
mod append;
mod claims;
mod error;
mod event;
mod follower;
mod index;
mod known;
mod link;
mod metrics;
mod pages;
mod prompt;
mod recent;
mod store;
mod trouble;
mod trust;
mod waiting;

pub use address::{AddressError, ConnectionString};
pub use error::ConnectError;
pub use metrics::KurrentMetrics;
pub use store::KurrentStore;
