//! The events that were committed last, kept as they came: whoever follows the log close behind its end reads them
//! without a connection, a thread or a checksum.

use std::collections::VecDeque;

use rapport_domain::envelope::{NewEvent, Position, Recorded, Revision, StreamId};
use rapport_domain::value::Instant;

use super::readers::{PAGE_EVENTS, Page};
use crate::port::Filter;

/// The last appends without a gap. Holds committed events only.
#[derive(Debug)]
pub(super) struct Recent {
    bytes_max: usize,
    bytes: usize,
    appends: VecDeque<Committed>,
}

/// An append that is in the log.
#[derive(Debug)]
pub(super) struct Committed {
    pub(super) stream: StreamId,
    pub(super) first_revision: Revision,
    pub(super) first_position: Position,
    pub(super) recorded_at: Instant,
    pub(super) events: Vec<NewEvent>,
}

impl Recent {
    /// Keeps appends of so many bytes together, as [`Committed::bytes`] counts them.
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { bytes_max, bytes: 0, appends: VecDeque::new() }
    }

    /// Adds the append that follows the last one; what is too much goes.
    pub(super) fn push(&mut self, append: Committed) {
        self.bytes += append.bytes();
        self.appends.push_back(append);
        while self.bytes > self.bytes_max
            && let Some(oldest) = self.appends.pop_front()
        {
            self.bytes -= oldest.bytes();
        }
    }

    /// The next page of those from `from` to `to` that pass the filter, and the position after it; `None` where the
    /// first of them is kept no more.
    pub(super) fn page(
        &self,
        from: Position,
        to: Position,
        filter: &Filter,
    ) -> Option<(Vec<Recorded>, Position)> {
        let first = self.appends.front()?.first_position;
        if from < first || from >= self.appends.back()?.next_position() {
            return None;
        }
        let skipped = self.appends.partition_point(|append| append.next_position() <= from);
        let (mut page, mut next) = (Page::default(), from);
        for append in self.appends.iter().skip(skipped) {
            while next <= to && next < append.next_position() {
                if page.is_full() || page.len() >= PAGE_EVENTS {
                    return Some((page.into_events(), next));
                }
                if let Some(event) = append.at(next, filter) {
                    page.push(event);
                }
                next = next.next();
            }
        }
        Some((page.into_events(), next))
    }
}

impl Committed {
    fn bytes(&self) -> usize {
        let size = |event: &NewEvent| size_of::<NewEvent>() + event.metadata.len() + event.data.len();
        size_of::<Self>() + self.events.iter().map(size).sum::<usize>()
    }

    fn next_position(&self) -> Position {
        Position(self.first_position.0 + self.events.len() as u64)
    }

    /// The event at a position, if it passes.
    fn at(&self, position: Position, filter: &Filter) -> Option<Recorded> {
        let offset = position.0.checked_sub(self.first_position.0)?;
        let event = self.events.get(usize::try_from(offset).ok()?)?;
        filter.matches(&self.stream, &event.event_type).then(|| Recorded {
            id: event.id,
            stream: self.stream.clone(),
            revision: Revision(self.first_revision.0 + offset),
            position,
            event_type: event.event_type.clone(),
            recorded_at: self.recorded_at,
            metadata: event.metadata.clone(),
            data: event.data.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rapport_domain::envelope::EventId;
    use rapport_domain::id::derived_uuid;

    use super::*;

    fn append(number: usize, first_position: u64, events: usize) -> Committed {
        let event = |offset: usize| NewEvent {
            id: EventId(derived_uuid(&["recent", &number.to_string(), &offset.to_string()])),
            event_type: format!("case.opened.v{}", 1 + offset % 2),
            metadata: "{}".to_owned(),
            data: "x".repeat(number % 5 * 40),
        };
        Committed {
            stream: StreamId::new("case", &(number % 3).to_string()).unwrap(),
            first_revision: Revision(first_position),
            first_position: Position(first_position),
            recorded_at: Instant::MIN,
            events: (0..events).map(event).collect(),
        }
    }

    /// Every page from a position on, joined; nothing where the first of them is kept no more.
    fn read(recent: &Recent, from: u64, to: u64, filter: &Filter) -> Option<Vec<Recorded>> {
        let (mut from, to, mut events) = (Position(from), Position(to), Vec::new());
        while from <= to {
            let (page, next) = recent.page(from, to, filter)?;
            events.extend(page);
            from = next;
        }
        Some(events)
    }

    proptest! {
        #[test]
        fn what_is_kept_reads_like_the_log_and_what_is_not_is_not_guessed(
            sizes in prop::collection::vec(1_usize..700, 1..12),
            bytes_max in 0_usize..200_000,
            from in 1_u64..3_000,
            only_first_type in any::<bool>(),
        ) {
            let mut recent = Recent::new(bytes_max);
            let (mut log, mut next) = (Vec::new(), 1);
            for (number, size) in sizes.iter().enumerate() {
                let everything = Filter::all();
                let committed = append(number, next, *size);
                log.extend((0..*size as u64).filter_map(|offset| committed.at(Position(next + offset), &everything)));
                recent.push(append(number, next, *size));
                next += *size as u64;
            }
            let prefixes = only_first_type.then(|| "case.opened.v1".to_owned());
            let filter = Filter { type_prefixes: prefixes.into_iter().collect(), ..Filter::all() };
            let (from, to) = (from % next + 1, next - 1);
            let kept_from = recent.appends.front().map_or(next, |append| append.first_position.0);
            let expected: Vec<Recorded> = log
                .into_iter()
                .filter(|event| event.position.0 >= from && filter.matches(&event.stream, &event.event_type))
                .collect();
            prop_assert!(recent.bytes <= bytes_max);
            match read(&recent, from, to, &filter) {
                Some(events) => prop_assert_eq!(events, expected),
                None => prop_assert!(from < kept_from, "{} of {}", from, kept_from),
            }
        }
    }
}
