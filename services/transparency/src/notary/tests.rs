use super::*;
use crate::tree::{Hashes, Peaks, consistency, root};

const ORIGIN: &str = "crm.example/log";
const SEED: [u8; SEED_BYTES] = [7; SEED_BYTES];

/// A log as the hashes of its tree.
#[derive(Clone, Default)]
struct Log {
    peaks: Peaks,
    stored: Vec<Hash>,
}

impl Log {
    fn append(&mut self, events: std::ops::Range<u32>) {
        for event in events {
            self.stored.extend(self.peaks.push(Hash::of_leaf(&event.to_be_bytes())));
        }
    }

    fn grown(&self, from: u64) -> Grown {
        let size = self.peaks.size();
        let proof = if from <= size { consistency(self, from, size).unwrap() } else { Vec::new() };
        Grown { size, root: root(self, size).unwrap(), from, proof }
    }
}

impl Hashes for Log {
    type Error = std::convert::Infallible;

    fn stored(&self, place: u64) -> Result<Hash, Self::Error> {
        Ok(self.stored[usize::try_from(place).unwrap()])
    }
}

struct House {
    folder: tempfile::TempDir,
    log: Log,
}

impl House {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), log: Log::default() }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("checkpoint")
    }

    fn first(&self) -> Notary {
        Notary::open(SEED.into(), &self.file(), Some(ORIGIN)).unwrap()
    }

    fn again(&self) -> Notary {
        Notary::open(SEED.into(), &self.file(), None).unwrap()
    }
}

fn sign(notary: &Notary, log: &Log) -> Result<(), Refusal> {
    notary.sign(&log.grown(notary.standing().checkpoint.size))
}

#[test]
fn a_log_that_grows_is_signed_and_what_was_signed_is_known_after_a_restart() {
    let mut house = House::new();
    let notary = house.first();
    assert_eq!(notary.standing().checkpoint, Checkpoint::of_nothing(ORIGIN));
    for (from, to) in [(0, 5), (5, 6), (6, 90)] {
        house.log.append(from..to);
        sign(&notary, &house.log).unwrap();
        let standing = notary.standing();
        assert_eq!(
            (standing.checkpoint.size, standing.checkpoint.root),
            (u64::from(to), house.log.peaks.root())
        );
        assert_eq!(Checkpoint::open(&standing.note, &standing.key), Ok(standing.checkpoint.clone()));
        assert_eq!(house.again().standing(), standing);
        assert_eq!(last_signed(&house.file()), Ok(Some(standing.checkpoint)));
    }
}

#[test]
fn an_older_log_is_not_signed_and_neither_is_what_becomes_of_it() {
    let mut house = House::new();
    house.log.append(0..10);
    let backup = house.log.clone();
    house.log.append(10..20);
    sign(&house.first(), &house.log).unwrap();

    let notary = house.again();
    let mut restored = backup;
    assert_eq!(sign(&notary, &restored), Err(Refusal::Shrunk { signed: 20, size: 10 }));
    assert_eq!(notary.standing().checkpoint.size, 20, "what was signed stays");
    assert!(notary.standing().refusal.unwrap().to_string().contains("rapport audit declare-fork"));
    // It goes on, and comes to as many events: others.
    restored.append(100..115);
    assert_eq!(sign(&notary, &restored), Err(Refusal::Forked { signed: 20, size: 25 }));

    // The newest log is put back after all.
    sign(&notary, &house.log).unwrap();
    assert_eq!(notary.standing().refusal, None);
}

#[test]
fn a_declared_fork_is_a_log_of_another_name_and_key() {
    let mut house = House::new();
    house.log.append(0..3);
    let notary = house.first();
    sign(&notary, &house.log).unwrap();
    let older = notary.standing();
    let mut restored = Log::default();
    restored.append(0..2);
    assert!(sign(&notary, &restored).is_err());

    assert_eq!(notary.next_origin(), "crm.example/log/fork-1");
    notary.begin_anew(&notary.next_origin()).unwrap();
    sign(&notary, &restored).unwrap();
    let newer = notary.standing();
    assert_eq!((newer.checkpoint.origin.as_str(), newer.checkpoint.size), ("crm.example/log/fork-1", 2));
    assert_eq!(newer.refusal, None);
    assert!(Checkpoint::open(&newer.note, &older.key).is_err());
    assert_eq!(notary.next_origin(), "crm.example/log/fork-2");
    assert_eq!(house.again().standing(), newer);
}

#[test]
fn of_two_servers_with_one_key_the_slower_one_goes_on_from_what_the_faster_one_signed() {
    let mut house = House::new();
    let (one, two) = (house.first(), house.again());
    house.log.append(0..4);
    sign(&one, &house.log).unwrap();
    let behind = {
        let mut log = Log::default();
        log.append(0..3);
        log
    };
    sign(&two, &behind).unwrap();
    assert_eq!(two.standing().checkpoint.size, 4, "it is no fork that another server was faster");
    house.log.append(4..6);
    sign(&two, &house.log).unwrap();
    assert_eq!(house.again().standing().checkpoint.size, 6);
}

#[test]
fn a_checkpoint_that_is_lost_or_of_another_key_is_not_made_up() {
    let house = House::new();
    drop(house.first());
    assert_eq!(
        Notary::open([8; SEED_BYTES].into(), &house.file(), None).err(),
        Some(NotaryError::Foreign { path: house.file() })
    );
    std::fs::write(house.file(), b"\xff").unwrap();
    assert_eq!(
        Notary::open(SEED.into(), &house.file(), None).err(),
        Some(NotaryError::Foreign { path: house.file() })
    );
    std::fs::remove_file(house.file()).unwrap();
    assert_eq!(
        Notary::open(SEED.into(), &house.file(), None).err(),
        Some(NotaryError::Missing { path: house.file() })
    );
    assert!(!house.file().exists());
}

#[test]
fn a_proof_for_another_checkpoint_signs_nothing() {
    let mut house = House::new();
    let notary = house.first();
    house.log.append(0..4);
    let stale = house.log.grown(2);
    notary.sign(&stale).unwrap();
    assert_eq!(notary.standing().checkpoint.size, 0);
}
