//! What happens with what a customer is offered.

use rapport_domain::id::{OpportunityId, PriceBookId, QuoteId};
use rapport_domain::price_book::{Definition, Entry};
use rapport_domain::quote::{Asked, Command, Create, LineAsked, Quote};
use rapport_domain::value::{BasisPoints, Instant, Quantity, TimeZone};

use super::{Company, issue};
use crate::testing::{currency, day, key, label};

impl Company {
    /// Something happens with the offer for a deal.
    pub(super) fn quote_command(&mut self, number: u64, when: Instant) {
        let version = u32::try_from(self.chance.below(3)).unwrap() + 1;
        let asked = asked(self.chance.below(5) + 1, i64::try_from(self.chance.below(10_000)).unwrap());
        let command = match self.chance.below(9) {
            0 | 1 => Command::Create(Box::new(Create {
                opportunity_id: OpportunityId::derived("tests", &number.to_string()),
                asked,
            })),
            2 => Command::Revise(Box::new(asked)),
            3..=5 => Command::Send {
                valid_until: day(self.chance.one_of(&["2027-01-31", "2027-02-28"])),
                time_zone: TimeZone::UTC,
            },
            6 => Command::Accept { version, deal: None, fx: None },
            7 => Command::Decline { version, reason: Some(label("too dear")) },
            _ => Command::Withdraw { reason: label("out of stock") },
        };
        // A quote that is over stays so: a deal has several, one after the other.
        let id = QuoteId::derived("tests", &format!("{number}/{}", self.chance.below(4)));
        issue::<Quote>(&mut self.quotes, &mut self.history, id, &command, when);
    }
}

/// So many chairs, each for a price.
fn asked(chairs: u64, unit_price: i64) -> Asked {
    let product = key("chair");
    let tax_basis_points = BasisPoints::new(1_900).unwrap();
    let (product_of, label_of) = (product.clone(), label("Office chair"));
    let entry = Entry { product: product_of, label: label_of, unit_price, tax_basis_points };
    let price_book =
        Definition { version: 1, name: label("List"), currency: currency("EUR"), entries: vec![entry] };
    let quantity = Quantity::from_thousandths(chairs * 1_000).unwrap();
    let line = LineAsked { product, quantity, discount: BasisPoints::default() };
    let price_book_id = PriceBookId::derived("tests", "list");
    Asked { price_book_id, price_book, lines: vec![line], fx: None }
}
