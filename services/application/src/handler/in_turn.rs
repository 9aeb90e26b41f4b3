//! Commands to several streams, in order, which share a commit.
//!
//! Streams do not depend on each other, so the commands to one are decided together, whatever stands between them. What
//! they cause is appended in the order of the commands, and the log ends at the first append that it refuses. So the
//! commands before it have their answers as if they had run alone, and those after it have done nothing. It runs anew,
//! alone, where it is at fault itself; where the log is, it is told so.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use rapport_domain::aggregate::Aggregate;
use rapport_domain::envelope::{NewEvent, Position, StreamId};
use rapport_event_store::{Append, AppendError, Appended};
use tokio::sync::OwnedMutexGuard;

use super::{Handler, settle, stream};
use crate::call::{Call, Receipt};
use crate::failure::Failure;
use crate::loaded::Loaded;
use crate::run::{Item, Plan, expected_after, positions_of};

type Outcome = Result<Receipt, Failure>;

/// The commands to one stream, and where each stands among all.
struct Share<A: Aggregate> {
    items: Vec<Item<A>>,
    places: Vec<usize>,
}

/// A stream that nobody else touches meanwhile, and what its share does to it.
struct Held<A: Aggregate> {
    slot: OwnedMutexGuard<Option<Loaded<A>>>,
    loaded: Loaded<A>,
    stream: StreamId,
    plan: Plan<A>,
    events: VecDeque<NewEvent>,
    /// Positions of the events that are in the log.
    standing: Vec<Position>,
}

/// The first command whose events are not in the log.
struct Refused {
    place: usize,
    /// What the log says, where it would say it to anybody.
    told: Option<AppendError>,
}

/// Where an append comes from: the place of its first command, its stream's index, and which of the events there it has.
struct Origin {
    place: usize,
    held: usize,
    events: Range<usize>,
}

impl<A: Aggregate> Handler<A>
where
    Failure: From<A::Rejection>,
{
    /// Runs the first `count` commands in order, as many of them as can share a commit, and at least the first: those
    /// are taken away and answered.
    pub(crate) async fn execute_in_turn(
        &self,
        commands: &mut VecDeque<(A::Id, A::Command, Call)>,
        count: usize,
    ) -> Vec<Outcome> {
        let mut shares: BTreeMap<A::Id, Share<A>> = BTreeMap::new();
        for (place, (id, command, call)) in commands.drain(..count).enumerate() {
            let share = shares.entry(id).or_insert_with(|| Share { items: Vec::new(), places: Vec::new() });
            share.items.push(Item::new(command, call));
            share.places.push(place);
        }
        // What spoils it for all is met again, alone.
        let answers = self.together(&mut shares).await.unwrap_or_default();
        for command in rest(shares, answers.len()).into_iter().rev() {
            commands.push_front(command);
        }
        if !answers.is_empty() {
            return answers;
        }
        match commands.pop_front() {
            Some((id, command, call)) => vec![self.execute(&id, command, call).await],
            None => Vec::new(),
        }
    }

    /// Answers the commands before the first that the log refused, and that one, if it is not at fault itself.
    async fn together(&self, shares: &mut BTreeMap<A::Id, Share<A>>) -> Result<Vec<Outcome>, Failure> {
        let mut held = Vec::with_capacity(shares.len());
        // In the order of the ids, so that no two callers ever wait for each other.
        for (id, share) in shares.iter_mut() {
            held.push(self.hold(id, share).await?);
        }
        // No append will tell whether others have written to these streams, so the log is asked.
        for held in held.iter().filter(|held| held.plan.judged && held.plan.events.is_empty()) {
            if self.is_behind(&held.loaded, &held.stream).await? {
                return Ok(Vec::new());
            }
        }
        let (origins, appends) = appends(shares, &mut held);
        let appended = self.ports.store.append_in_turn(appends).await;
        let mut refused = self.stand(&origins, appended, &mut held);
        if let Some(Refused { place, told: None }) = &mut refused {
            *place = self.sound_before(*place, shares, &held).await?;
        }
        let mut answers: Vec<(usize, Outcome)> = Vec::new();
        for (Held { mut slot, mut loaded, plan, standing, .. }, (id, share)) in
            held.into_iter().zip(shares.iter())
        {
            let holds = standing.len() == plan.events.len();
            let settled = settle(&mut loaded, plan, &standing);
            answers.extend(share.places.iter().copied().zip(settled));
            // Where not all of it holds, the next one reads anew.
            if holds {
                self.keep(id, &mut slot, loaded);
            }
        }
        answers.sort_unstable_by_key(|(place, _)| *place);
        let mut answers: Vec<Outcome> = answers.into_iter().map(|(_, answer)| answer).collect();
        if let Some(Refused { place, told }) = refused {
            answers.truncate(place);
            answers.extend(told.map(|error| Err(error.into())));
        }
        Ok(answers)
    }

    /// Where the commands before a place end that were decided on what the log has: no append has told of the streams
    /// that were to be written to and were not.
    async fn sound_before(
        &self,
        place: usize,
        shares: &BTreeMap<A::Id, Share<A>>,
        held: &[Held<A>],
    ) -> Result<usize, Failure> {
        let mut sound = place;
        for (held, share) in held.iter().zip(shares.values()) {
            let untold = held.standing.is_empty() && !held.plan.events.is_empty();
            let first = share.places.iter().copied().min().unwrap_or(place);
            if untold && first < sound && self.is_behind(&held.loaded, &held.stream).await? {
                sound = first;
            }
        }
        Ok(sound)
    }

    async fn hold(&self, id: &A::Id, share: &mut Share<A>) -> Result<Held<A>, Failure> {
        let stream = stream::<A>(id)?;
        let mut slot = self.kept.slot(id).lock_owned().await;
        let mut loaded = self.take_or_load(id, &mut slot, &stream, &share.items).await?;
        let (plan, events) = self.prepare(id, &stream, &mut loaded, &mut share.items).await?;
        Ok(Held { slot, loaded, stream, plan, events: events.into(), standing: Vec::new() })
    }

    /// Notes which events are in the log now, up to the first command whose events are not. A repetition counts as
    /// refused: somebody else had applied the request before, and the stream tells how.
    fn stand(
        &self,
        origins: &[Origin],
        appended: Vec<Result<Appended, AppendError>>,
        held: &mut [Held<A>],
    ) -> Option<Refused> {
        let positions = self.ports.store.positions();
        let mut appended = appended.into_iter();
        for Origin { place, held: index, events } in origins {
            match appended.next() {
                Some(Ok(appended)) if !appended.repeated => {
                    held[*index].standing.extend(positions_of(appended, events.len(), positions));
                }
                Some(Err(error)) if !is_of_one(&error) => {
                    return Some(Refused { place: *place, told: Some(error) });
                }
                Some(_) | None => return Some(Refused { place: *place, told: None }),
            }
        }
        None
    }
}

/// Whether an append is refused for what it is, and not for how the log is.
const fn is_of_one(error: &AppendError) -> bool {
    match error {
        AppendError::WrongRevision { .. }
        | AppendError::IdReused { .. }
        | AppendError::TooLarge { .. }
        | AppendError::TimePassed { .. }
        | AppendError::TimeFixed => true,
        AppendError::StorageFull
        | AppendError::ReadOnly { .. }
        | AppendError::Unavailable { .. }
        | AppendError::OutcomeUnknown { .. }
        | AppendError::Closed => false,
    }
}

/// The events in the order of the commands; neighbours of one stream and one time are one append.
fn appends<A: Aggregate>(
    shares: &BTreeMap<A::Id, Share<A>>,
    held: &mut [Held<A>],
) -> (Vec<Origin>, Vec<Append>) {
    let mut order: Vec<(usize, usize, &Item<A>)> = Vec::new();
    for (index, share) in shares.values().enumerate() {
        order.extend(share.places.iter().zip(&share.items).map(|(place, item)| (*place, index, item)));
    }
    order.sort_unstable_by_key(|(place, ..)| *place);
    let mut taken = vec![(0, 0); held.len()];
    let (mut origins, mut appends): (Vec<Origin>, Vec<Append>) = (Vec::new(), Vec::new());
    for (place, index, item) in order {
        let (number, first) = taken[index];
        let Held { plan, events, stream, loaded, .. } = &mut held[index];
        let count = plan.events.iter().skip(first).take_while(|caused| caused.item == number).count();
        taken[index] = (number + 1, first + count);
        if count == 0 {
            continue;
        }
        let own = events.drain(..count);
        let recorded_at = item.call.recorded_at();
        match (origins.last_mut(), appends.last_mut()) {
            (Some(origin), Some(append)) if origin.held == index && append.recorded_at == recorded_at => {
                origin.events.end += count;
                append.events.extend(own);
            }
            _ => {
                let expected = expected_after(loaded.receipt.revision, first);
                origins.push(Origin { place, held: index, events: first..first + count });
                appends.push(Append { stream: stream.clone(), expected, events: own.collect(), recorded_at });
            }
        }
    }
    (origins, appends)
}

/// The commands that have no answer, in their order.
fn rest<A: Aggregate>(shares: BTreeMap<A::Id, Share<A>>, answered: usize) -> Vec<(A::Id, A::Command, Call)> {
    let mut rest = Vec::new();
    for (id, Share { items, places }) in shares {
        let unanswered = places.into_iter().zip(items).filter(|(place, _)| *place >= answered);
        rest.extend(unanswered.map(|(place, item)| (place, id.clone(), item)));
    }
    rest.sort_unstable_by_key(|(place, ..)| *place);
    rest.into_iter().map(|(_, id, Item { command, call, .. })| (id, command, call)).collect()
}
