//! Given quotes, when they are asked for, then this is how they stand, and what expires next comes first.

use rapport_domain::price_book::{self as books, Entry, Published};
use rapport_domain::quote::{
    self as quotes, Accepted, Created, Declined, Event, Expired, Line, Revised, Sent, Totals, Withdrawn,
};
use rapport_domain::value::{BasisPoints, Quantity};

use super::query::{list, quote as found};
use super::*;
use crate::query::Thing;
use crate::testing::{History, Model, all_pages, at, currency, day, eur, key, label};

const MONDAY: &str = "2026-11-23T09:00:00Z";
const TUESDAY: &str = "2026-11-24T09:00:00Z";
const WEDNESDAY: &str = "2026-11-25T09:00:00Z";

fn id(name: &str) -> QuoteId {
    QuoteId::derived("tests", name)
}

fn deal(name: &str) -> OpportunityId {
    OpportunityId::derived("tests", name)
}

fn book() -> PriceBookId {
    PriceBookId::derived("tests", "list")
}

fn offer(version: u32, net: i64) -> Offer {
    let line = Line {
        product: key("chair"),
        label: label("Office chair"),
        quantity_thousandths: Quantity::from_thousandths(1_000).unwrap(),
        unit_price: net,
        discount_basis_points: BasisPoints::default(),
        tax_basis_points: BasisPoints::default(),
        discount: 0,
        net,
        tax: 0,
    };
    Offer {
        version,
        price_book_id: book(),
        price_book_version: 1,
        currency: currency("EUR"),
        lines: vec![line],
        totals: Totals { discount: 0, net, tax: 0, gross: net },
        fx: None,
        base_totals: None,
    }
}

fn created(of: &str) -> Event {
    Created { opportunity_id: deal(of), offer: offer(1, 4_999) }.into()
}

fn sent(version: u32, last_day: &str) -> Event {
    let (valid_until, time_zone) = (day(last_day), TimeZone::UTC);
    Sent { version, valid_until, time_zone, expires_at: time_zone.end_of(valid_until) }.into()
}

fn happened(events: impl IntoIterator<Item = (&'static str, &'static str, Event)>) -> Model<QuoteProjection> {
    let mut history = History::new();
    for (name, occurred_at, event) in events {
        history.add::<quotes::Quote>(&id(name), occurred_at, event);
    }
    Model::of(QuoteProjection, &history)
}

fn standing(model: &Model<QuoteProjection>, name: &str) -> Quote {
    found(&model.connection, id(name)).unwrap()
}

#[test]
fn a_quote_stands_as_it_was_told() {
    let model = happened([
        ("a", MONDAY, created("deal")),
        ("a", MONDAY, sent(1, "2026-11-30")),
        ("a", TUESDAY, Revised { offer: offer(2, 4_500) }.into()),
        ("a", TUESDAY, sent(2, "2026-12-31")),
        ("a", WEDNESDAY, Accepted { version: 2, deal_amount: eur(4_500), deal_stands: false }.into()),
    ]);
    let quote = standing(&model, "a");
    assert_eq!((quote.status, quote.opportunity_id), (QuoteStatus::Accepted, deal("deal")));
    assert_eq!((quote.offer, quote.deal_amount), (offer(2, 4_500), Some(eur(4_500))));
    assert_eq!((quote.valid_until, quote.time_zone), (Some(day("2026-12-31")), Some(TimeZone::UTC)));
    assert_eq!(quote.expires_at, Some(at("2027-01-01T00:00:00Z")));
    assert_eq!((quote.created_at, quote.sent_at), (at(MONDAY), Some(at(TUESDAY))));
    assert_eq!((quote.closed_at, quote.reason), (Some(at(WEDNESDAY)), None));
}

#[test]
fn a_version_that_is_written_anew_has_no_last_day_yet() {
    let model = happened([
        ("a", MONDAY, created("deal")),
        ("a", MONDAY, sent(1, "2026-11-30")),
        ("a", TUESDAY, Revised { offer: offer(2, 4_500) }.into()),
    ]);
    let quote = standing(&model, "a");
    assert_eq!((quote.status, quote.valid_until, quote.sent_at), (QuoteStatus::Draft, None, None));
    let missing = found(&model.connection, id("b"));
    assert!(matches!(missing, Err(QueryError::NotFound { what: Thing::Quote })));
}

#[test]
fn quotes_are_listed_as_they_expire_and_what_waits_for_no_answer_comes_last() {
    let too_dear = Declined { version: 1, reason: Some(label("too dear")) };
    let over = Expired { version: 1, expires_at: at("2026-11-24T00:00:00Z") };
    let model = happened([
        ("draft", MONDAY, created("deal")),
        ("later", MONDAY, created("deal")),
        ("later", MONDAY, sent(1, "2026-12-31")),
        ("other", MONDAY, created("other")),
        ("other", MONDAY, sent(1, "2026-11-30")),
        ("sooner", MONDAY, created("deal")),
        ("sooner", MONDAY, sent(1, "2026-11-30")),
        ("declined", MONDAY, created("deal")),
        ("declined", MONDAY, sent(1, "2026-11-23")),
        ("declined", TUESDAY, too_dear.into()),
        ("expired", MONDAY, created("deal")),
        ("expired", MONDAY, sent(1, "2026-11-23")),
        ("expired", TUESDAY, over.into()),
        ("withdrawn", MONDAY, created("deal")),
        ("withdrawn", TUESDAY, Withdrawn { version: 1, reason: label("twice") }.into()),
    ]);
    let all = ["other", "sooner", "later", "draft", "declined", "expired", "withdrawn"];
    let with = |status| QuoteFilter { status: Some(status), ..QuoteFilter::default() };
    let of_deal = QuoteFilter { opportunity_id: Some(deal("deal")), ..with(QuoteStatus::Sent) };
    let by_december = QuoteFilter { expires_by: Some(at("2026-12-01T00:00:00Z")), ..QuoteFilter::default() };
    let nobody = QuoteFilter { opportunity_id: Some(deal("nobody")), ..QuoteFilter::default() };
    for (filter, expected) in [
        (QuoteFilter::default(), &all[..]),
        (with(QuoteStatus::Sent), &["other", "sooner", "later"][..]),
        (with(QuoteStatus::Expired), &["expired"][..]),
        (of_deal, &["sooner", "later"][..]),
        (by_december, &["other", "sooner"][..]),
        (nobody, &all[..0]),
    ] {
        let quotes = all_pages(1, |page| list(&model.connection, &filter, page));
        let ids: Vec<QuoteId> = quotes.into_iter().map(|quote| quote.quote_id).collect();
        let expected: Vec<QuoteId> = expected.iter().map(|name| id(name)).collect();
        assert_eq!(ids, expected, "{filter:?}");
    }
    assert_eq!(standing(&model, "declined").reason, Some(label("too dear")));
}

#[test]
fn a_price_book_stands_in_the_version_that_was_published_last() {
    let definition = |version, unit_price| Definition {
        version,
        name: label("List 2026"),
        currency: currency("EUR"),
        entries: vec![Entry {
            product: key("chair"),
            label: label("Office chair"),
            unit_price,
            tax_basis_points: BasisPoints::new(1_900).unwrap(),
        }],
    };
    let mut history = History::new();
    for (name, version, price) in [("list", 1, 4_999), ("partners", 1, 4_000), ("list", 2, 5_499)] {
        let id = PriceBookId::derived("tests", name);
        let published = Published { definition: definition(version, price) };
        history.add::<books::PriceBook>(&id, MONDAY, published);
    }
    let model = Model::of(QuoteProjection, &history);
    let in_force = PriceBook { price_book_id: book(), definition: definition(2, 5_499) };
    assert_eq!(price_book::one(&model.connection, book()).unwrap(), in_force);
    let all = price_book::all(&model.connection).unwrap();
    assert_eq!(all.iter().map(|book| book.definition.version).collect::<Vec<_>>(), [2, 1]);
    let missing = price_book::one(&model.connection, PriceBookId::derived("tests", "none"));
    assert!(matches!(missing, Err(QueryError::NotFound { what: Thing::PriceBook })));
}

#[test]
fn two_hundred_price_books_are_listed_and_no_more() {
    let mut history = History::new();
    for number in 1..=201 {
        let id = PriceBookId::derived("tests", &number.to_string());
        let (name, currency) = (label("List 2026"), currency("EUR"));
        let definition = Definition { version: number, name, currency, entries: Vec::new() };
        history.add::<books::PriceBook>(&id, MONDAY, Published { definition });
    }
    let model = Model::of(QuoteProjection, &history);
    let all = price_book::all(&model.connection).unwrap();
    let listed: Vec<u32> = all.iter().map(|book| book.definition.version).collect();
    assert_eq!(listed, (1..=200).collect::<Vec<u32>>());
}
