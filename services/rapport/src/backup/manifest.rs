//! `backup.json`: what a backup holds. It is written last and in one step; what it does not name is not in the backup.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use chrono::{SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::error::Failure;

/// Its name.
pub const MANIFEST_FILE: &str = "backup.json";
/// Version of its form.
const FORMAT: u32 = 1;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    format: u32,
    /// The version of Rapport that took it.
    pub rapport_version: String,
    /// When it was taken, RFC 3339, in UTC.
    pub taken_at: String,
    /// The log; nothing where only the keys were backed up.
    pub log: Option<LogPart>,
    /// The keys of the contacts.
    pub keys: KeysPart,
}

/// The log in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPart {
    /// Its name.
    pub log_id: String,
    /// Position of its last event in the backup. Later ones in the file are of a run that was cut off.
    pub head: u64,
    /// Digest over all events up to it.
    pub digest: String,
}

/// The keys in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysPart {
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// Keys in use.
    pub live: u64,
    /// Keys that are destroyed.
    pub destroyed: u64,
}

impl Manifest {
    pub(super) fn new(log: Option<LogPart>, keys: KeysPart) -> Self {
        Self {
            format: FORMAT,
            rapport_version: env!("CARGO_PKG_VERSION").to_owned(),
            taken_at: Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true),
            log,
            keys,
        }
    }

    /// Reads that of a folder; nothing where there is none.
    ///
    /// # Errors
    /// When it cannot be read, or is not of a form that this version knows.
    pub fn read(folder: &Path) -> Result<Option<Self>, Failure> {
        let file = folder.join(MANIFEST_FILE);
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Failure::file(&file, error)),
        };
        let manifest: Self = serde_json::from_str(&text).map_err(|error| {
            Failure::unsound(&file, format!("it is damaged ({error}); take the backup again"))
        })?;
        if manifest.format != FORMAT {
            let unknown = format!("it has form {}, this version reads form {FORMAT}", manifest.format);
            return Err(Failure::file(&file, unknown));
        }
        Ok(Some(manifest))
    }

    /// Position of the last event.
    #[must_use]
    pub fn head(&self) -> Option<u64> {
        self.log.as_ref().map(|log| log.head)
    }

    /// Puts it into a folder in one step, durably.
    pub(super) fn write(&self, folder: &Path) -> Result<(), Failure> {
        let (file, partial) = (folder.join(MANIFEST_FILE), folder.join(format!("{MANIFEST_FILE}.partial")));
        let failed = |error| Failure::file(&file, error);
        let mut text = serde_json::to_string_pretty(self).map_err(|error| failed(error.into()))?;
        text.push('\n');
        let mut writing = File::create(&partial).map_err(failed)?;
        writing.write_all(text.as_bytes()).and_then(|()| writing.sync_all()).map_err(failed)?;
        fs::rename(&partial, &file).map_err(failed)?;
        sync_folder(folder)
    }
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), Failure> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| Failure::file(folder, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_read_as_it_was_written_and_a_damaged_one_is_told() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Manifest::read(folder.path()).unwrap(), None);
        let log = LogPart { log_id: "0a".to_owned(), head: 7, digest: "ff".to_owned() };
        let keys = KeysPart { sha256: "ee".to_owned(), live: 3, destroyed: 0 };
        let manifest = Manifest::new(Some(log), keys);
        manifest.write(folder.path()).unwrap();
        assert_eq!(Manifest::read(folder.path()).unwrap(), Some(manifest));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing partial is left");

        let file = folder.path().join(MANIFEST_FILE);
        let text = fs::read_to_string(&file).unwrap();
        for bad in ["", "{}", &text[..40], &text.replace("\"format\": 1", "\"format\": 2")] {
            fs::write(&file, bad).unwrap();
            let damaged = !bad.contains("\"format\": 2");
            let refused = Manifest::read(folder.path()).unwrap_err();
            assert_eq!(matches!(refused, Failure::Unsound(_)), damaged, "{bad}");
        }
    }
}
