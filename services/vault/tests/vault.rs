//! The vault as its callers see it.

#![allow(clippy::unwrap_used, reason = "the lint spares test functions, not what they call")]

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rapport_domain::Personal;
use rapport_domain::id::ContactId;
use rapport_domain::personal::{DataClass, Envelope, PersonalSlot, PersonalValue};
use rapport_domain::value::{FreeText, Name};
use rapport_vault::{OpenError, RootKey, SUBJECTS_PER_REQUEST_MAX, Vault, VaultError};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

/// Another field of the class that a [`Name`] has.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Nickname(String);

impl PersonalValue for Nickname {
    const CLASS: DataClass = DataClass::Contact;
    const FIELD: &'static str = "nickname";
}

/// Enough of a wrapped key to know it by: a page that was half overwritten would show.
const KEY_PART: usize = 12;

struct House {
    directory: TempDir,
    root: RootKey,
}

impl House {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = RootKey::create(&directory.path().join("keys/root.key")).unwrap();
        std::fs::create_dir(directory.path().join("data")).unwrap();
        Self { directory, root }
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn vault(&self) -> Vault {
        Vault::open(&self.data().join("vault.db"), &self.root).unwrap()
    }

    /// Every file of the data directory.
    fn files(&self) -> Vec<Vec<u8>> {
        let entries = std::fs::read_dir(self.data()).unwrap();
        entries.map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect()
    }

    fn holds(&self, bytes: &[u8]) -> bool {
        self.files().iter().any(|file| file.windows(bytes.len()).any(|window| window == bytes))
    }

    /// Every run of bytes of the length that a part of a wrapped key has here.
    fn runs(&self) -> HashSet<[u8; KEY_PART]> {
        let files = self.files();
        let runs = files.iter().flat_map(|file| file.windows(KEY_PART));
        runs.map(|run| run.try_into().unwrap()).collect()
    }

    fn wrapped_keys(&self, subject: &ContactId) -> Vec<Vec<u8>> {
        let connection = Connection::open(self.data().join("vault.db")).unwrap();
        let mut statement = connection.prepare("SELECT wrapped FROM deks WHERE subject = ?").unwrap();
        let rows = statement.query_map([subject.to_string()], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }
}

fn ann() -> ContactId {
    ContactId::derived("tests", "ann")
}

fn bob() -> ContactId {
    ContactId::derived("tests", "bob")
}

fn name(text: &str) -> Personal<Name> {
    Personal::Clear(Name::parse(text).unwrap())
}

fn sealed<T: PersonalValue>(vault: &Vault, subject: &ContactId, value: T) -> Envelope {
    let mut value = Personal::Clear(value);
    vault.seal(subject, vec![&mut value]).unwrap();
    value.envelope().unwrap().clone()
}

fn sealed_name(vault: &Vault, subject: &ContactId) -> Envelope {
    sealed(vault, subject, Name::parse("Ann Example").unwrap())
}

fn opened(vault: &Vault, subject: &ContactId, envelope: &Envelope) -> Result<Personal<Name>, VaultError> {
    vault.open_value(subject, Personal::Sealed(envelope.clone()))
}

#[tokio::test]
async fn sealed_fields_of_every_class_open_again_after_a_restart() {
    let house = House::new();
    let (mut who, mut note) = (name("Ann Example"), Personal::Clear(FreeText::parse("likes tea").unwrap()));
    {
        let vault = house.vault();
        vault.ensure_keys(&[ann()]).await.unwrap();
        vault.seal(&ann(), vec![&mut who, &mut note]).unwrap();
    }
    assert_ne!(who.envelope().unwrap().kid, note.envelope().unwrap().kid);
    let vault = house.vault();
    vault.open_fields(&ann(), vec![&mut who, &mut note]).unwrap();
    assert_eq!(who.clear().unwrap().as_str(), "Ann Example");
    assert_eq!(note.clear().unwrap().as_str(), "likes tea");
}

#[tokio::test]
async fn sealing_without_keys_is_refused_and_leaves_every_field_as_it_was() {
    let house = House::new();
    let vault = house.vault();
    let mut who = name("Ann Example");
    assert_eq!(vault.seal(&ann(), vec![&mut who]), Err(VaultError::KeyMissing { subject: ann() }));
    assert!(who.clear().is_some());
}

#[tokio::test]
async fn sealing_twice_changes_nothing() {
    let house = House::new();
    let vault = house.vault();
    vault.ensure_keys(&[ann()]).await.unwrap();
    let (mut who, mut gone) = (name("Ann Example"), Personal::<Name>::Erased);
    vault.seal(&ann(), vec![&mut who, &mut gone]).unwrap();
    let first = who.envelope().unwrap().clone();
    vault.seal(&ann(), vec![&mut who, &mut gone]).unwrap();
    assert_eq!(who.envelope(), Some(&first));
    assert!(gone == Personal::Erased);
}

#[tokio::test]
async fn an_envelope_opens_for_its_subject_and_field_only() {
    let house = House::new();
    let vault = house.vault();
    vault.ensure_keys(&[ann(), bob()]).await.unwrap();
    let envelope = sealed_name(&vault, &ann());
    assert!(opened(&vault, &ann(), &envelope).unwrap() == name("Ann Example"));
    assert_eq!(opened(&vault, &bob(), &envelope).err(), Some(VaultError::ForeignEnvelope { subject: bob() }));
    let other_field = vault.open_value::<Nickname>(&ann(), Personal::Sealed(envelope.clone()));
    assert_eq!(other_field.err(), Some(VaultError::Tampered { field: "nickname" }));
    let other_class = vault.open_value::<FreeText>(&ann(), Personal::Sealed(envelope));
    assert_eq!(other_class.err(), Some(VaultError::Tampered { field: "text" }));
}

#[tokio::test]
async fn a_changed_envelope_does_not_open_whichever_part_was_changed() {
    let house = House::new();
    let vault = house.vault();
    vault.ensure_keys(&[ann()]).await.unwrap();
    let good = sealed_name(&vault, &ann());
    let notes_kid = sealed(&vault, &ann(), FreeText::parse("likes tea").unwrap()).kid;
    let flipped = |text: &str| {
        let other = if text.starts_with('A') { "B" } else { "A" };
        format!("{other}{}", &text[1..])
    };
    let tampered = VaultError::Tampered { field: "name" };
    let unknown = VaultError::UnknownForm { field: "name" };
    let missing = VaultError::KeyMissing { subject: ann() };
    for (changed, error) in [
        (Envelope { version: flipped(&good.version), ..good.clone() }, unknown.clone()),
        (Envelope { alg: flipped(&good.alg), ..good.clone() }, unknown),
        (Envelope { kid: flipped(&good.kid), ..good.clone() }, missing),
        (Envelope { kid: notes_kid, ..good.clone() }, tampered.clone()),
        (Envelope { salt: flipped(&good.salt), ..good.clone() }, tampered.clone()),
        (Envelope { commitment: flipped(&good.commitment), ..good.clone() }, tampered.clone()),
        (Envelope { ciphertext: flipped(&good.ciphertext), ..good.clone() }, tampered),
    ] {
        assert_eq!(opened(&vault, &ann(), &changed).err(), Some(error), "{changed:?}");
    }
}

#[tokio::test]
async fn what_was_sealed_opens_as_a_value_of_its_field_or_not_at_all() {
    let house = House::new();
    let vault = house.vault();
    vault.ensure_keys(&[ann()]).await.unwrap();

    /// A field that shares the name of [`Name`]'s, with values that a name does not take.
    #[derive(Clone, Serialize, Deserialize)]
    struct Number(u32);
    impl PersonalValue for Number {
        const CLASS: DataClass = Name::CLASS;
        const FIELD: &'static str = Name::FIELD;
    }
    let envelope = sealed(&vault, &ann(), Number(7));
    let error = opened(&vault, &ann(), &envelope).err().unwrap();
    assert_eq!(error, VaultError::Unreadable { field: "name" });
    assert!(!error.to_string().contains('7'));
}

#[tokio::test]
async fn destroying_keys_erases_what_was_sealed_and_refuses_anything_new() {
    let house = House::new();
    let mut vault = house.vault();
    vault.ensure_keys(&[ann(), bob()]).await.unwrap();
    let (envelope, others) = (sealed_name(&vault, &ann()), sealed_name(&vault, &bob()));
    let destroyed = vault.destroy_keys(&ann()).await.unwrap();
    assert!(destroyed.kids.contains(&envelope.kid));
    assert_eq!(destroyed.kids.len(), DataClass::ALL.len());

    for _before_and_after_a_restart in 0..2 {
        assert!(opened(&vault, &ann(), &envelope).unwrap() == Personal::Erased);
        assert!(opened(&vault, &bob(), &others).unwrap() == name("Ann Example"));
        let erased = Err(VaultError::SubjectErased { subject: ann() });
        assert_eq!(vault.seal(&ann(), vec![&mut name("Ann")]), erased);
        assert_eq!(vault.ensure_keys(&[ann()]).await, erased);
        assert_eq!(vault.ensure_keys(&[bob(), ann()]).await, erased);
        assert_eq!(vault.destroy_keys(&ann()).await, Ok(destroyed.clone()));
        drop(vault);
        vault = house.vault();
    }
}

#[tokio::test]
async fn a_subject_that_never_had_keys_can_be_erased_too() {
    let house = House::new();
    let vault = house.vault();
    vault.destroy_keys(&ann()).await.unwrap();
    assert_eq!(vault.ensure_keys(&[ann()]).await, Err(VaultError::SubjectErased { subject: ann() }));
}

#[tokio::test]
async fn lost_keys_are_an_alarm_and_not_an_erasure() {
    let (house, restored) = (House::new(), House::new());
    let vault = house.vault();
    vault.ensure_keys(&[ann()]).await.unwrap();
    let envelope = sealed_name(&vault, &ann());
    let error = opened(&restored.vault(), &ann(), &envelope).err();
    assert_eq!(error, Some(VaultError::KeyMissing { subject: ann() }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_callers_agree_on_the_keys_of_a_subject() {
    let house = House::new();
    let vault = Arc::new(house.vault());
    let callers: Vec<_> = [vec![ann()], vec![ann(), bob()], vec![ann()]]
        .into_iter()
        .map(|subjects| {
            let vault = Arc::clone(&vault);
            tokio::spawn(async move { vault.ensure_keys(&subjects).await })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap(), Ok(()));
    }
    assert_eq!(house.wrapped_keys(&ann()).len(), DataClass::ALL.len());
    let kid = sealed_name(&vault, &ann()).kid;
    drop(vault);
    assert_eq!(sealed_name(&house.vault(), &ann()).kid, kid);
}

#[tokio::test]
async fn a_list_longer_than_one_request_is_done_whole() {
    let house = House::new();
    let vault = house.vault();
    let many: Vec<_> =
        (0..=SUBJECTS_PER_REQUEST_MAX).map(|n| ContactId::derived("tests", &n.to_string())).collect();
    vault.ensure_keys(&many).await.unwrap();
    vault.ensure_keys(&[]).await.unwrap();
    for subject in &many {
        sealed_name(&vault, subject);
    }
}

#[tokio::test]
async fn a_wrong_root_key_does_not_open_the_vault() {
    let house = House::new();
    drop(house.vault());
    let other = RootKey::create(&house.directory.path().join("keys/other.key")).unwrap();
    let file = house.data().join("vault.db");
    assert_eq!(Vault::open(&file, &other).err(), Some(OpenError::WrongRootKey));
}

#[test]
fn a_vault_exists_once_it_was_opened() {
    let house = House::new();
    let file = house.data().join("vault.db");
    assert!(!Vault::exists(&file));
    drop(house.vault());
    assert!(Vault::exists(&file));
    assert!(!Vault::exists(Path::new("missing/vault.db")));
}

#[tokio::test]
async fn nothing_clear_is_in_the_data_directory() {
    let house = House::new();
    let vault = house.vault();
    vault.ensure_keys(&[ann()]).await.unwrap();
    let marker = "canary-6f0c1d";
    let envelope = sealed(&vault, &ann(), Name::parse(marker).unwrap());
    let _ = vault.blind("name", marker);
    assert!(!house.holds(marker.as_bytes()));
    assert!(!serde_json::to_string(&envelope).unwrap().contains(marker));
    // The scan does see what is there.
    assert!(house.holds(envelope.kid.as_bytes()));
}

/// Enough subjects for pages to fill up, and so to be split or merged if the table allowed it.
#[tokio::test]
async fn no_byte_of_a_destroyed_key_is_left_in_the_file_or_its_journal() {
    let house = House::new();
    let vault = house.vault();
    let subjects: Vec<_> = (0..150).map(|n| ContactId::derived("tests", &n.to_string())).collect();
    for some in subjects.chunks(7) {
        vault.ensure_keys(some).await.unwrap();
    }
    let (erased, kept): (Vec<_>, Vec<_>) = subjects.iter().enumerate().partition(|(n, _)| n % 3 == 0);
    let wrapped: Vec<_> = erased.iter().flat_map(|(_, subject)| house.wrapped_keys(subject)).collect();
    let parts: Vec<[u8; KEY_PART]> = wrapped
        .iter()
        .flat_map(|key| key.chunks_exact(KEY_PART))
        .map(|part| part.try_into().unwrap())
        .collect();
    let before = house.runs();
    assert!(parts.iter().all(|part| before.contains(part)));
    for (_, subject) in &erased {
        vault.destroy_keys(subject).await.unwrap();
    }
    let after = house.runs();
    assert_eq!(parts.iter().filter(|part| after.contains(*part)).count(), 0);
    drop(vault);
    let vault = house.vault();
    for (_, subject) in kept {
        let envelope = sealed_name(&vault, subject);
        assert!(opened(&vault, subject, &envelope).unwrap().clear().is_some());
    }
}

#[tokio::test]
async fn blind_indexes_stay_the_same_over_restarts_and_differ_between_vaults() {
    let (house, other) = (House::new(), House::new());
    let index = house.vault().blind("email", "ann@example.com");
    assert_eq!(house.vault().blind("email", "ann@example.com"), index);
    assert_ne!(other.vault().blind("email", "ann@example.com"), index);
}
