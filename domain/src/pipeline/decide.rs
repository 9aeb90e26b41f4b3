//! The rules of a pipeline.

use std::collections::BTreeSet;

use super::command::Command;
use super::event::{Event, Published};
use super::exit_criterion::EXIT_CRITERIA_MAX;
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
    /// Nobody works on a deal that is won or lost.
    #[error("the stage {stage} closes the deal and has no tasks")]
    StageTasksAtEnd {
        /// The stage.
        stage: Key,
    },
    /// A deal leaves no other stage forwards: on hold it waits, and what is won or lost is over.
    #[error("the stage {stage} is not of type open; only an open stage has exit criteria")]
    ExitCriteriaMisplaced {
        /// The stage.
        stage: Key,
    },
    /// Two exit criteria of a stage have one key.
    #[error("two exit criteria of the stage {stage} have the key {key}")]
    ExitCriterionRepeated {
        /// The stage.
        stage: Key,
        /// The key.
        key: Key,
    },
    /// More exit criteria than a stage can have.
    #[error("the stage {stage} has more than {EXIT_CRITERIA_MAX} exit criteria")]
    TooManyExitCriteria {
        /// The stage.
        stage: Key,
    },
}

impl Reason for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::StageTypeMissing { .. } => "PIPELINE_STAGE_TYPE_MISSING",
            Self::StageKeyRepeated { .. } => "PIPELINE_STAGE_KEY_REPEATED",
            Self::TooManyStages => "PIPELINE_STAGES_EXHAUSTED",
            Self::StageTasksAtEnd { .. } => "PIPELINE_STAGE_TASKS_AT_END",
            Self::ExitCriteriaMisplaced { .. } => "PIPELINE_EXIT_CRITERIA_MISPLACED",
            Self::ExitCriterionRepeated { .. } => "PIPELINE_EXIT_CRITERION_REPEATED",
            Self::TooManyExitCriteria { .. } => "PIPELINE_EXIT_CRITERIA_EXHAUSTED",
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
    if let Some(stage) = stages.iter().find(|stage| !stage.tasks.is_empty() && is_end(stage.stage_type)) {
        return Err(Rejection::StageTasksAtEnd { stage: stage.key.clone() });
    }
    stages.iter().try_for_each(check_exit_criteria)?;
    let missing = [StageType::Open, StageType::Won, StageType::Lost]
        .into_iter()
        .find(|wanted| !stages.iter().any(|stage| stage.stage_type == *wanted));
    missing.map_or(Ok(()), |missing| Err(Rejection::StageTypeMissing { missing }))
}

/// Whether a deal that comes there is closed.
const fn is_end(stage_type: StageType) -> bool {
    match stage_type {
        StageType::Open | StageType::OnHold => false,
        StageType::Won | StageType::Lost => true,
    }
}

fn check_exit_criteria(stage: &Stage) -> Result<(), Rejection> {
    let criteria = &stage.exit_criteria;
    if !criteria.is_empty() && stage.stage_type != StageType::Open {
        return Err(Rejection::ExitCriteriaMisplaced { stage: stage.key.clone() });
    }
    if criteria.len() > EXIT_CRITERIA_MAX {
        return Err(Rejection::TooManyExitCriteria { stage: stage.key.clone() });
    }
    let mut keys = BTreeSet::new();
    let repeated = criteria.iter().find(|criterion| !keys.insert(&criterion.key));
    repeated.map_or(Ok(()), |criterion| {
        Err(Rejection::ExitCriterionRepeated { stage: stage.key.clone(), key: criterion.key.clone() })
    })
}
