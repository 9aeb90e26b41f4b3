//! What a contact is offered: one quote after another, to each end that a quote can have.

use rapport_domain::id::{OpportunityId, PriceBookId, QuoteId};
use rapport_domain::price_book::{self, Definition, Entry};
use rapport_domain::quote::{
    Accepted, Created, Declined, Event, Expired, Line, Offer, Revised, Sent, Totals, Withdrawn,
};
use rapport_domain::value::{BasisPoints, Currency, Instant, Quantity, TimeZone};

use super::NAMESPACE;
use super::word::{Words, malformed};
use crate::error::Failure;

/// What one of the product costs, in cents.
const UNIT_PRICE: i64 = 10_000;
/// Steps of four quotes: one is revised and accepted, one declined, one expires, one is withdrawn.
const STEPS: [usize; 4] = [5, 3, 3, 2];

/// The price book of all.
pub(super) fn price_book_id() -> PriceBookId {
    PriceBookId::derived(NAMESPACE, "standard")
}

/// Its first version.
pub(super) fn price_book(words: &Words) -> Result<price_book::Event, Failure> {
    let entry = Entry {
        product: words.key.clone(),
        label: words.label.clone(),
        unit_price: UNIT_PRICE,
        tax_basis_points: BasisPoints::default(),
    };
    let currency = Currency::parse("EUR").map_err(malformed)?;
    let definition = Definition { version: 1, name: words.label.clone(), currency, entries: vec![entry] };
    Ok(price_book::Published { definition }.into())
}

/// The quotes of a contact.
#[derive(Default)]
pub(super) struct Quotes {
    /// Which one is at hand.
    number: usize,
    /// What happened to it already.
    step: usize,
}

impl Quotes {
    /// The next thing that happens at a time, and to which quote.
    pub(super) fn step(
        &mut self,
        person: usize,
        at: Instant,
        words: &Words,
    ) -> Result<(QuoteId, Event), Failure> {
        let Self { number, step } = *self;
        // Contacts begin with other ends, so that each end comes soon.
        let kind = (person + number) % STEPS.len();
        let ends = step + 1 == STEPS[kind];
        self.number = if ends { number + 1 } else { number };
        self.step = if ends { 0 } else { step + 1 };
        let (valid_until, time_zone) = (at.date(), TimeZone::UTC);
        let expires_at = time_zone.end_of(valid_until);
        let sent = |version| Sent { version, valid_until, time_zone, expires_at };
        let opportunity_id = OpportunityId::derived(NAMESPACE, &format!("{person}-1"));
        let event = match (kind, step) {
            (_, 0) => Created { opportunity_id, offer: offer(words, 1)? }.into(),
            (0..3, 1) => sent(1).into(),
            (0, 2) => Revised { offer: offer(words, 2)? }.into(),
            (0, 3) => sent(2).into(),
            (0, _) => Accepted { version: 2, deal_amount: offer(words, 2)?.net(), deal_stands: false }.into(),
            (1, _) => Declined { version: 1, reason: Some(words.label.clone()) }.into(),
            (2, _) => Expired { version: 1, expires_at }.into(),
            (_, _) => Withdrawn { version: 1, reason: words.label.clone() }.into(),
        };
        Ok((QuoteId::derived(NAMESPACE, &format!("{person}:quote:{number}")), event))
    }
}

/// One of the product.
fn offer(words: &Words, version: u32) -> Result<Offer, Failure> {
    let line = Line {
        product: words.key.clone(),
        label: words.label.clone(),
        quantity_thousandths: Quantity::from_thousandths(1_000).map_err(malformed)?,
        unit_price: UNIT_PRICE,
        discount_basis_points: BasisPoints::default(),
        tax_basis_points: BasisPoints::default(),
        discount: 0,
        net: UNIT_PRICE,
        tax: 0,
    };
    Ok(Offer {
        version,
        price_book_id: price_book_id(),
        price_book_version: 1,
        currency: Currency::parse("EUR").map_err(malformed)?,
        lines: vec![line],
        totals: Totals { discount: 0, net: UNIT_PRICE, tax: 0, gross: UNIT_PRICE },
        fx: None,
        base_totals: None,
    })
}
