//! What analysts take away: the tables of a read model, as they are.

use std::fmt::Write as _;

use rapport_domain::id::ContactId;
use rapport_domain::personal::PersonalSlot;
use rapport_vault::VaultError;
use tokio::sync::mpsc;

use super::*;
use crate::export::{Cell, ExportError, Kind, Part, ROWS_MAX, Show, Table};
use crate::query::Answer;

/// The rows of a table, as they were handed over.
type Taken = Vec<(Table, Vec<Vec<Cell>>)>;

/// Shows whose value of which field it is.
fn owner_and_field() -> Show {
    Arc::new(|subject: &ContactId, field: &mut dyn PersonalSlot| -> Result<String, VaultError> {
        Ok(format!("{} of {subject}", field.field()))
    })
}

async fn take(mut parts: mpsc::Receiver<Part>) -> Taken {
    let mut taken = Taken::new();
    while let Some(part) = parts.recv().await {
        match part {
            Part::Table(table) => taken.push((table, Vec::new())),
            Part::Rows(rows) => {
                assert!(rows.len() <= ROWS_MAX);
                taken.last_mut().unwrap().1.extend(rows);
            }
        }
    }
    taken
}

async fn export(projections: &Projections, name: &str, position: Position) -> (Answer<u64>, Taken) {
    let (sender, parts) = mpsc::channel(1);
    let export = projections.export(name).unwrap();
    let (answer, taken) =
        tokio::join!(export.run(at_least(position), owner_and_field(), sender), take(parts));
    (answer.unwrap(), taken)
}

/// A value of the file as it should leave.
fn as_stored(value: Value, kind: Kind, field: &str, owner: &str) -> Cell {
    match (value, kind) {
        (Value::Null, _) => Cell::Empty,
        (Value::Integer(number), _) => Cell::Integer(number),
        (Value::Text(_), Kind::Personal) => Cell::Text(format!("{field} of {owner}")),
        (Value::Text(text), _) => Cell::Text(text),
        (Value::Blob(bytes), _) => Cell::Text(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        (other, _) => panic!("no column holds {other:?}"),
    }
}

/// Names of the personal fields by their columns, as the domain has them.
const FIELDS: [(&str, &str); 4] =
    [("evidence", "evidence"), ("name", "name"), ("point", "contact_point"), ("summary", "text")];

/// The rows of a table in the file, in the order in which the engine keeps them.
fn in_the_file(file: &Path, table: &Table) -> Vec<Vec<Cell>> {
    let connection = Connection::open(file).unwrap();
    let mut statement = connection.prepare(&format!("SELECT * FROM {} NOT INDEXED", table.name)).unwrap();
    let read = |row: &rusqlite::Row<'_>| {
        let cell = |column: &crate::export::Column| {
            let name = column.name.as_str();
            let owner: String = row.get("contact_id").unwrap_or_default();
            let field = FIELDS.iter().find(|(known, _)| *known == name).map_or("", |(_, field)| field);
            as_stored(row.get(name).unwrap(), column.kind, field, &owner)
        };
        Ok(table.columns.iter().map(cell).collect())
    };
    statement.query_map([], read).unwrap().collect::<Result<_, _>>().unwrap()
}

#[tokio::test]
async fn columns_keep_their_names_and_kinds() {
    let house = House::new();
    let projections = house.open(log_of(&History::new()).await);
    let mut found = String::new();
    for name in NAMES {
        for table in projections.export(name).unwrap().tables() {
            for column in &table.columns {
                writeln!(found, "{name}.{}.{} {:?}", table.name, column.name, column.kind).unwrap();
            }
        }
    }
    assert_eq!(found, include_str!("columns.txt"), "analysts have queries that name them");
}

#[tokio::test]
async fn every_row_leaves_as_it_stands_in_the_file_and_personal_values_as_they_are_shown() {
    let history = company(120);
    let house = House::new();
    let projections = house.open(log_of(&history).await);
    for name in NAMES {
        let (answer, taken) = export(&projections, name, history.head()).await;
        assert_eq!(answer.position, history.head());
        let mut rows = 0;
        for (table, found) in taken {
            assert_eq!(found, in_the_file(&house.file(name), &table), "{name}.{}", table.name);
            rows += u64::try_from(found.len()).unwrap();
        }
        assert_eq!(answer.value, rows);
    }
}

#[tokio::test]
async fn an_export_stands_for_one_position_however_the_log_goes_on() {
    let (history, more) = (company(200), company(260));
    let store = log_of(&history).await;
    let house = House::new();
    let projections = house.open(Arc::clone(&store) as Arc<dyn EventStore>);
    follow_up_to(&projections, history.head()).await;
    let before = export(&projections, "timeline", history.head()).await;

    let (sender, mut parts) = mpsc::channel(1);
    let mut only = projections.export("timeline").unwrap();
    only.only("entries");
    let running = tokio::spawn(only.run(at_once(history.head()), owner_and_field(), sender));
    assert!(matches!(parts.recv().await, Some(Part::Table(_))));
    assert!(matches!(parts.recv().await, Some(Part::Rows(_))), "the state is held from here on");
    more.append_to(&*store, history.head()).await;
    follow_up_to(&projections, more.head()).await;
    let mut rest = 0;
    while let Some(Part::Rows(rows)) = parts.recv().await {
        rest += rows.len();
    }
    let answer = running.await.unwrap().unwrap();
    assert_eq!(answer.position, history.head());
    assert_eq!(ROWS_MAX + rest, before.1[0].1.len());
    assert_ne!(export(&projections, "timeline", more.head()).await.1[0].1.len(), before.1[0].1.len());
}

#[tokio::test]
async fn a_moment_that_is_exported_answers_others_meanwhile() {
    let history = company(200);
    let house = House::new();
    let projections = house.open(log_of(&history).await);
    let as_of = |patience| Freshness::as_of(history.head(), patience);
    let (sender, mut parts) = mpsc::channel(1);
    let export = projections.export("timeline").unwrap();
    let running = tokio::spawn(export.run(as_of(PATIENCE), owner_and_field(), sender));
    assert!(matches!(parts.recv().await, Some(Part::Table(_))));
    assert!(matches!(parts.recv().await, Some(Part::Rows(_))), "the state is held from here on");

    let page = |patience| {
        projections.timeline().entries(as_of(patience), TimelineQuery::of(contact("c0")), first_page())
    };
    let asked = page(Duration::ZERO).await.unwrap();
    assert_eq!((asked.position, asked.value.items.len() > 1), (history.head(), true));
    while parts.recv().await.is_some() {}
    assert_eq!(running.await.unwrap().unwrap().position, history.head());
    assert_eq!(page(Duration::ZERO).await.unwrap(), asked);
}

#[tokio::test]
async fn an_export_ends_when_nobody_takes_the_rows_any_more() {
    let history = company(200);
    let house = House::new();
    let projections = house.open(log_of(&history).await);
    let (sender, mut parts) = mpsc::channel(1);
    let running = tokio::spawn(projections.export("timeline").unwrap().run(
        at_least(history.head()),
        owner_and_field(),
        sender,
    ));
    assert!(matches!(parts.recv().await, Some(Part::Table(_))));
    drop(parts);
    assert_eq!(running.await.unwrap().unwrap_err(), ExportError::Abandoned);
}

#[tokio::test]
async fn an_export_of_what_there_is_not_names_what_there_is() {
    let house = House::new();
    let projections = house.open(log_of(&History::new()).await);
    let refused = projections.export("ledger").err().unwrap();
    assert!(matches!(refused, ControlError::ProjectionNotFound { .. }));
    let mut export = projections.export("pipeline").unwrap();
    export.only("deals");
    assert_eq!(export.tables().iter().map(|table| table.name.as_str()).collect::<Vec<_>>(), ["deals"]);
}
