//! Quotes: what customers are offered, what expires next, and the price books that the prices are from.

mod price_book;
mod project;
mod query;
mod row;
#[cfg(test)]
mod tests;

use rapport_domain::envelope::Revision;
use rapport_domain::id::{OpportunityId, PriceBookId, QuoteId};
use rapport_domain::price_book::Definition;
use rapport_domain::quote::Offer;
use rapport_domain::value::{Date, Instant, Label, Money, TimeZone};
use serde::{Deserialize, Serialize};

use crate::page::{Page, PageRequest};
use crate::query::{Answer, Freshness, QueryError};
use crate::read_model::Reader;

pub(crate) use project::QuoteProjection;

/// Most price books of a list.
pub const PRICE_BOOKS_MAX: usize = 200;

/// Where a quote stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuoteStatus {
    /// It is being written.
    Draft,
    /// The customer has it.
    Sent,
    /// The customer took it.
    Accepted,
    /// The customer did not take it.
    Declined,
    /// Its last day passed without an answer.
    Expired,
    /// It was taken back.
    Withdrawn,
}

/// A quote, by the version that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Its id.
    pub quote_id: QuoteId,
    /// For which deal.
    pub opportunity_id: OpportunityId,
    /// Where it stands.
    pub status: QuoteStatus,
    /// What is offered.
    pub offer: Offer,
    /// The last day on which it can be accepted, once it was sent.
    pub valid_until: Option<Date>,
    /// By whose clock that day ends.
    pub time_zone: Option<TimeZone>,
    /// When it is over.
    pub expires_at: Option<Instant>,
    /// What the deal was worth by it when it was accepted.
    pub deal_amount: Option<Money>,
    /// Why it was declined or withdrawn.
    pub reason: Option<Label>,
    /// When it was created; business time.
    pub created_at: Instant,
    /// When the version that counts was sent.
    pub sent_at: Option<Instant>,
    /// When it was accepted, declined or withdrawn, or expired.
    pub closed_at: Option<Instant>,
    /// Revision of the quote's stream.
    pub revision: Revision,
}

/// A price book, as it is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceBook {
    /// Its id.
    pub price_book_id: PriceBookId,
    /// The version in force.
    pub definition: Definition,
}

/// Which quotes to list. Empty parts let everything through; all parts must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct QuoteFilter {
    /// Only those for this deal.
    pub opportunity_id: Option<OpportunityId>,
    /// Only where it stands so.
    pub status: Option<QuoteStatus>,
    /// Only those that wait for an answer and expire by then.
    pub expires_by: Option<Instant>,
}

/// Asks about quotes.
#[derive(Clone)]
pub struct Quotes {
    reader: Reader,
}

impl Quotes {
    pub(crate) const fn new(reader: Reader) -> Self {
        Self { reader }
    }

    /// One quote.
    ///
    /// # Errors
    /// [`QueryError::NotFound`], and what every query may answer.
    pub async fn quote(&self, freshness: Freshness, quote_id: QuoteId) -> Result<Answer<Quote>, QueryError> {
        self.reader.read(freshness, move |connection| query::quote(connection, quote_id)).await
    }

    /// Quotes. What waits for an answer comes first, in the order in which it expires; then all others, as they were created.
    ///
    /// # Errors
    /// [`QueryError::PageToken`], and what every query may answer.
    pub async fn list(
        &self,
        freshness: Freshness,
        filter: QuoteFilter,
        page: PageRequest,
    ) -> Result<Answer<Page<Quote>>, QueryError> {
        let page = page.of(freshness);
        self.reader.read(freshness, move |connection| query::list(connection, &filter, &page)).await
    }

    /// One price book, as it is in force.
    ///
    /// # Errors
    /// [`QueryError::NotFound`], and what every query may answer.
    pub async fn price_book(
        &self,
        freshness: Freshness,
        price_book_id: PriceBookId,
    ) -> Result<Answer<PriceBook>, QueryError> {
        self.reader.read(freshness, move |connection| price_book::one(connection, price_book_id)).await
    }

    /// The price books in the order in which they were first published, at most [`PRICE_BOOKS_MAX`].
    ///
    /// # Errors
    /// What every query may answer.
    pub async fn price_books(&self, freshness: Freshness) -> Result<Answer<Vec<PriceBook>>, QueryError> {
        self.reader.read(freshness, price_book::all).await
    }
}
