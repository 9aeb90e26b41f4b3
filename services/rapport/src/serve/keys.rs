//! The keys: where they lie, and the root key, found or made on the first start.

use std::path::Path;

use rapport_event_store::create_directory;
use rapport_vault::{RootKey, Vault};

use crate::check::{VAULT_FILE, beside, resolved};
use crate::error::Failure;

/// Opens the vault with its root key. It lies in the data directory, or in a folder that several servers of this
/// machine share.
///
/// A log with events has a vault: a new one beside it could open nothing, and would seal what comes under keys that
/// do not fit the lost ones.
pub(crate) fn open_vault(
    data_dir: &Path,
    keys_dir: Option<&Path>,
    root_key: Option<&Path>,
    log_has_events: bool,
) -> Result<Vault, Failure> {
    let keys_dir = keys_dir.unwrap_or(data_dir);
    let key_file = root_key.map_or_else(|| beside(keys_dir), Path::to_path_buf);
    let vault_file = keys_dir.join(VAULT_FILE);
    if log_has_events && !Vault::exists(&vault_file) {
        return Err(Failure::Local(format!(
            "the log has events, but the keys of its contacts are gone: restore {} from the backup that belongs to the log, or say with --keys-dir where they are",
            vault_file.display()
        )));
    }
    outside(data_dir, &key_file, "root key")?;
    outside(keys_dir, &key_file, "root key")?;
    create_directory(keys_dir).map_err(|error| Failure::Local(error.to_string()))?;
    let root = if !key_file.exists() && !Vault::exists(&vault_file) {
        let root = RootKey::create(&key_file).map_err(|error| Failure::Local(error.to_string()))?;
        tracing::warn!(
            file = %key_file.display(),
            epochs = %root.epochs().display(),
            "made a new root key, and a folder of epoch keys beside it; keep copies of both apart from the data: without them no personal data can be read"
        );
        root
    } else {
        RootKey::load(&key_file).map_err(|error| Failure::Local(error.to_string()))?
    };
    Vault::open(&vault_file, &root).map_err(|error| Failure::Local(error.to_string()))
}

/// Whoever takes a copy of the data or of the keys must not get the root key with it, nor what signs.
pub(super) fn outside(folder: &Path, key_file: &Path, what: &str) -> Result<(), Failure> {
    if resolved(key_file)?.starts_with(resolved(folder)?) {
        return Err(Failure::Usage(format!(
            "the {what} {} lies in the folder of the data or of the keys; choose a file outside of it with --{}",
            key_file.display(),
            what.replace(' ', "-")
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_the_data_directory_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refused = open_vault(folder.path(), None, Some(&folder.path().join("keys/root-key")), false);
        assert!(matches!(refused, Err(Failure::Usage(_))));
        assert!(!folder.path().join("keys").exists());
    }

    #[test]
    fn keys_that_are_shared_lie_in_a_folder_of_their_own_with_their_root_key_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        let vaults = ["one", "two"].map(|data| {
            let data_dir = folder.path().join(data);
            std::fs::create_dir(&data_dir).unwrap();
            open_vault(&data_dir, Some(&keys), None, false).unwrap()
        });
        assert_eq!(vaults[0].blind("email", "ann@example.com"), vaults[1].blind("email", "ann@example.com"));
        assert!(keys.join(VAULT_FILE).exists() && folder.path().join("keys.root-key").exists());
        assert!(!folder.path().join("one").join(VAULT_FILE).exists());
        for inside in ["keys/root-key", "one/root-key"] {
            let root_key = folder.path().join(inside);
            let refused = open_vault(&folder.path().join("one"), Some(&keys), Some(&root_key), false);
            assert!(matches!(refused, Err(Failure::Usage(_))), "{inside}");
        }
    }

    #[test]
    fn a_lost_key_is_not_replaced_by_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("data");
        std::fs::create_dir(&data_dir).unwrap();
        drop(open_vault(&data_dir, None, None, false).unwrap());
        std::fs::remove_file(folder.path().join("data.root-key")).unwrap();
        let refused = open_vault(&data_dir, None, None, true);
        assert!(matches!(refused, Err(Failure::Local(_))));
        assert!(!folder.path().join("data.root-key").exists());
    }

    #[test]
    fn a_log_without_its_vault_gets_no_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let refused = open_vault(folder.path(), None, None, true);
        assert!(matches!(refused, Err(Failure::Local(_))));
        assert!(!folder.path().join("vault.db").exists());
    }
}
