//! What is asked of price books and quotes on the wire, as values.

use rapport_application::OfferRequest;
use rapport_domain::id::PriceBookId;
use rapport_domain::price_book::{Command, ENTRIES_MAX, Entry};
use rapport_domain::quote::{LINES_MAX, LineAsked};
use rapport_domain::value::{BasisPoints, Currency, Key, Label, Quantity};
use rapport_proto::v1 as wire;

use crate::parse::Fields;

pub(super) fn price_book(fields: &mut Fields, message: &wire::PublishPriceBookRequest) -> Option<Command> {
    let name = fields.required("name", &message.name, Label::parse);
    let currency = fields.required("currency", &message.currency, Currency::parse);
    let entries = fields.filled("entries", &message.entries, ENTRIES_MAX, entry);
    Some(Command::Publish { name: name?, currency: currency?, entries: entries? })
}

fn entry(fields: &mut Fields, path: &str, told: &wire::PriceBookEntry) -> Option<Entry> {
    let product = fields.required(&format!("{path}.product"), &told.product, Key::parse);
    let label = fields.required(&format!("{path}.label"), &told.label, Label::parse);
    let tax = fields.check(&format!("{path}.tax_basis_points"), BasisPoints::new(told.tax_basis_points));
    let unit_price = told.unit_price;
    Some(Entry { product: product?, label: label?, unit_price, tax_basis_points: tax? })
}

/// What is to be offered.
pub(super) fn offer(
    fields: &mut Fields,
    price_book_id: &str,
    lines: &[wire::QuoteLineItem],
    fx: Option<&wire::FrozenRate>,
) -> Option<OfferRequest> {
    let price_book_id = fields.required("price_book_id", price_book_id, PriceBookId::parse);
    let lines = fields.filled("lines", lines, LINES_MAX, line);
    let fx = fields.frozen_rate("fx", fx);
    Some(OfferRequest { price_book_id: price_book_id?, lines: lines?, fx: fx? })
}

fn line(fields: &mut Fields, path: &str, told: &wire::QuoteLineItem) -> Option<LineAsked> {
    let product = fields.required(&format!("{path}.product"), &told.product, Key::parse);
    let quantity = Quantity::from_thousandths(told.quantity_thousandths);
    let quantity = fields.check(&format!("{path}.quantity_thousandths"), quantity);
    let discount = BasisPoints::new(told.discount_basis_points);
    let discount = fields.check(&format!("{path}.discount_basis_points"), discount);
    Some(LineAsked { product: product?, quantity: quantity?, discount: discount? })
}

/// The version of a quote that is meant.
pub(super) fn version(fields: &mut Fields, version: u32) -> Option<u32> {
    if version == 0 { fields.missing("version") } else { Some(version) }
}
