//! The contract with a contact.

use rapport_domain::id::ContactId;
use rapport_domain::subscription::{
    AmountChanged, CancellationKind, Cancelled, Event, Paused, Reactivated, Renewed, Started,
};
use rapport_domain::value::{Instant, Money};

use super::END;
use super::word::Words;

/// The contract.
#[derive(Default)]
pub(super) enum Contract {
    /// There is none yet.
    #[default]
    None,
    /// It brings this much a month.
    Running(Money),
    /// It rests, or has ended.
    Resting(Money),
}

impl Contract {
    pub(super) fn step(&mut self, contact_id: ContactId, chance: &mut fastrand::Rng, words: &Words) -> Event {
        match *self {
            Self::None => {
                let mrr = words.euros(chance, 100_000);
                *self = Self::Running(mrr);
                Started {
                    contact_id,
                    plan: words.label.clone(),
                    mrr,
                    term_ends_on: None,
                    segments: Words::one(&words.regions, chance).unwrap_or_default(),
                }
                .into()
            }
            Self::Resting(mrr) => {
                *self = Self::Running(mrr);
                Reactivated { mrr }.into()
            }
            Self::Running(mrr) => self.go_on(mrr, chance, words),
        }
    }

    fn go_on(&mut self, mrr: Money, chance: &mut fastrand::Rng, words: &Words) -> Event {
        match chance.u32(0..100) {
            0..40 => {
                let end = Instant::from_micros(END).unwrap_or(Instant::MIN);
                Renewed { term_ends_on: end.date(), previous_term_ends_on: None }.into()
            }
            40..75 => {
                let to = words.euros(chance, 100_000);
                *self = Self::Running(to);
                AmountChanged { previous: mrr, mrr: to }.into()
            }
            75..85 => {
                *self = Self::Resting(mrr);
                Paused { mrr }.into()
            }
            _ => {
                *self = Self::Resting(mrr);
                let kind =
                    if chance.bool() { CancellationKind::Voluntary } else { CancellationKind::Involuntary };
                Cancelled { mrr, kind, reason: Some(words.label.clone()) }.into()
            }
        }
    }
}
