//! A long stream, of which only what commands were about is folded.

use std::collections::BTreeSet;

use futures::{StreamExt as _, TryStreamExt as _};
use rapport_domain::aggregate::Aggregate;
use rapport_domain::envelope::{Position, Recorded, Revision};
use rapport_event_store::Direction;

use super::{Loaded, Reading, decode};
use crate::call::Receipt;
use crate::failure::Failure;

/// Events beyond which a stream is long: it is folded in parts, where something knows where those stand. Each event of a stream
/// may lie on a page of its own, and the log be larger than the memory that keeps its pages.
pub(crate) const STREAM_LONG_EVENTS: u64 = 20;
/// Events at the end of a long stream that are taken in at a time. Where there are more it is begun anew, or folded as a whole.
const NEWER_MAX: usize = 1_000;
/// What is known of a long stream: events that were folded, or parts. Beyond it is begun anew.
const KNOWN_MAX: usize = 2 * NEWER_MAX;

/// Which parts of a state are folded.
pub(super) struct Parts<A: Aggregate> {
    /// Up to here only the events are folded that concern the known parts; behind it, every event.
    base: Position,
    known: BTreeSet<A::Part>,
}

impl<A: Aggregate> Loaded<A> {
    /// Whether it is to be begun anew, for what is known becomes too much.
    pub(crate) fn is_worn_out(&self) -> bool {
        let is_much = |parts: &Parts<A>| self.folded > KNOWN_MAX as u64 || parts.known.len() > KNOWN_MAX;
        self.parts.as_ref().is_some_and(is_much)
    }

    /// Whether a command can be judged that is about these parts.
    pub(crate) fn knows(&self, parts: &[A::Part]) -> bool {
        self.parts.as_ref().is_none_or(|folded| parts.iter().all(|part| folded.known.contains(part)))
    }

    /// Makes sure that a command can be judged that is about these parts. Where they are not found the whole stream is folded;
    /// whoever does not wait for its end leaves what is folded by then.
    pub(crate) async fn know(&mut self, reading: &Reading<'_, A>, parts: &[A::Part]) -> Result<(), Failure> {
        if !self.recall(reading, parts).await? {
            *self = Self::default();
            self.catch_up_whole(reading).await?;
            self.is_current = true;
        }
        Ok(())
    }

    /// Catches up by the parts that are known, or begins with none where the stream is long; `false` where it has to be folded
    /// as a whole.
    pub(super) async fn catch_up_in_parts(&mut self, reading: &Reading<'_, A>) -> Result<bool, Failure> {
        if self.parts.is_none() {
            let is_new = self.receipt.revision.is_none();
            return Ok(is_new && self.begin(reading).await?);
        }
        let newer = reading.store.read_stream(reading.stream, self.next(), Direction::Forward);
        let newer: Vec<Recorded> = newer.take(NEWER_MAX + 1).try_collect().await?;
        if newer.len() <= NEWER_MAX && self.take_in(reading, &newer).await? {
            return Ok(true);
        }
        *self = Self::default();
        self.begin(reading).await
    }

    /// Begins with what came since something else took the log in; `false` where the stream is short, or nothing has.
    async fn begin(&mut self, reading: &Reading<'_, A>) -> Result<bool, Failure> {
        let Some(recall) = reading.recall else { return Ok(false) };
        let mut events = reading.store.read_stream(reading.stream, Revision(u64::MAX), Direction::Backward);
        let last = events.try_next().await?.filter(|last| last.revision.0 >= STREAM_LONG_EVENTS);
        let Some(last) = last else { return Ok(false) };
        let Some(base) = recall.up_to().await else { return Ok(false) };
        let mut begun = Self { parts: Some(Parts { base, known: BTreeSet::new() }), ..Self::default() };
        let (mut newer, mut next) = (Vec::new(), Some(last));
        while let Some(recorded) = next {
            if recorded.position <= base {
                begun.receipt = Receipt { revision: Some(recorded.revision), position: recorded.position };
                break;
            }
            newer.push(recorded);
            if newer.len() > NEWER_MAX {
                return Ok(false);
            }
            next = events.try_next().await?;
        }
        newer.reverse();
        let has_begun = begun.take_in(reading, &newer).await?;
        if has_begun {
            *self = begun;
        }
        Ok(has_begun)
    }

    /// Folds the events at the stream's end, behind the earlier ones that concern the same.
    async fn take_in(&mut self, reading: &Reading<'_, A>, newer: &[Recorded]) -> Result<bool, Failure> {
        let events = newer.iter().map(decode::<A>).collect::<Result<Vec<_>, _>>()?;
        let concerned: Vec<A::Part> = events.iter().flatten().flat_map(A::concerned).collect();
        if !self.recall(reading, &concerned).await? {
            return Ok(false);
        }
        for (recorded, event) in newer.iter().zip(&events) {
            self.fold(recorded, event.as_ref());
        }
        Ok(true)
    }

    /// Folds the earlier events that concern these parts, but for those that are known; `false` where they are not found.
    async fn recall(&mut self, reading: &Reading<'_, A>, parts: &[A::Part]) -> Result<bool, Failure> {
        let (Some(Parts { base, known }), Some(recall)) = (&self.parts, reading.recall) else {
            return Ok(self.parts.is_none());
        };
        let unknown: BTreeSet<A::Part> = parts.iter().filter(|part| !known.contains(part)).cloned().collect();
        if unknown.is_empty() {
            return Ok(true);
        }
        let (base, unknown): (Position, Vec<A::Part>) = (*base, unknown.into_iter().collect());
        let Some(positions) = recall.concerning(reading.id, &unknown, base).await else { return Ok(false) };
        for position in positions.into_iter().filter(|position| *position <= base) {
            let recorded = reading.store.read_at(position).await?;
            let Some(recorded) = recorded.filter(|recorded| recorded.stream == *reading.stream) else {
                let stream = reading.stream;
                tracing::error!(%stream, %position, "the log has no event of the stream where one is remembered");
                return Ok(false);
            };
            self.fold_earlier(decode::<A>(&recorded)?.as_ref());
        }
        if let Some(parts) = &mut self.parts {
            parts.known.extend(unknown);
        }
        Ok(true)
    }
}
