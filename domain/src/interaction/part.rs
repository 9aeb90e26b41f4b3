//! What a command to a contact's interactions is judged by, and what an event there is about.

use super::command::Command;
use super::event::{Event, Recorded, Source};
use crate::id::InteractionId;

/// A part of a contact's interactions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// One interaction.
    Interaction(InteractionId),
    /// The interaction that stands for a thing of another system.
    Source(Source),
}

pub(super) fn judged(command: &Command) -> Vec<Part> {
    match command {
        Command::Record(record) => of_record(record),
        Command::Correct(correct) => vec![Part::Interaction(correct.interaction_id)],
        Command::Redact { interaction_id, .. } => vec![Part::Interaction(*interaction_id)],
    }
}

pub(super) fn concerned(event: &Event) -> Vec<Part> {
    match event {
        Event::Recorded(recorded) => of_record(recorded),
        Event::Corrected(corrected) => vec![Part::Interaction(corrected.interaction_id)],
        Event::Redacted(redacted) => vec![Part::Interaction(redacted.interaction_id)],
    }
}

fn of_record(recorded: &Recorded) -> Vec<Part> {
    let source = recorded.source.clone().map(Part::Source);
    [Part::Interaction(recorded.interaction_id)].into_iter().chain(source).collect()
}
