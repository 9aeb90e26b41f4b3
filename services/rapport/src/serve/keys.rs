//! The root key: found, or made on the first start.

use std::path::{Path, PathBuf};

use rapport_vault::{RootKey, Vault};

use crate::error::Failure;

/// Opens the vault of a data directory with its root key.
///
/// A log with events has a vault: a new one beside it could open nothing, and would seal what comes under keys that
/// do not fit the lost ones.
pub(super) fn open_vault(
    data_dir: &Path,
    root_key: Option<&Path>,
    log_has_events: bool,
) -> Result<Vault, Failure> {
    let key_file = root_key.map_or_else(|| beside(data_dir), Path::to_path_buf);
    let vault_file = data_dir.join("vault.db");
    if log_has_events && !Vault::exists(&vault_file) {
        return Err(Failure::Local(format!(
            "the log has events, but the keys of its contacts are gone: restore {} from the backup that belongs to the log",
            vault_file.display()
        )));
    }
    outside(data_dir, &key_file)?;
    let root = if !key_file.exists() && !Vault::exists(&vault_file) {
        let root = RootKey::create(&key_file).map_err(|error| Failure::Local(error.to_string()))?;
        tracing::warn!(
            file = %key_file.display(),
            "made a new root key; keep a copy of it apart from the data: without it no personal data can be read"
        );
        root
    } else {
        RootKey::load(&key_file).map_err(|error| Failure::Local(error.to_string()))?
    };
    Vault::open(&vault_file, &root).map_err(|error| Failure::Local(error.to_string()))
}

/// `data` has its key in `data.root-key`.
fn beside(data_dir: &Path) -> PathBuf {
    let mut name = data_dir.as_os_str().to_owned();
    while name.to_string_lossy().ends_with('/') {
        name = name.to_string_lossy().trim_end_matches('/').into();
    }
    name.push(".root-key");
    PathBuf::from(name)
}

/// Whoever takes a copy of the data must not get the key with it.
fn outside(data_dir: &Path, key_file: &Path) -> Result<(), Failure> {
    let unreadable = |error| Failure::file(key_file, error);
    if full(key_file).map_err(unreadable)?.starts_with(full(data_dir).map_err(unreadable)?) {
        return Err(Failure::Usage(format!(
            "the root key {} lies in the data directory; choose a file outside of it with --root-key",
            key_file.display()
        )));
    }
    Ok(())
}

/// A path without links and dots, also where its end is not there yet.
fn full(path: &Path) -> std::io::Result<PathBuf> {
    let absolute = std::path::absolute(path)?;
    let there = absolute.ancestors().find_map(|ancestor| Some((ancestor, ancestor.canonicalize().ok()?)));
    Ok(match there {
        Some((ancestor, resolved)) => resolved.join(absolute.strip_prefix(ancestor).unwrap_or(Path::new(""))),
        None => absolute,
    })
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
    fn a_key_in_the_data_directory_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refused = open_vault(folder.path(), Some(&folder.path().join("keys/root-key")), false);
        assert!(matches!(refused, Err(Failure::Usage(_))));
        assert!(!folder.path().join("keys").exists());
    }

    #[test]
    fn a_lost_key_is_not_replaced_by_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("data");
        std::fs::create_dir(&data_dir).unwrap();
        drop(open_vault(&data_dir, None, false).unwrap());
        std::fs::remove_file(folder.path().join("data.root-key")).unwrap();
        let refused = open_vault(&data_dir, None, true);
        assert!(matches!(refused, Err(Failure::Local(_))));
        assert!(!folder.path().join("data.root-key").exists());
    }

    #[test]
    fn a_log_without_its_vault_gets_no_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let refused = open_vault(folder.path(), None, true);
        assert!(matches!(refused, Err(Failure::Local(_))));
        assert!(!folder.path().join("vault.db").exists());
    }
}
