//! Read models: what the log says, folded into tables that answer questions.
//!
//! One module is one read model is one SQLite file, `read/<name>.v<version>.db`. Each has the same shape: its
//! charter and its questions in `<name>.rs`, its tables in `<name>/schema.sql`, its fold in `<name>/project.rs`
//! and its answers in `<name>/query.rs`. Whatever is here is derived from the log: any file may be deleted, and
//! comes back to the byte of its answers.
//!
//! What is not here: rules (the log has happened), plaintext of personal data (rows keep it sealed, and the
//! gateway opens it), and writes of any kind but the fold's.
//!
//! Where to look: [`Projections`] for the whole of them, [`projection`] for what a fold is, [`Definition`] for what
//! its answers follow from, `read_model` for the runtime, [`Freshness`] and [`Answer`] for reading one's own writes, [`Page`] for lists.

#![deny(clippy::wildcard_enum_match_arm)]

mod column;
mod definition;
pub mod export;
mod head;
mod median;
mod metrics;
mod page;
pub mod projection;
mod projections;
mod published;
mod query;
mod read_model;
mod row;
mod storage;
#[cfg(test)]
mod testing;
mod wide;

pub mod access;
pub mod cases;
pub mod churn;
pub mod consent;
pub mod deal_flow;
pub mod directory;
pub mod leads;
pub mod month;
pub mod pipeline;
pub mod quotes;
pub mod sales;
pub mod subscriptions;
pub mod tasks;
pub mod timeline;
pub mod transparency;

pub use definition::Definition;
pub use page::{PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, PAGE_TOKEN_BYTES_MAX, Page, PageRequest};
pub use projection::ProjectError;
pub use projections::{
    ControlError, LOADED_EVENTS_MIN, Options, ProjectionStatus, Projections, SNAPSHOT_EVENTS_MIN, inspect,
};
pub use query::{Answer, Freshness, Measure, QueryError, Thing};
pub use read_model::{
    BATCH_BYTES_MAX, BATCHES_KEPT_MAX, CATCH_UP_BATCH_EVENTS_MAX, Comparison, Difference, FOLDS_MAX, Held,
    LIVE_BATCH_EVENTS_MAX, Latency, ModelReport, OpenError, Pace, Parked, Phase, READERS_MAX, RebuildStatus,
    SAMPLE_CHARS_MAX, SAMPLES_MAX, SNAPSHOTS_BYTES_FREE, SNAPSHOTS_MAX, STORAGE_RETRIES_MAX, Sample, Skip,
    SnapshotFault, SnapshotReport, State, TableComparison, VIEWS_BYTES_MAX, VIEWS_MAX, inspect_snapshots,
};
pub use storage::StorageTrouble;
