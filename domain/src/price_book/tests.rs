//! What a price book accepts and refuses.

mod law;

use super::*;
use crate::aggregate::Reason;
use crate::testing::{given, key, label};
use crate::value::{BasisPoints, Currency};

fn entry(product: &str, unit_price: i64) -> Entry {
    let tax_basis_points = BasisPoints::new(1_900).unwrap();
    Entry { product: key(product), label: label("A thing"), unit_price, tax_basis_points }
}

fn usual() -> Vec<Entry> {
    vec![entry("chair", 4_999), entry("desk", 19_900)]
}

fn definition(version: u32, entries: Vec<Entry>) -> Definition {
    Definition { version, name: label("List 2026"), currency: Currency::parse("EUR").unwrap(), entries }
}

fn publish(entries: Vec<Entry>) -> Command {
    let Definition { version: _, name, currency, entries } = definition(0, entries);
    Command::Publish { name, currency, entries }
}

fn published(version: u32, entries: Vec<Entry>) -> Event {
    Published { definition: definition(version, entries) }.into()
}

/// Each list of entries that is refused, with the reason.
fn faulty() -> Vec<(Vec<Entry>, Rejection)> {
    let many = (0..=ENTRIES_MAX).map(|number| entry(&format!("p{number}"), 1)).collect();
    let twice = vec![entry("chair", 1), entry("desk", 1), entry("chair", 2)];
    vec![
        (Vec::new(), Rejection::Empty),
        (many, Rejection::TooManyEntries),
        (twice, Rejection::ProductRepeated { product: key("chair") }),
        (vec![entry("chair", -1)], Rejection::PriceNegative { product: key("chair") }),
    ]
}

#[test]
fn it_is_published_in_one_version_after_another() {
    given::<PriceBook>([]).when(publish(usual())).then([published(1, usual())]);
    let dearer = vec![entry("chair", 5_499), entry("desk", 19_900)];
    given::<PriceBook>([published(1, usual())]).when(publish(dearer.clone())).then([published(2, dearer)]);
}

#[test]
fn published_again_as_it_is_changes_nothing_whatever_the_order_of_its_products() {
    let backwards = usual().into_iter().rev().collect();
    given::<PriceBook>([published(1, usual())]).when(publish(backwards)).then_nothing();
}

#[test]
fn faulty_ones_are_refused_before_and_after_the_first_version() {
    for (entries, rejection) in faulty() {
        given::<PriceBook>([]).when(publish(entries.clone())).then_rejected(rejection.clone());
        given::<PriceBook>([published(1, usual())]).when(publish(entries)).then_rejected(rejection);
    }
}

#[test]
fn what_costs_nothing_is_sold_as_well() {
    let free = vec![entry("sample", 0)];
    given::<PriceBook>([]).when(publish(free.clone())).then([published(1, free)]);
}

#[test]
fn each_rejection_has_its_reason() {
    for (rejection, reason) in [
        (Rejection::Empty, "PRICE_BOOK_EMPTY"),
        (Rejection::TooManyEntries, "PRICE_BOOK_ENTRIES_EXHAUSTED"),
        (Rejection::ProductRepeated { product: key("chair") }, "PRICE_BOOK_PRODUCT_REPEATED"),
        (Rejection::PriceNegative { product: key("chair") }, "PRICE_BOOK_PRICE_NEGATIVE"),
    ] {
        assert_eq!(rejection.reason(), reason);
    }
}
