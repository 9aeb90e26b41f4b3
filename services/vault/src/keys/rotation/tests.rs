//! Whatever happens to a rotation, every key opens that is in use, and none that was destroyed.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use rapport_domain::Personal;
use rapport_domain::id::ContactId;
use rapport_domain::personal::{Envelope, PersonalSlot as _};
use rapport_domain::value::Name;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use super::*;
use crate::error::EpochError;
use crate::vault::Vault;

/// A key file, its root key, and what was sealed for each subject.
struct House {
    folder: TempDir,
    root: RootKey,
    runtime: Runtime,
    sealed: Vec<(ContactId, Envelope)>,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = RootKey::create(&folder.path().join("root.key")).unwrap();
        let runtime = Builder::new_current_thread().build().unwrap();
        Self { folder, root, runtime, sealed: Vec::new() }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("vault.db")
    }

    fn vault(&self) -> Vault {
        Vault::open(&self.file(), &self.root).unwrap()
    }

    /// Makes keys for one more subject, and seals something.
    fn mint(&mut self, vault: &Vault) {
        let subject = ContactId::derived("tests", &self.sealed.len().to_string());
        self.runtime.block_on(vault.ensure_keys(&[subject])).unwrap();
        let mut value = Personal::Clear(Name::parse("Ann Example").unwrap());
        vault.seal(&subject, vec![&mut value]).unwrap();
        self.sealed.push((subject, value.envelope().unwrap().clone()));
    }

    fn destroy(&self, vault: &Vault, subject: usize) {
        self.runtime.block_on(vault.destroy_keys(&self.sealed[subject].0)).unwrap();
    }

    /// Whether what was sealed for each subject opens.
    fn opens(&self, vault: &Vault) -> Vec<bool> {
        let opens = |(subject, envelope): &(ContactId, Envelope)| {
            let sealed = Personal::<Name>::Sealed(envelope.clone());
            vault.open_value(subject, sealed).unwrap().clear().is_some()
        };
        self.sealed.iter().map(opens).collect()
    }

    fn rotation(&self) -> Rotation {
        Rotation::open(&self.file(), &self.root).unwrap()
    }

    /// So many steps of a rotation, which is then cut off; whether it came to its end.
    fn rotate_for(&self, steps: usize) -> bool {
        let mut rotation = self.rotation();
        (0..steps).any(|_| rotation.step().unwrap().is_none())
    }

    fn rotate(&self) {
        assert!(self.rotate_for(100));
    }

    /// Copies the key file, as a backup does.
    fn back_up(&self) -> PathBuf {
        let copy = self.folder.path().join("backup.db");
        crate::KeyFileReader::open(&self.file(), None).unwrap().copy(&copy).unwrap();
        copy
    }

    /// The files of epoch keys.
    fn epoch_files(&self) -> Vec<String> {
        let files = fs::read_dir(self.root.epochs()).unwrap();
        let mut names: Vec<_> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// How often each wrapped key in use stands in the key file and its journal.
    fn wrapped(&self) -> HashMap<Vec<u8>, usize> {
        let connection = Connection::open(self.file()).unwrap();
        let mut statement = connection.prepare("SELECT wrapped FROM deks WHERE wrapped IS NOT NULL").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, 0))).unwrap();
        self.counted(rows.collect::<rusqlite::Result<_>>().unwrap())
    }

    fn counted(&self, mut wrapped: HashMap<Vec<u8>, usize>) -> HashMap<Vec<u8>, usize> {
        for name in ["vault.db", "vault.db-wal"] {
            for bytes in fs::read(self.folder.path().join(name)).unwrap().windows(epochs::WRAPPED_BYTES) {
                wrapped.entry(bytes.to_vec()).and_modify(|count| *count += 1);
            }
        }
        wrapped
    }
}

#[test]
fn a_backup_from_before_an_erasure_and_a_rotation_opens_nothing_any_more() {
    let mut house = House::new();
    let vault = house.vault();
    house.mint(&vault);
    house.mint(&vault);
    let backup = house.back_up();
    assert!(Vault::open(&backup, &house.root).is_ok(), "until the rotation it opens");

    house.destroy(&vault, 0);
    house.rotate();

    let opened = Vault::open(&backup, &house.root).err();
    assert!(matches!(opened, Some(OpenError::Epoch(EpochError::Gone { epoch: 1, .. }))), "{opened:?}");
    assert_eq!(house.opens(&vault), [false, true]);
    assert_eq!(house.opens(&house.vault()), [false, true]);
}

#[test]
fn wherever_a_rotation_is_cut_off_every_key_opens_and_the_next_one_ends_it() {
    for steps in 0..6 {
        let mut house = House::new();
        let vault = house.vault();
        (0..3).for_each(|_| house.mint(&vault));
        house.destroy(&vault, 1);
        let is_done = house.rotate_for(steps);
        assert_eq!(is_done, steps > 5, "there are five steps");
        house.mint(&vault);
        assert_eq!(house.opens(&vault), [true, false, true, true], "who has it open, after {steps} steps");
        let new = house.vault();
        assert_eq!(house.opens(&new), [true, false, true, true], "who opens it, after {steps} steps");
        house.rotate();
        assert_eq!(house.opens(&new), [true, false, true, true]);
        assert_eq!(house.epoch_files().len(), 1, "after {steps} steps");
    }
}

#[test]
fn a_folder_of_copies_has_every_key_in_use_wherever_a_rotation_is_cut_off_and_at_the_end_no_other() {
    for steps in 1..6 {
        let mut house = House::new();
        let vault = house.vault();
        house.mint(&vault);
        let copies = house.folder.path().join("copies");
        let rotate = |steps: usize| {
            let mut rotation = house.rotation().with_copies(Some(copies.clone()));
            (0..steps).any(|_| rotation.step().unwrap().is_none())
        };
        let names = |folder: &Path| -> Vec<_> {
            let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap());
            let mut files: Vec<_> =
                files.map(|file| (file.file_name(), fs::read(file.path()).unwrap())).collect();
            files.sort();
            files
        };
        rotate(steps);
        assert_eq!(names(&copies), names(house.root.epochs()), "after {steps} steps");
        assert!(rotate(100));
        assert_eq!((names(&copies).len(), names(&copies)), (1, names(house.root.epochs())));
        fs::remove_dir_all(house.root.epochs()).unwrap();
        fs::rename(&copies, house.root.epochs()).unwrap();
        assert_eq!(house.opens(&house.vault()), [true]);
    }
}

#[test]
fn a_new_key_that_a_crash_left_is_taken_over_and_half_a_one_is_made_anew() {
    for is_whole in [true, false] {
        let mut house = House::new();
        let vault = house.vault();
        house.mint(&vault);
        let mut rotation = house.rotation();
        // The file is there, and the transaction that names it is not: it is rolled back when it is dropped.
        let tx = rotation.connection.transaction().unwrap();
        rotation.epochs.begin::<VaultError>(&tx, 2, now().unwrap()).unwrap();
        drop(tx);
        drop(rotation);
        let file = house.root.epochs().join(house.epoch_files().pop().unwrap());
        let left = fs::read_to_string(&file).unwrap();
        if !is_whole {
            fs::write(&file, &left[..left.len() / 2]).unwrap();
        }
        house.rotate();
        assert_eq!(house.opens(&house.vault()), [true]);
        assert_eq!(fs::read_to_string(&file).unwrap() == left, is_whole);
    }
}

#[test]
fn the_keys_of_the_build_before_epochs_had_files_go_on_and_get_one() {
    let folder = tempfile::tempdir().unwrap();
    let (file, key) = (folder.path().join("vault.db"), folder.path().join("root.key"));
    fs::write(&key, include_bytes!("../../../tests/golden/format_2.root_key")).unwrap();
    fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    Connection::open(&file)
        .unwrap()
        .execute_batch(include_str!("../../../tests/golden/format_2.sql"))
        .unwrap();
    let root = RootKey::load(&key).unwrap();
    let vault = Vault::open(&file, &root).unwrap();
    let sealed = include_str!("../../../tests/golden/format_2.envelopes.json");
    let sealed: Vec<Envelope> = serde_json::from_str(sealed).unwrap();
    let names = |vault: &Vault| -> Vec<Option<String>> {
        let opened = ["ann", "bob", "eve"].into_iter().zip(&sealed).map(|(subject, envelope)| {
            let value = Personal::<Name>::Sealed(envelope.clone());
            let value = vault.open_value(&ContactId::derived("tests", subject), value).unwrap();
            value.clear().map(ToString::to_string)
        });
        opened.collect()
    };
    let known = [Some("Ann Example".to_owned()), Some("Bob Example".to_owned()), None];
    assert_eq!(names(&vault), known);
    assert_eq!(vault.blind("email", "ann@example.com").as_str(), "c579a4748ac507304d7de56fb5703470");
    assert!(!root.epochs().exists());

    let mut rotation = Rotation::open(&file, &root).unwrap();
    let old = rotation.connection.query_row("SELECT wrapped FROM keks", [], |row| row.get::<_, Vec<u8>>(0));
    while rotation.step().unwrap().is_some() {}

    assert_eq!(names(&vault), known);
    assert_eq!(names(&Vault::open(&file, &root).unwrap()), known);
    assert_eq!(fs::read_dir(root.epochs()).unwrap().count(), 1);
    let (old, bytes) = (old.unwrap(), fs::read(&file).unwrap());
    assert!(!bytes.windows(old.len()).any(|bytes| bytes == old), "its old key is overwritten");
}

/// Rows grow where the number of an epoch needs a byte more; no page may keep what was moved.
#[test]
fn a_key_that_was_wrapped_anew_stands_once_in_the_file_and_not_at_all_once_it_is_destroyed() {
    const SUBJECTS: usize = 300;
    let house = House::new();
    let vault = house.vault();
    let subjects: Vec<_> =
        (0..SUBJECTS).map(|number| ContactId::derived("tests", &number.to_string())).collect();
    house.runtime.block_on(vault.ensure_keys(&subjects)).unwrap();
    let mut before = house.wrapped();
    for _ in 0..2 {
        house.rotate();
        before.values_mut().for_each(|count| *count = 0);
        assert!(house.counted(before).values().all(|count| *count == 0));
        before = house.wrapped();
        assert_eq!(before.len(), 3 * SUBJECTS);
        assert!(before.values().all(|count| *count == 1));
    }
    for subject in &subjects[..SUBJECTS / 2] {
        house.runtime.block_on(vault.destroy_keys(subject)).unwrap();
    }
    let kept = house.wrapped();
    before.retain(|wrapped, _| !kept.contains_key(wrapped));
    before.values_mut().for_each(|count| *count = 0);
    assert_eq!((kept.len(), before.len()), (3 * SUBJECTS / 2, 3 * SUBJECTS / 2));
    assert!(house.counted(before).values().all(|count| *count == 0));
}

#[derive(Debug, Clone)]
enum Act {
    Mint,
    Destroy(prop::sample::Index),
    Rotate { steps: usize },
    Reopen,
}

fn acts() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => Just(Act::Mint),
        2 => any::<prop::sample::Index>().prop_map(Act::Destroy),
        3 => (0_usize..7).prop_map(|steps| Act::Rotate { steps }),
        1 => Just(Act::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Two processes have the file open, which take turns; a third rotates, and may be cut off anywhere.
    #[test]
    fn what_opens_is_what_was_made_and_not_destroyed(history in prop::collection::vec(acts(), 1..16)) {
        let mut house = House::new();
        let mut vaults = [house.vault(), house.vault()];
        let mut model = Vec::new();
        for (turn, act) in history.into_iter().enumerate() {
            match act {
                Act::Mint => {
                    house.mint(&vaults[turn % 2]);
                    model.push(true);
                }
                Act::Destroy(subject) if !model.is_empty() => {
                    let subject = subject.index(model.len());
                    house.destroy(&vaults[turn % 2], subject);
                    model[subject] = false;
                }
                Act::Destroy(_) => {}
                Act::Rotate { steps } => { house.rotate_for(steps); }
                Act::Reopen => vaults[turn % 2] = house.vault(),
            }
            for vault in &vaults {
                prop_assert_eq!(&house.opens(vault), &model);
            }
        }
        house.rotate();
        prop_assert_eq!(house.opens(&house.vault()), model);
        prop_assert_eq!(house.epoch_files().len(), 1);
    }
}
