//! What a quote is, folded from its events.

use super::command::LineAsked;
use super::event::{Accepted, Created, Declined, Expired, Sent, Withdrawn};
use super::offer::{Line, Offer};
use crate::id::{OpportunityId, PriceBookId};
use crate::personal::PersonalFields;
use crate::value::FrozenRate;

/// The lifecycle of a quote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing has happened yet.
    #[default]
    Uncreated,
    /// It is being written.
    Draft(Quote),
    /// The customer has it.
    Sent(Quote, Sent),
    /// The customer took it.
    Accepted(Quote, Accepted),
    /// The customer did not take it.
    Declined(Quote, Declined),
    /// Its last day passed without an answer.
    Expired(Quote, Expired),
    /// It was taken back.
    Withdrawn(Quote, Withdrawn),
}

impl State {
    /// What is known of it, once it was created.
    #[must_use]
    pub const fn quote(&self) -> Option<&Quote> {
        match self {
            Self::Uncreated => None,
            Self::Draft(quote)
            | Self::Sent(quote, _)
            | Self::Accepted(quote, _)
            | Self::Declined(quote, _)
            | Self::Expired(quote, _)
            | Self::Withdrawn(quote, _) => Some(quote),
        }
    }
}

/// What is known of a quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// As it began: the same again is the same quote.
    pub begun: Begun,
    /// The version that counts.
    pub offer: Offer,
}

/// What a quote began with, without the prices that it got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// For which deal it is.
    pub opportunity_id: OpportunityId,
    /// The price book.
    pub price_book_id: PriceBookId,
    /// What the amounts are worth in another currency.
    pub fx: Option<FrozenRate>,
    /// What of the price book.
    pub lines: Vec<LineAsked>,
}

impl From<&Created> for Begun {
    fn from(created: &Created) -> Self {
        let Offer { price_book_id, fx, lines, .. } = &created.offer;
        let asked = |line: &Line| LineAsked {
            product: line.product.clone(),
            quantity: line.quantity_thousandths,
            discount: line.discount_basis_points,
        };
        Self {
            opportunity_id: created.opportunity_id,
            price_book_id: *price_book_id,
            fx: *fx,
            lines: lines.iter().map(asked).collect(),
        }
    }
}

impl PersonalFields for State {}
