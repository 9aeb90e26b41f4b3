//! Who signs checkpoints, and refuses to where the log is not the one that was signed before.
//!
//! What was signed last lies in a file beside the key, not in the data directory: a log that is restored from an older
//! backup, or replaced, meets it there. It is forced to disk before anybody sees the checkpoint. Servers that follow one
//! log may share key and file; who signs holds a lock.

mod kept;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;
use zeroize::Zeroizing;

use self::kept::Kept;
use crate::checkpoint::Checkpoint;
use crate::hash::Hash;
use crate::note::{NoteError, SEED_BYTES, Signer, VerifierKey};
use crate::proof::verify_consistency;

/// What stands between the name of a log and the number of a declared fork.
const FORK: &str = "/fork-";

/// Why there is no notary.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotaryError {
    /// The log cannot have this name, or the key cannot be used.
    #[error(transparent)]
    Key(#[from] NoteError),
    /// The file is gone, and the key is not new: what was signed with it is not known.
    #[error(
        "the last signed checkpoint, {path}, is gone, but its signing key is there: put the file back, or take both away and let a new log identity begin",
        path = path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file holds something else, or another key signed it.
    #[error("{path} is not a checkpoint that this key signed: put the right file back", path = path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read or written.
    #[error("{path} cannot be used: {cause}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        cause: String,
    },
}

/// Why nothing is signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The log has fewer events than were signed for.
    #[error(
        "the log has {size} events, and a checkpoint was signed for {signed}: it was restored from an older backup, or has lost its end. Restore the newest log, or run `rapport audit declare-fork`"
    )]
    Shrunk {
        /// Events that were signed for.
        signed: u64,
        /// Events of the log.
        size: u64,
    },
    /// The log has enough events, and they are not the ones that were signed for.
    #[error(
        "the first {signed} of the log's {size} events are not the {signed} that a checkpoint was signed for: events were rewritten, or it was restored from an older backup and went on. Restore the log that was signed, or run `rapport audit declare-fork`"
    )]
    Forked {
        /// Events that were signed for.
        signed: u64,
        /// Events of the log.
        size: u64,
    },
    /// An event is not the one that the tree was made of.
    #[error(
        "the event at position {position} is not the one that was recorded: it was rewritten. Run `rapport check`, and restore the log from a backup"
    )]
    Rewritten {
        /// Its position.
        position: u64,
    },
    /// The checkpoint cannot be kept.
    #[error("what was signed last cannot be read, or kept; the server's log says why")]
    Unkept(#[from] NotaryError),
}

/// How it stands with signing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What was signed last.
    pub checkpoint: Checkpoint,
    /// The same, as a signed note.
    pub note: Arc<str>,
    /// The key that it is checked with.
    pub key: VerifierKey,
    /// Why nothing newer is signed, while that is so.
    pub refusal: Option<Refusal>,
}

/// A state of the log, and the proof that it goes on from the checkpoint that was signed last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grown {
    /// Events.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
    /// Whose continuation is proved: so many events.
    pub from: u64,
    /// The proof; none where the log has fewer events than that.
    pub proof: Vec<Hash>,
}

/// A checkpoint that witnesses have seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigned {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// The same, with their cosignatures.
    pub note: Arc<str>,
}

/// Signs checkpoints of one log.
pub struct Notary {
    seed: Zeroizing<[u8; SEED_BYTES]>,
    kept: Kept,
    standing: watch::Sender<Standing>,
    /// The last one that a quorum of witnesses has seen, since the process started.
    cosigned: watch::Sender<Option<Cosigned>>,
    /// Held while something is signed.
    signing: Mutex<()>,
}

impl Notary {
    /// The notary of a key. `begin_as` names a log whose key was made just now: its history begins with a checkpoint of
    /// nothing. Without it the file has to be there.
    ///
    /// # Errors
    /// See [`NotaryError`].
    pub fn open(
        seed: Zeroizing<[u8; SEED_BYTES]>,
        file: &Path,
        begin_as: Option<&str>,
    ) -> Result<Self, NotaryError> {
        let kept = Kept::at(file.to_owned());
        let note = match (kept.read()?, begin_as) {
            (Some(note), _) => note,
            (None, Some(origin)) => {
                let note = Signer::new(origin, &seed)?.sign(&Checkpoint::of_nothing(origin).to_string());
                kept.write(&note)?;
                note
            }
            (None, None) => return Err(NotaryError::Missing { path: file.to_owned() }),
        };
        let standing = Self::standing_of(&seed, &kept, note)?;
        let (standing, cosigned) = (watch::Sender::new(standing), watch::Sender::new(None));
        Ok(Self { seed, kept, standing, cosigned, signing: Mutex::new(()) })
    }

    /// How it stands, told as it changes.
    pub fn watch(&self) -> watch::Receiver<Standing> {
        self.standing.subscribe()
    }

    /// The last checkpoint that a quorum of witnesses has seen, told as it changes.
    pub fn watch_cosigned(&self) -> watch::Receiver<Option<Cosigned>> {
        self.cosigned.subscribe()
    }

    /// A quorum of witnesses has seen a checkpoint. One of a history that is over counts for nothing.
    pub fn keep_cosigned(&self, cosigned: Cosigned) {
        if self.standing().checkpoint.origin == cosigned.checkpoint.origin {
            self.cosigned.send_replace(Some(cosigned));
        }
    }

    /// How it stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.standing.borrow().clone()
    }

    /// Signs a state of the log, once it is on disk that it did. Nothing is signed twice.
    ///
    /// # Errors
    /// [`Refusal`], which the standing tells as well until it is over.
    pub fn sign(&self, grown: &Grown) -> Result<(), Refusal> {
        let _signing = self.signing.lock();
        let outcome = self.try_sign(grown);
        self.standing.send_if_modified(|standing| {
            let before = standing.clone();
            match &outcome {
                Ok(newer) => *standing = newer.clone(),
                Err(refusal) => standing.refusal = Some(refusal.clone()),
            }
            *standing != before
        });
        outcome.map(drop)
    }

    /// Signs nothing any more until a state of the log is signed again.
    pub fn refuse(&self, refusal: Refusal) {
        self.standing.send_modify(|standing| standing.refusal = Some(refusal));
    }

    fn try_sign(&self, grown: &Grown) -> Result<Standing, Refusal> {
        let _lock = self.kept.lock()?;
        let known = self.standing();
        let note = self.kept.read()?.ok_or_else(|| NotaryError::Missing { path: self.kept.path() })?;
        if *note != *known.note {
            // Another server was faster. This one goes on from there, with its next state.
            return Ok(Self::standing_of(&self.seed, &self.kept, note)?);
        }
        let Checkpoint { origin, size: signed, root } = known.checkpoint.clone();
        if grown.from != signed {
            return Ok(known);
        }
        if grown.size < signed {
            return Err(Refusal::Shrunk { signed, size: grown.size });
        }
        let goes_on = verify_consistency(signed, grown.size, &root, &grown.root, &grown.proof);
        goes_on.map_err(|_| Refusal::Forked { signed, size: grown.size })?;
        if grown.size == signed {
            return Ok(Standing { refusal: None, ..known });
        }
        let checkpoint = Checkpoint { origin, size: grown.size, root: grown.root };
        Ok(self.keep(&checkpoint)?)
    }

    /// The name that the log takes when its history is declared to begin anew: the next fork of it.
    #[must_use]
    pub fn next_origin(&self) -> String {
        let origin = self.standing().checkpoint.origin;
        let (base, fork) = match origin.rsplit_once(FORK) {
            Some((base, number)) => (base, number.parse::<u64>().unwrap_or(0)),
            None => (origin.as_str(), 0),
        };
        format!("{base}{FORK}{}", fork.saturating_add(1))
    }

    /// Begins a new history under another name, with nothing signed. The older one keeps its name, its key and what was
    /// signed.
    ///
    /// # Errors
    /// See [`NotaryError`].
    pub fn begin_anew(&self, origin: &str) -> Result<(), NotaryError> {
        let _signing = self.signing.lock();
        let _lock = self.kept.lock()?;
        let standing = self.keep(&Checkpoint::of_nothing(origin))?;
        self.standing.send_replace(standing);
        self.cosigned.send_replace(None);
        Ok(())
    }

    fn keep(&self, checkpoint: &Checkpoint) -> Result<Standing, NotaryError> {
        let note = Signer::new(&checkpoint.origin, &self.seed)?.sign(&checkpoint.to_string());
        self.kept.write(&note)?;
        Self::standing_of(&self.seed, &self.kept, note)
    }

    /// Reads a note that is kept: by the name that it says, and the key that it has to be signed with.
    fn standing_of(seed: &[u8; SEED_BYTES], kept: &Kept, note: String) -> Result<Standing, NotaryError> {
        let foreign = || NotaryError::Foreign { path: kept.path() };
        let origin = note.lines().next().ok_or_else(foreign)?;
        let key = Signer::new(origin, seed).map_err(|_| foreign())?.key().clone();
        let checkpoint = Checkpoint::open(&note, &key).map_err(|_| foreign())?;
        Ok(Standing { checkpoint, note: note.into(), key, refusal: None })
    }
}

/// A checkpoint that a file beside a key holds, whoever signed it; `None` where there is no such file. For those who have
/// the file and not the key.
///
/// # Errors
/// When it cannot be read, or holds something else.
pub fn last_signed(file: &Path) -> Result<Option<Checkpoint>, NotaryError> {
    let Some(note) = Kept::at(file.to_owned()).read()? else { return Ok(None) };
    let text = note.rsplit_once("\n\n").map(|(text, _)| format!("{text}\n"));
    let checkpoint = text.and_then(|text| Checkpoint::parse(&text));
    checkpoint.map(Some).ok_or_else(|| NotaryError::Foreign { path: file.to_owned() })
}

#[cfg(test)]
mod tests;
