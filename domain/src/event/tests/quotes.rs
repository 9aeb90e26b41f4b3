//! One sample of every event about price books and quotes, with every field that it can have.

use crate::id::{OpportunityId, PriceBookId};
use crate::price_book::{self, Definition, Entry};
use crate::quote::{
    Accepted, Created, Declined, Event, Expired, Line, Offer, Revised, Sent, Totals, Withdrawn,
};
use crate::testing::{at, day, eur, key, label, usd};
use crate::value::{BasisPoints, ExchangeRate, FrozenRate, Quantity, TimeZone};

fn share(points: u32) -> BasisPoints {
    BasisPoints::new(points).unwrap()
}

pub(super) fn price_book() -> Vec<price_book::Event> {
    let chair = Entry {
        product: key("chair"),
        label: label("Office chair"),
        unit_price: 4_999,
        tax_basis_points: share(1_900),
    };
    let currency = eur(0).currency;
    let definition = Definition { version: 2, name: label("List 2026"), currency, entries: vec![chair] };
    vec![price_book::Published { definition }.into()]
}

fn offer(version: u32) -> Offer {
    let line = Line {
        product: key("chair"),
        label: label("Office chair"),
        quantity_thousandths: Quantity::from_thousandths(1_500).unwrap(),
        unit_price: 4_999,
        discount_basis_points: share(1_000),
        tax_basis_points: share(1_900),
        discount: 750,
        net: 6_749,
        tax: 1_282,
    };
    let fx = FrozenRate {
        base_currency: usd(0).currency,
        rate: ExchangeRate::parse("1.0845").unwrap(),
        rate_date: day("2026-11-20"),
    };
    Offer {
        version,
        price_book_id: PriceBookId::derived("golden", "list"),
        price_book_version: 2,
        currency: eur(0).currency,
        lines: vec![line],
        totals: Totals { discount: 750, net: 6_749, tax: 1_282, gross: 8_031 },
        fx: Some(fx),
        base_totals: Some(Totals { discount: 813, net: 7_319, tax: 1_390, gross: 8_709 }),
    }
}

pub(super) fn quote() -> Vec<Event> {
    let (version, expires_at) = (2, at("2026-11-30T23:00:00Z"));
    let time_zone = TimeZone::parse("Europe/Berlin").unwrap();
    vec![
        Created { opportunity_id: OpportunityId::derived("golden", "deal"), offer: offer(1) }.into(),
        Revised { offer: offer(2) }.into(),
        Sent { version, valid_until: day("2026-11-30"), time_zone, expires_at }.into(),
        Accepted { version, deal_amount: usd(7_319), deal_stands: true }.into(),
        Declined { version, reason: Some(label("too dear")) }.into(),
        Expired { version, expires_at }.into(),
        Withdrawn { version, reason: label("out of stock") }.into(),
    ]
}
