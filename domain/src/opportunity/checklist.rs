//! What a stage asks for before a deal leaves it forwards, and what was said to be met of it.
//!
//! The version of the pipeline in force counts, as for the fields that a stage asks for: what it asks in addition has to be met by
//! deals that stand there already, and what it asks no more holds up nobody. What was said stands by its key.

use std::collections::BTreeSet;

use super::decide::Rejection;
use super::event::{CriterionMet, CriterionRetracted, StagePlace};
use super::state::Deal;
use crate::pipeline::{Definition, StageType};
use crate::value::{Key, Label};

/// What is met of the exit criteria of a stage. It begins anew where a deal comes to another open stage; while the deal waits or is
/// closed, it stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checklist {
    /// The open stage where the deal stands, or stood last. Of a deal that was opened on hold: that stage.
    pub stage: Key,
    /// Keys of the criteria that were said to be met.
    pub met: BTreeSet<Key>,
}

impl Checklist {
    /// Nothing is met yet.
    pub(super) const fn new(stage: Key) -> Self {
        Self { stage, met: BTreeSet::new() }
    }

    /// The deal comes to a place.
    pub(super) fn enter(&mut self, place: &StagePlace) {
        if place.stage_type == StageType::Open && place.stage != self.stage {
            *self = Self::new(place.stage.clone());
        }
    }

    /// A criterion of a stage is met. Of another stage, as the log may say though no command led to it, nothing changes.
    pub(super) fn meet(&mut self, stage: &Key, key: &Key) {
        if *stage == self.stage {
            self.met.insert(key.clone());
        }
    }

    /// It is not.
    pub(super) fn retract(&mut self, stage: &Key, key: &Key) {
        if *stage == self.stage {
            self.met.remove(key);
        }
    }
}

/// Says that a criterion is met; nothing where that was said before.
pub(super) fn met(
    deal: &Deal,
    key: &Key,
    note: Option<&Label>,
    pipeline: &Definition,
) -> Result<Option<CriterionMet>, Rejection> {
    let Checklist { stage, met } = &deal.checklist;
    if met.contains(key) {
        return Ok(None);
    }
    let known: Vec<Key> =
        pipeline.exit_criteria(stage).iter().map(|criterion| criterion.key.clone()).collect();
    let (stage, key) = (stage.clone(), key.clone());
    if known.contains(&key) {
        Ok(Some(CriterionMet { stage, key, note: note.cloned() }))
    } else {
        Err(Rejection::ExitCriterionUnknown { stage, key, known })
    }
}

/// Takes that back; nothing where it was not said.
pub(super) fn retracted(deal: &Deal, key: &Key, note: Option<&Label>) -> Option<CriterionRetracted> {
    let Checklist { stage, met } = &deal.checklist;
    met.contains(key).then(|| CriterionRetracted {
        stage: stage.clone(),
        key: key.clone(),
        note: note.cloned(),
    })
}

/// Whether a deal may move to an open or waiting stage: one that comes later takes all exit criteria, unless the deal waits there.
pub(super) fn moves_on(deal: &Deal, pipeline: &Definition, to: &StagePlace) -> Result<(), Rejection> {
    let is_forward =
        to.stage_type != StageType::OnHold && pipeline.comes_later(&deal.checklist.stage, &to.stage);
    if is_forward { all_met(deal, pipeline) } else { Ok(()) }
}

/// Whether every exit criterion is met.
pub(super) fn all_met(deal: &Deal, pipeline: &Definition) -> Result<(), Rejection> {
    let Checklist { stage, met } = &deal.checklist;
    let keys = pipeline.exit_criteria(stage).iter().map(|criterion| &criterion.key);
    let missing: Vec<Key> = keys.filter(|key| !met.contains(*key)).cloned().collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Rejection::ExitCriteriaNotMet { stage: stage.clone(), missing })
    }
}
