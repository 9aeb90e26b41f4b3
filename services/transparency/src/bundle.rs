//! Proof bundles (c2sp.org/tlog-proof): everything that shows that an event is in the log, in one text.
//!
//! The event's header travels as the extra data. By itself that proves nothing, and it need not: the proof is for its
//! hash.

use std::fmt;

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::hash::Hash;
use crate::header::Header;
use crate::note::{NOTE_BYTES_MAX, VerifierKey};
use crate::policy::{Policy, Witnessed};
use crate::proof::{ProofError, verify_inclusion};
use crate::text::{from_base64, from_decimal, to_base64};

const FORM: &str = "c2sp.org/tlog-proof@v1";
/// Largest bundle that is read, in bytes.
pub(crate) const BUNDLE_BYTES_MAX: usize = 4 * NOTE_BYTES_MAX;
/// Most hashes of a proof: a tree has no more levels.
const HASHES_MAX: usize = 64;

/// What shows that an event is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The canonical header of the event.
    pub header: Vec<u8>,
    /// Its place in the log, counted from 0.
    pub index: u64,
    /// The proof that it is there.
    pub hashes: Vec<Hash>,
    /// The checkpoint that the proof leads to, as it was signed.
    pub checkpoint: String,
}

/// What a bundle shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    /// The event.
    pub header: Header,
    /// Its place in the log, counted from 0.
    pub index: u64,
    /// The state of the log that it is proved for.
    pub checkpoint: Checkpoint,
}

/// Why a bundle shows nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// It is not a bundle.
    #[error("it is not a proof bundle (c2sp.org/tlog-proof@v1) of an event")]
    Malformed,
    /// Its checkpoint is not one of the log.
    #[error("its checkpoint is refused: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The event is not where it says.
    #[error("its proof is refused: {0}")]
    Proof(#[from] ProofError),
}

impl Bundle {
    /// Reads a bundle. Whether it shows anything is for [`Bundle::verify`] to say.
    ///
    /// # Errors
    /// [`BundleError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, BundleError> {
        Self::read(text).ok_or(BundleError::Malformed)
    }

    fn read(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(FORM)?.strip_prefix('\n').filter(|_| text.len() <= BUNDLE_BYTES_MAX)?;
        let (proof, checkpoint) = rest.split_once("\n\n")?;
        let mut lines = proof.split('\n');
        let header = from_base64(lines.next()?.strip_prefix("extra ")?)?;
        let index = from_decimal(lines.next()?.strip_prefix("index ")?)?;
        let hashes: Vec<Hash> = lines.map(Hash::from_base64).collect::<Option<_>>()?;
        (hashes.len() <= HASHES_MAX).then(|| Self {
            header,
            index,
            hashes,
            checkpoint: checkpoint.to_owned(),
        })
    }

    /// What the bundle shows to whoever trusts the key.
    ///
    /// # Errors
    /// See [`BundleError`].
    pub fn verify(&self, key: &VerifierKey) -> Result<Proved, BundleError> {
        self.shows(Checkpoint::open(&self.checkpoint, key)?)
    }

    /// What the bundle shows to whoever trusts a policy, and which witnesses have seen the checkpoint, and when.
    ///
    /// # Errors
    /// See [`BundleError`].
    pub fn verify_by(&self, policy: &Policy) -> Result<(Proved, Vec<(String, u64)>), BundleError> {
        let Witnessed { checkpoint, by } = policy.open(&self.checkpoint)?;
        Ok((self.shows(checkpoint)?, by))
    }

    fn shows(&self, checkpoint: Checkpoint) -> Result<Proved, BundleError> {
        let leaf = Hash::of_leaf(&self.header);
        verify_inclusion(self.index, checkpoint.size, &leaf, &self.hashes, &checkpoint.root)?;
        let header = Header::parse(&self.header).ok_or(BundleError::Malformed)?;
        Ok(Proved { header, index: self.index, checkpoint })
    }
}

/// The bundle's text.
impl fmt::Display for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FORM}\nextra {}\nindex {}", to_base64(&self.header), self.index)?;
        for hash in &self.hashes {
            writeln!(f, "{hash}")?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::{SEED_BYTES, Signer};
    use crate::tree::{Hashes, Peaks, inclusion};

    const HEADER: &str = r#"{"event_id":"e","metadata_sha256":"m","payload_sha256":"p","recorded_at":"r","revision":0,"stream":"s-1","type":"t","v":1}"#;

    struct Kept(Vec<Hash>);

    impl Hashes for Kept {
        type Error = std::convert::Infallible;

        fn stored(&self, place: u64) -> Result<Hash, Self::Error> {
            Ok(self.0[usize::try_from(place).unwrap()])
        }
    }

    /// The sixth of eleven events.
    fn bundle() -> (Bundle, VerifierKey) {
        let signer = Signer::new("crm.example/log", &[7; SEED_BYTES]).unwrap();
        let (mut peaks, mut kept) = (Peaks::default(), Kept(Vec::new()));
        for event in 0..11_u8 {
            let leaf = if event == 5 { HEADER.as_bytes().to_vec() } else { vec![event] };
            kept.0.extend(peaks.push(Hash::of_leaf(&leaf)));
        }
        let checkpoint = Checkpoint { origin: "crm.example/log".to_owned(), size: 11, root: peaks.root() };
        let hashes = inclusion(&kept, 5, 11).unwrap();
        let checkpoint = signer.sign(&checkpoint.to_string());
        let bundle = Bundle { header: HEADER.as_bytes().to_vec(), index: 5, hashes, checkpoint };
        (bundle, signer.key().clone())
    }

    #[test]
    fn a_bundle_shows_the_event_and_the_state_of_the_log() {
        let (bundle, key) = bundle();
        let proved = Bundle::parse(&bundle.to_string()).unwrap().verify(&key).unwrap();
        assert_eq!((proved.header.event_type.as_str(), proved.index), ("t", 5));
        assert_eq!(proved.checkpoint.size, 11);
    }

    /// Every bit of every byte, and every byte left out or doubled.
    #[test]
    fn a_bundle_with_anything_changed_anywhere_is_refused() {
        let (bundle, key) = bundle();
        let good = bundle.to_string().into_bytes();
        let passes = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).ok();
            text.and_then(|text| Bundle::parse(&text).ok()).is_some_and(|bundle| bundle.verify(&key).is_ok())
        };
        assert!(passes(good.clone()));
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut changed = good.clone();
                changed[at] ^= 1 << bit;
                assert!(!passes(changed), "bit {bit} of byte {at}");
            }
            let mut shorter = good.clone();
            shorter.remove(at);
            assert!(!passes(shorter), "without byte {at}");
            let mut longer = good.clone();
            longer.insert(at, good[at]);
            assert!(!passes(longer), "byte {at} twice");
        }
    }

    #[test]
    fn a_header_that_is_in_the_log_and_no_header_is_refused() {
        let (bundle, key) = bundle();
        let signer = Signer::new("crm.example/log", &[7; SEED_BYTES]).unwrap();
        let root = Hash::of_leaf(b"anything");
        let checkpoint = Checkpoint { origin: "crm.example/log".to_owned(), size: 1, root };
        let other = Bundle {
            header: b"anything".to_vec(),
            index: 0,
            hashes: Vec::new(),
            checkpoint: signer.sign(&checkpoint.to_string()),
        };
        assert_eq!(other.verify(&key), Err(BundleError::Malformed));
        assert!(bundle.verify(&key).is_ok());
    }
}
