//! Checkpoints (c2sp.org/tlog-checkpoint): the size and the root of a log at some time, to be signed.

use std::fmt;

use crate::hash::Hash;
use crate::note::{NoteError, VerifierKey, checked_name};
use crate::text::from_decimal;

/// How large a log is, and what it is then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log, and which line of its history.
    pub origin: String,
    /// Its number of events.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
}

/// Why a text is not a checkpoint of this log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is not signed as it should be.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// It is signed, and is no checkpoint.
    #[error("it is not a checkpoint: origin, size and root, a line each")]
    Malformed,
    /// It is of another log of the same signer.
    #[error("its origin is not the name of the key")]
    Origin,
    /// Too few witnesses have seen it.
    #[error("{cosigned} of the policy's {witnesses} witnesses have cosigned it, which is no quorum")]
    Quorum {
        /// Witnesses that have.
        cosigned: usize,
        /// Witnesses that the policy names.
        witnesses: usize,
    },
}

impl Checkpoint {
    /// Of an empty log: what its history begins with.
    #[must_use]
    pub fn of_nothing(origin: &str) -> Self {
        Self { origin: origin.to_owned(), size: 0, root: Hash::of_nothing() }
    }

    /// Reads a checkpoint that a log signed under its own name.
    ///
    /// # Errors
    /// See [`CheckpointError`].
    pub fn open(note: &str, key: &VerifierKey) -> Result<Self, CheckpointError> {
        let checkpoint = Self::parse(key.open(note)?).ok_or(CheckpointError::Malformed)?;
        if checkpoint.origin == key.name() { Ok(checkpoint) } else { Err(CheckpointError::Origin) }
    }

    /// Reads the text of a checkpoint. Lines that are added later versions are passed over.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        if lines.any(str::is_empty) {
            return None;
        }
        let origin = checked_name(origin).ok()?.to_owned();
        Some(Self { origin, size: from_decimal(size)?, root: Hash::from_base64(root)? })
    }
}

/// The text that is signed.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.size, self.root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::{SEED_BYTES, Signer};

    #[test]
    fn a_checkpoint_is_three_lines_that_its_log_signed() {
        let signer = Signer::new("crm.example/log", &[7; SEED_BYTES]).unwrap();
        let checkpoint = Checkpoint { size: 12, ..Checkpoint::of_nothing("crm.example/log") };
        let text = checkpoint.to_string();
        assert_eq!(text, "crm.example/log\n12\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
        assert_eq!(Checkpoint::open(&signer.sign(&text), signer.key()), Ok(checkpoint.clone()));
        let longer = signer.sign(&format!("{text}an extension\n"));
        assert_eq!(Checkpoint::open(&longer, signer.key()), Ok(checkpoint.clone()));
        let elsewhere = Checkpoint { origin: "crm.example/other".to_owned(), ..checkpoint };
        let signed = signer.sign(&elsewhere.to_string());
        assert_eq!(Checkpoint::open(&signed, signer.key()), Err(CheckpointError::Origin));
    }

    #[test]
    fn what_is_no_checkpoint_is_refused_also_when_it_is_signed() {
        let root = Hash::of_nothing();
        for text in [
            "a\n1\n".to_owned(),
            format!("\n1\n{root}\n"),
            format!("a\n01\n{root}\n"),
            format!("a\n+1\n{root}\n"),
            format!("a\n1\n{root}"),
            "a\n1\nAAAA\n".to_owned(),
            format!("a\n1\n{root}\n\nmore\n"),
        ] {
            assert_eq!(Checkpoint::parse(&text), None, "{text}");
        }
    }
}
