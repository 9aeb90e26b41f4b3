//! Price books, as they are in force.

use rapport_domain::id::PriceBookId;
use rusqlite::Connection;

use super::{PRICE_BOOKS_MAX, PriceBook};
use crate::published::Published;
use crate::query::{QueryError, Thing};

pub(super) const PRICE_BOOKS: Published = Published { table: "price_books", id: "price_book_id" };

pub(super) fn one(connection: &Connection, price_book_id: PriceBookId) -> Result<PriceBook, QueryError> {
    let found = PRICE_BOOKS.find(connection, price_book_id)?;
    let price_book = found.map(|(price_book_id, definition)| PriceBook { price_book_id, definition });
    price_book.ok_or(QueryError::NotFound { what: Thing::PriceBook })
}

pub(super) fn all(connection: &Connection) -> Result<Vec<PriceBook>, QueryError> {
    let price_book = |(price_book_id, definition)| PriceBook { price_book_id, definition };
    Ok(PRICE_BOOKS.listed(connection, PRICE_BOOKS_MAX)?.into_iter().map(price_book).collect())
}
