//! What is said with a contact.

use rapport_domain::id::{CorrectionId, InteractionId};
use rapport_domain::interaction::{Channel, Corrected, Direction, Event, Recorded, Redacted};
use rapport_domain::personal::Personal;
use rapport_domain::value::Segments;

use super::NAMESPACE;
use super::word::Words;
use crate::error::Failure;

/// In the order of how often they are used; an order has a value.
const CHANNELS: [Channel; 6] =
    [Channel::Email, Channel::Call, Channel::Order, Channel::Chat, Channel::Web, Channel::Meeting];

/// The exchanges so far.
#[derive(Default)]
pub(super) struct Exchanges {
    recorded: u32,
    corrections: u32,
}

impl Exchanges {
    /// Mostly another exchange; sometimes one before is corrected, seldom is its text taken away.
    pub(super) fn step(
        &mut self,
        person: usize,
        chance: &mut fastrand::Rng,
        words: &Words,
    ) -> Result<Event, Failure> {
        let before = (self.recorded > 0).then(|| chance.u32(0..self.recorded));
        Ok(match (before, chance.u32(0..100)) {
            (Some(number), 0) => {
                Redacted { interaction_id: id(person, number), reason: words.label.clone() }.into()
            }
            (Some(number), 1..7) => {
                self.corrections += 1;
                let correction = format!("{person}-{}", self.corrections);
                Corrected {
                    interaction_id: id(person, number),
                    correction_id: CorrectionId::derived(NAMESPACE, &correction),
                    summary: Words::one(&words.said, chance).map(Personal::Clear),
                    duration_seconds: None,
                    outcome: Some(words.label.clone()),
                }
                .into()
            }
            (_, _) => {
                self.recorded += 1;
                recorded(id(person, self.recorded - 1), chance, words).into()
            }
        })
    }
}

fn id(person: usize, number: u32) -> InteractionId {
    InteractionId::derived(NAMESPACE, &format!("{person}-{number}"))
}

fn recorded(interaction_id: InteractionId, chance: &mut fastrand::Rng, words: &Words) -> Recorded {
    let channel = Words::one(&CHANNELS, chance).unwrap_or(Channel::Note);
    let is_order = channel == Channel::Order;
    Recorded {
        interaction_id,
        channel,
        direction: if is_order || chance.bool() { Direction::Inbound } else { Direction::Outbound },
        summary: Words::one(&words.said, chance).filter(|_| !is_order).map(Personal::Clear),
        topic: Some(words.key.clone()),
        duration_seconds: (channel == Channel::Call).then(|| chance.u32(10..3_600)),
        outcome: None,
        value: is_order.then(|| words.euros(chance, 50_000)),
        source: None,
        related: Vec::new(),
        segments: Segments::new(),
        mentions: [].into(),
    }
}
