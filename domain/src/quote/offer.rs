//! What is offered, with its prices: as it stands in the events.

use serde::{Deserialize, Serialize};

use crate::id::PriceBookId;
use crate::value::{BasisPoints, Currency, FrozenRate, Key, Label, Money, Quantity};

/// One version of what is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// 1, 2, 3 and so on.
    pub version: u32,
    /// Where the prices are from.
    pub price_book_id: PriceBookId,
    /// The version of it.
    pub price_book_version: u32,
    /// The currency of all amounts but those of `base_totals`.
    pub currency: Currency,
    /// What is offered, in the order in which it was asked for.
    pub lines: Vec<Line>,
    /// The sums of the lines.
    pub totals: Totals,
    /// What the amounts are worth in another currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fx: Option<FrozenRate>,
    /// The sums in the base currency of `fx`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_totals: Option<Totals>,
}

impl Offer {
    /// What it costs without tax, in its own currency.
    #[must_use]
    pub const fn net(&self) -> Money {
        Money { minor_units: self.totals.net, currency: self.currency }
    }

    /// What it costs without tax in the base currency, where there is one.
    #[must_use]
    pub fn base_net(&self) -> Option<Money> {
        let (fx, totals) = self.fx.zip(self.base_totals)?;
        Some(Money { minor_units: totals.net, currency: fx.base_currency })
    }
}

/// One line of an offer. Amounts are in the smallest unit of the offer's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The product.
    pub product: Key,
    /// What the price book calls it.
    pub label: Label,
    /// How much of it, in thousandths.
    pub quantity_thousandths: Quantity,
    /// What one of it costs, by the price book.
    pub unit_price: i64,
    /// What is taken off, as a share.
    pub discount_basis_points: BasisPoints,
    /// The tax on it, by the price book.
    pub tax_basis_points: BasisPoints,
    /// What is taken off.
    pub discount: i64,
    /// What it costs without tax.
    pub net: i64,
    /// The tax.
    pub tax: i64,
}

/// Sums of lines, in the smallest unit of their currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// What is taken off.
    pub discount: i64,
    /// What it costs without tax.
    pub net: i64,
    /// The tax.
    pub tax: i64,
    /// What it costs with tax.
    pub gross: i64,
}
