//! An event that a read model cannot take in is skipped because somebody said so, and never otherwise.

use futures::TryStreamExt as _;
use rapport_domain::envelope::{Recorded, Revision, StreamId};
use rapport_event_store::Direction;

use super::operator::poisoned;
use super::*;
use crate::read_model::Skip;
use crate::testing::{actor, label, reference};

fn skip(position: Position) -> Skip {
    Skip {
        position,
        reason: label("reported as a fault"),
        actor: actor(),
        request_id: reference("skip-1"),
        occurred_at: at("2026-11-28T10:00:00Z"),
    }
}

async fn said(store: &MemoryStore, projection: &str) -> Vec<Recorded> {
    let stream = StreamId::new("projection", projection).unwrap();
    store.read_stream(&stream, Revision(0), Direction::Forward).try_collect().await.unwrap()
}

async fn status(projections: &Projections, name: &str) -> ProjectionStatus {
    projections.list().await.into_iter().find(|status| status.name == name).unwrap()
}

/// A log with an event that the directory and the timeline cannot take in, and both parked at it.
async fn parked() -> (House, Arc<MemoryStore>, Projections, History, Position) {
    let (history, poison) = poisoned();
    let (house, store) = (House::new(), log_of(&history).await);
    let projections = house.open(Arc::<MemoryStore>::clone(&store));
    let fresh = at_least(history.head());
    assert!(projections.directory().list(fresh, first_page()).await.is_err());
    assert!(
        projections.timeline().entries(fresh, TimelineQuery::of(contact("c0")), first_page()).await.is_err()
    );
    (house, store, projections, history, poison)
}

#[tokio::test]
async fn a_skipped_event_is_passed_over_by_the_one_that_was_told_and_it_stands_in_the_log() {
    let (_house, store, projections, history, poison) = parked().await;
    projections.skip("directory", skip(poison)).await.unwrap();
    let answer = projections.directory().list(at_least(history.head()), first_page()).await.unwrap();
    assert_eq!(answer.value.total, 4, "what comes behind it is taken in");
    assert_eq!(status(&projections, "directory").await.skipped, 1);
    assert!(status(&projections, "timeline").await.parked().is_some(), "another one is not told");

    let [said] = &said(&store, "directory").await[..] else { panic!("one event") };
    assert_eq!(said.event_type, "projection.event_skipped.v1");
    let data: serde_json::Value = serde_json::from_str(&said.data).unwrap();
    let event = &history.events[usize::try_from(poison.0).unwrap() - 1];
    let expected = serde_json::json!({
        "event_id": event.id.to_string(),
        "position": poison.0,
        "event_type": "contact.owner_assigned.v1",
        "version": 4,
        "error": "the event's data cannot be read: data error at line 1, column 11",
        "reason": "reported as a fault",
    });
    assert_eq!(data, expected);
    let metadata = said.metadata().unwrap();
    assert_eq!((metadata.actor, metadata.causation_id), (actor(), Some(event.id)));
    projections.shutdown().await;
}

#[tokio::test]
async fn a_rebuild_and_another_server_skip_the_same_event() {
    let (_house, store, projections, history, poison) = parked().await;
    // Parked at the same event, and told nothing but by the log.
    let elsewhere = House::new();
    let other = elsewhere.open(Arc::<MemoryStore>::clone(&store));
    assert!(other.directory().list(at_least(history.head()), first_page()).await.is_err());

    projections.skip("directory", skip(poison)).await.unwrap();
    let here = projections.directory().list(at_least(history.head()), first_page()).await.unwrap();
    // It looks at what was said as the log moves.
    other.models[0].shared().follows().await;
    let there = other.directory().list(at_least(history.head()), first_page()).await.unwrap();
    assert_eq!(there.value.total, here.value.total);

    projections.rebuild("directory", true).await.unwrap();
    settled(&projections).await;
    assert!(status(&projections, "directory").await.compared.unwrap().is_equal());
    projections.shutdown().await;
    other.shutdown().await;
}

#[tokio::test]
async fn a_skip_that_is_said_twice_stands_in_the_log_once() {
    let (_house, store, projections, history, poison) = parked().await;
    let other = Skip { reason: label("the same in other words"), ..skip(poison) };
    let outcomes =
        tokio::join!(projections.skip("timeline", skip(poison)), projections.skip("timeline", other));
    assert!(outcomes.0.is_ok(), "{outcomes:?}");
    let fresh = at_least(history.head());
    projections.timeline().entries(fresh, TimelineQuery::of(contact("c0")), first_page()).await.unwrap();
    assert_eq!(said(&store, "timeline").await.len(), 1);
    projections.shutdown().await;
}

#[tokio::test]
async fn a_timeline_tells_up_to_where_interactions_are_known_until_one_of_them_is_skipped() {
    for (category, event_type, is_told) in
        [("contact", "contact.owner_assigned.v1", true), ("interaction", "interaction.redacted.v1", false)]
    {
        let mut history = company(2);
        let (house, store) = (House::new(), log_of(&history).await);
        let projections = house.open(Arc::<MemoryStore>::clone(&store));
        let ask = |position| {
            let query = TimelineQuery::of(contact("c0"));
            projections.timeline().entries(at_least(position), query, first_page())
        };
        let before = history.head();
        ask(before).await.unwrap();
        let stream = StreamId::parse(&format!("{category}-{}", contact("c0"))).unwrap();
        history.add_raw(stream, event_type, at("2026-06-01T00:00:00Z"), r#"{"owner":12}"#.to_owned());
        history.append_to(store.as_ref(), before).await;
        let poison = history.head();
        ask(poison).await.unwrap_err();
        assert_eq!(projections.timeline().whole_up_to().await, Some(before), "{event_type}");
        projections.skip("timeline", skip(poison)).await.unwrap();
        ask(poison).await.unwrap();
        let whole_up_to = projections.timeline().whole_up_to().await;
        assert_eq!(whole_up_to.is_some_and(|position| position >= poison), is_told, "{event_type}");
        assert_eq!(whole_up_to.is_some(), is_told, "{event_type}");
        projections.shutdown().await;
    }
}

#[tokio::test]
async fn only_the_event_that_it_is_parked_at_can_be_skipped() {
    let (_house, store, projections, _, poison) = parked().await;
    for (name, position) in [("churn", poison), ("directory", Position(1)), ("directory", Position(9_999))] {
        let refused = projections.skip(name, skip(position)).await.unwrap_err();
        assert!(matches!(refused, ControlError::NotParked { .. }), "{refused:?}");
    }
    assert!(said(&store, "directory").await.is_empty());
    projections.shutdown().await;
}

#[tokio::test]
async fn a_file_that_is_damaged_is_no_event_to_skip() {
    let history = company(3);
    let (house, _) = folded_in_one_pass(&history).await;
    fs::write(house.file("churn"), "a letter to the operator ".repeat(1_000)).unwrap();
    let projections = house.open(log_of(&history).await);
    assert!(
        projections.churn().at_risk(at_least(history.head()), day("2026-12-31"), first_page()).await.is_err()
    );
    let parked = status(&projections, "churn").await.parked().cloned().unwrap();
    assert!(!parked.is_about_an_event());
    let refused = projections.skip("churn", skip(parked.position)).await.unwrap_err();
    assert!(matches!(refused, ControlError::NotParked { .. }), "{refused:?}");
    projections.shutdown().await;
}
