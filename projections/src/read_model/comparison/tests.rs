//! Given two files of a read model, when they are compared, then what differs is counted and shown.

use std::path::Path;

use rusqlite::Transaction;
use tempfile::TempDir;

use super::*;
use crate::projection::{ProjectError, Projected, Projection};
use crate::read_model::file::Purpose;

/// Declares read models that have the same name and other tables.
macro_rules! tables {
    ($($name:ident, $version:literal, $schema:literal;)+) => {$(
        #[derive(Clone)]
        struct $name;
        impl Projection for $name {
            const NAME: &'static str = "shop";
            const VERSION: u32 = $version;
            const HANDLES: &'static [&'static str] = &[];
            const SOURCES: &'static [&'static str] = &[];

            fn schema() -> &'static str {
                $schema
            }

            fn project(&mut self, _tx: &Transaction<'_>, _event: &Projected<'_>) -> Result<(), ProjectError> {
                Ok(())
            }
        }
    )+};
}

tables! {
    Old, 1, "CREATE TABLE sales (shop TEXT, day INTEGER, sold INTEGER, clerk TEXT, PRIMARY KEY (shop, day)) STRICT, WITHOUT ROWID;
        CREATE TABLE total (sold INTEGER NOT NULL, note TEXT) STRICT;
        CREATE TABLE gone (id INTEGER PRIMARY KEY) STRICT;";
    New, 2, "CREATE TABLE sales (shop TEXT, day INTEGER, till TEXT, sold INTEGER, PRIMARY KEY (shop, day)) STRICT, WITHOUT ROWID;
        CREATE TABLE total (sold INTEGER NOT NULL, note TEXT) STRICT;
        CREATE TABLE come (id INTEGER PRIMARY KEY) STRICT;";
}

fn file<P: Projection>(directory: &Path, rows: &str) -> ModelFile {
    let file = crate::read_model::Survey::new_file::<P>(directory, Purpose::Serve);
    let (connection, _) = file.open_writer(false).unwrap();
    connection.execute_batch(rows).unwrap();
    file
}

fn compared(older: &str, newer: &str) -> Comparison {
    let folder = TempDir::new().unwrap();
    let (older, newer) = (file::<Old>(folder.path(), older), file::<New>(folder.path(), newer));
    Snapshot::take(&older, &newer).unwrap().unwrap().compare(Position(7)).unwrap()
}

fn counts(table: &TableComparison) -> (&str, u64, u64, u64, u64) {
    (&table.table, table.same, table.only_in_older, table.only_in_newer, table.changed)
}

#[test]
fn what_both_have_is_compared_row_by_row_and_the_rest_is_named() {
    let compared = compared(
        "INSERT INTO sales VALUES ('a', 1, 10, 'x'), ('a', 2, NULL, 'x'), ('b', 1, 5, 'x'), ('c', 1, 1, 'x');
         INSERT INTO total VALUES (16, NULL);",
        "INSERT INTO sales VALUES ('a', 1, 't', 10), ('a', 2, 't', NULL), ('b', 1, 't', 6), ('d', 9, 't', 2), ('e', 9, 't', 2);
         INSERT INTO total VALUES (16, NULL);",
    );
    let (older, newer) = (vec!["gone".to_owned()], vec!["come".to_owned()]);
    assert_eq!((compared.only_in_older.clone(), compared.only_in_newer.clone()), (older, newer));
    let tables: Vec<_> = compared.tables.iter().map(counts).collect();
    assert_eq!(tables, [("sales", 2, 1, 2, 1), ("total", 1, 0, 0, 0)]);
    assert_eq!(compared.tables[0].columns_left_out, ["clerk", "till"]);
    let samples: Vec<(Difference, &str, Vec<&str>)> = compared.tables[0]
        .samples
        .iter()
        .map(|s| (s.difference, s.row.as_str(), s.changes.iter().map(String::as_str).collect()))
        .collect();
    assert_eq!(
        samples,
        [
            (Difference::OnlyInOlder, "shop=c, day=1", vec![]),
            (Difference::OnlyInNewer, "shop=d, day=9", vec![]),
            (Difference::OnlyInNewer, "shop=e, day=9", vec![]),
            (Difference::Changed, "shop=b, day=1", vec!["sold: 5 -> 6"]),
        ]
    );
    assert!(!compared.is_equal());
    assert_eq!((compared.position, compared.older_version), (Position(7), 1));
}

#[test]
fn the_same_rows_are_equal_whatever_is_left_out() {
    let same = compared(
        "INSERT INTO sales VALUES ('a', 1, 10, 'x'); INSERT INTO total VALUES (1, NULL);",
        "INSERT INTO sales VALUES ('a', 1, 't', 10); INSERT INTO total VALUES (1, NULL);",
    );
    assert!(same.is_equal(), "{same:?}");
    let other = compared("INSERT INTO total VALUES (1, NULL);", "INSERT INTO total VALUES (1, 'x');");
    assert_eq!(counts(&other.tables[1]), ("total", 0, 1, 1, 0), "without a key, a row is all of it");
}

#[test]
fn samples_are_few_and_long_values_are_cut() {
    let many: Vec<String> = (0..10)
        .map(|day| format!("INSERT INTO sales VALUES ('{}', {day}, 't', 1);", "s".repeat(200)))
        .collect();
    let compared = compared("", &many.concat());
    let samples = &compared.tables[0].samples;
    assert_eq!((compared.tables[0].only_in_newer, samples.len()), (10, SAMPLES_MAX));
    assert_eq!(samples[0].row, format!("shop={}…, day=0", "s".repeat(SAMPLE_CHARS_MAX)));
}

#[test]
fn the_older_file_is_compared_as_it_was_when_it_was_taken_hold_of() {
    let folder = TempDir::new().unwrap();
    let older = file::<Old>(folder.path(), "INSERT INTO total VALUES (1, NULL);");
    let newer = file::<New>(folder.path(), "");
    let snapshot = Snapshot::take(&older, &newer).unwrap().unwrap();
    let (follower, _) = older.open_writer(false).unwrap();
    follower.execute_batch("UPDATE total SET sold = 2").unwrap();
    let (builder, _) = newer.open_writer(false).unwrap();
    builder.execute_batch("INSERT INTO total VALUES (1, NULL)").unwrap();
    assert!(snapshot.compare(Position(7)).unwrap().is_equal());
}
