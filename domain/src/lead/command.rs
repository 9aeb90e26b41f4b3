//! What can be asked of a lead.

use std::collections::BTreeSet;

use super::event::{Capture, Holder, Routing};
use super::field::Fields;
use super::score::Score;
use crate::field_set;
use crate::id::{ContactId, InteractionId, OpportunityId};
use crate::value::{Date, Instant, Key, Label, Reference};

/// A command to a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Take in that somebody is interested, or is so again.
    Capture {
        /// Who.
        contact_id: ContactId,
        /// How it came in.
        capture: Box<Capture>,
        /// The fields that the company keeps of leads, where it has published which: the version in force judges it.
        field_set: Option<Box<field_set::Definition>>,
    },
    /// Set what is known of it.
    Enrich {
        /// Fields that get a value.
        fields: Fields,
        /// Fields that lose theirs.
        cleared: BTreeSet<Key>,
        /// As with a capture.
        field_set: Option<Box<field_set::Definition>>,
    },
    /// Judge how well it fits and how much it is interested.
    Score(Box<Score>),
    /// Hand it to somebody, or let it wait in a queue.
    Assign(Box<Assign>),
    /// Give it back before anything was done for it.
    Decline {
        /// Who gives it back.
        owner: Reference,
        /// Why.
        reason: Option<Label>,
    },
    /// Take it back from whoever did nothing for it in time. It changes nothing once something was done.
    TimeOut {
        /// Which of its assignments, counted from 1.
        number: u32,
    },
    /// Note that the company has reached out.
    Contact {
        /// What was said.
        interaction_id: InteractionId,
    },
    /// Say that it is worth a deal.
    Qualify {
        /// Why.
        reason: Option<Label>,
    },
    /// Say that nothing comes of it.
    Disqualify {
        /// Why.
        reason: Label,
    },
    /// Let it rest: nothing comes of it now.
    Recycle {
        /// The day on which to look at it again.
        until: Option<Date>,
        /// Why.
        reason: Option<Label>,
    },
    /// Note that a deal, an account or both came of it.
    Convert {
        /// The organisation.
        account_id: Option<ContactId>,
        /// The deal.
        opportunity_id: Option<OpportunityId>,
    },
}

/// That a lead is handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assign {
    /// To whom.
    pub to: Holder,
    /// Why.
    pub reason: Option<Label>,
    /// What chose them, where no person did.
    pub routing: Option<Routing>,
    /// By when something has to be done for it.
    pub respond_by: Option<Instant>,
}
