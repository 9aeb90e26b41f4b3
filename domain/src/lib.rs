//! The rules of customer relationships, as pure functions over values.
//!
//! Nothing here sees a clock, a random number, a file or the network: whatever is ambient arrives in
//! [`Context`]. That is what lets a history of years be folded again to the byte.
//!
//! Where to look: [`aggregate`] for the shape that every aggregate has, the aggregate modules for the rules,
//! [`envelope`] for what the log stores, [`value`] for the types that cannot be malformed, and [`personal`]
//! for how personal data is marked.

#![deny(clippy::wildcard_enum_match_arm, clippy::float_arithmetic)]

pub mod access;
pub mod aggregate;
pub mod calendar;
pub mod case;
pub mod consent;
pub mod contact;
pub mod context;
pub mod criterion;
pub mod envelope;
pub mod event;
pub mod field_set;
pub mod id;
pub mod interaction;
pub mod lead;
pub mod notice;
pub mod opportunity;
pub mod personal;
pub mod pipeline;
pub mod price_book;
pub mod quote;
pub mod routing_policy;
pub mod scoring_model;
pub mod sla_policy;
pub mod subject_request;
pub mod subscription;
pub mod suppression;
pub mod task;
#[cfg(test)]
pub(crate) mod testing;
pub mod value;

pub use aggregate::{Aggregate, Reason, StoredEvent};
pub use context::Context;
pub use event::DomainEvent;
pub use personal::Personal;
