//! Cosignatures (c2sp.org/tlog-cosignature, those of Ed25519): what a witness says of a checkpoint that it has seen.
//!
//! A witness signs a checkpoint only if it goes on from the one that it signed before, so whoever asks for the
//! cosignatures of witnesses that they trust is shown the same history as everybody else who does.

use std::fmt;

use crate::note::{NamedKey, NoteError, Signature, Signs, split};

/// Bytes of the time before the signature.
const TIME_BYTES: usize = 8;
/// The latest time that a cosignature may say, in seconds since 1970.
const TIME_MAX: u64 = i64::MAX as u64;

/// The public key of a witness, with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessKey(NamedKey);

/// What a witness signed of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cosignature<'a> {
    /// When, in seconds since 1970, by the witness's clock.
    pub at: u64,
    /// The line that stands in the note.
    pub line: &'a str,
}

impl WitnessKey {
    /// Reads `NAME+HASH+KEY`; nothing where it is not the key of a witness, of Ed25519.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        NamedKey::parse(text, Signs::Cosignatures).map(Self)
    }

    /// Whose key it is.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.name()
    }

    pub(crate) const fn named(&self) -> &NamedKey {
        &self.0
    }

    /// The last cosignature of this witness on a note, if there is one. What others signed is not looked at.
    ///
    /// # Errors
    /// [`NoteError::Malformed`], [`NoteError::Forged`].
    pub fn cosignature<'a>(&self, note: &'a str) -> Result<Option<Cosignature<'a>>, NoteError> {
        let (text, lines) = split(note)?;
        let mut found = None;
        for line in lines {
            let signature = Signature::parse(line)?;
            if signature.is_under(&self.0) {
                let at = self.time_of(text, &signature.bytes).ok_or(NoteError::Forged)?;
                found = Some(Cosignature { at, line });
            }
        }
        Ok(found)
    }

    /// The time that stands in a cosignature, if it is one of this key.
    fn time_of(&self, text: &str, bytes: &[u8]) -> Option<u64> {
        let (time, signature) = bytes.split_first_chunk::<TIME_BYTES>()?;
        let at = u64::from_be_bytes(*time);
        let message = message(text, at);
        (at <= TIME_MAX && self.0.has_signed(message.as_bytes(), signature)).then_some(at)
    }
}

/// `NAME+HASH+KEY`.
impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a witness signs.
fn message(checkpoint: &str, at: u64) -> String {
    format!("cosignature/v1\ntime {at}\n{checkpoint}")
}

#[cfg(test)]
pub(crate) mod tests {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};

    use super::*;
    use crate::checkpoint::Checkpoint;
    use crate::note::{SEED_BYTES, Signer};
    use crate::text::to_base64;

    /// A witness of tests, which signs whatever it is shown.
    pub(crate) struct Witness {
        pair: Ed25519KeyPair,
        pub(crate) key: WitnessKey,
    }

    impl Witness {
        pub(crate) fn new(name: &str, seed: u8) -> Self {
            let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; SEED_BYTES]).unwrap();
            let public = pair.public_key().as_ref().try_into().unwrap();
            Self { pair, key: WitnessKey(NamedKey::new(name.to_owned(), Signs::Cosignatures, public)) }
        }

        /// The line for a note.
        pub(crate) fn line(&self, note: &str, at: u64) -> String {
            let (text, _) = split(note).unwrap();
            let signature = self.pair.sign(message(text, at).as_bytes());
            let value = [self.key.0.id().as_slice(), &at.to_be_bytes(), signature.as_ref()].concat();
            format!("— {} {}\n", self.key.name(), to_base64(&value))
        }
    }

    pub(crate) fn signed() -> (String, Signer) {
        let signer = Signer::new("crm.example/log", &[7; SEED_BYTES]).unwrap();
        (signer.sign(&Checkpoint::of_nothing("crm.example/log").to_string()), signer)
    }

    #[test]
    fn a_cosignature_says_which_witness_saw_the_checkpoint_and_when() {
        let ((note, signer), witness) = (signed(), Witness::new("witness.example/w1", 9));
        let line = witness.line(&note, 1_679_315_147);
        let both = format!("{note}{line}");
        let found = witness.key.cosignature(&both).unwrap().unwrap();
        assert_eq!(found, Cosignature { at: 1_679_315_147, line: line.trim_end() });
        assert!(Checkpoint::open(&both, signer.key()).is_ok());
        assert_eq!(Witness::new("witness.example/w1", 8).key.cosignature(&both), Ok(None));
        assert_eq!(Witness::new("witness.example/w2", 9).key.cosignature(&both), Ok(None));
        assert_eq!(witness.key.cosignature(&note), Ok(None));
        assert_eq!(WitnessKey::parse(&witness.key.to_string()), Some(witness.key));
    }

    #[test]
    fn a_cosignature_of_another_checkpoint_or_another_time_is_forged() {
        let ((note, signer), witness) = (signed(), Witness::new("witness.example/w1", 9));
        let other =
            signer.sign(&Checkpoint { size: 1, ..Checkpoint::of_nothing("crm.example/log") }.to_string());
        let forged = format!("{other}{}", witness.line(&note, 5));
        assert_eq!(witness.key.cosignature(&forged), Err(NoteError::Forged));
        let line = witness.line(&note, 5);
        for changed in [line.replace("AAAAAAAAAF", "AAAAAAAAAG"), witness.line(&note, TIME_MAX + 1)] {
            assert_ne!(changed, line);
            let note = format!("{note}{changed}");
            assert_eq!(witness.key.cosignature(&note), Err(NoteError::Forged), "{changed}");
        }
    }

    #[test]
    fn a_key_for_notes_is_no_key_of_a_witness() {
        assert_eq!(WitnessKey::parse(&signed().1.key().to_string()), None);
    }
}
