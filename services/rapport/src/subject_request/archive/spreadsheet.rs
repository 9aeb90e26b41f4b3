//! Rows of JSON as CSV, for a spreadsheet.

use serde_json::{Map, Value};

use crate::error::Failure;

/// What a spreadsheet takes a text for a formula by.
const FORMULA_BEGINS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// One line a row; the fields of an object within a row are columns of their own, `name.text`. Lists stay JSON. A text that a
/// spreadsheet would run as a formula has an apostrophe before it.
pub(super) fn csv(rows: &[Value]) -> Result<Vec<u8>, Failure> {
    let rows: Vec<Map<String, Value>> = rows.iter().map(flat).collect();
    let mut columns: Vec<&String> = Vec::new();
    for column in rows.iter().flat_map(Map::keys) {
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    columns.sort_unstable();
    let unwritable = |error: csv::Error| Failure::Local(format!("a table cannot be written: {error}"));
    let mut out = csv::Writer::from_writer(Vec::new());
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    out.write_record(&columns).map_err(unwritable)?;
    for row in &rows {
        let cells = columns.iter().map(|column| row.get(*column).map_or_else(String::new, cell));
        out.write_record(cells).map_err(unwritable)?;
    }
    out.into_inner().map_err(|error| Failure::Local(format!("a table cannot be written: {error}")))
}

fn flat(row: &Value) -> Map<String, Value> {
    let mut cells = Map::new();
    flatten("", row, &mut cells);
    cells
}

fn flatten(path: &str, value: &Value, cells: &mut Map<String, Value>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flatten(&path, value, cells);
            }
        }
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            cells.insert(path.to_owned(), value.clone());
        }
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(text) if text.starts_with(FORMULA_BEGINS) => format!("'{text}"),
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_are_columns_lists_are_json_and_no_text_is_a_formula() {
        let rows = [
            json!({ "b": "=1+1", "a": 7, "name": { "text": "Ann, \"A.\"" }, "none": null }),
            json!({ "a": -7, "list": [1, { "x": "y" }] }),
        ];
        let expected = concat!(
            "a,b,list,name.text\n",
            "7,'=1+1,,\"Ann, \"\"A.\"\"\"\n",
            "-7,,\"[1,{\"\"x\"\":\"\"y\"\"}]\",\n"
        );
        assert_eq!(String::from_utf8(csv(&rows).unwrap()).unwrap(), expected);
        assert!(csv(&[]).unwrap().is_empty());
    }
}
