//! Trust policies (c2sp.org/tlog-policy): whose checkpoints are believed, and which witnesses have to have seen them.
//!
//! The same file serves whoever checks proofs, and the server, which finds in it where the witnesses are.

mod parse;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

pub use self::parse::{LINES_MAX, PolicyError, PolicyFault};

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::cosignature::WitnessKey;
use crate::note::{NoteError, VerifierKey};

/// Which checkpoints are valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<VerifierKey>,
    witnesses: Vec<Witness>,
    quorum: Option<Rule>,
}

/// A witness that a policy names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// Its key.
    pub key: WitnessKey,
    /// Where it takes checkpoints, if that is said.
    pub url: Option<String>,
}

/// What has to have seen a checkpoint. Each witness stands in it once.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    Witness(usize),
    AtLeast { threshold: usize, members: Vec<Rule> },
}

/// A valid checkpoint, and who has seen it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnessed {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// Each witness of the policy that cosigned it, by the name of its key, and when: seconds since 1970.
    pub by: Vec<(String, u64)>,
}

impl Policy {
    /// The policy of whoever trusts the key of a log and asks for no witness.
    #[must_use]
    pub fn of_log(key: VerifierKey) -> Self {
        Self { logs: vec![key], witnesses: Vec::new(), quorum: None }
    }

    /// The same witnesses and quorum, for this log alone.
    #[must_use]
    pub fn for_log(self, key: VerifierKey) -> Self {
        Self { logs: vec![key], ..self }
    }

    /// Whether it names a log.
    #[must_use]
    pub const fn names_a_log(&self) -> bool {
        !self.logs.is_empty()
    }

    /// The witnesses that it names.
    #[must_use]
    pub fn witnesses(&self) -> &[Witness] {
        &self.witnesses
    }

    /// Opens a checkpoint that one of the logs signed, and a quorum of the witnesses cosigned.
    ///
    /// # Errors
    /// See [`CheckpointError`].
    pub fn open(&self, note: &str) -> Result<Witnessed, CheckpointError> {
        let checkpoint = self.signed(note)?;
        let (mut by, mut seen) = (Vec::new(), BTreeSet::new());
        for (number, witness) in self.witnesses.iter().enumerate() {
            if let Some(cosignature) = witness.key.cosignature(note)? {
                by.push((witness.key.name().to_owned(), cosignature.at));
                seen.insert(number);
            }
        }
        if self.quorum.as_ref().is_none_or(|rule| rule.is_met(&seen)) {
            Ok(Witnessed { checkpoint, by })
        } else {
            Err(CheckpointError::Quorum { cosigned: seen.len(), witnesses: self.witnesses.len() })
        }
    }

    fn signed(&self, note: &str) -> Result<Checkpoint, CheckpointError> {
        let unsigned = CheckpointError::Note(NoteError::Unsigned);
        let opened = self.logs.iter().map(|log| Checkpoint::open(note, log));
        opened.into_iter().find(|opened| *opened != Err(unsigned)).unwrap_or(Err(unsigned))
    }
}

impl Rule {
    fn is_met(&self, seen: &BTreeSet<usize>) -> bool {
        match self {
            Self::Witness(number) => seen.contains(number),
            Self::AtLeast { threshold, members } => {
                members.iter().filter(|member| member.is_met(seen)).count() >= *threshold
            }
        }
    }
}
