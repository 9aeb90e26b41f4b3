//! The commands that a row can become: the fields each has, and how a request is made of them. Values are read with
//! the domain's types, so that a bad cell is found before it is sent.

mod case;
mod cells;
mod consent;
mod contact;
mod interaction;
mod lead;
mod opportunity;
mod subscription;

pub use cells::{Cell, Cells};

use crate::command::Command;

/// A command of the mapping language.
#[derive(Debug)]
pub struct Verb {
    /// What it is called.
    pub word: &'static str,
    /// Fields of its own.
    own: &'static [FieldSpec],
    /// Makes the request of what the cells hold. What is wrong with them, the cells keep.
    pub build: fn(&mut Cells<'_>) -> Command,
}

/// A field of a command.
#[derive(Debug)]
pub struct FieldSpec {
    /// Its name in a mapping.
    pub name: &'static str,
    /// Where it stands in the request.
    pub wire: &'static str,
    /// Whether it has to be there.
    pub presence: Presence,
}

/// Whether a field has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It has.
    Required,
    /// It or the other one has.
    RequiredOr(&'static str),
    /// It may be left out.
    Optional,
    /// There may be many, under keys of their own: `segments.sector`.
    Many,
}

/// Fields that every command has.
const COMMON: &[FieldSpec] = &[optional("occurred_at", "header.occurred_at")];

/// Every command.
pub const VERBS: &[&Verb] = &[
    &contact::REGISTER,
    &contact::SET_SEGMENT,
    &interaction::RECORD,
    &opportunity::OPEN,
    &opportunity::MOVE_STAGE,
    &opportunity::MEET_CRITERION,
    &opportunity::WIN,
    &opportunity::LOSE,
    &subscription::START,
    &subscription::RENEW,
    &subscription::CHANGE_AMOUNT,
    &subscription::PAUSE,
    &subscription::CANCEL,
    &subscription::REACTIVATE,
    &consent::REQUEST,
    &consent::GIVE,
    &consent::REFUSE,
    &consent::WITHDRAW,
    &consent::RAISE,
    &case::MIRROR,
    &lead::CAPTURE,
];

impl Verb {
    /// Its fields.
    pub fn fields(&self) -> impl Iterator<Item = &'static FieldSpec> {
        self.own.iter().chain(COMMON)
    }
}

const fn required(name: &'static str, wire: &'static str) -> FieldSpec {
    FieldSpec { name, wire, presence: Presence::Required }
}

const fn required_or(name: &'static str, other: &'static str, wire: &'static str) -> FieldSpec {
    FieldSpec { name, wire, presence: Presence::RequiredOr(other) }
}

const fn optional(name: &'static str, wire: &'static str) -> FieldSpec {
    FieldSpec { name, wire, presence: Presence::Optional }
}

const fn many(name: &'static str, wire: &'static str) -> FieldSpec {
    FieldSpec { name, wire, presence: Presence::Many }
}
