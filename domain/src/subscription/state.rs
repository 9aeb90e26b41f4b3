//! What a subscription is, folded from its events.

use super::event::{Cancelled, Started};
use crate::personal::PersonalFields;
use crate::value::{Date, Money};

/// The lifecycle of a contract.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing has happened yet.
    #[default]
    NotStarted,
    /// It brings its MRR.
    Active(Contract),
    /// It rests, and brings nothing.
    Paused(Contract),
    /// It has ended, and brings nothing.
    Cancelled(Contract),
}

/// What is known of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// As it began, so that a start that comes back is told from another one.
    pub started: Started,
    /// How it ended, while it has, so that an end that comes back is told from another one.
    pub cancelled: Option<Cancelled>,
    /// What it brings each month while it is active.
    pub mrr: Money,
    /// Last day of the term, where it has one.
    pub term_ends_on: Option<Date>,
}

impl PersonalFields for State {}
