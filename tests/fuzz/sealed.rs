//! Sealed values, as whoever can write to a log or its backup may put them there.

use rapport_domain::Personal;
use rapport_domain::id::ContactId;
use rapport_domain::personal::PersonalSlot as _;
use rapport_domain::value::Name;
use rapport_vault::{RootKey, Vault};
use tokio::runtime::Runtime;

use super::feed;
use super::seeds::Seed;

#[test]
fn a_sealed_value_opens_as_what_was_sealed_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let root = RootKey::create(&folder.path().join("root-key")).unwrap();
    let vault = Vault::open(&folder.path().join("vault.db"), &root).unwrap();
    let ann = ContactId::derived("fuzz", "ann");
    Runtime::new().unwrap().block_on(vault.ensure_keys(&[ann])).unwrap();
    let name = Name::parse("Ann Example").unwrap();
    let mut sealed = Personal::Clear(name.clone());
    vault.seal(&ann, vec![&mut sealed]).unwrap();
    let seeds = [Seed { name: "ann".to_owned(), bytes: serde_json::to_vec(&sealed).unwrap() }];

    feed(&seeds, |seed| {
        let Ok(stored) = serde_json::from_slice::<Personal<Name>>(&seed.bytes) else { return };
        let is_sealed = stored.envelope().is_some();
        match vault.open_value(&ann, stored) {
            Ok(Personal::Clear(opened)) => assert_eq!(opened, name),
            Ok(Personal::Erased) => assert!(!is_sealed, "its key was not destroyed"),
            Ok(Personal::Sealed(_)) => panic!("it was neither opened nor refused"),
            Err(_) => {}
        }
    });
}
