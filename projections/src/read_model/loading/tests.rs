//! Given a long log, when an empty file is loaded, then it becomes what it would be had it followed the log.

use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt as _;
use rapport_domain::envelope::Position;
use rapport_domain::id::{ContactId, CorrectionId};
use rapport_domain::interaction::{self, Corrected, Interactions, Redacted};
use rapport_event_store::{Filter, MemoryStore, Positions};
use rusqlite::types::Value;
use tokio::sync::watch;

use super::*;
use crate::metrics::no_latencies;
use crate::query::{Freshness, QueryError};
use crate::read_model::event::Batch;
use crate::read_model::feed::Feed;
use crate::read_model::file::{ModelFile, Survey};
use crate::read_model::following::Following;
use crate::read_model::progress::State;
use crate::read_model::source::{Log, UNBOUNDED};
use crate::read_model::visibility::Visibility;
use crate::read_model::writer::Writer;
use crate::testing::company::company;
use crate::testing::{History, contact, label, sealed};
use crate::timeline::TimelineProjection;

const DAY: &str = "2027-01-01T00:00:00Z";

/// A history in which exchanges are set right twice, and lose their text in between.
fn set_right() -> History {
    let mut history = company(3);
    for event in history.events.clone().iter().filter(|event| event.event_type == "interaction.recorded.v1") {
        let recorded: interaction::Recorded = serde_json::from_str(&event.data).unwrap();
        let interaction_id = recorded.interaction_id;
        let corrected = |text: &str| Corrected {
            interaction_id,
            correction_id: CorrectionId::derived(&interaction_id.to_string(), text),
            summary: Some(sealed(text)),
            duration_seconds: Some(60),
            outcome: None,
        };
        let redacted = Redacted { interaction_id, reason: label("asked for") };
        let with = ContactId::parse(event.stream.id()).unwrap();
        history
            .add::<Interactions>(&with, DAY, corrected("first"))
            .add::<Interactions>(&with, DAY, redacted)
            .add::<Interactions>(&with, DAY, corrected("second"));
    }
    history
}

async fn log_of(history: &History, load_from: Position) -> Log {
    let store = Arc::new(MemoryStore::new());
    history.append_to(&*store, Position::START).await;
    let feed = Arc::new(Feed::new(Arc::<MemoryStore>::clone(&store)));
    // What is behind follows on its own.
    let (_, head) = watch::channel(history.head());
    Log { store, feed, head, load_from }
}

fn file_in(directory: &tempfile::TempDir) -> ModelFile {
    Survey::of::<TimelineProjection>(directory.path(), false).serving
}

fn follow(directory: &tempfile::TempDir, log: &Log) -> Following {
    let visibility = Arc::new(Visibility::new(no_latencies()));
    Following::start(file_in(directory), TimelineProjection, log.clone(), visibility, UNBOUNDED)
}

/// Everything in a file: what its tables and indexes are, and every row.
fn contents(file: &ModelFile) -> (Vec<String>, Vec<Vec<Value>>) {
    let connection = file.open_reader().unwrap();
    assert!(!is_under_way(&connection).unwrap(), "it has arrived");
    let mut schema = connection.prepare("SELECT type || ' ' || name FROM sqlite_schema ORDER BY 1").unwrap();
    let schema: Vec<String> = schema.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut rows = Vec::new();
    for table in ["entries", "earlier", "subjects", "checkpoint"] {
        let mut all = connection.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).unwrap();
        let columns = all.column_count();
        let row = |row: &Row<'_>| (0..columns).map(|column| row.get(column)).collect();
        rows.extend(all.query_map([], row).unwrap().map(Result::unwrap));
    }
    (schema, rows)
}

async fn folded(log: &Log, head: Position) -> (Vec<String>, Vec<Vec<Value>>) {
    let directory = tempfile::tempdir().unwrap();
    let following = follow(&directory, log);
    following.core.reached_or_at_rest(head).await;
    assert_eq!((following.core.state(), following.core.position()), (State::Running, head));
    following.stop().await;
    contents(&file_in(&directory))
}

#[tokio::test]
async fn a_file_that_was_loaded_is_the_one_that_followed() {
    let history = set_right();
    let mut log = log_of(&history, history.head().next()).await;
    assert!(!log.is_to_load().await.unwrap());
    let followed = folded(&log, history.head()).await;
    log.load_from = history.head();
    assert!(log.is_to_load().await.unwrap());
    let loaded = folded(&log, history.head()).await;
    assert!(followed.0.contains(&"index entries_contact_idx".to_owned()), "{:?}", followed.0);
    assert_eq!(loaded, followed);
}

#[tokio::test]
async fn a_load_that_was_interrupted_goes_on() {
    let history = set_right();
    let log = log_of(&history, history.head()).await;
    let followed = folded(&Log { load_from: UNBOUNDED, ..log.clone() }, history.head()).await;
    let directory = tempfile::tempdir().unwrap();
    let file = file_in(&directory);
    // All but the last event, among them what is set right.
    load(&file, &log, Position(history.head().0 - 1)).await;
    let connection = file.open_reader().unwrap();
    assert!(is_under_way(&connection).unwrap());
    let waiting: i64 = connection.query_row("SELECT count(*) FROM set_aside", [], |row| row.get(0)).unwrap();
    assert!(waiting > 2, "{waiting} events wait for the indexes");
    drop(connection);

    let following = follow(&directory, &log);
    following.core.reached_or_at_rest(history.head()).await;
    following.stop().await;
    assert_eq!(contents(&file), followed);
}

#[tokio::test]
async fn a_file_that_stands_where_it_is_compared_is_completed_there_and_answers_nobody_before_its_floor() {
    let history = set_right();
    let log = log_of(&history, Position(1)).await;
    let (directory, at) = (tempfile::tempdir().unwrap(), Position(history.head().0 - 2));
    load(&file_in(&directory), &log, at).await;
    let visibility = Arc::new(Visibility::new(no_latencies()));
    let following =
        Following::start(file_in(&directory), TimelineProjection, log, visibility, Position::START);
    following.core.opened().await;
    let at_once = Freshness::at_least(Position::START, Duration::ZERO);
    let answer = following.core.answer(at_once, &Arc::new(|_: &Connection| Ok(()))).await;
    assert!(matches!(answer, Err(QueryError::Building { .. })), "{answer:?}");

    // What it is compared with stands there too.
    following.bound.send_replace(at);
    following.core.reached_by(at).await;
    following.stop().await;
    let followed = folded_up_to(&history, at).await;
    assert_eq!(contents(&file_in(&directory)).0, followed.0);
    assert_eq!(contents(&file_in(&directory)).1.len(), followed.1.len(), "what was set aside is folded");
}

/// A file that followed a log which ends there.
async fn folded_up_to(history: &History, at: Position) -> (Vec<String>, Vec<Vec<Value>>) {
    let history = history.until(at);
    folded(&log_of(&history, UNBOUNDED).await, at).await
}

/// Loads a file up to a position, and is stopped before the indexes are made.
async fn load(file: &ModelFile, log: &Log, up_to: Position) {
    let mut events: Vec<Recorded> =
        log.store.read_all(Position(1), &Filter::all()).try_collect().await.unwrap();
    events.retain(|event| event.position <= up_to);
    let events: Batch = events.into_iter().map(LogEvent::from).map(Arc::new).collect();
    let mut writer = Writer::open(file, TimelineProjection, Positions::Dense, true).unwrap();
    writer.apply(&events, &Skips::default()).unwrap();
    writer.complete_at(up_to.next(), &Skips::default()).unwrap();
    writer.finish();
}

#[tokio::test]
async fn an_event_that_cannot_be_read_parks_a_file_that_is_loaded_at_the_same_place() {
    let mut history = set_right();
    let stream = StreamId::parse(&format!("interaction-{}", contact("c0"))).unwrap();
    history.add_raw(stream, "interaction.corrected.v1", crate::testing::at(DAY), "{}".to_owned());
    let poison = history.head();
    let log = log_of(&history, Position(1)).await;
    let directory = tempfile::tempdir().unwrap();
    let following = follow(&directory, &log);
    following.core.reached_or_at_rest(poison).await;
    let State::Parked(parked) = following.core.state() else { panic!("it takes the event in") };
    assert_eq!((parked.position, parked.event_type.as_str()), (poison, "interaction.corrected.v1"));
    following.stop().await;
}
