//! How amounts are counted, in one way everywhere. Each line by itself, each step rounded half up to the smallest unit:
//!
//! 1. list price = unit price x quantity
//! 2. discount = list price x share
//! 3. net = list price - discount
//! 4. tax = net x share
//!
//! The totals are sums of what stands in the lines, and gross = net + tax: whoever adds up the document comes to the same. In the
//! base currency discount, net and tax are converted each, and gross is again the sum.

use super::command::{Asked, LineAsked};
use super::offer::{Line, Offer, Totals};
use super::rejection::Rejection;
use crate::price_book::Entry;
use crate::value::{Currency, FrozenRate, Money};

/// Most lines of a quote.
pub const LINES_MAX: usize = 200;

/// What is asked for, with its prices, as a version.
pub(super) fn priced(asked: &Asked, version: u32) -> Result<Offer, Rejection> {
    let Asked { price_book_id, price_book, lines, fx } = asked;
    if lines.is_empty() {
        return Err(Rejection::NoLines);
    }
    if lines.len() > LINES_MAX {
        return Err(Rejection::TooManyLines);
    }
    let currency = price_book.currency;
    if fx.is_some_and(|fx| fx.base_currency == currency) {
        return Err(Rejection::SameCurrency { currency });
    }
    let line = |asked: &LineAsked| {
        let entry = price_book.entry(&asked.product);
        let entry = entry.ok_or_else(|| Rejection::ProductUnknown { product: asked.product.clone() })?;
        counted(asked, entry).ok_or(Rejection::AmountOverflow)
    };
    let lines = lines.iter().map(line).collect::<Result<Vec<_>, _>>()?;
    let totals = summed(&lines).ok_or(Rejection::AmountOverflow)?;
    let in_base = |fx: FrozenRate| converted(totals, currency, fx).ok_or(Rejection::AmountOverflow);
    let base_totals = fx.map(in_base).transpose()?;
    let (price_book_id, price_book_version) = (*price_book_id, price_book.version);
    let fx = *fx;
    Ok(Offer { version, price_book_id, price_book_version, currency, lines, totals, fx, base_totals })
}

/// A line with its amounts; nothing where one does not fit.
fn counted(asked: &LineAsked, entry: &Entry) -> Option<Line> {
    let list = asked.quantity.at(entry.unit_price)?;
    let discount = asked.discount.of(list)?;
    let net = list.checked_sub(discount)?;
    Some(Line {
        product: entry.product.clone(),
        label: entry.label.clone(),
        quantity_thousandths: asked.quantity,
        unit_price: entry.unit_price,
        discount_basis_points: asked.discount,
        tax_basis_points: entry.tax_basis_points,
        discount,
        net,
        tax: entry.tax_basis_points.of(net)?,
    })
}

fn summed(lines: &[Line]) -> Option<Totals> {
    lines.iter().try_fold(Totals::default(), |totals, line| {
        let discount = totals.discount.checked_add(line.discount)?;
        with_gross(discount, totals.net.checked_add(line.net)?, totals.tax.checked_add(line.tax)?)
    })
}

fn converted(totals: Totals, currency: Currency, fx: FrozenRate) -> Option<Totals> {
    let convert = |minor_units| fx.convert(Money { minor_units, currency }).map(|money| money.minor_units);
    with_gross(convert(totals.discount)?, convert(totals.net)?, convert(totals.tax)?)
}

fn with_gross(discount: i64, net: i64, tax: i64) -> Option<Totals> {
    Some(Totals { discount, net, tax, gross: net.checked_add(tax)? })
}
