//! Given any history, when a read model is asked as of a moment of it, then it answers what was known there.

mod snapshots;

use std::sync::atomic::{AtomicI64, Ordering};

use rapport_domain::value::Instant;
use rapport_event_store::Clock;

use super::*;
use crate::testing::commands::random_commands;
use crate::testing::{FIRST_RECORDED_AT, Model};

/// Events of a random history.
const EVENTS: usize = 240;
/// Random moments that each of the thirteen read models is asked as of.
const MOMENTS: usize = 167;
/// Events between two snapshots. Nothing is loaded.
pub(super) const SCALE: Scale = Scale { snapshot_events_min: 20, load_from: Position(u64::MAX) };

/// An empty log whose times are those of a [`History`].
fn dated_log() -> Arc<MemoryStore> {
    let recorded = AtomicI64::new(at(FIRST_RECORDED_AT).micros());
    let clock =
        Clock::new(move || Instant::from_micros(recorded.fetch_add(1_000_000, Ordering::SeqCst)).unwrap());
    Arc::new(MemoryStore::with_clock(clock))
}

impl House {
    fn open_with_snapshots(&self, store: &Arc<MemoryStore>) -> Projections {
        let store = Arc::<MemoryStore>::clone(store);
        let (vault, options) = (Arc::clone(&self.vault), Options::default());
        Projections::open_with(&self.read_directory(), store, vault, options, SCALE).unwrap()
    }

    /// Where the snapshots of a read model are, once there are some.
    fn snapshots_of(&self, name: &str) -> Option<PathBuf> {
        let mut directories = listed(&self.read_directory().join("snapshots")).into_iter();
        let prefix = format!("{name}.v");
        directories
            .find(|path| path.file_name().is_some_and(|name| name.to_str().unwrap().starts_with(&prefix)))
    }

    fn snapshots(&self, name: &str) -> Vec<PathBuf> {
        let mut found = self.snapshots_of(name).map(|directory| listed(&directory)).unwrap_or_default();
        found.retain(|path| path.extension().is_some_and(|ending| ending == "db"));
        found.sort();
        found
    }

    /// Follows a history in parts, until read models have been copied after most of them.
    async fn follow_in_parts(&self, history: &History, parts: u64) -> (Arc<MemoryStore>, Projections) {
        let store = dated_log();
        let projections = self.open_with_snapshots(&store);
        let mut told = Position::START;
        for part in 1..=parts {
            let until = Position(history.head().0 * part / parts);
            history.until(until).append_to(&*store, told).await;
            told = until;
            let copies = || self.snapshots("timeline").len() as u64;
            let all_copied = async {
                while copies() < part {
                    tokio::task::yield_now().await;
                }
            };
            tokio::time::timeout(PATIENCE, all_copied).await.unwrap();
        }
        (store, projections)
    }
}

fn listed(directory: &Path) -> Vec<PathBuf> {
    fs::read_dir(directory).into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
}

/// Every row of a read model, but for what it notes about itself.
fn model_rows(connection: &Connection) -> Vec<(String, Vec<Value>)> {
    let mut rows = every_row(connection, &[]);
    rows.retain(|(table, _)| !["meta", "build", "checkpoint"].contains(&table.as_str()));
    rows
}

/// Every row of a read model as of a position.
async fn rows_as_of(projections: &Projections, name: &str, at: Position) -> Vec<(String, Vec<Value>)> {
    let model = projections.model(name).unwrap();
    let fresh = Freshness::as_of(at, PATIENCE);
    let answer = model.reader().read(fresh, |connection| Ok(model_rows(connection))).await.unwrap();
    assert_eq!(answer.position, at);
    answer.value
}

/// A history, folded anew.
fn folded_anew(house: &House, name: &str, history: &History) -> Vec<(String, Vec<Value>)> {
    let directory = DirectoryProjection::new(Arc::clone(&house.vault));
    match name {
        "directory" => model_rows(&Model::of(directory, history).connection),
        "timeline" => model_rows(&Model::of(TimelineProjection, history).connection),
        "pipeline" => model_rows(&Model::of(PipelineProjection::default(), history).connection),
        "churn" => model_rows(&Model::of(ChurnProjection, history).connection),
        "consent" => model_rows(&Model::of(ConsentProjection, history).connection),
        "transparency" => model_rows(&Model::of(TransparencyProjection::default(), history).connection),
        "quotes" => model_rows(&Model::of(QuoteProjection, history).connection),
        "deal_flow" => model_rows(&Model::of(DealFlowProjection, history).connection),
        "tasks" => model_rows(&Model::of(TaskProjection, history).connection),
        "leads" => model_rows(&Model::of(LeadProjection, history).connection),
        "cases" => model_rows(&Model::of(CaseProjection, history).connection),
        "access" => model_rows(&Model::of(AccessProjection, history).connection),
        _ => model_rows(&Model::of(SubscriptionProjection, history).connection),
    }
}

#[tokio::test]
async fn any_model_as_of_any_moment_is_a_fresh_fold_of_what_came_before() {
    let house = House::new();
    let history = random_commands(7, EVENTS);
    let (_store, projections) = house.follow_in_parts(&history, 6).await;
    let mut compared = 0;
    for moment in 0..MOMENTS {
        // Every moment comes up once and some again, in an order in which neighbours are far apart.
        let position = Position((moment as u64 * 101) % (history.head().0 + 1));
        let prefix = history.until(position);
        for name in NAMES {
            let expected = folded_anew(&house, name, &prefix);
            assert_eq!(rows_as_of(&projections, name, position).await, expected, "{name} at {position}");
            compared += 1;
        }
    }
    assert_eq!(compared, 2_171);
    for name in NAMES {
        assert!(!house.snapshots(name).is_empty(), "{name} was folded on from snapshots");
    }
    projections.shutdown().await;
}

#[tokio::test]
async fn what_was_known_then_is_answered_and_the_same_question_has_the_same_answer() {
    let house = House::new();
    let history = company(6);
    let then = Position(40);
    let store = dated_log();
    history.until(then).append_to(&*store, Position::START).await;
    let projections = house.open_with_snapshots(&store);
    let known_then = answers(&projections, at_least(then)).await;
    history.append_to(&*store, then).await;
    follow_up_to(&projections, history.head()).await;
    let as_of = Freshness::as_of(then, PATIENCE);
    let shown = |answers: String| answers.replace(|c: char| c.is_whitespace(), "");
    let asked = shown(answers(&projections, as_of).await);
    assert_eq!(asked, shown(answers(&projections, as_of).await));
    projections.shutdown().await;
    let projections = house.open_with_snapshots(&store);
    assert_eq!(asked, shown(answers(&projections, as_of).await), "also after a restart");
    // Page tokens belong to the moment; all else is the same.
    let without_tokens = |text: &str| -> String {
        text.lines().filter(|line| !line.contains("next_page_token")).map(str::trim).collect()
    };
    assert_eq!(without_tokens(&answers(&projections, as_of).await), without_tokens(&known_then));
    projections.shutdown().await;
}

#[tokio::test]
async fn the_timeline_of_a_moment_is_asked_of_the_file_that_serves_unless_another_build_made_it() {
    let house = House::new();
    let history = company(6);
    let projections = house.open(log_of(&history).await);
    follow_up_to(&projections, history.head()).await;
    let then = Freshness::as_of(Position(40), PATIENCE);
    let entries = async || {
        let query = TimelineQuery::of(contact("c0"));
        projections.timeline().entries(then, query, first_page()).await.unwrap()
    };
    let views = || listed(&house.read_directory().join("views")).len();
    let told = entries().await;
    assert_eq!((told.position, views()), (Position(40), 0));
    rows_as_of(&projections, "timeline", Position(40)).await;
    assert_eq!(views(), 1, "its rows as they were are put together");
    assert_eq!(entries().await, told);
    projections.shutdown().await;
}

#[tokio::test]
async fn what_was_true_at_a_time_is_a_fold_of_what_had_happened_by_then_in_the_order_it_happened() {
    let house = House::new();
    let history = random_commands(3, EVENTS);
    let projections = house.open(log_of(&history).await);
    let published = |event: &rapport_domain::envelope::Recorded| event.event_type == "pipeline.published.v1";
    for (day, known) in [(1, 240), (60, 240), (61, 100), (180, 240), (180, 30), (400, 240)] {
        let midnight = at("2026-01-01T00:00:00Z").micros() + day * 86_400_000_000;
        let valid_at = Instant::from_micros(midnight).unwrap();
        let occurred_at = |event: &rapport_domain::envelope::Recorded| event.metadata().unwrap().occurred_at;
        let mut by_then = history.until(Position(known));
        by_then.events.retain(|event| published(event) || occurred_at(event) <= valid_at);
        by_then.events.sort_by_key(|event| (!published(event), occurred_at(event), event.position));
        let reader = projections.model("pipeline").unwrap().reader();
        let fresh = Freshness::as_of(Position(known), PATIENCE);
        let true_then =
            reader.read_valid(fresh, valid_at, |connection| Ok(model_rows(connection))).await.unwrap();
        assert_eq!(true_then.position, Position(known));
        assert_eq!(true_then.value, folded_anew(&house, "pipeline", &by_then), "day {day}, known {known}");
    }
    projections.shutdown().await;
}

#[tokio::test]
async fn a_timeline_at_a_time_has_what_occurred_by_then_and_nothing_later() {
    let house = House::new();
    let projections = house.open(log_of(&company(3)).await);
    let entries = async |valid_at: Option<&str>| {
        let query = TimelineQuery { valid_at: valid_at.map(at), ..TimelineQuery::of(contact("c1")) };
        let asked = projections.timeline().entries(at_least(company(3).head()), query, first_page());
        asked.await.unwrap().value.items
    };
    let all = entries(None).await;
    // The second exchange of this contact; its correction was told four days later, and is what was true.
    let until = entries(Some("2026-01-04T09:00:00Z")).await;
    let expected: Vec<_> =
        all.iter().filter(|entry| entry.occurred_at <= at("2026-01-04T09:00:00Z")).cloned().collect();
    assert_eq!(until, expected);
    assert_eq!((all.len(), until.len()), (11, 5));
    assert!(entries(Some("2026-01-01T00:00:00Z")).await.is_empty());
    projections.shutdown().await;
}

#[tokio::test]
async fn a_page_token_serves_one_moment() {
    let house = House::new();
    let history = company(6);
    let projections = house.open(log_of(&history).await);
    let few = || PageRequest::first(2);
    let as_of = |position| Freshness::as_of(Position(position), PATIENCE);
    let page = projections.directory().list(as_of(60), few()).await.unwrap().value.page;
    let next = || PageRequest { token: page.next_page_token.clone(), ..few() };
    assert!(projections.directory().list(as_of(60), next()).await.is_ok());
    for other in [as_of(61), at_least(history.head())] {
        let refused = projections.directory().list(other, next()).await;
        assert_eq!(refused.unwrap_err(), QueryError::PageToken);
    }
    projections.shutdown().await;
}

#[tokio::test]
async fn before_the_first_event_there_is_nothing() {
    let house = House::new();
    let history = company(2);
    let projections = house.open(log_of(&history).await);
    let before = Freshness::as_of(Position::START, PATIENCE);
    let listed = projections.directory().list(before, first_page()).await.unwrap();
    assert_eq!((listed.position, listed.value.total, listed.value.page.items.len()), (Position::START, 0, 0));
    assert_eq!(projections.pipeline().pipelines(before).await.unwrap().value, []);
    projections.shutdown().await;
}

#[tokio::test]
async fn a_moment_behind_an_event_that_cannot_be_applied_has_no_answer_and_one_before_it_has() {
    let mut history = company(2);
    let stream = rapport_domain::envelope::StreamId::parse(&format!("contact-{}", contact("c0"))).unwrap();
    history.add_raw(
        stream,
        "contact.owner_assigned.v1",
        at("2026-06-01T00:00:00Z"),
        r#"{"owner":12}"#.to_owned(),
    );
    let poison = history.head();
    let house = House::new();
    let projections = house.open(log_of(&history).await);
    let as_of = |position| Freshness::as_of(position, PATIENCE);
    let refused = projections.directory().list(as_of(poison), first_page()).await.unwrap_err();
    assert_eq!(refused, QueryError::Parked { projection: "directory", position: poison });
    let answer = projections.directory().list(as_of(Position(poison.0 - 1)), first_page()).await.unwrap();
    assert_eq!(answer.value.total, 2);
    projections.shutdown().await;
}
