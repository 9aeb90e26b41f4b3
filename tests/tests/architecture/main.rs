//! The invariants of ARCHITECTURE.md that no lint can hold, checked on the sources and on `cargo metadata`.
//!
//! Each test that fails says where and what to do. [`arrows`] holds the crates apart, [`sources`] the words that
//! may stand in one place only and the shape of files, [`contract`] what the wire promises,
//! [`personal`] what of it is personal, [`documents`] what ARCHITECTURE.md says, [`operations`] what operators are given.

#![allow(clippy::expect_used, reason = "a test that cannot read the project has nothing to go on with")]

mod arrows;
mod contract;
mod documents;
mod operations;
mod personal;
mod promises;
mod sources;
mod tree;
