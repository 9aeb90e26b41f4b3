//! The disk by itself: how long it takes to force a small write down.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::time::Instant;

use serde_json::{Value, json};

use super::folder::Folder;
use super::latency::Latency;
use crate::error::Failure;

/// Writes that are measured.
const WRITES: u32 = 500;
/// Bytes of each, as many as the smallest commit of a log writes.
const WRITE_BYTES: usize = 8_192;
/// The file is made so long first, because a file that grows costs more.
const FILE_BYTES: u64 = 16 * 1024 * 1024;

/// What `fdatasync` after a small write costs in a folder.
#[derive(Debug)]
pub(super) struct Disk {
    file_system: String,
    fdatasync: Latency,
}

impl Disk {
    /// Measures it, with nothing else of ours running.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(super) fn measure(folder: &Folder) -> Result<Self, Failure> {
        let scratch = folder.fresh()?;
        let path = scratch.path().join("fdatasync");
        let failed = |error: std::io::Error| Failure::file(&path, error);
        let mut file = File::create(&path).map_err(failed)?;
        let block = vec![0x5a; WRITE_BYTES];
        for _ in 0..FILE_BYTES / WRITE_BYTES as u64 {
            file.write_all(&block).map_err(failed)?;
        }
        file.sync_all().map_err(failed)?;
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        let mut fdatasync = Latency::new()?;
        for _ in 0..WRITES {
            let began = Instant::now();
            file.write_all(&block).map_err(failed)?;
            file.sync_data().map_err(failed)?;
            fdatasync.record(began.elapsed());
        }
        Ok(Self { file_system: folder.file_system.clone(), fdatasync })
    }

    pub(super) fn json(&self) -> Value {
        json!({ "file_system": self.file_system, "write_and_fdatasync_ms": self.fdatasync.json() })
    }

    /// A line for people.
    pub(super) fn words(&self) -> String {
        let [p50, p99, p99_9, max] = self.fdatasync.words();
        format!(
            "{} processors, {}; 8 KiB and fdatasync: p50 {p50} ms, p99 {p99} ms, p99.9 {p99_9} ms, longest {max} ms\n",
            super::machine::processors(),
            self.file_system
        )
    }
}
