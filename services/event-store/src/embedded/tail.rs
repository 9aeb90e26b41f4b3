//! The end of the log, indexed in memory until it is merged into the index on disk.
//!
//! Two generations: new events go into the fresh one; when it has grown to the interval it is frozen and written
//! slice by slice while a new fresh one fills.

use std::sync::Arc;

use hashbrown::HashMap;
use rapport_domain::envelope::{EventId, Position, Revision, StreamId};

use super::runs::{Entry, stream_key};
use crate::judgement::StreamHead;
#[cfg(feature = "seeded-bugs")]
use crate::seeded_bug::{self, SeededBug};

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
    streams: HashMap<StreamId, Run>,
    ids: HashMap<EventId, Position>,
    first: Position,
    last: Position,
}

/// Consecutive revisions of one stream.
#[derive(Debug)]
struct Run {
    first: Revision,
    positions: Vec<Position>,
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
        if self.ids.is_empty() {
            self.first = position;
        }
        if !self.streams.contains_key(&written.stream) {
            let run = Run { first: written.first_revision, positions: Vec::new() };
            self.streams.insert(written.stream.clone(), run);
        }
        let run = self.streams.get_mut(&written.stream);
        if let Some(run) = run {
            run.positions.extend((position.0..).take(written.ids.len()).map(Position));
        }
        for id in &written.ids {
            self.ids.insert(*id, position);
            self.last = position;
            position = position.next();
        }
    }

    /// Its first event.
    pub(super) fn first(&self) -> Position {
        self.first
    }

    /// Its last event.
    pub(super) fn last(&self) -> Position {
        self.last
    }

    /// What the index is to hold of it, sorted.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::with_capacity(self.ids.len() * 2);
        entries.extend(self.ids.iter().map(|(id, position)| Entry::of_id(*id, *position)));
        for (stream, run) in &self.streams {
            let key = stream_key(stream);
            let numbered = run.between(run.first, Revision(u64::MAX));
            entries.extend(numbered.map(|(revision, position)| Entry::of_stream(key, revision, position)));
        }
        #[cfg(feature = "seeded-bugs")]
        if seeded_bug::is_planted(SeededBug::ForgetIndex) {
            entries.clear();
        }
        entries.sort_unstable();
        entries
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

    #[test]
    fn every_event_has_an_entry_by_stream_and_one_by_id_in_order() {
        let mut tail = Tail::default();
        for append in [written("b", 4, 10, 3), written("a", 0, 13, 1), written("b", 7, 14, 2)] {
            tail.push(&append);
        }
        let generation = tail.freeze().unwrap();
        let entries = generation.entries();
        assert!(entries.is_sorted());
        assert_eq!((generation.first(), generation.last()), (Position(10), Position(15)));
        let positions = |of_id: bool| {
            let mut positions: Vec<u64> = entries
                .iter()
                .filter(|entry| entry.is_of_id() == of_id)
                .map(|entry| entry.position.0)
                .collect();
            positions.sort_unstable();
            positions
        };
        assert_eq!((positions(true), positions(false)), ((10..=15).collect(), (10..=15).collect()));
        let key = stream_key(&StreamId::new("case", "b").unwrap());
        let of_stream: Vec<u64> =
            entries.iter().filter(|entry| entry.key == key).map(|entry| entry.ordinal).collect();
        assert_eq!(of_stream, [4, 5, 6, 7, 8]);
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
