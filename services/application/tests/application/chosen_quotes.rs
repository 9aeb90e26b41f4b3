//! A deal has one accepted quote, whatever comes in between.

use std::sync::Arc;

use rapport_application::{AppendError, Application, Failure, QuoteAccepted, QuoteRequest};
use rapport_domain::event::DomainEvent;
use rapport_domain::id::QuoteId;
use rapport_domain::opportunity::Rejection;
use rapport_domain::quote::Event;

use crate::fickle::{FickleStore, Whim};
use crate::house::House;
use crate::quotes::{company, create, send};
use crate::sample::{call, deal, eur, label};

fn quote(name: &str) -> QuoteId {
    QuoteId::derived("tests", name)
}

/// Quotes of one deal that wait for an answer.
async fn sent(app: &Application, names: &[&str]) {
    company(app, "EUR").await;
    for name in names {
        app.quote(quote(name), create(None), call(&format!("create-{name}"))).await.unwrap();
        app.quote(quote(name), send(), call(&format!("send-{name}"))).await.unwrap();
    }
}

async fn accept(app: &Application, name: &str, request: &str) -> Result<QuoteAccepted, Failure> {
    app.accept_quote(quote(name), 1, call(request)).await
}

/// That the deal is sold by another quote.
fn refused_for(answer: Result<QuoteAccepted, Failure>, name: &str) {
    let Err(Failure::Opportunity(rejection)) = answer else { panic!("{answer:?}") };
    assert_eq!(rejection, Rejection::QuoteAlreadyChosen { quote_id: quote(name) });
}

/// How many quotes were accepted.
async fn accepted(house: &House) -> usize {
    let log = house.log().await;
    let told = log.iter().filter_map(|recorded| DomainEvent::decode(recorded).unwrap());
    told.filter(|event| matches!(event, DomainEvent::Quote(Event::Accepted(_)))).count()
}

#[tokio::test]
async fn a_second_quote_of_a_deal_is_not_accepted_and_the_first_stays() {
    for house in House::on_each_store() {
        let app = &house.application;
        sent(app, &["first", "second"]).await;
        let first = accept(app, "first", "accept").await.unwrap();
        refused_for(accept(app, "second", "accept-second").await, "first");
        refused_for(accept(&house.replica(), "second", "accept-second").await, "first");
        assert_eq!(accept(app, "first", "accept").await.unwrap(), first, "sent again, it is what it was");
        assert_eq!((first.opportunity_id, first.deal_amount), (deal(), eur(9_998)));
        assert_eq!(accepted(&house).await, 1);
    }
}

#[tokio::test]
async fn of_two_quotes_that_are_accepted_at_once_one_is_refused() {
    for house in House::on_each_store() {
        sent(&house.application, &["first", "second"]).await;
        let (here, there) = (Arc::clone(&house.application), house.replica());
        let (first, second) =
            tokio::join!(accept(&here, "first", "accept-first"), accept(&there, "second", "accept-second"));
        match (first, second) {
            (Ok(_), refused) => refused_for(refused, "first"),
            (refused, Ok(_)) => refused_for(refused, "second"),
            (first, second) => panic!("{first:?} {second:?}"),
        }
        assert_eq!(accepted(&house).await, 1);
    }
}

#[tokio::test]
async fn an_acceptance_that_did_not_come_about_makes_room_once_its_quote_has_ended() {
    let store = FickleStore::new();
    let house = House::over(Arc::clone(&store) as Arc<_>);
    let app = &house.application;
    sent(app, &["first", "second"]).await;
    // The deal chooses the quote, and the log is gone before that is accepted.
    store.next_append(Whim::Pass);
    store.next_append(Whim::Refuse(AppendError::StorageFull));
    let failed = accept(app, "first", "accept").await;
    assert!(matches!(failed, Err(Failure::Append(AppendError::StorageFull))), "{failed:?}");
    assert_eq!(accepted(&house).await, 0);
    refused_for(accept(app, "second", "accept-second").await, "first");
    let withdraw = QuoteRequest::Withdraw { reason: label("a mistake") };
    app.quote(quote("first"), withdraw, call("withdraw")).await.unwrap();
    accept(app, "second", "accept-second").await.unwrap();
    assert_eq!(accepted(&house).await, 1);
}

#[tokio::test]
async fn an_acceptance_that_did_not_come_about_is_sent_again() {
    let store = FickleStore::new();
    let house = House::over(Arc::clone(&store) as Arc<_>);
    let app = &house.application;
    sent(app, &["first"]).await;
    store.next_append(Whim::Pass);
    store.next_append(Whim::Refuse(AppendError::StorageFull));
    accept(app, "first", "accept").await.unwrap_err();
    assert_eq!(accept(app, "first", "accept").await.unwrap().deal_amount, eur(9_998));
    assert_eq!(accepted(&house).await, 1);
}
