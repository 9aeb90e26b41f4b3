//! The quote by which a deal is sold.

use super::*;

pub(super) fn chosen(name: &str) -> Event {
    QuoteChosen { quote_id: quote(name) }.into()
}

fn already_chosen(name: &str) -> Rejection {
    Rejection::QuoteAlreadyChosen { quote_id: quote(name) }
}

fn sold() -> Given<Opportunity> {
    given([opened(), chosen("first")])
}

#[test]
fn a_deal_is_sold_by_one_quote() {
    given::<Opportunity>([opened()]).when(choose_after("first", None)).then([chosen("first")]);
    sold().when(choose_after("first", None)).then_nothing();
    sold().when(choose_after("second", None)).then_rejected(already_chosen("first"));
}

#[test]
fn another_quote_takes_the_place_of_one_that_ended() {
    sold().when(choose_after("second", Some("first"))).then([chosen("second")]);
    let replaced = || given::<Opportunity>([opened(), chosen("first"), chosen("second")]);
    replaced().when(choose_after("third", Some("first"))).then_rejected(already_chosen("second"));
    replaced().when(choose_after("third", Some("second"))).then([chosen("third")]);
}

#[test]
fn a_deal_that_is_reopened_is_sold_by_the_quote_that_it_was_sold_by() {
    let reopened = Reopened { from: key("won"), place: place("new") }.into();
    given::<Opportunity>([opened(), chosen("first"), won("new", None), reopened])
        .when(choose_after("second", None))
        .then_rejected(already_chosen("first"));
}
