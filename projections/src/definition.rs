//! What a read model's answers follow from, as one hash: its name, version, handled types, tables, fold and queries.
//!
//! The same hash says that the same log gives the same answers. What reads an event (the domain) and what reads a
//! stored form of it are no part of it: golden files hold those still. A comment counts like code: a hash that changes
//! for nothing costs one rebuild beside, a hash that stays the same although the answers change would be a lie.

use rapport_domain::value::hex;
use sha2::{Digest as _, Sha256};

use crate::projection::Projection;

/// What the folds and queries of several read models stand on.
const SHARED: [&str; 7] = [
    include_str!("column.rs"),
    include_str!("median.rs"),
    include_str!("month.rs"),
    include_str!("page.rs"),
    include_str!("published.rs"),
    include_str!("row.rs"),
    include_str!("wide.rs"),
];

/// A read model as this build defines it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its name.
    pub projection: &'static str,
    /// Its version.
    pub version: u32,
    /// SHA-256 over everything that its answers follow from, in hex.
    pub sha256: String,
}

impl Definition {
    pub(crate) fn of<P: Projection>() -> Self {
        let version = P::VERSION.to_string();
        let mut own = vec![P::NAME, version.as_str(), P::schema()];
        own.extend(Some(P::indexes()).filter(|indexes| !indexes.is_empty()));
        let mut hasher = Sha256::new();
        for parts in [own.as_slice(), P::HANDLES, P::SOURCES, SHARED.as_slice()] {
            // How many there are, and how long each is: no two definitions are written the same.
            hasher.update(length(parts.len()));
            for part in parts {
                hasher.update(length(part.len()));
                hasher.update(part.as_bytes());
            }
        }
        Self { projection: P::NAME, version: P::VERSION, sha256: hex(&hasher.finalize()) }
    }
}

/// SHA-256 of a text, in hex.
pub(crate) fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text))
}

fn length(length: usize) -> [u8; 8] {
    u64::try_from(length).unwrap_or(u64::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests;
