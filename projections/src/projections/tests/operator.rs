//! What an operator can do, and what is asked meanwhile.

use rapport_domain::envelope::StreamId;

use super::*;
use crate::projection::ProjectError;

/// An event of a known type with data that nobody can read, in the log of a company.
pub(super) fn poisoned() -> (History, Position) {
    let mut history = company(2);
    let stream = StreamId::parse(&format!("contact-{}", contact("c0"))).unwrap();
    let data = r#"{"owner":12}"#.to_owned();
    history.add_raw(stream, "contact.owner_assigned.v1", at("2026-06-01T00:00:00Z"), data);
    let position = history.head();
    let more = company(4);
    for event in &more.events[usize::try_from(position.0).unwrap() - 1..] {
        let occurred_at = event.metadata().unwrap().occurred_at;
        history.add_raw(event.stream.clone(), &event.event_type, occurred_at, event.data.clone());
    }
    (history, position)
}

#[tokio::test]
async fn an_event_that_cannot_be_applied_parks_its_read_models_and_no_other() {
    let (history, poison) = poisoned();
    let house = House::new();
    let projections = house.open(log_of(&history).await);
    let fresh = at_least(history.head());
    projections.churn().at_risk(fresh, day("2026-12-31"), first_page()).await.unwrap();
    projections.consent().consents(fresh, contact("c0"), at("2026-12-31T00:00:00Z")).await.unwrap();
    let refused = projections.directory().list(fresh, first_page()).await.unwrap_err();
    assert_eq!(refused, QueryError::Parked { projection: "directory", position: poison });
    let status = projections.list().await.into_iter().find(|status| status.name == "directory").unwrap();
    let parked = status.parked().unwrap();
    assert_eq!(status.position, Position(poison.0 - 1), "what came before it is taken in");
    assert_eq!((parked.position, parked.event_type.as_str()), (poison, "contact.owner_assigned.v1"));
    assert_eq!(
        parked.error,
        ProjectError::Data { cause: "data error at line 1, column 11".to_owned() },
        "it is said where, and not what"
    );
    projections.shutdown().await;
}

#[tokio::test]
async fn a_parked_read_model_tries_again_when_it_is_resumed() {
    let (history, poison) = poisoned();
    let house = House::new();
    let projections = house.open(log_of(&history).await);
    let refused = projections.timeline();
    let query = || TimelineQuery::of(contact("c0"));
    assert!(refused.entries(at_least(history.head()), query(), first_page()).await.is_err());
    projections.resume("timeline").await.unwrap();
    let again = projections.timeline().entries(at_least(history.head()), query(), first_page()).await;
    assert_eq!(again.unwrap_err(), QueryError::Parked { projection: "timeline", position: poison });
    projections.shutdown().await;
}

#[tokio::test]
async fn a_paused_read_model_stands_still_until_it_is_resumed() {
    let history = company(3);
    let house = House::new();
    let store = log_of(&company(1)).await;
    let projections = house.open(Arc::<MemoryStore>::clone(&store));
    let known = company(1).head();
    follow_up_to(&projections, known).await;
    projections.pause("directory").await.unwrap();
    history.append_to(&*store, known).await;
    let behind = projections.directory().list(at_once(history.head()), first_page()).await.unwrap_err();
    let expected = QueryError::Behind { projection: "directory", requested: history.head(), current: known };
    assert_eq!(behind, expected);
    let answer = projections.directory().list(at_once(known), first_page()).await.unwrap();
    assert_eq!((answer.position, answer.value.total), (known, 1), "what is there is answered");
    let paused = projections.list().await.into_iter().find(|status| status.name == "directory").unwrap();
    assert_eq!((paused.state, paused.head), (State::Paused, history.head()));
    projections.resume("directory").await.unwrap();
    let answer = projections.directory().list(at_least(history.head()), first_page()).await.unwrap();
    assert_eq!(answer.value.total, 3);
    projections.shutdown().await;
}

#[tokio::test]
async fn an_unknown_read_model_is_named() {
    let house = House::new();
    let projections = house.open(Arc::new(MemoryStore::new()));
    for refused in
        [projections.rebuild("x", false).await, projections.pause("x").await, projections.resume("x").await]
    {
        let known = NAMES.join(", ");
        assert_eq!(refused, Err(ControlError::ProjectionNotFound { name: "x".to_owned(), known }));
    }
    projections.shutdown().await;
}

#[tokio::test]
async fn after_the_end_what_is_there_is_answered_and_nothing_else() {
    let history = company(1);
    let house = House::new();
    let projections = house.open(log_of(&history).await);
    follow_up_to(&projections, history.head()).await;
    projections.shutdown().await;
    assert!(projections.directory().list(at_once(history.head()), first_page()).await.is_ok());
    let more = projections.directory().list(at_least(history.head().next()), first_page()).await;
    assert_eq!(more.unwrap_err(), QueryError::Closed { projection: "directory" });
    assert_eq!(projections.pause("churn").await, Err(ControlError::Closed { projection: "churn" }));
    projections.shutdown().await;
}
