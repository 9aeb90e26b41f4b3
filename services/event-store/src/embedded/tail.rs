//! The end of the log, indexed in memory until it is merged into the indexes on disk.
//!
//! Two generations: new events go into the fresh one; when it has grown to the interval it is frozen and merged
//! slice by slice while a new fresh one fills. Both are sorted, because that is the order they are merged in.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use rapport_domain::envelope::{EventId, Position, Revision, StreamId};

use crate::judgement::StreamHead;

/// Events that one append wrote, next to each other.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) stream: StreamId,
    pub(super) first_revision: Revision,
    pub(super) first_position: Position,
    pub(super) ids: Vec<EventId>,
}

/// The events after `indexed_to`, by stream and by id. Holds committed events only.
#[derive(Debug, Default)]
pub(super) struct Tail {
    frozen: Option<Arc<Generation>>,
    fresh: Generation,
}

/// A run of the log, by stream and by id.
#[derive(Debug, Default)]
pub(super) struct Generation {
    streams: BTreeMap<StreamId, Run>,
    ids: BTreeMap<EventId, Position>,
    last: Position,
}

/// Consecutive revisions of one stream.
#[derive(Debug)]
struct Run {
    first: Revision,
    positions: Vec<Position>,
}

/// An entry of the stream index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StreamEntry {
    pub(super) stream: StreamId,
    pub(super) revision: Revision,
    pub(super) position: Position,
}

impl Tail {
    pub(super) fn push(&mut self, written: &Written) {
        self.fresh.push(written);
    }

    /// Events that wait for the next merge.
    pub(super) fn fresh_len(&self) -> usize {
        self.fresh.ids.len()
    }

    pub(super) fn stream_head(&self, stream: &StreamId) -> Option<StreamHead> {
        self.generations().find_map(|generation| generation.streams.get(stream)?.head())
    }

    pub(super) fn position_of(&self, id: &EventId) -> Option<Position> {
        self.generations().find_map(|generation| generation.ids.get(id).copied())
    }

    /// First revision of a stream that is in memory: everything before it is in the index on disk.
    pub(super) fn begins_at(&self, stream: &StreamId) -> Option<Revision> {
        let runs = self.generations().filter_map(|generation| generation.streams.get(stream));
        runs.map(|run| run.first).min()
    }

    /// The revisions `from..=to` of a stream that are in memory, in order.
    pub(super) fn positions(
        &self,
        stream: &StreamId,
        from: Revision,
        to: Revision,
    ) -> Vec<(Revision, Position)> {
        let oldest_first = self.frozen.as_deref().into_iter().chain([&self.fresh]);
        let runs = oldest_first.filter_map(|generation| generation.streams.get(stream));
        runs.flat_map(|run| run.between(from, to)).collect()
    }

    /// Ends the fresh generation, so that it can be merged. Does nothing while another one is being merged.
    pub(super) fn freeze(&mut self) -> Option<Arc<Generation>> {
        if self.frozen.is_some() || self.fresh.ids.is_empty() {
            return None;
        }
        let generation = Arc::new(std::mem::take(&mut self.fresh));
        self.frozen = Some(Arc::clone(&generation));
        Some(generation)
    }

    /// Lets go of the frozen generation, once the indexes on disk hold it. To be dropped outside the lock.
    #[must_use]
    pub(super) fn forget_frozen(&mut self) -> Option<Arc<Generation>> {
        self.frozen.take()
    }

    /// Newest first.
    fn generations(&self) -> impl Iterator<Item = &Generation> {
        std::iter::once(&self.fresh).chain(self.frozen.as_deref())
    }
}

impl Generation {
    fn push(&mut self, written: &Written) {
        let mut position = written.first_position;
        let run = self
            .streams
            .entry(written.stream.clone())
            .or_insert_with(|| Run { first: written.first_revision, positions: Vec::new() });
        for id in &written.ids {
            run.positions.push(position);
            self.ids.insert(*id, position);
            self.last = position;
            position = position.next();
        }
    }

    /// Its last event.
    pub(super) fn last(&self) -> Position {
        self.last
    }

    /// Up to `limit` entries of the stream index after `after`, sorted by stream and revision.
    pub(super) fn stream_entries(&self, after: Option<&StreamEntry>, limit: usize) -> Vec<StreamEntry> {
        let start = after.map_or(Bound::Unbounded, |entry| Bound::Included(entry.stream.clone()));
        let entries = self.streams.range((start, Bound::Unbounded)).flat_map(|(stream, run)| {
            let done = after.filter(|entry| entry.stream == *stream).map(|entry| entry.revision);
            let from = done.map_or(run.first, |Revision(revision)| Revision(revision + 1));
            run.between(from, Revision(u64::MAX)).map(|(revision, position)| StreamEntry {
                stream: stream.clone(),
                revision,
                position,
            })
        });
        entries.take(limit).collect()
    }

    /// Up to `limit` entries of the id index after `after`, sorted by id.
    pub(super) fn id_entries(&self, after: Option<EventId>, limit: usize) -> Vec<(EventId, Position)> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let entries = self.ids.range((start, Bound::Unbounded));
        entries.take(limit).map(|(id, position)| (*id, *position)).collect()
    }
}

impl Run {
    fn head(&self) -> Option<StreamHead> {
        let position = *self.positions.last()?;
        let revision = Revision(self.first.0 + self.positions.len() as u64 - 1);
        Some(StreamHead { revision, position })
    }

    fn between(&self, from: Revision, to: Revision) -> impl Iterator<Item = (Revision, Position)> {
        let skipped = usize::try_from(from.0.saturating_sub(self.first.0)).unwrap_or(usize::MAX);
        let numbered = (self.first.0..).map(Revision).zip(self.positions.iter().copied());
        numbered.skip(skipped).take_while(move |(revision, _)| *revision <= to)
    }
}

#[cfg(test)]
mod tests {
    use rapport_domain::id::derived_uuid;

    use super::*;

    fn written(stream: &str, first_revision: u64, first_position: u64, count: u64) -> Written {
        let ids = (first_position..first_position + count).map(|n| EventId(derived_uuid(&[&n.to_string()])));
        Written {
            stream: StreamId::new("case", stream).unwrap(),
            first_revision: Revision(first_revision),
            first_position: Position(first_position),
            ids: ids.collect(),
        }
    }

    fn generation() -> Arc<Generation> {
        let mut tail = Tail::default();
        for append in
            [written("b", 4, 10, 3), written("a", 0, 13, 1), written("b", 7, 14, 2), written("c", 9, 16, 5)]
        {
            tail.push(&append);
        }
        tail.freeze().unwrap()
    }

    #[test]
    fn slices_of_any_size_give_every_entry_once_and_in_order() {
        let generation = generation();
        let (all_streams, all_ids) = (generation.stream_entries(None, 100), generation.id_entries(None, 100));
        assert_eq!((all_streams.len(), all_ids.len(), generation.last()), (11, 11, Position(20)));
        assert!(all_streams.is_sorted_by_key(|entry| (entry.stream.clone(), entry.revision)));
        assert!(all_ids.is_sorted());
        for size in 1..=12 {
            let (mut streams, mut ids) = (Vec::new(), Vec::new());
            while streams.len() < all_streams.len() {
                streams.extend(generation.stream_entries(streams.last(), size));
                ids.extend(generation.id_entries(ids.last().map(|(id, _)| *id), size));
            }
            assert_eq!((&streams, &ids), (&all_streams, &all_ids), "in slices of {size}");
            assert!(generation.stream_entries(streams.last(), size).is_empty());
        }
    }

    #[test]
    fn a_stream_is_found_across_both_generations() {
        let mut tail = Tail::default();
        let stream = StreamId::new("case", "b").unwrap();
        tail.push(&written("b", 4, 10, 3));
        let frozen = tail.freeze();
        tail.push(&written("b", 7, 13, 2));
        assert!(frozen.is_some() && tail.freeze().is_none());
        assert_eq!(tail.begins_at(&stream), Some(Revision(4)));
        let positions = tail.positions(&stream, Revision(6), Revision(7));
        assert_eq!(positions, [(Revision(6), Position(12)), (Revision(7), Position(13))]);
        assert_eq!(
            tail.stream_head(&stream),
            Some(StreamHead { revision: Revision(8), position: Position(14) })
        );
        assert!(tail.forget_frozen().is_some());
        assert_eq!(tail.begins_at(&stream), Some(Revision(7)));
        assert_eq!(tail.positions(&stream, Revision(0), Revision(7)), [(Revision(7), Position(13))]);
    }
}
