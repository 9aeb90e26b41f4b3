//! The root key: found, or made on the first start.

use std::path::{Path, PathBuf};

use rapport_vault::{RootKey, Vault};

use crate::error::Failure;

/// Opens the vault of a data directory with its root key.
pub(super) fn open_vault(data_dir: &Path, root_key: Option<&Path>) -> Result<Vault, Failure> {
    let key_file = root_key.map_or_else(|| beside(data_dir), Path::to_path_buf);
    let vault_file = data_dir.join("vault.db");
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
    let full = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let folder = key_file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if full(folder).starts_with(full(data_dir)) {
        return Err(Failure::Usage(format!(
            "the root key {} lies in the data directory; choose a file outside of it with --root-key",
            key_file.display()
        )));
    }
    Ok(())
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
        let refused = open_vault(folder.path(), Some(&folder.path().join("root-key")));
        assert!(matches!(refused, Err(Failure::Usage(_))));
        assert!(!folder.path().join("root-key").exists());
    }

    #[test]
    fn a_lost_key_is_not_replaced_by_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("data");
        std::fs::create_dir(&data_dir).unwrap();
        drop(open_vault(&data_dir, None).unwrap());
        std::fs::remove_file(folder.path().join("data.root-key")).unwrap();
        let refused = open_vault(&data_dir, None);
        assert!(matches!(refused, Err(Failure::Local(_))));
        assert!(!folder.path().join("data.root-key").exists());
    }
}
