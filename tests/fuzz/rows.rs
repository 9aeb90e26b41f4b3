//! Files of rows, as other systems export them.

use std::fs;

use indicatif::ProgressBar;
use rapport::import::mapping::Layout;
use rapport::import::source::Rows;

use super::feed;
use super::seeds::corpus;

/// How a file is read that is called so.
fn layout(name: &str) -> Layout {
    match name {
        "white_space.txt" => {
            Layout { delimiter: None, columns: Some(["a", "b"].map(str::to_owned).to_vec()) }
        }
        "semicolons.csv" => Layout { delimiter: Some(b';'), columns: None },
        _ => Layout { delimiter: Some(b','), columns: None },
    }
}

#[test]
fn a_file_is_read_row_by_row_to_its_end_or_to_what_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    feed(&corpus("rows"), |seed| {
        let path = folder.path().join(&seed.name);
        fs::write(&path, &seed.bytes).unwrap();
        let Ok(mut rows) = Rows::open(&path, &layout(&seed.name), &ProgressBar::hidden()) else { return };
        let mut last = 0;
        while let Ok(Some(row)) = rows.next_row() {
            let place = match &row {
                Ok(row) => &row.place,
                Err(bad) => &bad.place,
            };
            assert!(place.line >= last, "line {} after line {last}", place.line);
            last = place.line;
        }
    });
}
