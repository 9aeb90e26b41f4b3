//! The event store: one port, and the adapters behind it.
//!
//! The semantics are KurrentDB's, and better where it is weak: idempotency is durable in every mode, and an
//! event id that comes back with another payload is an error. One conformance suite holds every adapter to them.

mod clock;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod embedded;
pub mod judgement;
pub mod limits;
mod memory;
mod metrics;
mod port;
#[cfg(feature = "seeded-bugs")]
pub mod seeded_bug;

pub use clock::Clock;
pub use embedded::{
    CopyError, Digest, DirectoryLock, EmbeddedOptions, EmbeddedStore, Inspector, LogCopy, LogFault, LogFile,
    LogFinding, LogReport, OpenError, check_log, create_directory,
};
pub use memory::MemoryStore;
pub use metrics::AppendMetrics;
pub use port::{
    APPEND_BYTES_MAX, Append, AppendError, Appended, Direction, EVENT_BYTES_MAX, EVENTS_PER_APPEND_MAX,
    EventStore, EventStream, Filter, Outcome, Pending, Positions, ReadError,
};
