//! Which tables and columns a read model has, and what stands in them.

use rapport_domain::consent::Evidence;
use rapport_domain::personal::{Personal, PersonalSlot, PersonalValue};
use rapport_domain::value::{ContactPoint, FreeText, Name};
use rusqlite::Connection;

use super::{Column, Kind, Table};

/// Reads a personal value as it is stored.
pub(super) type Slot = fn(&str) -> Result<Box<dyn PersonalSlot>, serde_json::Error>;

/// Columns whose stored type does not tell what their values are. A name means the same in every read model.
const KINDS: [(&str, Kind); 49] = [
    ("active", Kind::Flag),
    ("actor", Kind::Json),
    ("approved_by", Kind::Json),
    ("archived", Kind::Flag),
    ("breached", Kind::Json),
    ("bugs", Kind::Json),
    ("checklist", Kind::Json),
    ("classes", Kind::Json),
    ("contact_roles", Kind::Json),
    ("denied", Kind::Json),
    ("erased", Kind::Flag),
    ("erasing", Kind::Flag),
    ("extended", Kind::Flag),
    ("contracted", Kind::Flag),
    ("day", Kind::Day),
    ("confirm_by", Kind::Time),
    ("counts_from", Kind::Time),
    ("deal_amount", Kind::Json),
    ("definition", Kind::Json),
    ("fields", Kind::Json),
    ("forecast_override", Kind::Json),
    ("fx", Kind::Json),
    ("first_due", Kind::Time),
    ("jurisdiction", Kind::Json),
    ("late", Kind::Flag),
    ("low_rated", Kind::Flag),
    ("next_due", Kind::Time),
    ("no_reask_before", Kind::Time),
    ("notice", Kind::Json),
    ("offer", Kind::Json),
    ("open_cases", Kind::Json),
    ("overdue", Kind::Flag),
    ("permitted", Kind::Json),
    ("personal", Kind::Flag),
    ("received_by", Kind::Json),
    ("redacted", Kind::Flag),
    ("related", Kind::Json),
    ("reminded", Kind::Flag),
    ("resolution_due", Kind::Time),
    ("respond_by", Kind::Time),
    ("rests_until", Kind::Day),
    ("score", Kind::Json),
    ("segments", Kind::Json),
    ("since", Kind::Time),
    ("source", Kind::Json),
    ("stage_rule", Kind::Json),
    ("terms", Kind::Json),
    ("unsolved", Kind::Flag),
    ("valid_until", Kind::Time),
];
/// Endings of such names.
const ENDINGS: [(&str, Kind); 2] = [("_at", Kind::Time), ("_day", Kind::Day)];
/// Columns with personal values of the contact that stands in the same row.
const PERSONAL: [(&str, Slot); 4] = [
    ("evidence", slot::<Evidence>),
    ("name", slot::<Name>),
    ("point", slot::<ContactPoint>),
    ("summary", slot::<FreeText>),
];
/// Blind indexes serve the search and go with their subject, digests serve the suppression list. An export would keep them.
const LEFT_OUT: [&str; 2] = ["blind", "digest"];

/// The tables of a read model, in the order of its schema.
pub(crate) fn tables(schema: &str) -> rusqlite::Result<Vec<Table>> {
    let empty = Connection::open_in_memory()?;
    empty.execute_batch(schema)?;
    let names: Vec<String> = empty
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    names.into_iter().map(|name| table(&empty, name)).collect()
}

fn table(empty: &Connection, name: String) -> rusqlite::Result<Table> {
    let stored: Vec<(String, String, i64)> = empty
        .prepare("SELECT name, type, pk FROM pragma_table_info(?1) ORDER BY cid")?
        .query_map([&name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut key: Vec<(i64, &str)> = stored
        .iter()
        .filter(|(_, _, place)| *place > 0)
        .map(|(name, _, place)| (*place, name.as_str()))
        .collect();
    key.sort_unstable();
    let key: Vec<String> = key.into_iter().map(|(_, name)| quoted(name)).collect();
    let order = if key.is_empty() { "rowid".to_owned() } else { key.join(", ") };
    let columns = stored.iter().filter(|(name, _, _)| !LEFT_OUT.contains(&name.as_str()));
    Ok(Table { columns: columns.map(|(name, stored, _)| column(name, stored)).collect(), name, order })
}

fn column(name: &str, stored: &str) -> Column {
    let slot = PERSONAL.iter().find(|(personal, _)| *personal == name).map(|(_, slot)| *slot);
    let named = KINDS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
    let ending = || ENDINGS.iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, kind)| *kind);
    let kind = match (slot, stored) {
        (Some(_), _) => Kind::Personal,
        (None, "INTEGER") => named.or_else(ending).unwrap_or(Kind::Integer),
        (None, _) => named.unwrap_or(Kind::Text),
    };
    Column { name: name.to_owned(), kind, slot }
}

fn slot<T: PersonalValue>(stored: &str) -> Result<Box<dyn PersonalSlot>, serde_json::Error> {
    let value: Personal<T> = serde_json::from_str(stored)?;
    Ok(Box::new(value))
}

impl Table {
    /// What reads it, in the order of its key: the order in which the engine keeps it.
    pub(super) fn select(&self) -> String {
        let columns: Vec<String> = self.columns.iter().map(|column| quoted(&column.name)).collect();
        format!("SELECT {} FROM {} ORDER BY {}", columns.join(", "), quoted(&self.name), self.order)
    }
}

/// A name as the engine takes any.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
