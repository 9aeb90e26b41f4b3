//! What an opportunity is, folded from its events.

use std::collections::BTreeSet;

use super::checklist::Checklist;
use super::contact_role::ContactRole;
use super::event::{ForecastOverridden, Lost, NextStepSet, Opened, StagePlace};
use crate::id::{PipelineId, QuoteId};
use crate::personal::PersonalFields;
use crate::value::{Date, FrozenRate, Key, Money, Reference, Segments};

/// The lifecycle of a deal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing has happened yet.
    #[default]
    Unopened,
    /// It is being worked on, or waits.
    Open(Deal),
    /// It was won.
    Won(Deal),
    /// It was lost.
    Lost(Deal),
}

impl State {
    /// The deal, once there is one.
    #[must_use]
    pub const fn deal(&self) -> Option<&Deal> {
        match self {
            Self::Unopened => None,
            Self::Open(deal) | Self::Won(deal) | Self::Lost(deal) => Some(deal),
        }
    }
}

/// What is known of a deal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deal {
    /// As it began, so that an opening that comes back is told from another one.
    pub opened: Opened,
    /// The process it follows.
    pub pipeline_id: PipelineId,
    /// Where it stands.
    pub place: StagePlace,
    /// The stage it was closed from.
    pub closed_from: Option<Key>,
    /// How it was lost, while it is, so that a loss that comes back is told from another one.
    pub lost: Option<Lost>,
    /// What it is worth.
    pub amount: Option<Money>,
    /// The same in another currency, by the rate that was said with the amount.
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
    /// How it is forecast in place of what its stage says, while it is open.
    pub forecast: Option<ForecastOverridden>,
    /// What is met of the exit criteria of its stage.
    pub checklist: Checklist,
    /// The quote by which it is sold: accepted, or about to be.
    pub chosen_quote: Option<QuoteId>,
}

impl PersonalFields for State {}
