//! What can be asked of a quote.

use crate::id::{OpportunityId, PriceBookId};
use crate::price_book::Definition;
use crate::value::{BasisPoints, Date, FrozenRate, Key, Label, Money, Quantity, TimeZone};

/// A command to a quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Begin it with a first version.
    Create(Box<Create>),
    /// Make the next version.
    Revise(Box<Asked>),
    /// Offer the version at hand to the customer.
    Send {
        /// The last day on which it can be accepted.
        valid_until: Date,
        /// By whose clock that day ends.
        time_zone: TimeZone,
    },
    /// Note that the customer takes it.
    Accept {
        /// The version that they mean.
        version: u32,
        /// What the deal is worth now; absent: it has no amount yet.
        deal: Option<Money>,
        /// The rate that stands with that.
        fx: Option<FrozenRate>,
    },
    /// Note that the customer does not take it.
    Decline {
        /// The version that they mean.
        version: u32,
        /// Why; no personal data.
        reason: Option<Label>,
    },
    /// Take it back.
    Withdraw {
        /// Why; no personal data.
        reason: Label,
    },
    /// Note that the last day is over. It changes nothing where it is not, or where the quote waits for no answer.
    Expire,
}

/// The beginning of a quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Create {
    /// For which deal.
    pub opportunity_id: OpportunityId,
    /// What is offered.
    pub asked: Asked,
}

/// What is to be offered, before it has prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The price book.
    pub price_book_id: PriceBookId,
    /// The same, as it is in force.
    pub price_book: Definition,
    /// What of it.
    pub lines: Vec<LineAsked>,
    /// What the amounts are worth in another currency.
    pub fx: Option<FrozenRate>,
}

/// One line, before it has a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineAsked {
    /// The product.
    pub product: Key,
    /// How much of it.
    pub quantity: Quantity,
    /// What is taken off its price.
    pub discount: BasisPoints,
}
