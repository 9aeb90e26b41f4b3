use std::io::Write as _;

use super::*;

fn rows(name: &str, bytes: &[u8], layout: &Layout) -> Vec<Result<(u64, String), (u64, String)>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let mut rows = Rows::open(&path, layout, &ProgressBar::hidden()).unwrap();
    let mut found = Vec::new();
    while let Some(row) = rows.next_row().unwrap() {
        found.push(match row {
            Ok(row) => Ok((row.place.line, format!("{}/{}", row.cell("a"), row.cell("b")))),
            Err(bad) => Err((bad.place.line, bad.message)),
        });
    }
    found
}

fn csv(delimiter: u8) -> Layout {
    Layout { delimiter: Some(delimiter), columns: None }
}

fn whitespace() -> Layout {
    Layout { delimiter: None, columns: Some(vec!["a".to_owned(), "b".to_owned()]) }
}

#[test]
fn a_bad_row_is_told_with_its_line_and_the_next_one_is_read() {
    let text = b"a,b\n1,2\n3\n4,5,6\n\"x\ny\",7\n\xff,8\n9,\"q\"\"q\"\n";
    assert_eq!(
        rows("f.csv", text, &csv(b',')),
        [
            Ok((2, "1/2".to_owned())),
            Err((3, "expected 2 cells, found 1".to_owned())),
            Err((4, "expected 2 cells, found 3".to_owned())),
            Ok((5, "x\ny/7".to_owned())),
            Err((7, "expected UTF-8; cell 1 is not".to_owned())),
            Ok((8, "9/q\"q".to_owned())),
        ]
    );
}

#[test]
fn a_header_may_begin_with_a_byte_order_mark_and_cells_be_told_apart_otherwise() {
    assert_eq!(rows("f.csv", "\u{feff}a;b\r\n1;2\r\n".as_bytes(), &csv(b';')), [Ok((2, "1/2".to_owned()))]);
}

#[test]
fn white_space_of_any_length_is_between_cells_and_blank_lines_are_none() {
    assert_eq!(
        rows("f.txt", b"  1   2 \n\n3\t4\n5\n", &whitespace()),
        [
            Ok((1, "1/2".to_owned())),
            Ok((3, "3/4".to_owned())),
            Err((4, "expected 2 cells, found 1".to_owned())),
        ]
    );
}

#[test]
fn a_compressed_file_is_read_as_the_plain_one() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(b"a,b\n1,2\n").unwrap();
    assert_eq!(rows("f.csv.gz", &encoder.finish().unwrap(), &csv(b',')), [Ok((2, "1/2".to_owned()))]);
}

#[test]
fn a_row_that_does_not_end_ends_the_file_and_not_the_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.csv");
    let end = "3,4\n".repeat(ROW_BYTES_MAX);
    std::fs::write(&path, format!("a,b\n1,2\n\"3,4\n{end}")).unwrap();
    let mut rows = Rows::open(&path, &csv(b','), &ProgressBar::hidden()).unwrap();
    assert!(matches!(rows.next_row(), Ok(Some(Ok(_)))));
    let error = rows.next_row().unwrap_err();
    let said = "a row is longer than 1048576 bytes: look for a quote that is not closed";
    assert_eq!(error.message, said);
}

#[test]
fn a_row_of_the_longest_length_is_read_wherever_it_stands() {
    let cell = "x".repeat(ROW_BYTES_MAX - "1,\n".len());
    let text = format!("a,b\n1,{cell}\n1,{cell}\n");
    let expected = format!("1/{cell}");
    assert_eq!(rows("f.csv", text.as_bytes(), &csv(b',')), [2, 3].map(|line| Ok((line, expected.clone()))));
}
