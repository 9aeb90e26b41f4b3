//! What is met of the exit criteria of a deal's stage: the same as in `rapport_domain::opportunity`, with who said so and when.

use rapport_domain::envelope::Actor;
use rapport_domain::opportunity::{CriterionMet, CriterionRetracted, StagePlace};
use rapport_domain::pipeline::StageType;
use rapport_domain::value::{Instant, Key, Label};
use serde::{Deserialize, Serialize};

/// What is met of the exit criteria of a stage. It begins anew where the deal comes to another open stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checklist {
    /// The open stage where the deal stands, or stood last. Of a deal that was opened on hold: that stage.
    pub stage: Key,
    /// What was said to be met, by the keys.
    pub met: Vec<MetCriterion>,
}

/// An exit criterion that is met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetCriterion {
    /// Which one.
    pub key: Key,
    /// How one knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Label>,
    /// Who said so.
    pub actor: Actor,
    /// Business time of saying so.
    pub met_at: Instant,
}

impl Checklist {
    /// Nothing is met yet.
    pub(super) const fn new(stage: Key) -> Self {
        Self { stage, met: Vec::new() }
    }

    /// The deal comes to a place.
    pub(super) fn enter(&mut self, place: &StagePlace) {
        if place.stage_type == StageType::Open && place.stage != self.stage {
            *self = Self::new(place.stage.clone());
        }
    }

    pub(super) fn meet(&mut self, event: &CriterionMet, actor: &Actor, met_at: Instant) {
        if event.stage != self.stage {
            return;
        }
        // What is said again, as the log may have it though no command led to it, leaves what was said first.
        if let Err(place) = self.met.binary_search_by(|known| known.key.cmp(&event.key)) {
            let (key, note) = (event.key.clone(), event.note.clone());
            self.met.insert(place, MetCriterion { key, note, actor: actor.clone(), met_at });
        }
    }

    pub(super) fn retract(&mut self, event: &CriterionRetracted) {
        if event.stage == self.stage {
            self.met.retain(|known| known.key != event.key);
        }
    }
}
