//! Files that are not what they should be: derived data is never repaired, it is derived again.

use std::fs;

use super::*;
use crate::projection::ProjectError;
use crate::read_model::OpenError;

async fn parked(projections: &Projections, name: &str) -> ProjectError {
    // Parked or not, it is known once the query is answered.
    let refused = match name {
        "churn" => {
            projections.churn().at_risk(at_least(Position(1)), day("2026-12-31"), first_page()).await.err()
        }
        _ => projections.pipeline().pipelines(at_least(Position(1))).await.err(),
    };
    assert!(matches!(refused, Some(QueryError::Parked { .. })), "{refused:?}");
    let status = projections.list().await.into_iter().find(|status| status.name == name).unwrap();
    status.parked().unwrap().error.clone()
}

/// A folded company whose pipeline file was changed while nobody had it open.
async fn spoiled(spoil: impl FnOnce(&Path)) -> (House, History) {
    let history = company(40);
    let (house, _) = folded_in_one_pass(&history).await;
    spoil(&house.file("pipeline"));
    (house, history)
}

async fn heals(house: &House, history: &History, projections: Projections) {
    projections.rebuild("pipeline", false).await.unwrap();
    follow_up_to(&projections, history.head()).await;
    projections.shutdown().await;
    let (_, rows_of_one_pass) = folded_in_one_pass(history).await;
    assert_eq!(rows(&house.file("pipeline")), rows_of_one_pass[2]);
}

#[tokio::test]
async fn a_file_cut_short_parks_its_read_model_until_it_is_rebuilt() {
    let (house, history) = spoiled(|file| {
        let whole = fs::metadata(file).unwrap().len();
        fs::File::options().write(true).open(file).unwrap().set_len(whole / 2).unwrap();
    })
    .await;
    let projections = house.open(log_of(&history).await);
    let error = parked(&projections, "pipeline").await;
    let file = "pipeline.v7.db".to_owned();
    assert_eq!(error, ProjectError::File(OpenError::Damaged { projection: "pipeline", file }));
    assert_eq!(
        error.to_string(),
        "pipeline.v7.db is damaged; delete it, or run `rapport projections rebuild pipeline`: its data is derived from the log"
    );
    heals(&house, &history, projections).await;
}

#[tokio::test]
async fn a_file_that_is_no_database_parks_its_read_model_until_it_is_rebuilt() {
    let (house, history) =
        spoiled(|file| fs::write(file, "a letter to the operator ".repeat(1_000)).unwrap()).await;
    let projections = house.open(log_of(&history).await);
    assert!(matches!(parked(&projections, "pipeline").await, ProjectError::File(OpenError::Damaged { .. })));
    heals(&house, &history, projections).await;
}

#[tokio::test]
async fn the_database_of_somebody_else_is_left_alone() {
    let (house, history) = spoiled(|file| {
        fs::remove_file(file).unwrap();
        Connection::open(file).unwrap().execute_batch("CREATE TABLE recipes (name TEXT)").unwrap();
    })
    .await;
    let before = fs::read(house.file("pipeline")).unwrap();
    let projections = house.open(log_of(&history).await);
    let error = parked(&projections, "pipeline").await;
    assert_eq!(
        error.to_string(),
        "pipeline.v7.db is not the file of the read model pipeline (another program's database); delete it, or run `rapport projections rebuild pipeline`"
    );
    projections.shutdown().await;
    assert_eq!(fs::read(house.file("pipeline")).unwrap(), before);
}

#[tokio::test]
async fn the_file_of_another_read_model_is_refused() {
    let (house, history) = spoiled(|file| {
        fs::copy(file.with_file_name("churn.v2.db"), file).unwrap();
    })
    .await;
    let projections = house.open(log_of(&history).await);
    let error = parked(&projections, "pipeline").await;
    assert!(error.to_string().contains("(it holds churn, version 2)"), "{error}");
    heals(&house, &history, projections).await;
}

#[tokio::test]
async fn an_empty_file_is_a_new_one() {
    let (house, history) = spoiled(|file| fs::write(file, "").unwrap()).await;
    let projections = house.open(log_of(&history).await);
    follow_up_to(&projections, history.head()).await;
    projections.shutdown().await;
}

#[tokio::test]
async fn a_read_model_ahead_of_the_log_belongs_to_another_one() {
    let (house, history) = spoiled(|_| {}).await;
    let projections = house.open(log_of(&company(1)).await);
    let error = parked(&projections, "pipeline").await;
    assert_eq!(error, ProjectError::AheadOfLog { checkpoint: history.head(), head: company(1).head() });
    projections.rebuild("pipeline", false).await.unwrap();
    assert_eq!(
        projections.pipeline().pipelines(at_least(Position(1))).await.unwrap().position,
        company(1).head()
    );
    projections.shutdown().await;
}

#[tokio::test]
async fn a_read_model_of_another_log_that_is_as_long_is_noticed() {
    let (house, history) = spoiled(|_| {}).await;
    let mut other = History::new();
    for event in &history.events {
        let occurred_at = event.metadata().unwrap().occurred_at;
        other.add_raw(event.stream.clone(), &event.event_type, occurred_at, event.data.clone());
    }
    for event in &mut other.events {
        event.id = rapport_domain::envelope::EventId(rapport_domain::id::derived_uuid(&[
            "x",
            &event.id.to_string(),
        ]));
    }
    let projections = house.open(log_of(&other).await);
    let error = parked(&projections, "churn").await;
    assert_eq!(error, ProjectError::ForeignLog { checkpoint: history.head() });
    projections.shutdown().await;
}

#[tokio::test]
async fn what_is_on_disk_at_any_moment_is_whole() {
    let history = company(60);
    let half = history.until(Position(300));
    let house = House::new();
    let store = log_of(&half).await;
    let projections = house.open(Arc::<MemoryStore>::clone(&store));
    follow_up_to(&projections, half.head()).await;
    // As a crash would leave it: the process holds the files open, and has not worked its journals in.
    let after_crash = House::new();
    fs::create_dir(after_crash.read_directory()).unwrap();
    for name in NAMES {
        for ending in ["", "-wal"] {
            let file = format!("{}{ending}", house.file(name).file_name().unwrap().to_str().unwrap());
            fs::copy(house.read_directory().join(&file), after_crash.read_directory().join(&file)).unwrap();
        }
    }
    history.append_to(&*store, half.head()).await;
    let restarted = after_crash.open(Arc::<MemoryStore>::clone(&store));
    follow_up_to(&restarted, history.head()).await;
    restarted.shutdown().await;
    projections.shutdown().await;
    let (_, in_one_pass) = folded_in_one_pass(&history).await;
    for (name, expected) in NAMES.into_iter().zip(in_one_pass) {
        assert_eq!(rows(&after_crash.file(name)), expected, "{name}");
    }
}

#[tokio::test]
async fn a_check_reads_where_a_file_stands_and_names_what_is_wrong_with_it() {
    let history = company(40);
    let (house, _) = folded_in_one_pass(&history).await;
    let reports = inspect(&house.read_directory(), true);
    assert_eq!(reports.iter().map(|report| report.projection).collect::<Vec<_>>(), NAMES);
    for report in reports {
        assert_eq!(report.faults, [""; 0], "{}", report.file);
        assert_eq!(report.checkpoint.map(|(position, _)| position), Some(history.head()));
    }
    let file = house.file("pipeline");
    let mut bytes = fs::read(&file).unwrap();
    let half = bytes.len() / 2 / 4_096 * 4_096;
    bytes[half..half + 4_096].fill(0xff);
    fs::write(&file, bytes).unwrap();
    fs::write(house.file("churn"), "a letter to the operator ".repeat(1_000)).unwrap();
    fs::remove_file(house.file("timeline")).unwrap();
    let wrong: Vec<(&str, bool)> = inspect(&house.read_directory(), true)
        .iter()
        .map(|report| (report.projection, report.faults.is_empty()))
        .collect();
    let expected = [
        ("directory", true),
        ("pipeline", false),
        ("churn", false),
        ("consent", true),
        ("subscriptions", true),
        ("transparency", true),
        ("access", true),
        ("cases", true),
        ("leads", true),
        ("tasks", true),
        ("quotes", true),
        ("deal_flow", true),
    ];
    assert_eq!(wrong, expected);
}
