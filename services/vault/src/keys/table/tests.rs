use std::path::Path;

use super::*;
use crate::keys::KeyFile;
use crate::root_key::RootKey;

fn given(directory: &Path) -> KeyFile {
    let root = RootKey::create(&directory.join("root.key")).unwrap();
    let mut file = KeyFile::open(&directory.join("vault.db"), &root).unwrap();
    let now = Instant::from_micros(1).unwrap();
    let tx = file.writer.transaction().unwrap();
    for subject in [ann(), bob()] {
        insert(&tx, &file.epochs.live()[0], &subject, DataClass::Contact, now).unwrap();
    }
    tx.commit().unwrap();
    file
}

fn ann() -> ContactId {
    ContactId::derived("tests", "ann")
}

fn bob() -> ContactId {
    ContactId::derived("tests", "bob")
}

const DAMAGED_KEY: VaultError = VaultError::Damaged { part: "data key" };

#[test]
fn a_key_comes_back_as_it_was_made() {
    let directory = tempfile::tempdir().unwrap();
    let mut file = given(directory.path());
    let tx = file.writer.transaction().unwrap();
    let made = insert(&tx, &file.epochs.live()[0], &ann(), DataClass::Notes, Instant::MIN).unwrap();
    tx.commit().unwrap();
    let loaded = load(&file.reader, &file.epochs, &ann()).unwrap();
    let found = loaded.newest(DataClass::Notes).unwrap();
    assert_eq!(found.kid, made.kid);
    match (&found.state, &made.state) {
        (KeyState::Live(found), KeyState::Live(made)) => assert_eq!(found.bytes(), made.bytes()),
        (KeyState::Live(_) | KeyState::Destroyed, _) => panic!("both keys are in use"),
    }
    assert!(loaded.newest(DataClass::Evidence).is_none());
}

#[test]
fn key_ids_are_random_and_of_one_length() {
    let (one, two) = (new_kid().unwrap(), new_kid().unwrap());
    assert_ne!(one, two);
    assert_eq!([one.len(), two.len()], [26, 26]);
    assert!(one.starts_with("dek_"));
}

#[test]
fn a_wrapped_key_moved_to_another_row_does_not_open() {
    let directory = tempfile::tempdir().unwrap();
    let file = given(directory.path());
    let moved = "UPDATE deks SET wrapped = (SELECT wrapped FROM deks WHERE subject = ?1) WHERE subject = ?2";
    file.writer.execute(moved, [ann().to_string(), bob().to_string()]).unwrap();
    assert_eq!(load(&file.reader, &file.epochs, &bob()).err(), Some(DAMAGED_KEY));
    assert!(load(&file.reader, &file.epochs, &ann()).is_ok());
}

#[test]
fn a_row_with_any_changed_column_does_not_open() {
    for (change, error) in [
        ("kid = 'dek_x'", DAMAGED_KEY),
        ("class = 'notes'", DAMAGED_KEY),
        ("class = 'other'", VaultError::Damaged { part: "a key class" }),
        ("version = 2", DAMAGED_KEY),
        ("epoch = 2", VaultError::UnknownEpoch { epoch: 2 }),
        ("wrapped = x'00'", DAMAGED_KEY),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let file = given(directory.path());
        let sql = format!("UPDATE deks SET {change} WHERE subject = ?");
        file.writer.execute(&sql, [ann().to_string()]).unwrap();
        assert_eq!(load(&file.reader, &file.epochs, &ann()).err(), Some(error), "{change}");
    }
}

#[test]
fn rows_are_neither_deleted_nor_brought_back() {
    let directory = tempfile::tempdir().unwrap();
    let mut file = given(directory.path());
    let tx = file.writer.transaction().unwrap();
    bury(&tx, &ann(), Instant::from_micros(2).unwrap()).unwrap();
    tx.commit().unwrap();
    assert!(file.writer.execute("DELETE FROM deks", []).is_err());
    let revive = "UPDATE deks SET wrapped = zeroblob(60), destroyed_at = NULL WHERE subject = ?";
    assert!(file.writer.execute(revive, [ann().to_string()]).is_err());
}

#[test]
fn the_first_time_of_destruction_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let mut file = given(directory.path());
    let tx = file.writer.transaction().unwrap();
    let first = Instant::from_micros(2).unwrap();
    bury(&tx, &ann(), first).unwrap();
    bury(&tx, &ann(), Instant::from_micros(3).unwrap()).unwrap();
    let (kids, at) = graves(&tx, &ann()).unwrap();
    assert_eq!((kids.len(), at), (3, first));
}
