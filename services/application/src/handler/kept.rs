//! The streams that are kept folded: those that were used last, as many as there is room for.

use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use parking_lot::Mutex;
use rapport_domain::aggregate::Aggregate;

use crate::loaded::Loaded;

/// Contacts that are kept folded, and as many streams of their interactions: most of what happens is with them, and one that is
/// not kept costs a look at the log for each of its events.
pub(crate) const CONTACTS_CACHED_MAX: NonZeroUsize = NonZeroUsize::new(16_000).unwrap();
/// Streams of any other kind that are kept folded.
pub(super) const STREAMS_CACHED_MAX: NonZeroUsize = NonZeroUsize::new(4_000).unwrap();
/// What the kept streams of one kind weigh together, but for one stream: [`Loaded::weight`].
pub(super) const EVENTS_CACHED_MAX: u64 = 200_000;

/// One stream's slot: empty until it is folded, and again after a failure, or when it has taken in too much.
pub(super) type Slot<A> = Arc<tokio::sync::Mutex<Option<Loaded<A>>>>;

/// The slots of one kind of aggregate.
pub(super) struct Kept<A: Aggregate>(Mutex<Slots<A>>);

struct Slots<A: Aggregate> {
    by_id: LruCache<A::Id, Weighed<A>>,
    events: u64,
    events_max: u64,
}

struct Weighed<A: Aggregate> {
    slot: Slot<A>,
    /// What it weighs, as far as it was told.
    events: u64,
}

/// A stream that is folded where it is kept. However that ends, it weighs what is folded by then.
pub(super) struct Folding<'a, A: Aggregate> {
    pub(super) kept: &'a Kept<A>,
    pub(super) id: &'a A::Id,
    pub(super) loaded: &'a mut Loaded<A>,
}

impl<A: Aggregate> Drop for Folding<'_, A> {
    fn drop(&mut self) {
        self.kept.weigh(self.id, self.loaded.weight());
    }
}

impl<A: Aggregate> Kept<A> {
    pub(super) fn new(streams: NonZeroUsize, events_max: u64) -> Self {
        Self(Mutex::new(Slots { by_id: LruCache::new(streams), events: 0, events_max }))
    }

    /// The slot of a stream, which is now the one that was used last.
    pub(super) fn slot(&self, id: &A::Id) -> Slot<A> {
        let mut slots = self.0.lock();
        if let Some(kept) = slots.by_id.get(id) {
            return Arc::clone(&kept.slot);
        }
        let slot = Slot::default();
        let kept = Weighed { slot: Arc::clone(&slot), events: 0 };
        if let Some((_, gone)) = slots.by_id.push(id.clone(), kept) {
            slots.events -= gone.events;
        }
        slot
    }

    /// Notes what a stream weighs by now, and lets go of others where that is too many. Whoever has such a slot
    /// goes on with it; the next one reads the stream anew.
    pub(super) fn weigh(&self, id: &A::Id, events: u64) {
        let mut slots = self.0.lock();
        let Slots { by_id, events: total, events_max } = &mut *slots;
        let Some(kept) = by_id.get_mut(id) else { return };
        *total = *total - kept.events + events;
        kept.events = events;
        while *total > *events_max && by_id.len() > 1 {
            let Some((_, gone)) = by_id.pop_lru() else { return };
            *total -= gone.events;
        }
    }
}

#[cfg(test)]
mod tests {
    use rapport_domain::id::ContactId;
    use rapport_domain::interaction::Interactions;

    use super::*;

    fn contact(number: u32) -> ContactId {
        ContactId::derived("tests", &number.to_string())
    }

    /// Which of so many streams have the slot that they had.
    fn still(kept: &Kept<Interactions>, slots: &[Slot<Interactions>]) -> Vec<u32> {
        let same = |(number, slot): &(u32, &Slot<Interactions>)| {
            kept.0.lock().by_id.peek(&contact(*number)).is_some_and(|kept| Arc::ptr_eq(&kept.slot, slot))
        };
        (0..).zip(slots).filter(same).map(|(number, _)| number).collect()
    }

    #[test]
    fn those_that_were_used_last_are_kept_as_far_as_their_events_have_room() {
        let kept = Kept::<Interactions>::new(STREAMS_CACHED_MAX, 100);
        let slots: Vec<Slot<Interactions>> = (0..4).map(|number| kept.slot(&contact(number))).collect();
        for number in 0..4 {
            kept.weigh(&contact(number), 30);
        }
        // 120 events are too many: the one that was used longest ago goes.
        assert_eq!(still(&kept, &slots), [1, 2, 3]);
        kept.slot(&contact(1));
        kept.weigh(&contact(3), 60);
        assert_eq!(still(&kept, &slots), [1, 3]);
        assert_eq!(kept.0.lock().events, 90);
    }

    #[test]
    fn a_stream_that_is_too_long_alone_is_kept_alone() {
        let kept = Kept::<Interactions>::new(STREAMS_CACHED_MAX, 100);
        let slots: Vec<Slot<Interactions>> = (0..3).map(|number| kept.slot(&contact(number))).collect();
        kept.weigh(&contact(1), 1_000);
        assert_eq!(still(&kept, &slots), [1]);
        kept.slot(&contact(2));
        kept.weigh(&contact(2), 1);
        assert_eq!(still(&kept, &slots), [] as [u32; 0]);
        assert_eq!(kept.0.lock().events, 1);
    }

    #[test]
    fn a_stream_that_is_not_kept_any_more_weighs_nothing() {
        let kept = Kept::<Interactions>::new(STREAMS_CACHED_MAX, 100);
        kept.weigh(&contact(0), 50);
        assert_eq!(kept.0.lock().events, 0);
    }
}
