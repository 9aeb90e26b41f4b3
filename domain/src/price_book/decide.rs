//! The rules of a price book.

use std::collections::BTreeMap;

use super::command::Command;
use super::event::{Event, Published};
use super::state::{Definition, Entry, State};
use crate::aggregate::Reason;
use crate::value::Key;

/// Most products of a price book.
pub const ENTRIES_MAX: usize = 500;

/// Why a command to a price book is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Nothing is sold.
    #[error("a price book has at least one product")]
    Empty,
    /// More products than there can be.
    #[error("a price book has at most {ENTRIES_MAX} products")]
    TooManyEntries,
    /// A product has two prices.
    #[error("a price book has the product {product} once")]
    ProductRepeated {
        /// The product.
        product: Key,
    },
    /// A price below nothing.
    #[error("the price of {product} is not negative")]
    PriceNegative {
        /// The product.
        product: Key,
    },
}

impl Reason for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::Empty => "PRICE_BOOK_EMPTY",
            Self::TooManyEntries => "PRICE_BOOK_ENTRIES_EXHAUSTED",
            Self::ProductRepeated { .. } => "PRICE_BOOK_PRODUCT_REPEATED",
            Self::PriceNegative { .. } => "PRICE_BOOK_PRICE_NEGATIVE",
        }
    }
}

pub(super) fn decide(state: &State, command: &Command) -> Result<Vec<Event>, Rejection> {
    let Command::Publish { name, currency, entries } = command;
    let known = match state {
        State::Published(current) => current.version,
        State::Unpublished => 0,
    };
    let draft =
        Definition { version: known, name: name.clone(), currency: *currency, entries: checked(entries)? };
    if matches!(state, State::Published(current) if *current == draft) {
        return Ok(Vec::new());
    }
    let definition = Definition { version: known.saturating_add(1), ..draft };
    Ok(vec![Published { definition }.into()])
}

/// The entries in the order of their products, each product once.
fn checked(entries: &[Entry]) -> Result<Vec<Entry>, Rejection> {
    if entries.is_empty() {
        return Err(Rejection::Empty);
    }
    if entries.len() > ENTRIES_MAX {
        return Err(Rejection::TooManyEntries);
    }
    let mut sorted = BTreeMap::new();
    for entry in entries {
        let product = &entry.product;
        if entry.unit_price < 0 {
            return Err(Rejection::PriceNegative { product: product.clone() });
        }
        if sorted.insert(product, entry).is_some() {
            return Err(Rejection::ProductRepeated { product: product.clone() });
        }
    }
    Ok(sorted.into_values().cloned().collect())
}
