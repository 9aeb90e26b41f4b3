//! The Decider pattern: the one shape of every aggregate.
//!
//! Each aggregate has the same files in the same order: `lead.rs` (state diagram and re-exports) and
//! `lead/{command,event,state,decide,evolve,tests}.rs`.

use crate::context::Context;
use crate::envelope::{StreamId, StreamIdError};
use crate::id::ContactId;
use crate::personal::PersonalFields;

/// A consistency boundary: one stream of events, the state they fold to, and the rules for adding to them.
pub trait Aggregate: Sized + Send + Sync + 'static {
    /// First part of the stream's name. Changing it orphans every stream that was written under the old one.
    const CATEGORY: &'static str;
    /// Whether `decide` compares personal data, and so has to see the state's personal fields opened. What
    /// `evolve` does may never depend on them: a history folds the same after an erasure.
    const JUDGES_PERSONAL_DATA: bool = false;
    /// What tells one instance from another.
    type Id: Clone + Ord + std::hash::Hash + std::fmt::Display + Send + Sync + 'static;
    /// The lifecycle states, folded from the events. `Default` is the state before the first event.
    type State: Clone + Default + PersonalFields + Send + Sync + 'static;
    /// What a caller asks for.
    type Command: Send + Sync + 'static;
    /// What happened.
    type Event: StoredEvent + PersonalFields + Clone + Send + Sync + 'static;
    /// What tells the parts of a state from each other that can be judged apart: [`Aggregate::judged`]. `Infallible` where
    /// every command is judged by the whole state.
    type Part: Clone + Ord + Send + Sync + 'static;
    /// Why the business says no.
    type Rejection: Reason + std::error::Error + Clone + Send + Sync + 'static;

    /// Judges a command. Pure: the same arguments always give the same answer. A command that would change
    /// nothing yields no events.
    ///
    /// # Errors
    /// The rule that forbids the command in this state.
    fn decide(
        state: &Self::State,
        command: &Self::Command,
        context: &Context,
    ) -> Result<Vec<Self::Event>, Self::Rejection>;

    /// Folds one event into the state. Never fails: an event in the log has happened.
    #[must_use]
    fn evolve(state: Self::State, event: &Self::Event) -> Self::State;

    /// The parts of the state that a command is judged by. Where it is judged by the whole state: none.
    ///
    /// A stream may be too long to be folded for each command. Where this says something, only the events are folded that
    /// [`Aggregate::concerned`] these parts. Of a history that [`Aggregate::decide`] made, that gives the same judgement, also
    /// when they are folded more than once, as long as each part's are in order. What a command causes concerns no other part.
    #[must_use]
    fn judged(_command: &Self::Command) -> Vec<Self::Part> {
        Vec::new()
    }

    /// The parts of the state that an event is about.
    #[must_use]
    fn concerned(_event: &Self::Event) -> Vec<Self::Part> {
        Vec::new()
    }

    /// How many things a state holds; `None`: about as many as events have happened. Whoever keeps states goes by it.
    #[must_use]
    fn size(_state: &Self::State) -> Option<usize> {
        None
    }

    /// Whose keys seal the personal data in this stream, if it holds any.
    fn subject(id: &Self::Id) -> Option<&ContactId>;

    /// The stream of one instance: `<category>-<id>`.
    ///
    /// # Errors
    /// When the id holds a character that a stream name may not.
    fn stream(id: &Self::Id) -> Result<StreamId, StreamIdError> {
        StreamId::new(Self::CATEGORY, &id.to_string())
    }
}

/// An event as the log keeps it: a type that never changes its meaning, and JSON.
pub trait StoredEvent: Sized {
    /// Every event type of this aggregate, `<category>.<past_tense>.v<N>`.
    const TYPES: &'static [&'static str];

    /// The stored type of this event.
    fn event_type(&self) -> &'static str;

    /// The JSON that is stored.
    ///
    /// # Errors
    /// When a personal field is still in clear: the vault has to seal it first.
    fn encode(&self) -> Result<serde_json::Value, serde_json::Error>;

    /// Reads a stored event back; `None` when the type is not one of [`Self::TYPES`].
    ///
    /// # Errors
    /// When the JSON does not have the shape of its type.
    fn decode(event_type: &str, data: &str) -> Option<Result<Self, serde_json::Error>>;
}

/// Why a command was refused, in a form that a program can act on.
pub trait Reason {
    /// Stable `UPPER_SNAKE` name, at most 63 characters, documented in `proto/rapport/v1/errors.proto`.
    fn reason(&self) -> &'static str;
}

/// Declares the events of an aggregate: the enum, its stored types, and the JSON of each.
///
/// A type, once it has landed, is a promise: add a new one beside it, never rename or reshape it.
macro_rules! stored_events {
    ($(#[$doc:meta])* $($stored:literal => $variant:ident),+ $(,)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Event {
            $(#[doc = concat!("`", $stored, "`")] $variant($variant),)+
        }

        impl $crate::aggregate::StoredEvent for Event {
            const TYPES: &'static [&'static str] = &[$($stored),+];

            fn event_type(&self) -> &'static str {
                match self { $(Self::$variant(_) => $stored,)+ }
            }

            fn encode(&self) -> Result<serde_json::Value, serde_json::Error> {
                let mut stored = match self { $(Self::$variant(event) => serde_json::to_value(event),)+ }?;
                // By their names, whether or not another crate of the build asks serde_json for another order.
                stored.sort_all_objects();
                Ok(stored)
            }

            fn decode(event_type: &str, data: &str) -> Option<Result<Self, serde_json::Error>> {
                match event_type {
                    $($stored => Some(serde_json::from_str(data).map(Self::$variant)),)+
                    _ => None,
                }
            }
        }

        $(impl From<$variant> for Event {
            fn from(event: $variant) -> Self { Self::$variant(event) }
        })+
    };
}
pub(crate) use stored_events;
