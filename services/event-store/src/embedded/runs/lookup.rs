//! Finding entries in runs.

use std::ops::RangeInclusive;
use std::sync::Arc;

use rapport_domain::envelope::{EventId, Position, Revision, StreamId};
use rusqlite::Connection;

use super::entry::LAST_REVISION;
use super::filter::Hash;
use super::table::{self, IndexError};
use super::{Entry, Key, Ordinal, Run, id_key, stream_key};
use crate::judgement::StreamHead;

/// Where the event with this id is.
pub(in crate::embedded) fn position_of(
    connection: &Connection,
    runs: &[Arc<Run>],
    id: EventId,
) -> Result<Option<Position>, IndexError> {
    let (key, ordinal) = id_key(id);
    let hash = Hash::of(key);
    for run in runs.iter().rev().filter(|run| run.filter.may_have(hash)) {
        if let Some(entry) =
            run.last_up_to(connection, key, ordinal)?.filter(|entry| entry.ordinal == ordinal)
        {
            return Ok(Some(entry.position));
        }
    }
    Ok(None)
}

/// The last event of a stream: the newest run that has any of it has it.
pub(in crate::embedded) fn stream_head(
    connection: &Connection,
    runs: &[Arc<Run>],
    stream: &StreamId,
) -> Result<Option<StreamHead>, IndexError> {
    let key = stream_key(stream);
    let hash = Hash::of(key);
    for run in runs.iter().rev().filter(|run| run.filter.may_have(hash)) {
        if let Some(entry) = run.last_up_to(connection, key, LAST_REVISION)? {
            return Ok(Some(StreamHead { revision: Revision(entry.ordinal), position: entry.position }));
        }
    }
    Ok(None)
}

/// The revisions of a stream in a range, in order.
pub(in crate::embedded) fn positions(
    connection: &Connection,
    runs: &[Arc<Run>],
    stream: &StreamId,
    from: Revision,
    to: Revision,
) -> Result<Vec<(Revision, Position)>, IndexError> {
    let (key, ordinals) = (stream_key(stream), from.0..=to.0.min(LAST_REVISION));
    let (hash, mut found) = (Hash::of(key), Vec::new());
    for run in runs.iter().filter(|run| run.filter.may_have(hash)) {
        run.between(connection, key, &ordinals, &mut |entry| {
            found.push((Revision(entry.ordinal), entry.position));
        })?;
    }
    Ok(found)
}

impl Run {
    /// The last entry of a key whose ordinal is at most this one.
    fn last_up_to(
        &self,
        connection: &Connection,
        key: Key,
        ordinal: Ordinal,
    ) -> Result<Option<Entry>, IndexError> {
        let Some(page) = self.fences.partition_point(|fence| *fence <= (key, ordinal)).checked_sub(1) else {
            return Ok(None);
        };
        let entries = table::page(connection, self.number, u32::try_from(page).unwrap_or(u32::MAX))?;
        let after = entries.partition_point(|entry| entry.sorts_as() <= (key, ordinal));
        let entry = after.checked_sub(1).and_then(|at| entries.get(at));
        Ok(entry.filter(|entry| entry.key == key).copied())
    }

    /// Visits the entries of a key with these ordinals, in order.
    fn between(
        &self,
        connection: &Connection,
        key: Key,
        ordinals: &RangeInclusive<Ordinal>,
        visit: &mut dyn FnMut(&Entry),
    ) -> Result<(), IndexError> {
        let (low, high) = ((key, *ordinals.start()), (key, *ordinals.end()));
        let first = self.fences.partition_point(|fence| *fence <= low).saturating_sub(1);
        for page in (first..self.fences.len()).take_while(|page| self.fences[*page] <= high) {
            let entries = table::page(connection, self.number, u32::try_from(page).unwrap_or(u32::MAX))?;
            let from = entries.partition_point(|entry| entry.sorts_as() < low);
            entries[from..].iter().take_while(|entry| entry.sorts_as() <= high).for_each(&mut *visit);
        }
        Ok(())
    }
}
