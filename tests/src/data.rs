//! Real public data, where it is there.

use std::path::PathBuf;

/// A folder of `../shared/data`; `None`, with a line that says so, where it is not there.
#[must_use]
#[allow(clippy::print_stderr, reason = "a skipped test says so")]
pub fn folder(name: &str) -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    if root.is_dir() {
        Some(root)
    } else {
        eprintln!("SKIPPED: ../shared/data/{name} is not there");
        None
    }
}
