//! Who may do what: policies in Cedar, read strictly, asked for every call.
//!
//! A policy set is a folder: `rapport.cedarschema`, which names every action, and policies in files that end with
//! `.cedar`. Those of `ops/policies` are built in. What no policy permits is refused, and what one forbids is refused
//! whatever others permit. Where to look: [`Policies`] for how they are read and asked, [`Question`] for what.

#![deny(clippy::wildcard_enum_match_arm)]

mod asking;
mod policies;
mod question;
mod source;

pub use policies::{DECISIONS_CACHED_MAX, Decision, Policies};
pub use question::{Asked, Caller, Fact, Question, Relation};
pub use source::{PoliciesError, UNRESTRICTED};
