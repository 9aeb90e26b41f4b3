//! The rules of interactions.

use super::command::{Command, Correct, Record};
use super::event::{Event, Redacted};
use super::state::{Entry, State};
use crate::aggregate::Reason;
use crate::context::Context;

/// Most things that one interaction relates to.
pub const RELATED_MAX: usize = 20;
/// Most colleagues that one interaction mentions.
pub const MENTIONS_MAX: usize = 20;

/// Why a command to a contact's interactions is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// There is no such interaction.
    #[error("the contact has no interaction with this id")]
    NotRecorded,
    /// Another interaction stands under this id.
    #[error("an interaction with another source has this id; choose a new one")]
    AlreadyRecorded,
    /// The text is gone.
    #[error("the interaction is redacted and takes no correction")]
    Redacted,
    /// It relates to more than it can.
    #[error("an interaction relates to at most {RELATED_MAX} things")]
    TooManyRelated,
    /// It mentions more colleagues than it can.
    #[error("an interaction mentions at most {MENTIONS_MAX} colleagues")]
    TooManyMentions,
}

impl Reason for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::NotRecorded => "INTERACTION_NOT_FOUND",
            Self::AlreadyRecorded => "INTERACTION_ALREADY_RECORDED",
            Self::Redacted => "INTERACTION_REDACTED",
            Self::TooManyRelated => "INTERACTION_RELATED_EXHAUSTED",
            Self::TooManyMentions => "INTERACTION_MENTIONS_EXHAUSTED",
        }
    }
}

pub(super) fn decide(state: &State, command: &Command, _context: &Context) -> Result<Vec<Event>, Rejection> {
    match command {
        Command::Record(record) => recorded(state, record),
        Command::Correct(correct) => corrected(state, correct),
        Command::Redact { interaction_id, reason } => match state.entries.get(interaction_id) {
            None => Err(Rejection::NotRecorded),
            Some(Entry::Redacted) => Ok(Vec::new()),
            Some(Entry::Recorded { .. }) => {
                Ok(vec![Redacted { interaction_id: *interaction_id, reason: reason.clone() }.into()])
            }
        },
    }
}

fn recorded(state: &State, record: &Record) -> Result<Vec<Event>, Rejection> {
    if record.related.len() > RELATED_MAX {
        return Err(Rejection::TooManyRelated);
    }
    if record.mentions.len() > MENTIONS_MAX {
        return Err(Rejection::TooManyMentions);
    }
    let source_known = record.source.as_ref().is_some_and(|source| state.by_source.contains_key(source));
    if source_known {
        return Ok(Vec::new());
    }
    match state.entries.get(&record.interaction_id) {
        None => Ok(vec![record.clone().into()]),
        // What was redacted left nothing to compare with; a source that is not known tells that it is another one.
        Some(Entry::Redacted) if record.source.is_none() => Ok(Vec::new()),
        Some(Entry::Recorded { fingerprint, .. }) if *fingerprint == record.fingerprint() => Ok(Vec::new()),
        // Taking another one under a known id for a repetition would lose an interaction.
        Some(Entry::Recorded { .. } | Entry::Redacted) => Err(Rejection::AlreadyRecorded),
    }
}

/// Whether a correction sets nothing right.
const fn says_nothing(correct: &Correct) -> bool {
    correct.summary.is_none() && correct.duration_seconds.is_none() && correct.outcome.is_none()
}

fn corrected(state: &State, correct: &Correct) -> Result<Vec<Event>, Rejection> {
    match state.entries.get(&correct.interaction_id) {
        None => Err(Rejection::NotRecorded),
        Some(Entry::Redacted) => Err(Rejection::Redacted),
        Some(Entry::Recorded { corrections, .. }) if corrections.contains(&correct.correction_id) => {
            Ok(Vec::new())
        }
        Some(Entry::Recorded { .. }) if says_nothing(correct) => Ok(Vec::new()),
        Some(Entry::Recorded { .. }) => Ok(vec![correct.clone().into()]),
    }
}
