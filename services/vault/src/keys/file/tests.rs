use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::error::EpochError;

fn given() -> (TempDir, PathBuf, RootKey) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("vault.db");
    let root = RootKey::create(&directory.path().join("root.key")).unwrap();
    (directory, file, root)
}

fn pragma(connection: &Connection, name: &str) -> String {
    connection
        .query_row(&format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}"), [], |row| row.get(0))
        .unwrap()
}

#[test]
fn a_new_file_opens_again_with_the_same_keys() {
    let (_directory, file, root) = given();
    let first = KeyFile::open(&file, &root).unwrap();
    let blind_key = *first.digest_keys.blind.bytes();
    let epoch_key = *first.epochs.live()[0].key.bytes();
    drop(first);
    let again = KeyFile::open(&file, &root).unwrap();
    assert_eq!(again.digest_keys.blind.bytes(), &blind_key);
    assert_eq!(
        again.epochs.live().iter().map(|epoch| (epoch.number, *epoch.key.bytes())).collect::<Vec<_>>(),
        [(1, epoch_key)]
    );
}

#[test]
fn another_root_key_is_told_and_changes_nothing() {
    let (directory, file, root) = given();
    drop(KeyFile::open(&file, &root).unwrap());
    // What was made stands in the journal; it is copied into the file when the file is opened.
    drop(KeyFile::open(&file, &root).unwrap());
    let before = fs::read(&file).unwrap();
    let other = RootKey::create(&directory.path().join("other.key")).unwrap();
    assert_eq!(KeyFile::open(&file, &other).err(), Some(OpenError::WrongRootKey));
    assert_eq!(fs::read(&file).unwrap(), before);
    assert!(KeyFile::open(&file, &root).is_ok());
}

#[test]
fn a_file_of_a_newer_format_is_left_alone() {
    let (_directory, file, root) = given();
    KeyFile::open(&file, &root).unwrap().writer.execute("UPDATE meta SET format = 4", []).unwrap();
    assert_eq!(KeyFile::open(&file, &root).err(), Some(OpenError::NewerFormat { found: 4, known: 3 }));
}

/// As the build before format 3 left it, with its root key.
fn given_format_2() -> (TempDir, PathBuf, RootKey) {
    let directory = tempfile::tempdir().unwrap();
    let (file, key) = (directory.path().join("vault.db"), directory.path().join("root.key"));
    fs::write(&key, include_bytes!("../../../tests/golden/format_2.root_key")).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let old = Connection::open(&file).unwrap();
    old.execute_batch(include_str!("../../../tests/golden/format_2.sql")).unwrap();
    let root = RootKey::load(&key).unwrap();
    (directory, file, root)
}

#[test]
fn files_of_older_formats_are_brought_to_the_newest_with_their_keys() {
    for older in ["", "DROP TABLE destructions; UPDATE meta SET format = 1"] {
        let (_directory, file, root) = given_format_2();
        Connection::open(&file).unwrap().execute_batch(older).unwrap();
        for _ in 0..2 {
            let upgraded = KeyFile::open(&file, &root).unwrap();
            let found: (u32, u32, u32) = upgraded
                .reader
                .query_row(
                    "SELECT format, (SELECT count(*) FROM epochs), (SELECT count(*) FROM keks) FROM meta",
                    [],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )
                .unwrap();
            assert_eq!(found, (3, 1, 1));
            assert_eq!(upgraded.epochs.live()[0].number, 1);
        }
    }
}

#[test]
fn a_file_that_is_no_database_is_damaged() {
    let (_directory, file, root) = given();
    fs::write(&file, "no database ".repeat(100)).unwrap();
    assert_eq!(KeyFile::open(&file, &root).err(), Some(OpenError::Damaged { part: "the database" }));
}

#[test]
fn a_broken_or_missing_wrapped_key_is_damage() {
    let (_directory, file, root) = given_format_2();
    let writer = KeyFile::open(&file, &root).unwrap().writer;
    writer.execute("UPDATE keks SET wrapped = zeroblob(60)", []).unwrap();
    let damaged = OpenError::Epoch(EpochError::Damaged { epoch: 1 });
    assert_eq!(KeyFile::open(&file, &root).err(), Some(damaged));
    writer.execute("DELETE FROM keks", []).unwrap();
    assert!(matches!(KeyFile::open(&file, &root).err(), Some(OpenError::Epoch(EpochError::Gone { .. }))));
    writer.execute("UPDATE epochs SET destroyed_at = 1", []).unwrap();
    assert_eq!(KeyFile::open(&file, &root).err(), Some(OpenError::Damaged { part: "key-encryption keys" }));
    writer.execute("UPDATE meta SET blind_key = zeroblob(60)", []).unwrap();
    assert_eq!(KeyFile::open(&file, &root).err(), Some(OpenError::Damaged { part: "blind-index key" }));
}

#[test]
fn a_directory_that_is_not_there_is_an_error_of_storage() {
    let (directory, _file, root) = given();
    let error = KeyFile::open(&directory.path().join("missing/vault.db"), &root).err();
    assert!(matches!(error, Some(OpenError::Storage { .. })));
}

#[test]
fn the_file_and_its_journal_are_their_owners_only() {
    let (_directory, file, root) = given();
    let _open = KeyFile::open(&file, &root).unwrap();
    for name in ["vault.db", "vault.db-wal", "vault.db-shm"] {
        let mode = fs::metadata(file.with_file_name(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn both_connections_are_durable_and_overwrite_what_they_delete() {
    let (_directory, file, root) = given();
    let open = KeyFile::open(&file, &root).unwrap();
    for connection in [&open.writer, &open.reader] {
        assert_eq!(pragma(connection, "journal_mode"), "wal");
        assert_eq!(pragma(connection, "synchronous"), "2");
        assert_eq!(pragma(connection, "secure_delete"), "1");
        assert_eq!(pragma(connection, "temp_store"), "2");
    }
}

#[test]
fn a_file_whose_making_was_interrupted_is_made_anew() {
    let (_directory, file, root) = given();
    fs::write(&file, "").unwrap();
    assert!(KeyFile::open(&file, &root).is_ok());
    assert!(KeyFile::open(&file, &root).is_ok());
}
