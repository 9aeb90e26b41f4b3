//! Things that have a stream of their own, as rows: one row for each thing, found by its id and changed by what happens next.

use rapport_domain::envelope::Revision;
use rapport_domain::value::Instant;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction};
use serde::Serialize;

use crate::column::Word;
use crate::projection::Projected;

/// Such a thing, as it stands.
pub(crate) trait Entity: Sized {
    /// What it is known by.
    type Id: Serialize + Copy;
    /// What happens to it.
    type Event;
    /// Reads the row of an id.
    const FIND: &'static str;

    /// The thing as it begins; nothing where that is not what happened.
    fn begun(id: Self::Id, happened: &Self::Event, event: &Projected<'_>) -> Option<Self>;

    /// The thing after an event.
    fn after(self, happened: &Self::Event, occurred_at: Instant, revision: Revision) -> Self;

    /// The thing, and the position of its beginning.
    fn from_row(row: &Row<'_>) -> rusqlite::Result<(i64, Self)>;

    /// Writes the thing, which began at a position, over what was known of it.
    fn write(&self, connection: &Connection, position: i64) -> rusqlite::Result<()>;

    /// The thing of an id, and the position of its beginning.
    fn find(connection: &Connection, id: Self::Id) -> rusqlite::Result<Option<(i64, Self)>> {
        connection.prepare_cached(Self::FIND)?.query_row((Word(id),), Self::from_row).optional()
    }

    /// Takes in what happened to the thing of an id. Nothing happens to one that never began.
    fn change(
        tx: &Transaction<'_>,
        id: Self::Id,
        happened: &Self::Event,
        event: &Projected<'_>,
    ) -> rusqlite::Result<()> {
        let (position, now) = match Self::find(tx, id)? {
            Some((position, known)) => {
                (position, known.after(happened, event.occurred_at(), event.revision()))
            }
            None => match Self::begun(id, happened, event) {
                Some(begun) => (i64::try_from(event.position().0).unwrap_or(i64::MAX), begun),
                None => return Ok(()),
            },
        };
        now.write(tx, position)
    }
}
