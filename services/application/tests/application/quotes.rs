//! Quotes keep their prices, expire by themselves, and revise their deal once when they are accepted.

use std::sync::Arc;

use rapport_application::reactors::{Expiries, Runner};
use rapport_application::{Application, Failure, OfferRequest, OpportunityRequest, QuoteRequest};
use rapport_domain::event::DomainEvent;
use rapport_domain::id::{PriceBookId, QuoteId};
use rapport_domain::price_book::{Command, Entry};
use rapport_domain::quote::{self, Event, LineAsked, Rejection};
use rapport_domain::value::{
    BasisPoints, Currency, Date, ExchangeRate, FrozenRate, Money, Quantity, TimeZone,
};
use rapport_domain::{opportunity, price_book};

use crate::house::House;
use crate::sample::{call, call_with, deal, eur, key, label, open_deal, publish, sales};

const DAY: i64 = 86_400;

fn id() -> QuoteId {
    QuoteId::derived("tests", "quote")
}

pub(crate) fn book() -> PriceBookId {
    PriceBookId::derived("tests", "list")
}

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

/// A price book of one product.
pub(crate) fn priced(unit_price: i64, code: &str) -> Command {
    let tax_basis_points = BasisPoints::new(1_900).unwrap();
    let chair = Entry { product: key("chair"), label: label("Office chair"), unit_price, tax_basis_points };
    Command::Publish { name: label("List"), currency: currency(code), entries: vec![chair] }
}

/// Two chairs.
pub(crate) fn offer(fx: Option<FrozenRate>) -> OfferRequest {
    let quantity = Quantity::from_thousandths(2_000).unwrap();
    let line = LineAsked { product: key("chair"), quantity, discount: BasisPoints::default() };
    OfferRequest { price_book_id: book(), lines: vec![line], fx }
}

pub(crate) fn create(fx: Option<FrozenRate>) -> QuoteRequest {
    QuoteRequest::Create { opportunity_id: deal(), offer: offer(fx) }
}

/// Until the end of the day after tomorrow.
pub(crate) fn send() -> QuoteRequest {
    let valid_until = Date::parse("2026-11-23").unwrap();
    QuoteRequest::Send { valid_until, time_zone: TimeZone::UTC }
}

/// A deal of 5,000 EUR, and a price book.
pub(crate) async fn company(app: &Application, code: &str) {
    app.pipeline(sales(), publish(&["new"]), call("pipeline")).await.unwrap();
    app.opportunity(deal(), open_deal(None), call("deal")).await.unwrap();
    app.price_book(book(), priced(4_999, code), call("book")).await.unwrap();
}

/// A quote of two chairs that waits for an answer.
async fn sent(app: &Application) {
    company(app, "EUR").await;
    app.quote(id(), create(None), call("create")).await.unwrap();
    app.quote(id(), send(), call("send")).await.unwrap();
}

async fn revise_deal(app: &Application, amount: Money, request: &str) {
    let revise = OpportunityRequest::ReviseAmount { amount, fx: None };
    app.opportunity(deal(), revise, call(request)).await.unwrap();
}

impl House {
    /// The clock of quotes of an application, which has read nothing yet.
    fn expiries(&self, app: &Arc<Application>) -> Runner<Expiries> {
        Runner::new(Expiries::new(Arc::clone(app)), Arc::clone(&self.store), self.ticking())
    }

    /// What happened, in order, as far as it can be understood.
    async fn told(&self) -> Vec<DomainEvent> {
        let log = self.log().await;
        log.iter().filter_map(|recorded| DomainEvent::decode(recorded).unwrap()).collect()
    }

    /// How often the quote expired.
    async fn expired(&self) -> usize {
        let told = self.told().await;
        told.iter().filter(|event| matches!(event, DomainEvent::Quote(Event::Expired(_)))).count()
    }

    /// What the deal was revised to, in order.
    async fn revisions(&self) -> Vec<Money> {
        let told = self.told().await;
        let amounts = told.into_iter().filter_map(|event| match event {
            DomainEvent::Opportunity(opportunity::Event::AmountRevised(revised)) => Some(revised.amount),
            _ => None,
        });
        amounts.collect()
    }

    /// The rates that stand with these amounts, in order.
    async fn rates(&self) -> Vec<Option<FrozenRate>> {
        let told = self.told().await;
        let rates = told.into_iter().filter_map(|event| match event {
            DomainEvent::Opportunity(opportunity::Event::AmountRevised(revised)) => Some(revised.fx),
            _ => None,
        });
        rates.collect()
    }

    /// What was offered, version by version.
    async fn offers(&self) -> Vec<quote::Offer> {
        let told = self.told().await;
        let offers = told.into_iter().filter_map(|event| match event {
            DomainEvent::Quote(Event::Created(created)) => Some(created.offer),
            DomainEvent::Quote(Event::Revised(revised)) => Some(revised.offer),
            _ => None,
        });
        offers.collect()
    }
}

#[tokio::test]
async fn a_quote_expires_once_when_its_last_day_is_over_whoever_notes_it() {
    for house in House::on_each_store() {
        let app = Arc::clone(&house.application);
        sent(&app).await;
        let (mut first, mut second) = (house.expiries(&app), house.expiries(&house.replica()));
        // It is 09:30, and the last day ends in three days at midnight.
        for (pass, count) in [(0, 0), (2 * DAY, 0), (14 * 3_600 + 1_799, 0), (1, 1), (DAY, 1)] {
            // Both have seen what waits before either notes anything.
            first.catch_up().await.unwrap();
            second.catch_up().await.unwrap();
            house.clock.advance_seconds(pass);
            first.turn().await.unwrap();
            second.turn().await.unwrap();
            assert_eq!(house.expired().await, count, "after {pass} more seconds");
        }
        house.expiries(&house.replica()).turn().await.unwrap();
        assert_eq!(house.expired().await, 1, "killed and started again, it knows from the log");
        let refused = app.accept_quote(id(), 1, call("accept")).await;
        assert!(matches!(refused, Err(Failure::Quote(Rejection::Expired))), "{refused:?}");
    }
}

#[tokio::test]
async fn what_is_over_cannot_be_accepted_before_anybody_notes_it() {
    let house = House::in_memory();
    sent(&house.application).await;
    house.clock.advance_days(3);
    let refused = house.application.accept_quote(id(), 1, call("accept")).await;
    assert!(matches!(refused, Err(Failure::Quote(Rejection::Expired))), "{refused:?}");
    assert!(house.revisions().await.is_empty());
}

#[tokio::test]
async fn what_is_answered_or_written_anew_does_not_expire() {
    let house = House::in_memory();
    let app = &house.application;
    sent(app).await;
    app.quote(id(), QuoteRequest::Revise { offer: offer(None) }, call("revise")).await.unwrap();
    let other = QuoteId::derived("tests", "other");
    app.quote(other, create(None), call("create-other")).await.unwrap();
    app.quote(other, send(), call("send-other")).await.unwrap();
    app.quote(other, QuoteRequest::Decline { version: 1, reason: None }, call("decline")).await.unwrap();
    house.clock.advance_days(30);
    house.expiries(app).turn().await.unwrap();
    assert_eq!(house.expired().await, 0);
}

#[tokio::test]
async fn a_price_book_published_later_changes_no_quote_but_the_next_version() {
    let house = House::in_memory();
    let app = &house.application;
    sent(app).await;
    app.price_book(book(), priced(5_499, "EUR"), call("dearer")).await.unwrap();
    app.quote(id(), create(None), call("create-again")).await.unwrap();
    app.quote(id(), QuoteRequest::Revise { offer: offer(None) }, call("revise")).await.unwrap();
    let offers = house.offers().await;
    let counted: Vec<_> =
        offers.iter().map(|offer| (offer.version, offer.price_book_version, offer.totals.net)).collect();
    assert_eq!(counted, [(1, 1, 9_998), (2, 2, 10_998)]);
}

#[tokio::test]
async fn an_acceptance_revises_the_deal_once_however_often_and_by_whomever_it_is_sent() {
    for house in House::on_each_store() {
        let app = &house.application;
        sent(app).await;
        let accepted = app.accept_quote(id(), 1, call("accept")).await.unwrap();
        assert_eq!((accepted.opportunity_id, accepted.deal_amount), (deal(), eur(9_998)));
        assert_eq!(house.revisions().await, [eur(9_998)]);
        // The answer was lost, and the same is sent again: here, to another server, and by somebody else.
        let again = app.accept_quote(id(), 1, call("accept")).await.unwrap();
        assert_eq!(again, accepted);
        house.replica().accept_quote(id(), 1, call("accept")).await.unwrap();
        house.replica().accept_quote(id(), 1, call_with("somebody-else", "another")).await.unwrap();
        assert_eq!(house.revisions().await, [eur(9_998)]);
        // What the deal is worth since is not undone, not even where it is closed.
        revise_deal(app, eur(12_000), "since").await;
        let win = OpportunityRequest::Win { amount: None, fx: None };
        app.opportunity(deal(), win, call("win")).await.unwrap();
        assert_eq!(house.replica().accept_quote(id(), 1, call("accept")).await.unwrap(), accepted);
        assert_eq!(house.revisions().await, [eur(9_998), eur(12_000)]);
        let refused = app.quote(id(), QuoteRequest::Withdraw { reason: label("late") }, call("late")).await;
        assert!(matches!(refused, Err(Failure::Quote(Rejection::Accepted))), "{refused:?}");
    }
}

#[tokio::test]
async fn a_deal_that_is_worth_it_already_is_not_revised_back_where_the_acceptance_is_sent_again() {
    for house in House::on_each_store() {
        let app = &house.application;
        sent(app).await;
        revise_deal(app, eur(9_998), "before").await;
        let accepted = app.accept_quote(id(), 1, call("accept")).await.unwrap();
        assert_eq!(accepted.deal_amount, eur(9_998));
        revise_deal(app, eur(12_000), "since").await;
        assert_eq!(app.accept_quote(id(), 1, call("accept")).await.unwrap(), accepted);
        house.replica().accept_quote(id(), 1, call_with("somebody-else", "another")).await.unwrap();
        assert_eq!(house.revisions().await, [eur(9_998), eur(12_000)]);
    }
}

#[tokio::test]
async fn where_the_deal_cannot_be_revised_nothing_is_accepted() {
    let house = House::in_memory();
    let app = &house.application;
    sent(app).await;
    let lose = OpportunityRequest::Lose { reason: None, competitor: None };
    app.opportunity(deal(), lose, call("lose")).await.unwrap();
    let refused = app.accept_quote(id(), 1, call("accept")).await;
    assert!(matches!(refused, Err(Failure::Opportunity(opportunity::Rejection::Closed))), "{refused:?}");
    let told = house.told().await;
    assert!(!told.iter().any(|event| matches!(event, DomainEvent::Quote(Event::Accepted(_)))));
}

#[tokio::test]
async fn a_quote_in_another_currency_revises_the_deal_at_its_frozen_rate_or_is_refused() {
    let house = House::in_memory();
    let app = &house.application;
    company(app, "USD").await;
    let (euro, dollar) = (currency("EUR"), currency("USD"));
    let rate = |text: &str| {
        let rate_date = Date::parse("2026-11-20").unwrap();
        Some(FrozenRate { base_currency: euro, rate: ExchangeRate::parse(text).unwrap(), rate_date })
    };
    app.quote(id(), create(None), call("create")).await.unwrap();
    app.quote(id(), send(), call("send")).await.unwrap();
    let refused = app.accept_quote(id(), 1, call("accept")).await;
    let unmatched = Rejection::CurrencyUnmatched { deal: euro, quote: dollar };
    assert!(matches!(refused, Err(Failure::Quote(rejection)) if rejection == unmatched));
    app.quote(id(), QuoteRequest::Revise { offer: offer(rate("0.92135")) }, call("rate")).await.unwrap();
    app.quote(id(), send(), call("send-again")).await.unwrap();
    // 99.98 USD at 0.92135 are 92.1166 EUR.
    assert_eq!(app.accept_quote(id(), 2, call("accept-2")).await.unwrap().deal_amount, eur(9_212));
    assert_eq!(house.revisions().await, [eur(9_212)]);
    assert_eq!(house.rates().await, [None], "the rate is of another currency than the deal's");
    // Another rate, said later, makes another quote, and leaves what was offered as it is.
    let other = QuoteId::derived("tests", "other");
    app.quote(other, create(rate("1.1")), call("other")).await.unwrap();
    let nets: Vec<_> = house.offers().await.iter().map(quote::Offer::base_net).collect();
    assert_eq!(nets, [None, Some(eur(9_212)), Some(eur(10_998))]);
}

#[tokio::test]
async fn an_acceptance_hands_the_rate_on_where_the_deal_is_in_the_currency_of_the_quote() {
    let house = House::in_memory();
    let app = &house.application;
    company(app, "EUR").await;
    let (rate, rate_date) = (ExchangeRate::parse("1.0845").unwrap(), Date::parse("2026-11-20").unwrap());
    let to_dollars = Some(FrozenRate { base_currency: currency("USD"), rate, rate_date });
    app.quote(id(), create(to_dollars), call("create")).await.unwrap();
    app.quote(id(), send(), call("send")).await.unwrap();
    for request in ["accept", "accept-again"] {
        app.accept_quote(id(), 1, call(request)).await.unwrap();
    }
    assert_eq!(house.revisions().await, [eur(9_998)]);
    assert_eq!(house.rates().await, [to_dollars]);
}

#[tokio::test]
async fn a_quote_needs_a_deal_and_a_price_book() {
    let house = House::in_memory();
    let app = &house.application;
    let refused = app.quote(id(), create(None), call("create")).await;
    assert!(matches!(refused, Err(Failure::Opportunity(opportunity::Rejection::NotOpened))), "{refused:?}");
    app.pipeline(sales(), publish(&["new"]), call("pipeline")).await.unwrap();
    app.opportunity(deal(), open_deal(None), call("deal")).await.unwrap();
    let refused = app.quote(id(), create(None), call("create")).await;
    assert!(matches!(refused, Err(Failure::PriceBookUnknown)), "{refused:?}");
    let empty = Command::Publish { name: label("List"), currency: currency("EUR"), entries: Vec::new() };
    let refused = app.price_book(book(), empty, call("book")).await;
    assert!(matches!(refused, Err(Failure::PriceBook(price_book::Rejection::Empty))), "{refused:?}");
    let refused = app.accept_quote(id(), 1, call("accept")).await;
    assert!(matches!(refused, Err(Failure::Quote(Rejection::NotCreated))), "{refused:?}");
}
