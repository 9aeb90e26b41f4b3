//! What is no backup, what cannot be one, and what is told of it.

use std::fs;
use std::path::{Path, PathBuf};

use rapport_domain::envelope::{EventId, ExpectedRevision, NewEvent, StreamId};
use rapport_domain::id::derived_uuid;
use rapport_event_store::{DirectoryLock, EmbeddedOptions, EmbeddedStore, EventStore as _};
use rapport_tests::Process;
use serde_json::Value;

use super::{House, done, in_a_live_event, program, refused, run};

#[test]
fn a_backup_that_was_damaged_is_not_restored() {
    let house = House::new();
    house.company();
    house.backup();
    fs::remove_dir_all(house.path("data")).unwrap();
    for file in ["vault.db", "log.db", "backup.json"] {
        let path = Path::new(&house.path("backup")).join(file);
        let whole = fs::read(&path).unwrap();
        let mut bytes = whole.clone();
        let place = match file {
            "backup.json" => find(&bytes, b"digest") + 12,
            "log.db" => in_a_live_event(&bytes),
            // Wherever it is: the file is what its digest says, or not.
            _ => bytes.len() / 2,
        };
        bytes[place] = if bytes[place] == b'0' { b'1' } else { b'0' };
        fs::write(&path, bytes).unwrap();
        let (code, complaint) = refused(&house.restore());
        assert_eq!(code, Some(7), "{file}: {complaint}");
        assert!(complaint.contains(file) || complaint.contains("log.db"), "{file}: {complaint}");
        let data = PathBuf::from(house.path("data"));
        if data.exists() {
            assert!(Process::serve(program(), &data, &[]).is_err(), "nothing was put in place");
            fs::remove_dir_all(&data).unwrap();
        }
        fs::write(&path, whole).unwrap();
    }
    assert!(house.restore().status.success());
}

#[test]
fn a_backup_goes_nowhere_near_the_data() {
    let house = House::new();
    house.company();
    let other = House::new();
    other.company();
    for target in [house.path("data"), house.path("data/backup"), other.path("data")] {
        let (code, complaint) = refused(&run(&["backup", &target, "--data-dir", &house.path("data")]));
        assert_eq!(code, Some(2));
        assert!(complaint.contains("choose another folder"), "{complaint}");
    }
    // The keys lie elsewhere: neither their folder nor one that holds others is a place for a backup.
    let (keys, beside) = (PathBuf::from(house.path("shared/keys")), house.path("others"));
    for folder in [&keys, Path::new(&beside)] {
        fs::create_dir_all(folder).unwrap();
        fs::copy(Path::new(&house.path("data")).join("vault.db"), folder.join("vault.db")).unwrap();
    }
    let before = fs::read(keys.join("vault.db")).unwrap();
    let link = house.path("link");
    std::os::unix::fs::symlink(&keys, &link).unwrap();
    for target in
        [keys.to_str().unwrap(), &house.path("shared"), &house.path("shared/keys/backup"), &link, &beside]
    {
        for only in [&["--keys-only"][..], &[]] {
            let arguments =
                ["backup", target, "--data-dir", &house.path("data"), "--keys-dir", keys.to_str().unwrap()];
            let (code, complaint) = refused(&run(&[&arguments, only].concat()));
            assert_eq!(code, Some(2), "{target}: {complaint}");
            assert!(complaint.contains("choose another folder"), "{complaint}");
        }
    }
    assert_eq!(fs::read(keys.join("vault.db")).unwrap(), before);
    house.backup();
    let mixed = run(&["backup", &house.path("backup"), "--data-dir", &other.path("data")]);
    assert!(refused(&mixed).1.contains("choose another directory"), "{}", refused(&mixed).1);
}

#[test]
fn a_backup_whose_last_run_was_killed_before_its_keys_took_their_place_keeps_them() {
    let house = House::new();
    house.company();
    house.backup();
    let backup = PathBuf::from(house.path("backup"));
    // As it is between `backup.json` and the last step: the keys of the run before are still there.
    let named = fs::read(backup.join("vault.db")).unwrap();
    fs::rename(backup.join("vault.db"), backup.join("vault.db.partial")).unwrap();
    fs::write(backup.join("vault.db"), "the keys of the run before").unwrap();
    // The next run comes no further than the keys.
    let vault = Path::new(&house.path("data")).join("vault.db");
    let whole = fs::read(&vault).unwrap();
    fs::write(&vault, "no keys").unwrap();
    let output = run(&["backup", &house.path("backup"), "--data-dir", &house.path("data")]);
    assert_eq!(output.status.code(), Some(7), "{}", refused(&output).1);
    assert_eq!(fs::read(backup.join("vault.db")).unwrap(), named);
    fs::write(&vault, whole).unwrap();
    fs::remove_dir_all(house.path("data")).unwrap();
    assert!(house.restore().status.success());
}

#[test]
fn a_backup_has_one_run_at_a_time() {
    let house = House::new();
    house.company();
    house.backup();
    let (backup, data) = (house.path("backup"), house.path("data"));
    let lock = DirectoryLock::acquire(Path::new(&backup)).unwrap();
    let manifest = fs::read(Path::new(&backup).join("backup.json")).unwrap();
    let (code, complaint) = refused(&run(&["backup", &backup, "--data-dir", &data]));
    assert_eq!(code, Some(1));
    assert!(complaint.contains("run it again when that has ended"), "{complaint}");
    assert_eq!(fs::read(Path::new(&backup).join("backup.json")).unwrap(), manifest);
    drop(lock);
    house.backup();
}

#[test]
fn a_backup_without_the_keys_of_its_events_is_not_finished() {
    let (house, other) = (House::new(), House::new());
    house.company();
    other.company();
    let output = run(&[
        "backup",
        &house.path("backup"),
        "--data-dir",
        &house.path("data"),
        "--keys-dir",
        &other.path("data"),
    ]);
    let (code, complaint) = refused(&output);
    assert_eq!(code, Some(7), "{complaint}");
    assert!(complaint.contains("the keys of the event at position"), "{complaint}");
    assert!(!Path::new(&house.path("backup")).join("backup.json").exists());
    house.backup();
}

#[test]
fn a_log_that_cannot_be_reached_is_not_called_damaged() {
    let house = House::new();
    house.company();
    house.backup();
    // A lock that cannot be written, as on a read-only medium.
    let lock = Path::new(&house.path("backup")).join("lock");
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    fs::remove_dir_all(house.path("data")).unwrap();
    for output in [run(&["check", &house.path("backup")]), house.restore()] {
        let (code, complaint) = refused(&output);
        assert_eq!(code, Some(1), "{complaint}");
        assert!(complaint.contains("copy a backup on a read-only medium"), "{complaint}");
    }
}

#[test]
fn what_another_program_wrote_is_no_damage_and_what_nobody_understands_hinders_no_restore() {
    let house = House::new();
    let head = house.company();
    let data = house.path("data");
    let append = |stream: &str, event_type: &str| {
        let store = EmbeddedStore::open(Path::new(&data), EmbeddedOptions::default()).unwrap();
        let event = NewEvent {
            id: EventId(derived_uuid(&[stream])),
            event_type: event_type.to_owned(),
            metadata: String::new(),
            data: r#"{"price":{"$enc":"1","kid":"theirs"}}"#.to_owned(),
        };
        house.runtime.block_on(async {
            let stream = StreamId::parse(stream).unwrap();
            store.append(&stream, ExpectedRevision::Any, vec![event]).await.unwrap();
            store.close().await;
        });
    };
    append("orders-1", "OrderPlaced");
    assert_eq!(done(&["check", &data, "--json"])["good"], true);
    append("contact-1", "contact.registered.v1");
    let output = run(&["check", &data, "--json"]);
    assert_eq!(output.status.code(), Some(7));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    assert_eq!(report["findings"][0]["from_position"], head + 2);

    assert_eq!(house.backup()["backup"]["log"]["head"], head + 2);
    fs::remove_dir_all(&data).unwrap();
    let restored = house.restore();
    assert!(restored.status.success(), "{}", refused(&restored).1);
    let restored: Value = serde_json::from_slice(&restored.stdout).unwrap();
    assert_eq!(restored["checked"]["findings"], report["findings"]);
}

#[test]
fn a_check_knows_of_a_server_that_has_its_events_elsewhere_and_of_keys_that_are_shared() {
    let house = House::new();
    house.company();
    let data = PathBuf::from(house.path("data"));
    fs::write(data.join("kurrentdb-index.db"), "an index").unwrap();
    fs::remove_file(data.join("log.db")).unwrap();
    let not_judged = |more: &[&str]| {
        let report = done(&[&["check", data.to_str().unwrap(), "--json"], more].concat());
        report["not_judged"].to_string()
    };
    assert!(!not_judged(&[]).contains("while a server has them open"));
    let lock = DirectoryLock::acquire(&data).unwrap();
    assert!(not_judged(&[]).contains("while a server has them open"));
    drop(lock);
    let keys = house.path("keys");
    fs::create_dir(&keys).unwrap();
    fs::rename(data.join("vault.db"), Path::new(&keys).join("vault.db")).unwrap();
    let shared = not_judged(&["--keys-dir", &keys, "--root-key", &house.root_key()]);
    assert!(shared.contains("which other servers may have open"), "{shared}");
}

fn find(bytes: &[u8], word: &[u8]) -> usize {
    bytes.windows(word.len()).position(|window| window == word).unwrap()
}
