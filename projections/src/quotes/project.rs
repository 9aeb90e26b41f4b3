//! How quotes and price books fold.

use rapport_domain::id::{PriceBookId, QuoteId};
use rapport_domain::{DomainEvent, price_book as books};
use rusqlite::Transaction;

use super::{Quote, price_book};
use crate::projection::{ProjectError, Projected, Projection};
use crate::row::Entity as _;

/// The fold; see the module above.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QuoteProjection;

impl Projection for QuoteProjection {
    const NAME: &'static str = "quotes";
    const VERSION: u32 = 1;
    const HANDLES: &'static [&'static str] = &[
        "price_book.published.v1",
        "quote.created.v1",
        "quote.revised.v1",
        "quote.sent.v1",
        "quote.accepted.v1",
        "quote.declined.v1",
        "quote.expired.v1",
        "quote.withdrawn.v1",
    ];
    const SOURCES: &'static [&'static str] = &[
        include_str!("../quotes.rs"),
        include_str!("price_book.rs"),
        include_str!("project.rs"),
        include_str!("query.rs"),
        include_str!("row.rs"),
    ];

    fn schema() -> &'static str {
        include_str!("schema.sql")
    }

    fn project(&mut self, tx: &Transaction<'_>, event: &Projected<'_>) -> Result<(), ProjectError> {
        let stream_id = event.recorded.stream.id();
        if let DomainEvent::PriceBook(books::Event::Published(published)) = event.event {
            let id = PriceBookId::parse(stream_id)
                .map_err(|_| ProjectError::Stream { noun: PriceBookId::NOUN })?;
            price_book::PRICE_BOOKS.put(tx, event.position(), id, &published.definition)?;
        }
        if let DomainEvent::Quote(happened) = event.event {
            let id = QuoteId::parse(stream_id).map_err(|_| ProjectError::Stream { noun: QuoteId::NOUN })?;
            Quote::change(tx, id, happened, event)?;
        }
        Ok(())
    }
}
