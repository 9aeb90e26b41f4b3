use rapport_domain::id::ContactId;
use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::vault::Vault;

struct Keys {
    folder: TempDir,
    root: RootKey,
    subjects: Vec<ContactId>,
}

/// Three subjects with keys of every class, the last of them erased.
async fn keys() -> Keys {
    let folder = tempfile::tempdir().unwrap();
    let root = RootKey::create(&folder.path().join("root")).unwrap();
    let subjects: Vec<_> = ["a", "b", "c"].iter().map(|name| ContactId::derived("tests", name)).collect();
    let vault = Vault::open(&folder.path().join("vault.db"), &root).unwrap();
    vault.ensure_keys(&subjects).await.unwrap();
    vault.destroy_keys(&subjects[2]).await.unwrap();
    Keys { folder, root, subjects }
}

impl Keys {
    fn connection(&self) -> Connection {
        Connection::open(self.folder.path().join("vault.db")).unwrap()
    }

    fn check(&self) -> KeyReport {
        let file = self.folder.path().join("vault.db");
        KeyFileReader::open(&file, Some(&self.root)).unwrap().check(true)
    }
}

#[tokio::test]
async fn keys_are_counted_and_nothing_is_wrong_with_them() {
    let keys = keys().await;
    let expected = KeyReport { live: 6, destroyed: 3, ..KeyReport::default() };
    assert_eq!(keys.check(), expected);
    let without_root = KeyFileReader::open(&keys.folder.path().join("vault.db"), None).unwrap();
    assert_eq!(without_root.check(false), expected);
}

#[tokio::test]
async fn a_key_that_does_not_open_is_named_by_its_row() {
    for change in [
        "wrapped = zeroblob(60)",
        "version = 7",
        "epoch = 9",
        "class = 'other'",
        "subject = 'nobody'",
        "kid = 'dek_x'",
    ] {
        let keys = keys().await;
        let select = "SELECT min(number) FROM deks WHERE wrapped IS NOT NULL";
        let live: i64 = keys.connection().query_row(select, [], |row| row.get(0)).unwrap();
        keys.connection().execute(&format!("UPDATE deks SET {change} WHERE number = {live}"), []).unwrap();
        let report = keys.check();
        let named: Vec<_> = report.findings.iter().map(|(row, _)| *row).collect();
        assert_eq!(named, [Some(live)], "{change}");
        assert_eq!((report.live, report.destroyed), (5, 3));
    }
}

#[tokio::test]
async fn the_fate_of_a_key_is_known() {
    let keys = keys().await;
    let connection = keys.connection();
    let kid = |subject: &ContactId| -> String {
        let select = "SELECT kid FROM deks WHERE subject = ? LIMIT 1";
        connection.query_row(select, [subject.to_string()], |row| row.get(0)).unwrap()
    };
    let reader = KeyFileReader::open(&keys.folder.path().join("vault.db"), None).unwrap();
    assert_eq!(reader.fate(&kid(&keys.subjects[0])), Ok(KeyFate::Live));
    assert_eq!(reader.fate(&kid(&keys.subjects[2])), Ok(KeyFate::Destroyed));
    assert_eq!(reader.fate("dek_x"), Ok(KeyFate::Unknown));
}

#[tokio::test]
async fn a_copy_is_taken_while_the_file_is_in_use_and_opens_with_the_same_root_key() {
    let keys = keys().await;
    let vault = Vault::open(&keys.folder.path().join("vault.db"), &keys.root).unwrap();
    let late = ContactId::derived("tests", "late");
    vault.ensure_keys(&[late]).await.unwrap();
    let copy = keys.folder.path().join("copy.db");
    KeyFileReader::open(&keys.folder.path().join("vault.db"), None).unwrap().copy(&copy).unwrap();
    let report = KeyFileReader::open(&copy, Some(&keys.root)).unwrap().check(true);
    assert_eq!((report.live, report.destroyed, report.findings.len()), (9, 3, 0));
    // One file, complete in itself, readable by its owner only.
    assert!(!keys.folder.path().join("copy.db-wal").metadata().is_ok_and(|wal| wal.len() > 0));
    let mode = std::os::unix::fs::PermissionsExt::mode(&copy.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_file_that_holds_no_keys_is_refused() {
    let keys = keys().await;
    let refused = |bytes: &[u8]| {
        let file = keys.folder.path().join("other.db");
        std::fs::write(&file, bytes).unwrap();
        KeyFileReader::open(&file, Some(&keys.root)).err()
    };
    assert!(matches!(refused(b""), Some(OpenError::Damaged { .. })));
    assert!(matches!(refused("no database ".repeat(500).as_bytes()), Some(OpenError::Damaged { .. })));
    let other = RootKey::create(&keys.folder.path().join("other-root")).unwrap();
    let wrong = KeyFileReader::open(&keys.folder.path().join("vault.db"), Some(&other));
    assert_eq!(wrong.err(), Some(OpenError::WrongRootKey));
}
