//! What can be asked of an opportunity.

use std::collections::BTreeSet;

use super::contact_role::ContactRole;
use super::event::NextStepSet;
use crate::id::{ContactId, PipelineId, QuoteId};
use crate::pipeline::{Definition, ForecastCategory, Percent};
use crate::value::{Date, FrozenRate, Key, Label, Money, Reference, Segments};

/// A command to an opportunity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Begin a deal.
    Open(Box<Open>),
    /// Move it to another stage that is neither won nor lost.
    MoveStage {
        /// The stage.
        stage: Key,
        /// The deal's pipeline, as it is in force.
        pipeline: Definition,
    },
    /// Judge anew what it is worth.
    ReviseAmount {
        /// What it is worth.
        amount: Money,
        /// The same in another currency, by the rate of a day; absent: nothing is said, the rate before was of another amount.
        fx: Option<FrozenRate>,
    },
    /// Judge anew when it is expected to close.
    MoveCloseDate {
        /// The day.
        expected_close_on: Date,
    },
    /// Hand it to somebody.
    AssignOwner {
        /// Who.
        owner: Reference,
        /// Their team.
        team: Option<Reference>,
    },
    /// Say what comes next.
    SetNextStep {
        /// What; no personal data.
        what: Label,
        /// By when.
        due_on: Option<Date>,
    },
    /// Say that somebody takes part in the decision.
    AddContactRole {
        /// Who, and as what.
        contact_role: ContactRole,
    },
    /// Take that back.
    RemoveContactRole {
        /// Who, and as what.
        contact_role: ContactRole,
    },
    /// Set a field that reports group by.
    SetSegment {
        /// The field.
        key: Key,
        /// Its value; no personal data.
        value: Label,
    },
    /// Remove a field that reports group by.
    ClearSegment {
        /// The field.
        key: Key,
    },
    /// Say that an exit criterion is met, of the stage where it stands or was put on hold from.
    MeetCriterion {
        /// Which one.
        key: Key,
        /// How one knows; no personal data.
        note: Option<Label>,
        /// The deal's pipeline, as it is in force.
        pipeline: Definition,
    },
    /// Take that back.
    RetractCriterion {
        /// Which one.
        key: Key,
        /// Why; no personal data.
        note: Option<Label>,
    },
    /// Sell by a quote, which is accepted next.
    ChooseQuote {
        /// Which one.
        quote_id: QuoteId,
        /// The one that was chosen before, where it is known to have ended without being accepted.
        ended: Option<QuoteId>,
    },
    /// Forecast it otherwise than its stage does. With neither: as its stage does again.
    OverrideForecast {
        /// How sure it is; absent: as the stage says.
        category: Option<ForecastCategory>,
        /// How likely it is won; absent: as the stage says.
        probability: Option<Percent>,
        /// Why; no personal data.
        reason: Label,
    },
    /// Close it as won.
    Win {
        /// What it was worth in the end; absent: as judged last, with the rate of that.
        amount: Option<Money>,
        /// The same in another currency, by the rate of a day. Only with an amount.
        fx: Option<FrozenRate>,
        /// The deal's pipeline, as it is in force.
        pipeline: Definition,
    },
    /// Close it as lost.
    Lose {
        /// Why.
        reason: Option<Label>,
        /// To whom.
        competitor: Option<Label>,
        /// The deal's pipeline, as it is in force.
        pipeline: Definition,
    },
    /// Work on it again.
    Reopen {
        /// Where to; absent: the stage it was closed from.
        stage: Option<Key>,
        /// The deal's pipeline, as it is in force.
        pipeline: Definition,
    },
}

/// The beginning of a deal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// The process it follows.
    pub pipeline_id: PipelineId,
    /// The same, as it is in force.
    pub pipeline: Definition,
    /// Where it begins; absent: the first open stage.
    pub stage: Option<Key>,
    /// What it is called; no personal data.
    pub title: Label,
    /// With whom.
    pub contact_id: Option<ContactId>,
    /// What it is worth.
    pub amount: Option<Money>,
    /// The same in another currency, by the rate of a day. Only with an amount.
    pub fx: Option<FrozenRate>,
    /// When it is expected to close.
    pub expected_close_on: Option<Date>,
    /// Who sells.
    pub owner: Option<Reference>,
    /// The owner's team.
    pub team: Option<Reference>,
    /// Fields that reports group by.
    pub segments: Segments,
    /// What comes next.
    pub next_step: Option<NextStepSet>,
    /// Who takes part in the decision.
    pub contact_roles: BTreeSet<ContactRole>,
}
