//! Where the data of a measurement lies for as long as it takes.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::Failure;

/// File systems that keep everything in memory.
const IN_MEMORY: [&str; 2] = ["tmpfs", "ramfs"];
/// Places of the mount point and, after the separator, the type in a line of `mountinfo` (proc(5)).
const MOUNT_POINT: usize = 4;
const SEPARATOR: &str = " - ";

/// A folder to measure in; part of every measurement.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub(super) struct Options {
    /// Folder on the disk to measure; a new one is made in it for every store, and taken away again.
    #[arg(long, default_value = ".", value_name = "DIR")]
    dir: PathBuf,
    /// Measure in memory too, where writing through is free and the figures say nothing about a disk.
    #[arg(long)]
    allow_memory: bool,
}

/// A folder that can be measured in.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    path: PathBuf,
    pub(super) file_system: String,
}

impl Options {
    /// The folder, if it lies on a disk.
    ///
    /// # Errors
    /// When there is none, or it lies in memory.
    pub(super) fn open(&self) -> Result<Folder, Failure> {
        let path = self.dir.canonicalize().map_err(|error| Failure::file(&self.dir, error))?;
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        let file_system = file_system_of(&mounts, &path);
        if IN_MEMORY.contains(&file_system.as_str()) {
            let why = format!(
                "--dir {}: this is {file_system}, in memory, where fsync is free; name a folder on a disk, or pass --allow-memory",
                self.dir.display()
            );
            if !self.allow_memory {
                return Err(Failure::Usage(why));
            }
            eprintln!("warning: {why}");
        }
        Ok(Folder { path, file_system })
    }
}

impl Folder {
    /// A new, empty folder in it.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(super) fn fresh(&self) -> Result<TempDir, Failure> {
        tempfile::Builder::new()
            .prefix("rapport-bench-")
            .tempdir_in(&self.path)
            .map_err(|error| Failure::file(&self.path, error))
    }
}

/// The type of the file system that holds a path: that of the longest mount point above it, the last one mounted there.
fn file_system_of(mounts: &str, path: &Path) -> String {
    let mounted = mounts.lines().filter_map(|line| {
        let (place, kind) = line.split_once(SEPARATOR)?;
        let point = place.split(' ').nth(MOUNT_POINT)?;
        path.starts_with(point).then_some((point.len(), kind.split(' ').next()?))
    });
    mounted
        .max_by_key(|(length, _)| *length)
        .map_or_else(|| "unknown".to_owned(), |(_, kind)| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_system_is_that_of_the_nearest_mount_point() {
        let mounts =
            "22 1 254:0 / / rw - ext4 /dev/vda rw\n23 22 0:5 / /dev/shm rw shared:2 - tmpfs tmpfs rw\n";
        assert_eq!(file_system_of(mounts, Path::new("/home/x")), "ext4");
        assert_eq!(file_system_of(mounts, Path::new("/dev/shm/x")), "tmpfs");
        assert_eq!(file_system_of(mounts, Path::new("/dev/shmx")), "ext4");
        assert_eq!(file_system_of("", Path::new("/")), "unknown");
    }
}
