//! Several vaults on one key file, as several processes of one machine have them.

#![allow(clippy::unwrap_used, reason = "the lint spares test functions, not what they call")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use proptest::prelude::*;
use rapport_domain::Personal;
use rapport_domain::id::ContactId;
use rapport_domain::personal::{Envelope, PersonalSlot};
use rapport_domain::value::Name;
use rapport_vault::{RootKey, Vault, VaultError};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// A key file and the root key that opens it.
struct Shared {
    directory: TempDir,
    root: RootKey,
}

impl Shared {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = RootKey::create(&directory.path().join("root.key")).unwrap();
        Self { directory, root }
    }

    fn vault(&self) -> Vault {
        Vault::open(&self.directory.path().join("vault.db"), &self.root).unwrap()
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

fn subject(number: usize) -> ContactId {
    ContactId::derived("tests", &number.to_string())
}

fn seal(vault: &Vault, subject: &ContactId) -> Result<Envelope, VaultError> {
    let mut value = Personal::Clear(Name::parse("Ann Example").unwrap());
    vault.seal(subject, vec![&mut value])?;
    Ok(value.envelope().unwrap().clone())
}

fn open(vault: &Vault, subject: &ContactId, envelope: &Envelope) -> Personal<Name> {
    vault.open_value(subject, Personal::Sealed(envelope.clone())).unwrap()
}

#[test]
fn a_key_that_one_destroyed_is_not_used_by_another_any_more() {
    let (shared, runtime) = (Shared::new(), runtime());
    let (one, two) = (shared.vault(), shared.vault());
    runtime.block_on(one.ensure_keys(&[subject(1), subject(2)])).unwrap();
    let (gone, kept) = (seal(&two, &subject(1)).unwrap(), seal(&two, &subject(2)).unwrap());
    let digest = two.digest(&subject(2), "r1").unwrap();
    assert!(two.digest(&subject(1), "r1").unwrap().is_some());

    runtime.block_on(one.destroy_keys(&subject(1))).unwrap();
    let erased = VaultError::SubjectErased { subject: subject(1) };
    assert_eq!(seal(&two, &subject(1)), Err(erased.clone()));
    assert!(open(&two, &subject(1), &gone) == Personal::Erased);
    assert_eq!(two.digest(&subject(1), "r1").unwrap(), None);
    assert_eq!(runtime.block_on(two.ensure_keys(&[subject(1)])), Err(erased));
    assert!(open(&two, &subject(2), &kept).clear().is_some());
    assert_eq!(two.digest(&subject(2), "r1").unwrap(), digest);
}

#[test]
fn those_who_make_keys_for_the_same_subjects_at_once_agree() {
    const SUBJECTS: usize = 60;
    let shared = Shared::new();
    let vaults = [shared.vault(), shared.vault(), shared.vault()];
    let start = Barrier::new(vaults.len());
    let sealed: Vec<Vec<Envelope>> = thread::scope(|scope| {
        let workers = vaults.each_ref().map(|vault| {
            let start = &start;
            scope.spawn(move || {
                let runtime = runtime();
                start.wait();
                let subjects = (0..SUBJECTS).map(subject);
                let make = |subject: ContactId| {
                    runtime.block_on(vault.ensure_keys(&[subject])).unwrap();
                    seal(vault, &subject).unwrap()
                };
                subjects.map(make).collect()
            })
        });
        workers.map(|worker| worker.join().unwrap()).into()
    });
    for number in 0..SUBJECTS {
        for envelopes in &sealed {
            assert_eq!(envelopes[number].kid, sealed[0][number].kid);
            for vault in &vaults {
                assert!(open(vault, &subject(number), &envelopes[number]).clear().is_some());
            }
        }
    }
}

#[test]
fn vaults_that_are_opened_at_once_where_there_is_no_file_make_one() {
    let shared = Shared::new();
    let start = Barrier::new(4);
    let indexes: Vec<_> = thread::scope(|scope| {
        let openers = [(); 4].map(|()| {
            scope.spawn(|| {
                start.wait();
                shared.vault().blind("email", "ann@example.com")
            })
        });
        openers.map(|opener| opener.join().unwrap()).into()
    });
    assert!(indexes.iter().all(|index| *index == indexes[0]));
}

/// One seals and opens all the time while another destroys: whatever was destroyed before a look began is gone.
#[test]
fn nobody_uses_a_key_after_its_destruction_was_answered_elsewhere() {
    const SUBJECTS: usize = 60;
    let (shared, runtime) = (Shared::new(), runtime());
    let (destroyer, user) = (shared.vault(), shared.vault());
    let subjects: Vec<_> = (0..SUBJECTS).map(subject).collect();
    runtime.block_on(destroyer.ensure_keys(&subjects)).unwrap();
    let destroyed = Arc::new(AtomicUsize::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            loop {
                let gone = destroyed.load(Ordering::SeqCst);
                for (number, subject) in subjects.iter().enumerate() {
                    let sealed = seal(&user, subject);
                    assert!(number >= gone || sealed.is_err(), "{number} of {gone}");
                }
                if gone == SUBJECTS {
                    break;
                }
            }
        });
        for (number, subject) in subjects.iter().enumerate() {
            runtime.block_on(destroyer.destroy_keys(subject)).unwrap();
            destroyed.store(number + 1, Ordering::SeqCst);
        }
    });
}

/// What is asked of one of the vaults about one of the subjects.
#[derive(Debug, Clone, Copy)]
enum Step {
    Ensure,
    Seal,
    /// Everything that was sealed for the subject so far, by whichever vault.
    Open,
    Destroy,
    /// The process ends, and another one begins.
    Restart,
}

fn step() -> impl Strategy<Value = (usize, usize, Step)> {
    let step = prop_oneof![
        3 => Just(Step::Ensure),
        6 => Just(Step::Seal),
        6 => Just(Step::Open),
        1 => Just(Step::Destroy),
        1 => Just(Step::Restart),
    ];
    (0..3_usize, 0..3_usize, step)
}

/// What became of a subject.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    Unknown,
    Known,
    Erased,
}

fn follow_the_law(steps: &[(usize, usize, Step)]) {
    let (shared, runtime) = (Shared::new(), runtime());
    let mut vaults = [shared.vault(), shared.vault(), shared.vault()];
    let mut fates = [Fate::Unknown; 3];
    let mut sealed: [Vec<Envelope>; 3] = Default::default();
    for (vault, number, step) in steps.iter().copied() {
        let who = subject(number);
        let erased = VaultError::SubjectErased { subject: who };
        match step {
            Step::Restart => vaults[vault] = shared.vault(),
            Step::Ensure => {
                let made = runtime.block_on(vaults[vault].ensure_keys(&[who]));
                assert_eq!(made, if fates[number] == Fate::Erased { Err(erased) } else { Ok(()) });
                if made.is_ok() {
                    fates[number] = Fate::Known;
                }
            }
            Step::Seal => match (seal(&vaults[vault], &who), fates[number]) {
                (Ok(envelope), Fate::Known) => sealed[number].push(envelope),
                (Err(VaultError::KeyMissing { .. }), Fate::Unknown) => {}
                (Err(error), Fate::Erased) => assert_eq!(error, erased),
                (outcome, fate) => panic!("{fate:?}: {outcome:?}"),
            },
            Step::Open => {
                for envelope in &sealed[number] {
                    let is_clear = open(&vaults[vault], &who, envelope).clear().is_some();
                    assert_eq!(is_clear, fates[number] == Fate::Known);
                }
            }
            Step::Destroy => {
                runtime.block_on(vaults[vault].destroy_keys(&who)).unwrap();
                fates[number] = Fate::Erased;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn several_vaults_on_one_file_are_like_one(steps in prop::collection::vec(step(), 1..60)) {
        follow_the_law(&steps);
    }
}
