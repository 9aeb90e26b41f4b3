//! What is right, to begin with.

use std::fs;
use std::path::{Path, PathBuf};

/// Bytes, and the name of the file that they are from.
pub(super) struct Seed {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

impl Seed {
    /// As text, where it still is one.
    pub(super) fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }
}

/// The seeds of a target.
pub(super) fn corpus(target: &str) -> Vec<Seed> {
    folder(&format!("fuzz/corpus/{target}"))
}

/// The files of a folder of the tests.
pub(super) fn folder(path: &str) -> Vec<Seed> {
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
}

fn files(folder: &Path) -> Vec<Seed> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let seed = |path: &PathBuf| Seed {
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        bytes: fs::read(path).unwrap(),
    };
    paths.iter().map(seed).collect()
}
