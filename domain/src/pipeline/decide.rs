//! The rules of a pipeline.

use std::collections::BTreeSet;

use super::command::Command;
use super::event::{Event, Published};
use super::state::{Definition, Stage, StageType, State};
use crate::aggregate::Reason;
use crate::context::Context;
use crate::value::Key;

/// Most stages of one pipeline.
pub const STAGES_MAX: usize = 50;

/// Why a command to a pipeline is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// A deal must be able to begin, to be won and to be lost.
    #[error("a pipeline has at least one stage of type open, one of type won and one of type lost")]
    StageTypeMissing {
        /// Which type has no stage.
        missing: StageType,
    },
    /// Two stages have one key.
    #[error("two stages have the key {key}")]
    StageKeyRepeated {
        /// The key.
        key: Key,
    },
    /// More stages than a pipeline can have.
    #[error("a pipeline has at most {STAGES_MAX} stages")]
    TooManyStages,
}

impl Reason for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::StageTypeMissing { .. } => "PIPELINE_STAGE_TYPE_MISSING",
            Self::StageKeyRepeated { .. } => "PIPELINE_STAGE_KEY_REPEATED",
            Self::TooManyStages => "PIPELINE_STAGES_EXHAUSTED",
        }
    }
}

pub(super) fn decide(state: &State, command: &Command, _context: &Context) -> Result<Vec<Event>, Rejection> {
    let Command::Publish { name, stages } = command;
    check(stages)?;
    let version = match state {
        State::Published(current) if current.name == *name && current.stages == *stages => {
            return Ok(Vec::new());
        }
        State::Published(current) => current.version.saturating_add(1),
        State::Unpublished => 1,
    };
    let definition = Definition { version, name: name.clone(), stages: stages.clone() };
    Ok(vec![Published { definition }.into()])
}

fn check(stages: &[Stage]) -> Result<(), Rejection> {
    if stages.len() > STAGES_MAX {
        return Err(Rejection::TooManyStages);
    }
    let mut keys = BTreeSet::new();
    if let Some(repeated) = stages.iter().find(|stage| !keys.insert(&stage.key)) {
        return Err(Rejection::StageKeyRepeated { key: repeated.key.clone() });
    }
    let missing = [StageType::Open, StageType::Won, StageType::Lost]
        .into_iter()
        .find(|wanted| !stages.iter().any(|stage| stage.stage_type == *wanted));
    missing.map_or(Ok(()), |missing| Err(Rejection::StageTypeMissing { missing }))
}
