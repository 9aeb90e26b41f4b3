//! What the draft has to do, in the order in which it is due: what is to be done at once first, then by its time; of the same
//! time, what was left first.

use std::collections::BTreeMap;

use rapport_domain::value::Instant;

use crate::lead_rules::{Step, Todo};

/// When something is due; nothing: at once. Then which one it was of all that were left to do.
type Place = (Option<Instant>, u64);

/// The agenda.
#[derive(Default)]
pub(super) struct Agenda {
    places: BTreeMap<Step, Place>,
    order: BTreeMap<Place, Step>,
    left: u64,
}

impl Agenda {
    /// Takes in what is left to do, or is to be done no more.
    pub(super) fn take(&mut self, todo: Todo) {
        match todo {
            Todo::Now(step) => self.put(step, None),
            Todo::At(step, due) => self.put(step, Some(due)),
            Todo::Settled(step) => self.settle(&step),
        }
    }

    /// What is due next, up to a moment, and when it was: taken off. What is to be done at once was due at any time.
    pub(super) fn due(&mut self, until: Instant) -> Option<(Instant, Step)> {
        let next = self.order.first_entry()?;
        let due = next.key().0.unwrap_or(Instant::MIN);
        if due > until {
            return None;
        }
        let step = next.remove();
        self.places.remove(&step);
        Some((due, step))
    }

    fn put(&mut self, step: Step, due: Option<Instant>) {
        self.settle(&step);
        let place = (due, self.left);
        self.left = self.left.saturating_add(1);
        self.places.insert(step.clone(), place);
        self.order.insert(place, step);
    }

    fn settle(&mut self, step: &Step) {
        if let Some(place) = self.places.remove(step) {
            self.order.remove(&place);
        }
    }
}
