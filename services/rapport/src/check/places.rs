//! What lies where in a data directory.

use std::path::{Path, PathBuf};

use crate::error::Failure;

/// The log.
pub const LOG_FILE: &str = "log.db";
/// The keys of the contacts.
pub const VAULT_FILE: &str = "vault.db";
/// What a server keeps that has its events in KurrentDB.
pub const KURRENT_INDEX_FILE: &str = "kurrentdb-index.db";
/// The folder of the read models.
pub const READ_FOLDER: &str = "read";
/// Where a restore builds what it puts in place in the end.
pub const RESTORING_FOLDER: &str = "restoring";

/// `data` has its key in `data.root-key`.
pub(crate) fn beside(data_dir: &Path) -> PathBuf {
    with_ending(data_dir, ".root-key")
}

/// `data` has the key that signs its checkpoints in `data.log-key`.
pub(crate) fn log_key_beside(data_dir: &Path) -> PathBuf {
    with_ending(data_dir, ".log-key")
}

/// What was signed last lies beside the key that signed it.
pub(crate) fn checkpoint_beside(log_key: &Path) -> PathBuf {
    with_ending(log_key, ".checkpoint")
}

fn with_ending(data_dir: &Path, ending: &str) -> PathBuf {
    let mut name = data_dir.as_os_str().to_owned();
    while name.to_string_lossy().ends_with('/') {
        name = name.to_string_lossy().trim_end_matches('/').into();
    }
    name.push(ending);
    PathBuf::from(name)
}

/// A path without links and dots, also where its end is not there yet.
pub(crate) fn resolved(path: &Path) -> Result<PathBuf, Failure> {
    let absolute = std::path::absolute(path).map_err(|error| Failure::file(path, error))?;
    let there = absolute.ancestors().find_map(|ancestor| Some((ancestor, ancestor.canonicalize().ok()?)));
    Ok(match there {
        Some((ancestor, resolved)) => resolved.join(absolute.strip_prefix(ancestor).unwrap_or(Path::new(""))),
        None => absolute,
    })
}

/// Whether a new log may be made here where there is none. The log is made before everything else: where the rest is
/// there and the log is not, it is lost.
///
/// # Errors
/// When it is lost, or a restore has not come to its end.
pub fn assert_log_is_there(data_dir: &Path) -> Result<(), Failure> {
    let has = |name: &str| data_dir.join(name).metadata().is_ok_and(|file| file.len() > 0);
    if has(LOG_FILE) {
        return Ok(());
    }
    if data_dir.join(RESTORING_FOLDER).exists() {
        return Err(Failure::Local(format!(
            "a restore into {} has not come to its end; run `rapport restore` again",
            data_dir.display()
        )));
    }
    if has(VAULT_FILE) || has_read_models(data_dir) {
        return Err(Failure::Local(format!(
            "the log {} is gone or empty, but keys or read models of it are there; put it back, or restore log and keys from a backup",
            data_dir.join(LOG_FILE).display()
        )));
    }
    Ok(())
}

/// An empty folder, or what cannot be listed, says nothing.
fn has_read_models(data_dir: &Path) -> bool {
    std::fs::read_dir(data_dir.join(READ_FOLDER)).is_ok_and(|mut files| files.next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_lies_beside_the_data_directory() {
        assert_eq!(beside(Path::new("a/data")), Path::new("a/data.root-key"));
        assert_eq!(beside(Path::new("a/data//")), Path::new("a/data.root-key"));
    }

    #[test]
    fn a_log_is_made_in_an_empty_directory_and_not_beside_what_is_left_of_another() {
        let folder = tempfile::tempdir().unwrap();
        assert!(assert_log_is_there(&folder.path().join("absent")).is_ok());
        assert!(assert_log_is_there(folder.path()).is_ok());
        std::fs::write(folder.path().join(VAULT_FILE), []).unwrap();
        std::fs::create_dir(folder.path().join(READ_FOLDER)).unwrap();
        assert!(assert_log_is_there(folder.path()).is_ok(), "a first start that ended early");
        for lost in [VAULT_FILE, "read/timeline.v1.db"] {
            let file = folder.path().join(lost);
            std::fs::write(&file, "keys or rows").unwrap();
            let refused = assert_log_is_there(folder.path()).unwrap_err().to_string();
            assert!(refused.contains("restore"), "{refused}");
            std::fs::remove_file(&file).unwrap();
        }
        std::fs::create_dir(folder.path().join(RESTORING_FOLDER)).unwrap();
        assert!(assert_log_is_there(folder.path()).unwrap_err().to_string().contains("rapport restore"));
        std::fs::write(folder.path().join(LOG_FILE), "a log").unwrap();
        assert!(assert_log_is_there(folder.path()).is_ok());
    }
}
