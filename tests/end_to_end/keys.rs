//! The keys are rotated while the house is at work: who was erased is in no older backup any more.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rapport_tests::Process;
use serde_json::{Value, json};

use crate::canary::{House, program};

#[test]
fn with_a_key_that_a_certificate_says_was_destroyed_and_that_is_back_nothing_goes_on_until_it_is_destroyed_again()
 {
    let house = House::new();
    let (contact_id, _) = house.register();
    let (data, older) = (house.path("data"), house.path("older"));
    house.done(&["backup", &older, "--data-dir", &data]);
    let erased = house.erase(&contact_id);
    let House { folder, server, .. } = house;
    server.terminate();
    let run = |arguments: &[&str]| Command::new(program()).args(arguments).output().unwrap();
    let sound = run(&["check", &data]);
    assert!(sound.status.success(), "{}", String::from_utf8_lossy(&sound.stdout));

    // Somebody puts the key file from before the erasure back.
    for companion in ["vault.db-wal", "vault.db-shm"] {
        let _ = fs::remove_file(folder.path().join("data").join(companion));
    }
    fs::copy(format!("{older}/vault.db"), format!("{data}/vault.db")).unwrap();

    let found = run(&["check", &data, "--json"]);
    assert_eq!(found.status.code(), Some(7));
    let found = String::from_utf8(found.stdout).unwrap();
    assert!(found.contains("has a key in use that this certificate says was destroyed"), "{found}");
    let refused = run(&["backup", &folder.path().join("new").display().to_string(), "--data-dir", &data]);
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains("has a key in use that this certificate says was destroyed"), "{told}");
    let addresses = ["--listen", "127.0.0.1:0", "--operations-listen", "127.0.0.1:0"];
    // What the directory has taken in is believed; where there is none, the log is read.
    for read in ["as it was", "thrown away"] {
        let refused = run(&[&["serve", "--data-dir", &data], &addresses[..]].concat());
        let told = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(7), "{read}: {told}");
        for named in [&contact_id, erased["subject_request_id"].as_str().unwrap(), "keys repeat-erasures"] {
            assert!(told.contains(named), "{read}: {named} is not in {told}");
        }
        let _ = fs::remove_dir_all(folder.path().join("data/read"));
    }

    let repeat = ["keys", "repeat-erasures", "--data-dir", &data, "--json"];
    let repeated = |output: Output| -> Value { serde_json::from_slice(&output.stdout).unwrap() };
    let expected = json!({
        "subject_request_id": erased["subject_request_id"],
        "contact_id": contact_id,
        "key_ids": erased["certificate"]["key_ids"],
    });
    assert_eq!(repeated(run(&repeat)), json!({ "repeated": [expected] }));
    assert_eq!(repeated(run(&repeat)), json!({ "repeated": [] }), "nothing is left to do");
    let again = Process::serve(program(), Path::new(&data), &[]).unwrap();
    again.terminate();
    let sound = run(&["check", &data]);
    assert!(sound.status.success(), "{}", String::from_utf8_lossy(&sound.stdout));
}

#[test]
fn after_an_erasure_and_a_rotation_no_older_backup_opens_and_the_house_went_on() {
    let house = House::new();
    let (contact_id, _) = house.register();
    let (data, backup, root_key) = (house.path("data"), house.path("backup"), house.path("data.root-key"));
    house.done(&["backup", &backup, "--data-dir", &data]);
    let check = ["check", &backup, "--root-key", &root_key];
    house.done(&check);
    let stop = Arc::new(AtomicBool::new(false));
    let load = house.load(&stop);

    house.erase(&contact_id);
    let copies = house.path("copies");
    let rotated = house.server.json(&["keys", "rotate", "--data-dir", &data, "--copies", &copies, "--json"]);
    assert_eq!(fs::read_dir(copies).unwrap().count(), 1);

    let told = house.server.run(&check);
    assert_eq!(told.status.code(), Some(7));
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.contains("the key of epoch 1 is not at"), "{told}");
    let (epochs, keys) =
        (&rotated["epochs"], &house.server.json(&["keys", "list", "--data-dir", &data, "--json"]));
    assert_eq!(
        (epochs[0]["keys"].as_u64(), epochs[0]["destroyed_at"].is_null()),
        (Some(0), false),
        "{epochs}"
    );
    assert_eq!(
        (epochs[1]["epoch"].as_u64(), epochs[1]["destroyed_at"].is_null()),
        (Some(2), true),
        "{epochs}"
    );
    assert_eq!(keys["epochs"][0], epochs[0]);
    let calls = || house.server.json(&["contact", "list", "--json"]);
    assert!(calls()["contacts"].to_string().contains("Bob"), "who has the keys open follows: {}", calls());
    stop.store(true, Ordering::Relaxed);
    assert!(load.join().unwrap() > 0, "nobody was held up");

    house.done(&["backup", &backup, "--data-dir", &data]);
    house.done(&check);
    let House { folder, server, .. } = house;
    server.terminate();
    let again = Process::serve(program(), Path::new(&data), &[]).unwrap();
    assert!(again.json(&["contact", "list", "--json"])["contacts"].to_string().contains("Bob"));
    assert_eq!(fs::read_dir(folder.path().join("data.root-key.epochs")).unwrap().count(), 1);
}
