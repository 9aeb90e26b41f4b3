//! A folder that checkpoints are copied to, a file each, to be kept where this server has no say: a write-once bucket,
//! another machine. A file is written once and never touched again.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use rapport_transparency::Standing;
use tokio::time::Instant;

/// Time between two files, at least.
const FILE_INTERVAL: Duration = Duration::from_secs(60);

/// The folder.
pub(super) struct Archive {
    folder: PathBuf,
    due: Instant,
}

impl Archive {
    pub(super) fn in_folder(folder: PathBuf) -> Self {
        Self { folder, due: Instant::now() }
    }

    /// Keeps a checkpoint, where the last file is old enough.
    pub(super) fn keep(&mut self, standing: &Standing) {
        if standing.checkpoint.size > 0 && self.due <= Instant::now() {
            self.keep_last(standing);
        }
    }

    /// Keeps a checkpoint.
    pub(super) fn keep_last(&mut self, standing: &Standing) {
        self.due = Instant::now() + FILE_INTERVAL;
        match self.write(standing) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => {
                let folder = self.folder.display();
                tracing::warn!(%folder, %error, "a checkpoint could not be copied; the next one is tried");
            }
        }
    }

    /// Forks have names of their own, and so they have folders.
    fn write(&self, standing: &Standing) -> std::io::Result<()> {
        let folder = self.folder.join(standing.checkpoint.origin.replace(['/', ':'], "_"));
        fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{:020}.checkpoint", standing.checkpoint.size));
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        file.write_all(standing.note.as_bytes())?;
        file.sync_all()
    }
}
