//! A price book's definition.

use serde::{Deserialize, Serialize};

use crate::personal::PersonalFields;
use crate::value::{BasisPoints, Currency, Key, Label};

/// The lifecycle of a price book.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing has been published yet.
    #[default]
    Unpublished,
    /// The version in force.
    Published(Definition),
}

/// One version of a price book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// 1, 2, 3 and so on.
    pub version: u32,
    /// What the company calls it.
    pub name: Label,
    /// The currency of its prices.
    pub currency: Currency,
    /// What is sold, in the order of the products.
    pub entries: Vec<Entry>,
}

impl Definition {
    /// What is said of a product.
    #[must_use]
    pub fn entry(&self, product: &Key) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.product == *product)
    }
}

/// One product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What programs call it.
    pub product: Key,
    /// What people call it.
    pub label: Label,
    /// What one of it costs without tax, in the smallest unit of the book's currency.
    pub unit_price: i64,
    /// The tax on it.
    pub tax_basis_points: BasisPoints,
}

impl PersonalFields for State {}
