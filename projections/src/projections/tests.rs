//! Given a log, when the read models follow it, then they hold what it says, whatever comes in between.

mod damage;
mod erasure;
mod export;
mod log;
mod operator;
mod past;
mod rebuild;
mod skip;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use proptest::prelude::*;
use rapport_domain::event::DomainEvent;
use rapport_event_store::MemoryStore;
use rapport_vault::Vault;
use rusqlite::Connection;
use rusqlite::types::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::*;
use crate::churn::ChurnQuery;
use crate::page::PageRequest;
use crate::pipeline::{OpportunityFilter, PipelineViewQuery};
use crate::projection::Projection;
use crate::query::{Freshness, QueryError};
use crate::read_model::State;
use crate::testing::company::{STEPS_PER_CONTACT, company, newsletter};
use crate::testing::{History, at, contact, currency, day, every_row, first_page, key, open_vault};
use crate::timeline::TimelineQuery;

/// Longer than any machine takes; a test that waits for it has failed.
const PATIENCE: Duration = Duration::from_secs(120);
pub(super) const NAMES: [&str; 13] = [
    "directory",
    "timeline",
    "pipeline",
    "churn",
    "consent",
    "subscriptions",
    "transparency",
    "access",
    "cases",
    "leads",
    "tasks",
    "quotes",
    "deal_flow",
];

/// A data directory, and a vault that belongs to it.
pub(super) struct House {
    directory: TempDir,
    vault: Arc<Vault>,
}

impl House {
    pub(super) fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let vault = open_vault(directory.path());
        Self { directory, vault }
    }

    pub(super) fn read_directory(&self) -> PathBuf {
        self.directory.path().join("read")
    }

    /// The files of a read model, in the order they were made.
    pub(super) fn files(&self, name: &str) -> Vec<PathBuf> {
        let number = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().split('.').count();
        let mut files: Vec<PathBuf> = fs::read_dir(self.read_directory())
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                let file = path.file_name().unwrap().to_str().unwrap();
                file.starts_with(&format!("{name}.v")) && file.ends_with(".db")
            })
            .collect();
        files.sort_by_key(|path| (number(path), path.as_os_str().len(), path.clone()));
        files
    }

    /// The one that was made last.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.files(name).pop().unwrap_or_else(|| self.read_directory().join(format!("{name}.v1.db")))
    }

    pub(super) fn open(&self, store: Arc<dyn EventStore>) -> Projections {
        let options = Options::default();
        Projections::open(&self.read_directory(), store, Arc::clone(&self.vault), options).unwrap()
    }
}

/// A log that holds a history.
pub(super) async fn log_of(history: &History) -> Arc<MemoryStore> {
    let store = Arc::new(MemoryStore::new());
    history.append_to(&*store, Position::START).await;
    store
}

pub(super) fn at_least(position: Position) -> Freshness {
    Freshness::at_least(position, PATIENCE)
}

/// Does not wait at all.
pub(super) fn at_once(position: Position) -> Freshness {
    Freshness::at_least(position, Duration::ZERO)
}

/// Waits until every read model has taken in the log up to a position.
pub(super) async fn follow_up_to(projections: &Projections, position: Position) {
    for model in &projections.models {
        model.reader().read(at_least(position), |_| Ok(())).await.unwrap();
    }
}

/// Waits until nothing is being rebuilt.
pub(super) async fn settled(projections: &Projections) {
    for model in &projections.models {
        model.shared().settled().await;
    }
}

/// Everything that the read models answer, as text.
pub(super) async fn answers(projections: &Projections, fresh: Freshness) -> String {
    let view = PipelineViewQuery {
        pipeline_id: None,
        closed_from: None,
        closed_to: None,
        owner: None,
        team: None,
        aged_at: at("2026-12-31T00:00:00Z"),
        valid_at: None,
        currency: Some(currency("USD")),
    };
    let churn = ChurnQuery {
        from_month: None,
        to_month: None,
        segment: Some(key("region")),
        activity_to: day("2026-12-31"),
        by_cohort: true,
    };
    let few = || PageRequest::first(3);
    let who = contact("c1");
    let listed = projections.directory().list(fresh, few()).await.unwrap();
    let entries = projections.timeline().entries(fresh, TimelineQuery::of(who), few()).await.unwrap();
    let deals =
        projections.pipeline().opportunities(fresh, OpportunityFilter::default(), few()).await.unwrap();
    let view = projections.pipeline().view(fresh, view).await.unwrap();
    let report = projections.churn().report(fresh, churn).await.unwrap();
    let at_risk = projections.churn().at_risk(fresh, day("2026-12-31"), few()).await.unwrap();
    let trail = projections.consent().trail(fresh, who, Some(newsletter()), few()).await.unwrap();
    let contracts = projections.subscriptions().list(fresh, contact("c2"), few()).await.unwrap();
    format!(
        "{listed:#?}\n{entries:#?}\n{deals:#?}\n{view:#?}\n{report:#?}\n{at_risk:#?}\n{trail:#?}\n{contracts:#?}"
    )
}

/// Every row of every table of a file. Log times, and hashes over them, are left out: another run of the test has others.
pub(super) fn rows(file: &Path) -> Vec<(String, Vec<Value>)> {
    every_row(&Connection::open(file).unwrap(), &["recorded_at", "corrected_at", "hash"])
}

async fn folded_in_one_pass(history: &History) -> (House, Vec<Vec<(String, Vec<Value>)>>) {
    let house = House::new();
    let projections = house.open(log_of(history).await);
    follow_up_to(&projections, history.head()).await;
    projections.shutdown().await;
    let rows = NAMES.map(|name| rows(&house.file(name))).into();
    (house, rows)
}

#[tokio::test]
async fn every_read_model_follows_the_log_and_says_how_far() {
    let history = company(5);
    let house = House::new();
    let store = Arc::new(MemoryStore::new());
    let projections = house.open(Arc::<MemoryStore>::clone(&store));
    history.append_to(&*store, Position::START).await;
    follow_up_to(&projections, history.head()).await;
    assert_eq!(history.head(), Position(1 + 5 * STEPS_PER_CONTACT - 5));
    for status in projections.list().await {
        assert_eq!(
            (status.state, status.position, status.head),
            (State::Running, history.head(), history.head())
        );
        assert!(NAMES.contains(&status.name));
    }
    let answer = projections.directory().list(at_once(history.head()), first_page()).await.unwrap();
    assert_eq!((answer.position, answer.value.total, answer.value.page.items.len()), (history.head(), 5, 5));
    projections.shutdown().await;
}

#[tokio::test]
async fn the_metrics_name_every_read_model_and_nothing_else() {
    let history = company(2);
    let house = House::new();
    let projections = house.open(log_of(&history).await);
    let mut registry = Registry::default();
    projections.register(&mut registry);
    follow_up_to(&projections, history.head()).await;
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    for name in NAMES {
        let head = history.head();
        assert!(
            text.contains(&format!("rapport_projection_position{{projection=\"{name}\"}} {head}\n")),
            "{text}"
        );
        assert!(
            text.contains(&format!("rapport_projection_lag_events{{projection=\"{name}\"}} 0\n")),
            "{text}"
        );
        assert!(text.contains(&format!("rapport_projection_behind{{projection=\"{name}\"}} 0\n")), "{text}");
        assert!(text.contains(&format!("rapport_projection_parked{{projection=\"{name}\"}} 0\n")), "{text}");
    }
    projections.shutdown().await;
}

#[tokio::test]
async fn a_read_model_that_is_folded_again_answers_the_same() {
    let history = company(12);
    let house = House::new();
    let projections = house.open(log_of(&history).await);
    let before = answers(&projections, at_least(history.head())).await;
    for name in NAMES {
        projections.rebuild(name, true).await.unwrap();
    }
    // Nothing is asked for but what is there; a half-folded file does not answer all the same.
    assert_eq!(answers(&projections, at_least(Position::START)).await, before);
    settled(&projections).await;
    assert_eq!(answers(&projections, at_least(Position::START)).await, before);
    for status in projections.list().await {
        assert!(status.compared.is_some_and(|compared| compared.is_equal()), "{}", status.name);
    }
    projections.shutdown().await;
    for name in NAMES {
        fs::remove_file(house.file(name)).unwrap();
    }
    let projections = house.open(log_of(&history).await);
    let other_times = |text: &str| text.lines().filter(|line| !line.contains("recorded_at")).count();
    let after = answers(&projections, at_least(Position::START)).await;
    assert_eq!(other_times(&after), other_times(&before));
    projections.shutdown().await;
}

#[test]
fn every_event_type_of_the_domain_is_handled_somewhere_and_no_other() {
    let handled = [
        DirectoryProjection::HANDLES,
        TimelineProjection::HANDLES,
        PipelineProjection::HANDLES,
        ChurnProjection::HANDLES,
        ConsentProjection::HANDLES,
        SubscriptionProjection::HANDLES,
        AccessProjection::HANDLES,
        CaseProjection::HANDLES,
        LeadProjection::HANDLES,
        TaskProjection::HANDLES,
        DealFlowProjection::HANDLES,
        QuoteProjection::HANDLES,
    ]
    .concat();
    let known = DomainEvent::types();
    assert_eq!(handled.iter().filter(|event_type| !known.contains(event_type)).count(), 0);
    assert_eq!(known.iter().filter(|event_type| !handled.contains(event_type)).count(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    /// The log grows, the process ends and starts again, wherever that is: each event is taken in once.
    #[test]
    fn stopping_and_starting_again_anywhere_leads_to_the_same_rows(stops in proptest::collection::vec(1..40_u64, 1..6)) {
        Runtime::new().unwrap().block_on(async {
            let history = company(14);
            let house = House::new();
            let store = Arc::new(MemoryStore::new());
            let mut told = Position::START;
            for events in stops.into_iter().chain([u64::MAX]) {
                let until = Position(told.0.saturating_add(events).min(history.head().0));
                let part = history.until(until);
                let projections = house.open(Arc::<MemoryStore>::clone(&store));
                part.append_to(&*store, told).await;
                told = until;
                // Half of the time it is stopped while it is at work.
                if events % 2 == 0 || until == history.head() {
                    projections.pipeline().pipelines(at_least(until)).await.unwrap();
                }
                if until == history.head() {
                    follow_up_to(&projections, until).await;
                }
                projections.shutdown().await;
            }
            let (_, in_one_pass) = folded_in_one_pass(&history).await;
            for (name, expected) in NAMES.into_iter().zip(in_one_pass) {
                assert_eq!(rows(&house.file(name)), expected, "{name}");
            }
        });
    }
}
