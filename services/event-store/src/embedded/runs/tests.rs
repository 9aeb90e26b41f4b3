use std::sync::Arc;

use rapport_domain::envelope::{EventId, Position, Revision, StreamId};
use rapport_domain::id::derived_uuid;
use rusqlite::Connection;

use super::build::Builder;
use super::compaction::{Merged, due};
use super::table::{self, IndexError};
use super::{Entry, Run, lookup, stream_key};
use crate::judgement::StreamHead;

/// Streams that the events of a run go to in turn.
const STREAMS: u64 = 7;

fn file() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(table::TABLES).unwrap();
    connection
}

fn id(position: u64) -> EventId {
    EventId(derived_uuid(&["id", &position.to_string()]))
}

fn stream(number: u64) -> StreamId {
    StreamId::new("case", &number.to_string()).unwrap()
}

/// The event at a position is the next one of stream `position % STREAMS`.
fn entries(positions: std::ops::RangeInclusive<u64>) -> Vec<Entry> {
    let of = |position: u64| {
        let key = stream_key(&stream(position % STREAMS));
        let at = Position(position);
        [Entry::of_id(id(position), at), Entry::of_stream(key, Revision((position - 1) / STREAMS), at)]
    };
    let mut entries: Vec<Entry> = positions.flat_map(of).collect();
    entries.sort_unstable();
    entries
}

fn write(connection: &Connection, number: u32, positions: std::ops::RangeInclusive<u64>) -> Arc<Run> {
    let (first, last) = (Position(*positions.start()), Position(*positions.end()));
    let entries = entries(positions);
    let mut builder = Builder::new(number, entries.len() as u64);
    for page in entries.iter().filter_map(|entry| builder.add(entry)) {
        table::add_page(connection, &page).unwrap();
    }
    let (page, run) = builder.finish(0, first, last);
    page.iter().for_each(|page| table::add_page(connection, page).unwrap());
    table::add_run(connection, &run).unwrap();
    Arc::new(run)
}

#[test]
fn every_entry_is_found_and_no_other() {
    let file = file();
    let runs = [write(&file, 1, 1..=1_000), write(&file, 2, 1_001..=1_003), write(&file, 3, 1_004..=2_100)];
    for position in 1..=2_100 {
        let found = lookup::position_of(&file, &runs, id(position)).unwrap();
        assert_eq!(found, Some(Position(position)));
    }
    assert!((2_101..=4_000).all(|absent| lookup::position_of(&file, &runs, id(absent)).unwrap().is_none()));
    let head = lookup::stream_head(&file, &runs, &stream(3)).unwrap();
    assert_eq!(head, Some(StreamHead { revision: Revision(299), position: Position(2_096) }));
    assert_eq!(lookup::stream_head(&file, &runs, &stream(STREAMS)).unwrap(), None);
    for (from, to) in [(0, 299), (140, 150), (299, 299), (290, u64::MAX), (300, 400)] {
        let found = lookup::positions(&file, &runs, &stream(3), Revision(from), Revision(to)).unwrap();
        let expected = from..=to.min(299);
        let expected: Vec<_> =
            expected.map(|revision| (Revision(revision), Position(revision * STREAMS + 3))).collect();
        assert_eq!(found, expected, "from {from} to {to}");
    }
}

#[test]
fn merged_runs_have_every_entry_once_and_in_order() {
    let file = file();
    let runs = [write(&file, 1, 1..=600), write(&file, 2, 601..=601), write(&file, 3, 602..=2_000)];
    let mut merged = Merged::of(&runs);
    let all: Vec<Entry> = std::iter::from_fn(|| merged.next(&file).unwrap()).collect();
    assert_eq!(all, entries(1..=2_000));
}

#[test]
fn runs_come_back_from_the_file_and_what_no_run_has_is_told() {
    let file = file();
    let written = [write(&file, 4, 1..=500), write(&file, 2, 501..=900)];
    write(&file, 7, 901..=1_500);
    table::remove_run(&file, 7).unwrap();
    let read = table::runs(&file).unwrap();
    let of = |runs: &[Arc<Run>]| runs.iter().map(|run| format!("{run:?}")).collect::<Vec<_>>();
    assert_eq!(of(&read), of(&written));
    // 600 events have 1,200 entries, 250 a page.
    assert_eq!(table::leftovers(&file, &read).unwrap(), [(7, 5)]);
    table::remove_pages(&file, 7, 0..5).unwrap();
    assert_eq!(table::leftovers(&file, &read).unwrap(), []);
}

#[test]
fn damage_is_named() {
    let file = file();
    let runs = [write(&file, 1, 1..=500)];
    let flip = "UPDATE index_pages SET entries = zeroblob(length(entries))";
    file.execute(flip, []).unwrap();
    let first = entries(1..=500).into_iter().find(Entry::is_of_id).unwrap();
    let read = lookup::position_of(&file, &runs, id(first.position.0));
    assert!(matches!(read, Err(IndexError::Damaged { run: 1, .. })), "{read:?}");
    file.execute("UPDATE index_runs SET last = 499", []).unwrap();
    assert!(matches!(table::runs(&file), Err(IndexError::Damaged { run: 1, .. })));
}

#[test]
fn a_hole_between_runs_is_damage() {
    let file = file();
    write(&file, 1, 1..=10);
    write(&file, 2, 12..=20);
    assert!(matches!(table::runs(&file), Err(IndexError::Damaged { run: 2, .. })));
}

#[test]
fn the_oldest_eight_neighbours_of_one_size_are_merged() {
    let run = |number: u32, level: u32| {
        let (_, run) = Builder::new(number, 0).finish(level, Position(1), Position(1));
        Arc::new(run)
    };
    let runs: Vec<_> =
        (1..=3).map(|number| run(number, 1)).chain((4..=12).map(|number| run(number, 0))).collect();
    let numbers = due(&runs).unwrap().iter().map(|run| run.number).collect::<Vec<_>>();
    assert_eq!(numbers, [4, 5, 6, 7, 8, 9, 10, 11]);
    assert!(due(&runs[..10]).is_none());
}
