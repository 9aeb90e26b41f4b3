//! One table of two files, compared by the engine: rows are matched by the key that both give them.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::{Difference, SAMPLE_CHARS_MAX, SAMPLES_MAX, Sample, TableComparison};

/// Our own tables, which no fold writes.
const BOOKKEEPING: [&str; 3] = ["meta", "build", "checkpoint"];

/// The tables that a fold writes, by name.
pub(super) fn names(connection: &Connection, schema: &str) -> rusqlite::Result<Vec<String>> {
    let all = format!(
        "SELECT name FROM {schema}.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    );
    let names =
        connection.prepare(&all)?.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    Ok(names.into_iter().filter(|name| !BOOKKEEPING.contains(&name.as_str())).collect())
}

/// The columns of a table in both files.
struct Shape {
    table: String,
    /// What tells rows apart in both: the primary key, or every column in common where there is none.
    key: Vec<String>,
    /// The other columns in common.
    values: Vec<String>,
    left_out: Vec<String>,
}

pub(super) fn compare(connection: &Connection, table: &str) -> rusqlite::Result<TableComparison> {
    let shape = Shape::of(connection, table)?;
    let all = shape.count(connection, &format!("SELECT count(*) FROM main.{}", quoted(table)))?;
    let only_in_older = shape.only("older", "main");
    let only_in_newer = shape.only("main", "older");
    let changed = shape.changed();
    let mut compared = TableComparison {
        table: table.to_owned(),
        same: 0,
        only_in_older: shape.count(connection, &counted(&only_in_older))?,
        only_in_newer: shape.count(connection, &counted(&only_in_newer))?,
        changed: match &changed {
            Some(changed) => shape.count(connection, &counted(changed))?,
            None => 0,
        },
        samples: Vec::new(),
        columns_left_out: shape.left_out.clone(),
    };
    compared.same = all.saturating_sub(compared.only_in_newer).saturating_sub(compared.changed);
    if !compared.is_equal() {
        let rows = [
            (Difference::OnlyInOlder, Some(only_in_older)),
            (Difference::OnlyInNewer, Some(only_in_newer)),
            (Difference::Changed, changed),
        ];
        for (difference, rows) in rows {
            let Some(rows) = rows else { continue };
            compared.samples.extend(shape.samples(connection, difference, &rows)?);
        }
    }
    Ok(compared)
}

impl Shape {
    fn of(connection: &Connection, table: &str) -> rusqlite::Result<Self> {
        let (older, newer) = (columns(connection, "older", table)?, columns(connection, "main", table)?);
        let is_in = |columns: &[Column], name: &String| columns.iter().any(|column| column.name == *name);
        let keys = |columns: &[Column]| {
            let mut keys: Vec<&Column> = columns.iter().filter(|column| column.key > 0).collect();
            keys.sort_by_key(|column| column.key);
            keys.into_iter().map(|column| column.name.clone()).collect::<Vec<_>>()
        };
        let names = |columns: &[Column]| columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
        let common: Vec<String> = names(&newer).into_iter().filter(|name| is_in(&older, name)).collect();
        let mut left_out: Vec<String> =
            names(&older).into_iter().filter(|name| !is_in(&newer, name)).collect();
        left_out.extend(names(&newer).into_iter().filter(|name| !is_in(&older, name)));
        let key = if keys(&newer) == keys(&older) { keys(&newer) } else { Vec::new() };
        let key = if key.is_empty() { common.clone() } else { key };
        let values = common.into_iter().filter(|name| !key.contains(name)).collect();
        Ok(Self { table: table.to_owned(), key, values, left_out })
    }

    fn count(&self, connection: &Connection, sql: &str) -> rusqlite::Result<u64> {
        // Tables without a column in common have nothing to compare.
        if self.key.is_empty() {
            return Ok(0);
        }
        let count: i64 = connection.query_row(sql, [], |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Whether two rows have one key, as a condition. `IS` holds for two NULLs as well.
    fn same_key(&self) -> String {
        let pairs = self.key.iter().map(|column| format!("a.{0} IS b.{0}", quoted(column)));
        pairs.collect::<Vec<_>>().join(" AND ")
    }

    /// Rows of one file whose key the other one has not.
    fn only(&self, there: &str, elsewhere: &str) -> String {
        let (table, same_key) = (quoted(&self.table), self.same_key());
        format!(
            "SELECT {} FROM {there}.{table} AS a WHERE NOT EXISTS (SELECT 1 FROM {elsewhere}.{table} AS b WHERE {same_key})",
            listed("a", &self.key)
        )
    }

    /// Rows of both with other values: their key, the values of the older one, those of the newer one.
    fn changed(&self) -> Option<String> {
        if self.values.is_empty() {
            return None;
        }
        let (table, same_key) = (quoted(&self.table), self.same_key());
        let (older, newer) = (listed("a", &self.values), listed("b", &self.values));
        Some(format!(
            "SELECT {}, {older}, {newer} FROM older.{table} AS a JOIN main.{table} AS b ON {same_key} WHERE ({older}) IS NOT ({newer})",
            listed("a", &self.key)
        ))
    }

    fn samples(
        &self,
        connection: &Connection,
        difference: Difference,
        rows: &str,
    ) -> rusqlite::Result<Vec<Sample>> {
        if self.key.is_empty() {
            return Ok(Vec::new());
        }
        let mut statement = connection.prepare(&format!("{rows} LIMIT {SAMPLES_MAX}"))?;
        let samples = statement.query_map([], |row| {
            let key = self
                .key
                .iter()
                .enumerate()
                .map(|(place, column)| Ok(format!("{column}={}", shown(row, place)?)));
            let row_key = key.collect::<rusqlite::Result<Vec<_>>>()?.join(", ");
            let changes = match difference {
                Difference::Changed => self.changes(row)?,
                Difference::OnlyInOlder | Difference::OnlyInNewer => Vec::new(),
            };
            Ok(Sample { difference, row: row_key, changes })
        })?;
        samples.collect()
    }

    fn changes(&self, row: &Row<'_>) -> rusqlite::Result<Vec<String>> {
        let mut changes = Vec::new();
        for (place, column) in self.values.iter().enumerate() {
            let (older, newer) = (self.key.len() + place, self.key.len() + self.values.len() + place);
            if row.get_ref(older)? != row.get_ref(newer)? {
                changes.push(format!("{column}: {} -> {}", shown(row, older)?, shown(row, newer)?));
            }
        }
        Ok(changes)
    }
}

struct Column {
    name: String,
    /// Its place in the primary key, counted from 1; 0: not a part of it.
    key: u32,
}

fn columns(connection: &Connection, schema: &str, table: &str) -> rusqlite::Result<Vec<Column>> {
    connection
        .prepare("SELECT name, pk FROM pragma_table_info(?1, ?2)")?
        .query_map((table, schema), |row| Ok(Column { name: row.get(0)?, key: row.get(1)? }))?
        .collect()
}

fn counted(rows: &str) -> String {
    format!("SELECT count(*) FROM ({rows})")
}

fn listed(alias: &str, columns: &[String]) -> String {
    columns.iter().map(|column| format!("{alias}.{}", quoted(column))).collect::<Vec<_>>().join(", ")
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A value as people read it, cut where it is long.
fn shown(row: &Row<'_>, place: usize) -> rusqlite::Result<String> {
    let text = match row.get_ref(place)? {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => format!("{} bytes", bytes.len()),
    };
    let mut shown: String = text.chars().take(SAMPLE_CHARS_MAX).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    Ok(shown)
}
