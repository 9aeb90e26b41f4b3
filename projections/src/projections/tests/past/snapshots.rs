//! Snapshots that are damaged, of another log, or gone: what they should have told is told all the same.

use std::os::unix::fs::MetadataExt as _;

use super::*;
use crate::read_model::{SnapshotFault, inspect_snapshots};

/// The numbers in the names of snapshots: position, then checksum.
fn positions(snapshots: &[PathBuf]) -> Vec<u64> {
    let position = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap()[..20].parse().unwrap();
    snapshots.iter().map(position).collect()
}

/// A history of which snapshots were made, and every row of the timeline as of its last events.
async fn with_snapshots() -> (House, History, Arc<MemoryStore>) {
    let house = House::new();
    let history = random_commands(11, EVENTS);
    let (store, projections) = house.follow_in_parts(&history, 4).await;
    projections.shutdown().await;
    (house, history, store)
}

async fn is_answered(house: &House, history: &History, store: &Arc<MemoryStore>) {
    let projections = house.open_with_snapshots(store);
    for back in [0, 1, 30] {
        let position = Position(history.head().0 - back);
        let expected = folded_anew(house, "timeline", &history.until(position));
        assert_eq!(rows_as_of(&projections, "timeline", position).await, expected);
    }
    projections.shutdown().await;
}

#[tokio::test]
async fn a_snapshot_is_never_changed_and_is_not_copied_for_a_view() {
    let (house, history, store) = with_snapshots().await;
    let snapshots = house.snapshots("timeline");
    assert!(snapshots.len() >= 4, "{snapshots:?}");
    let before: Vec<Vec<u8>> = snapshots.iter().map(|path| fs::read(path).unwrap()).collect();
    let projections = house.open_with_snapshots(&store);
    for position in 1..=history.head().0 {
        rows_as_of(&projections, "timeline", Position(position)).await;
    }
    let linked: u64 = snapshots.iter().map(|path| fs::metadata(path).unwrap().nlink() - 1).sum();
    assert!(linked > 0, "views are further names of a snapshot's file");
    projections.shutdown().await;
    let after: Vec<Vec<u8>> = snapshots.iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(before == after, "the bytes of a snapshot stay");
}

#[tokio::test]
async fn few_views_are_kept_and_none_of_another_run() {
    let (house, history, store) = with_snapshots().await;
    let views = house.read_directory().join("views/timeline.v1");
    let files = || fs::read_dir(&views).into_iter().flatten().count();
    let projections = house.open_with_snapshots(&store);
    for position in 1..=history.head().0 {
        rows_as_of(&projections, "timeline", Position(position)).await;
        // A file and a journal each.
        assert!(files() <= 2 * (crate::VIEWS_MAX.get() + 1), "{}", files());
    }
    projections.shutdown().await;
    drop(projections);
    let projections = house.open_with_snapshots(&store);
    assert_eq!(files(), 0);
    projections.shutdown().await;
}

#[tokio::test]
async fn a_damaged_snapshot_is_thrown_away_and_not_believed() {
    let (house, history, store) = with_snapshots().await;
    let snapshots = house.snapshots("timeline");
    let (last, before) = (&snapshots[snapshots.len() - 1], &snapshots[snapshots.len() - 2]);
    let mut bytes = fs::read(last).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(last, bytes).unwrap();
    let whole = fs::metadata(before).unwrap().len();
    fs::File::options().write(true).open(before).unwrap().set_len(whole / 2).unwrap();
    is_answered(&house, &history, &store).await;
    assert!(!last.exists() && !before.exists(), "they are gone");
}

#[tokio::test]
async fn a_snapshot_of_another_log_is_thrown_away_and_not_believed() {
    let (other, other_history, _) = with_snapshots().await;
    let house = House::new();
    let history = random_commands(12, EVENTS);
    let streams =
        |history: &History| history.events.iter().map(|event| event.stream.clone()).collect::<Vec<_>>();
    assert_ne!(streams(&history), streams(&other_history));
    let store = dated_log();
    history.append_to(&*store, Position::START).await;
    let foreign = other.snapshots("timeline");
    let label = other.snapshots_of("timeline").unwrap();
    let directory = house.read_directory().join("snapshots").join(label.file_name().unwrap());
    fs::create_dir_all(&directory).unwrap();
    for path in &foreign {
        fs::copy(path, directory.join(path.file_name().unwrap())).unwrap();
    }
    is_answered(&house, &history, &store).await;
    let left = positions(&house.snapshots("timeline"));
    assert!(positions(&foreign[foreign.len() - 1..]).iter().all(|one| !left.contains(one)), "{left:?}");
}

#[tokio::test]
async fn the_snapshot_of_another_read_model_is_thrown_away_and_not_believed() {
    let (house, history, store) = with_snapshots().await;
    let churn = house.snapshots("churn").pop().unwrap();
    let target = house.snapshots_of("timeline").unwrap().join(churn.file_name().unwrap());
    house.snapshots("timeline").iter().for_each(|path| fs::remove_file(path).unwrap());
    fs::copy(&churn, &target).unwrap();
    is_answered(&house, &history, &store).await;
    assert!(!target.exists());
}

#[tokio::test]
async fn snapshots_may_be_deleted_at_any_time() {
    let (house, history, store) = with_snapshots().await;
    let projections = house.open_with_snapshots(&store);
    fs::remove_dir_all(house.read_directory().join("snapshots")).unwrap();
    let position = history.head();
    let expected = folded_anew(&house, "timeline", &history);
    assert_eq!(rows_as_of(&projections, "timeline", position).await, expected);
    projections.shutdown().await;
    is_answered(&house, &history, &store).await;
}

#[tokio::test]
async fn a_read_model_that_is_folded_anew_has_none_of_its_old_snapshots() {
    let (house, history, store) = with_snapshots().await;
    let before = house.snapshots("timeline");
    let projections = house.open_with_snapshots(&store);
    projections.rebuild("timeline", false).await.unwrap();
    settled(&projections).await;
    follow_up_to(&projections, history.head()).await;
    assert!(before.iter().rev().skip(1).all(|path| !path.exists()), "{before:?}");
    projections.shutdown().await;
}

#[tokio::test]
async fn snapshots_of_another_definition_are_thrown_away() {
    let (house, history, store) = with_snapshots().await;
    let own = house.snapshots_of("timeline").unwrap();
    let others = own.with_file_name("timeline.v0.000000000000");
    fs::rename(&own, &others).unwrap();
    is_answered(&house, &history, &store).await;
    assert!(!others.exists());
}

/// What a check says is wrong, by the file that it is about.
fn faults(house: &House) -> Vec<(PathBuf, SnapshotFault)> {
    let found = inspect_snapshots(&house.read_directory()).into_iter();
    found.filter_map(|report| Some((house.read_directory().join(report.file), report.fault?))).collect()
}

#[tokio::test]
async fn a_check_looks_through_every_snapshot_and_leaves_no_trace() {
    let (house, history, _) = with_snapshots().await;
    let timelines = house.snapshots_of("timeline").unwrap();
    let before = house.snapshots("timeline");
    fs::write(timelines.join("copy.unfinished"), "half of a copy").unwrap();
    let reports = inspect_snapshots(&house.read_directory());
    let timeline: Vec<_> =
        reports.iter().filter(|report| before.contains(&house.read_directory().join(&report.file))).collect();
    assert_eq!(timeline.len(), before.len());
    for (report, position) in timeline.into_iter().zip(positions(&before)) {
        let event = &history.events[usize::try_from(position).unwrap() - 1];
        assert_eq!(report.fault, None);
        assert_eq!(report.checkpoint, Some((Position(position), Some(event.id.to_string()))));
    }
    fs::remove_file(timelines.join("copy.unfinished")).unwrap();
    let mut after = listed(&timelines);
    after.sort();
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_check_names_what_is_wrong_with_a_snapshot() {
    let (house, _, _) = with_snapshots().await;
    let snapshots = house.snapshots("timeline");
    let mut bytes = fs::read(&snapshots[0]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&snapshots[0], bytes).unwrap();
    let letter = snapshots[0].with_file_name("letter.db");
    fs::write(&letter, "to the operator").unwrap();
    let name = format!("{:020}.{:08x}.db", 7, crc32fast::hash(b"to the operator"));
    let foreign = letter.with_file_name(name);
    fs::copy(&letter, &foreign).unwrap();
    let churn = house.snapshots("churn").pop().unwrap();
    let misplaced = letter.with_file_name(churn.file_name().unwrap());
    fs::copy(&churn, &misplaced).unwrap();
    let found = churn.parent().unwrap().file_name().unwrap().to_str().unwrap().to_owned();
    let position = Position(positions(std::slice::from_ref(&churn))[0]);

    let mut expected = vec![
        (snapshots[0].clone(), SnapshotFault::Damaged),
        (letter, SnapshotFault::Name),
        (misplaced, SnapshotFault::Misplaced { found, position }),
    ];
    let (unreadable, others): (Vec<_>, Vec<_>) =
        faults(&house).into_iter().partition(|(_, fault)| matches!(fault, SnapshotFault::Unreadable { .. }));
    expected.sort_by_key(|(path, _)| path.clone());
    assert_eq!(others, expected);
    assert_eq!(unreadable.into_iter().map(|(path, _)| path).collect::<Vec<_>>(), [foreign]);
}

fn metrics(projections: &Projections) -> String {
    let mut registry = Registry::default();
    projections.register(&mut registry);
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    text
}

#[tokio::test]
async fn operators_see_how_many_snapshots_there_are_and_when_one_is_unfit() {
    let (house, history, store) = with_snapshots().await;
    let snapshots = house.snapshots("timeline");
    // By the spacing of a server: no other one is due.
    let projections = house.open(Arc::<MemoryStore>::clone(&store));
    follow_up_to(&projections, history.head()).await;
    let size = |path: &PathBuf| fs::metadata(path).unwrap().len();
    let (count, newest) = (snapshots.len(), positions(&snapshots)[snapshots.len() - 1]);
    let said =
        |name: &str, value: u64| format!("rapport_projection_{name}{{projection=\"timeline\"}} {value}\n");
    let text = metrics(&projections);
    for line in [
        said("snapshots", u64::try_from(count).unwrap()),
        said("snapshot_bytes", snapshots.iter().map(size).sum()),
        said("snapshot_position", newest),
        said("snapshot_failures_total", 0),
    ] {
        assert!(text.contains(&line), "{line} in {text}");
    }
    fs::write(&snapshots[count - 1], "half of it").unwrap();
    rows_as_of(&projections, "timeline", history.head()).await;
    let text = metrics(&projections);
    for line in [said("snapshots", u64::try_from(count - 1).unwrap()), said("snapshot_failures_total", 1)] {
        assert!(text.contains(&line), "{line} in {text}");
    }
    projections.shutdown().await;
}
