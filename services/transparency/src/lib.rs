//! The transparency log: proofs that an event is in the log, and that the log only ever grew.
//!
//! A Merkle tree by RFC 6962 stands over the canonical headers of all events. Its root is signed now and then: a
//! checkpoint. Whoever has a checkpoint and the public key can check a proof without Rapport, by any tool that knows
//! the formats of C2SP: signed notes, checkpoints, tiles, proofs.
//!
//! Where to look: [`header`] for what of an event is proved, [`tree`] for roots and proofs, [`proof`] for how they are
//! checked, [`note`] and [`Checkpoint`] for what is signed, [`Policy`] for which witnesses have to have seen it, [`Bundle`] for what an auditor takes away, [`Notary`] for
//! who signs and when not. But for the notary nothing here touches a disk.

#![deny(clippy::wildcard_enum_match_arm)]

mod bundle;
mod checkpoint;
mod cosignature;
mod hash;
pub mod header;
mod notary;
pub mod note;
mod policy;
pub mod proof;
mod text;
pub mod tile;
pub mod tree;

pub use bundle::{Bundle, BundleError, Proved};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use cosignature::{Cosignature, WitnessKey};
pub use hash::{HASH_BYTES, Hash};
pub use notary::{Cosigned, Grown, Notary, NotaryError, Refusal, Standing, last_signed};
pub use policy::{LINES_MAX, Policy, PolicyError, PolicyFault, Witness, Witnessed};
