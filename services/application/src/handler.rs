//! How commands to one kind of aggregate run: load, decide, seal, append, and again when somebody was faster.

mod in_turn;
mod kept;

use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};

use futures::TryStreamExt as _;
use rapport_domain::aggregate::{Aggregate, StoredEvent as _};
use rapport_domain::envelope::{ExpectedRevision, Metadata, NewEvent, Position, StreamId};
use rapport_domain::interaction::Interactions;
use rapport_domain::personal::PersonalFields as _;
use rapport_domain::value::{Instant, hex};
use rapport_event_store::{Append, AppendError, Direction};
use rapport_vault::VaultError;
use sha2::{Digest as _, Sha256};

pub(crate) use self::kept::CONTACTS_CACHED_MAX;
use self::kept::{EVENTS_CACHED_MAX, Folding, Kept, STREAMS_CACHED_MAX};
use crate::Ports;
use crate::applied::applied;
use crate::call::{Call, Receipt, event_id};
use crate::failure::Failure;
use crate::loaded::{Loaded, Reading};
use crate::recall::Recall;
use crate::run::{Answer, Item, Plan, decide, expected_after, positions_of, revision_after};

/// How often a run is decided anew when others write to the same stream.
const ATTEMPTS_MAX: usize = 5;

/// Runs the commands of one kind of aggregate.
pub(crate) struct Handler<A: Aggregate> {
    ports: Arc<Ports>,
    kept: Kept<A>,
    recall: OnceLock<Arc<dyn Recall<A>>>,
}

impl<A: Aggregate> Handler<A>
where
    Failure: From<A::Rejection>,
{
    pub(crate) fn new(ports: Arc<Ports>) -> Self {
        Self::keeping(STREAMS_CACHED_MAX, ports)
    }

    /// One that keeps so many streams folded.
    pub(crate) fn keeping(streams: NonZeroUsize, ports: Arc<Ports>) -> Self {
        Self { ports, kept: Kept::new(streams, EVENTS_CACHED_MAX), recall: OnceLock::new() }
    }

    /// Runs one command.
    pub(crate) async fn execute(
        &self,
        id: &A::Id,
        command: A::Command,
        call: Call,
    ) -> Result<Receipt, Failure> {
        let mut answers = self.execute_run(id, vec![(command, call)]).await;
        answers.pop().unwrap_or(Err(Failure::ConcurrentUpdate))
    }

    /// Runs commands in order, as one append. Each has an outcome of its own.
    pub(crate) async fn execute_run(
        &self,
        id: &A::Id,
        commands: Vec<(A::Command, Call)>,
    ) -> Vec<Result<Receipt, Failure>> {
        let mut items: Vec<Item<A>> =
            commands.into_iter().map(|(command, call)| Item::new(command, call)).collect();
        // An append is recorded at one time.
        if items.windows(2).any(|pair| pair[0].call.recorded_at() != pair[1].call.recorded_at()) {
            return self.run_singly(id, &mut items).await;
        }
        match self.run(id, &mut items).await {
            Ok(answers) => answers,
            // One of them spoils the append: they go one by one, so that the others do not suffer for it.
            Err(failure) if items.len() > 1 && is_of_one(&failure) => self.run_singly(id, &mut items).await,
            Err(failure) => vec![Err(failure); items.len()],
        }
    }

    async fn run_singly(&self, id: &A::Id, items: &mut [Item<A>]) -> Vec<Result<Receipt, Failure>> {
        let mut answers = Vec::with_capacity(items.len());
        for item in items {
            match self.run(id, std::slice::from_mut(item)).await {
                Ok(answer) => answers.extend(answer),
                Err(failure) => answers.push(Err(failure)),
            }
        }
        answers
    }

    /// Looks at an aggregate's state as the log has it now: of one that is judged in parts, at nothing but these.
    pub(crate) async fn inspect_parts<T>(
        &self,
        id: &A::Id,
        parts: &[A::Part],
        look: impl FnOnce(&A::State) -> T,
    ) -> Result<T, Failure> {
        let stream = stream::<A>(id)?;
        let slot = self.kept.slot(id);
        let mut slot = slot.lock().await;
        self.caught_up(id, &mut slot, &stream).await?;
        let loaded = self.knowing(id, &mut slot, &stream, parts).await?;
        Ok(look(&loaded.state))
    }

    /// Whether what a request needs is there. It does not have to be any more where the request was applied before: its first
    /// answer stands, whatever became of that since.
    pub(crate) async fn unless_applied(
        &self,
        id: &A::Id,
        call: &Call,
        needed: Result<(), Failure>,
    ) -> Result<(), Failure> {
        let Err(missing) = needed else { return Ok(()) };
        self.first_answer(id, call).await?.map(drop).ok_or(missing)
    }

    /// What a request got that was applied before. It is not told from another one under the same id: that is for whoever runs
    /// it, or for whom it can be told no more.
    pub(crate) async fn first_answer(&self, id: &A::Id, call: &Call) -> Result<Option<Receipt>, Failure> {
        let store = self.ports.store.as_ref();
        let found = applied(store, &stream::<A>(id)?, [&call.request_id].into_iter()).await?;
        Ok(found.into_iter().flatten().map(|applied| applied.receipt).next())
    }

    /// Looks for a fact that, once it holds, holds for ever. So what is folded is believed where it has the fact,
    /// and the log is asked only where it has not. As [`Self::inspect_parts`].
    pub(crate) async fn fact_of_parts<T>(
        &self,
        id: &A::Id,
        parts: &[A::Part],
        look: impl Fn(&A::State) -> Option<T>,
    ) -> Result<Option<T>, Failure> {
        let known = self.kept.slot(id).lock().await.as_ref().and_then(|loaded| look(&loaded.state));
        match known {
            Some(fact) => Ok(Some(fact)),
            None => self.inspect_parts(id, parts, look).await,
        }
    }

    async fn run(&self, id: &A::Id, items: &mut [Item<A>]) -> Result<Vec<Result<Receipt, Failure>>, Failure> {
        let stream = stream::<A>(id)?;
        let slot = self.kept.slot(id);
        let mut slot = slot.lock().await;
        let mut reused = false;
        for _ in 0..ATTEMPTS_MAX {
            // Taken out while it is worked on: whatever goes wrong, or whoever goes away, the next one reads anew.
            let mut loaded = self.take_or_load(id, &mut slot, &stream, items).await?;
            match self.attempt(id, &stream, &mut loaded, items).await {
                Ok(Some(answers)) => {
                    self.keep(id, &mut slot, loaded);
                    return Ok(answers);
                }
                Ok(None) | Err(Failure::Append(AppendError::WrongRevision { .. })) => {}
                // Somebody else may have applied the same request; then the log tells. If it does not, the id
                // belongs to another stream's request.
                Err(Failure::Append(AppendError::IdReused { .. })) if !reused => reused = true,
                Err(Failure::Append(AppendError::IdReused { .. })) => return Err(Failure::RequestIdReused),
                Err(failure) => return Err(failure),
            }
        }
        Err(Failure::ConcurrentUpdate)
    }

    /// Decides a run on what is folded, and appends it; nothing when what was folded is old.
    async fn attempt(
        &self,
        id: &A::Id,
        stream: &StreamId,
        loaded: &mut Loaded<A>,
        items: &mut [Item<A>],
    ) -> Result<Option<Vec<Result<Receipt, Failure>>>, Failure> {
        let (plan, events) = self.prepare(id, stream, loaded, items).await?;
        if events.is_empty() {
            // No append will tell whether others have written to the stream, so the log is asked.
            let is_old = plan.judged && self.is_behind(loaded, stream).await?;
            return Ok((!is_old).then(|| settle(loaded, plan, &[])));
        }
        let count = events.len();
        let expected = expected_after(loaded.receipt.revision, 0);
        let recorded_at = items.first().and_then(|item| item.call.recorded_at());
        let append = Append { stream: stream.clone(), expected, events, recorded_at };
        let appended =
            self.ports.store.append_in_turn(vec![append]).await.pop().ok_or(AppendError::Closed)??;
        let standing = positions_of(appended, count, self.ports.store.positions());
        // A repetition: somebody else had applied the same requests before, and the log tells how.
        Ok((!appended.repeated).then(|| settle(loaded, plan, &standing)))
    }

    /// Decides commands on what is folded, and makes what they cause recordable; nothing where they cause nothing.
    async fn prepare(
        &self,
        id: &A::Id,
        stream: &StreamId,
        loaded: &mut Loaded<A>,
        items: &mut [Item<A>],
    ) -> Result<(Plan<A>, Vec<NewEvent>), Failure> {
        let now = self.ports.clock.now();
        // Nothing was applied to a stream that has no event; whether it has, the append will tell.
        if loaded.receipt.revision.is_some() {
            self.ask_before(stream, items).await?;
        }
        let state = self.readable_state(id, loaded)?;
        self.digest(id, items)?;
        let mut plan = decide(loaded, state, items, now);
        if plan.events.is_empty() {
            return Ok((plan, Vec::new()));
        }
        self.seal(id, &mut plan).await?;
        // The first event of a subject makes its keys.
        self.digest(id, items)?;
        let events = recordable(stream, &plan, items, now)?;
        Ok((plan, events))
    }

    /// Asks the log which requests were applied before.
    async fn ask_before(&self, stream: &StreamId, items: &mut [Item<A>]) -> Result<(), Failure> {
        let requests = items.iter().map(|item| &item.call.request_id);
        let found = applied(self.ports.store.as_ref(), stream, requests).await?;
        for (item, applied) in items.iter_mut().zip(found) {
            item.applied = applied;
        }
        Ok(())
    }

    /// Whether the stream has events that are not folded, because others write to it as well.
    async fn is_behind(&self, loaded: &Loaded<A>, stream: &StreamId) -> Result<bool, Failure> {
        let mut newer = self.ports.store.read_stream(stream, loaded.next(), Direction::Forward);
        Ok(newer.try_next().await?.is_some())
    }

    /// The state that `decide` sees: opened where the rules compare personal data. Moved out of `loaded` where
    /// they do not, because a long stream's state is large.
    fn readable_state(&self, id: &A::Id, loaded: &mut Loaded<A>) -> Result<A::State, Failure> {
        match A::subject(id) {
            Some(subject) if A::JUDGES_PERSONAL_DATA => {
                let mut state = loaded.state.clone();
                self.ports.vault.open_fields(subject, state.personal_fields())?;
                Ok(state)
            }
            Some(_) | None => Ok(std::mem::take(&mut loaded.state)),
        }
    }

    async fn seal(&self, id: &A::Id, plan: &mut Plan<A>) -> Result<(), Failure> {
        let Some(subject) = A::subject(id) else { return Ok(()) };
        if plan.events.iter_mut().all(|caused| caused.event.personal_fields().is_empty()) {
            return Ok(());
        }
        self.ports.vault.ensure_keys(std::slice::from_ref(subject)).await?;
        for caused in &mut plan.events {
            self.ports.vault.seal(subject, caused.event.personal_fields())?;
        }
        Ok(())
    }

    /// Digests the requests that have no digest yet.
    fn digest(&self, id: &A::Id, items: &mut [Item<A>]) -> Result<(), Failure> {
        for item in items.iter_mut().filter(|item| item.digest.is_none()) {
            let content = &item.call.content_sha256;
            let digest = match A::subject(id) {
                Some(subject) => self.ports.vault.digest(subject, content)?,
                None => Some(self.ports.vault.blind("request", content)),
            };
            item.digest = digest.map(|digest| digest.to_string());
        }
        Ok(())
    }

    /// What commands are decided on, taken out of the slot.
    async fn take_or_load(
        &self,
        id: &A::Id,
        slot: &mut Option<Loaded<A>>,
        stream: &StreamId,
        items: &[Item<A>],
    ) -> Result<Loaded<A>, Failure> {
        if slot.as_ref().is_none_or(|loaded| !loaded.is_current) {
            self.caught_up(id, slot, stream).await?;
        }
        let parts: Vec<A::Part> = items.iter().flat_map(|item| A::judged(&item.command)).collect();
        self.knowing(id, slot, stream, &parts).await?;
        Ok(slot.take().unwrap_or_default())
    }

    /// Whether an aggregate stands where a call believes it to.
    ///
    /// # Errors
    /// When it does not, or the log cannot be read.
    pub(crate) async fn assert_expected(&self, id: &A::Id, call: &Call) -> Result<(), Failure> {
        let Some(expected) = call.expected_revision else { return Ok(()) };
        let stream = stream::<A>(id)?;
        let slot = self.kept.slot(id);
        let mut slot = slot.lock().await;
        let actual = self.caught_up(id, &mut slot, &stream).await?.receipt.revision;
        if actual == Some(expected) {
            return Ok(());
        }
        Err(Failure::RevisionMismatch { expected: ExpectedRevision::Exact(expected), actual })
    }

    /// Folds what the stream has by now. It happens where the stream is kept: a caller may have no time to wait for the
    /// end of a long one, and the next goes on from there.
    async fn caught_up<'a>(
        &self,
        id: &A::Id,
        slot: &'a mut Option<Loaded<A>>,
        stream: &StreamId,
    ) -> Result<&'a mut Loaded<A>, Failure> {
        let loaded = slot.get_or_insert_default();
        let folding = Folding { kept: &self.kept, id, loaded: &mut *loaded };
        folding.loaded.catch_up(&self.reading(id, stream)).await?;
        drop(folding);
        Ok(loaded)
    }

    /// Folds what concerns parts of a state, where that is not known. It happens where the stream is kept, as all folding.
    async fn knowing<'a>(
        &self,
        id: &A::Id,
        slot: &'a mut Option<Loaded<A>>,
        stream: &StreamId,
        parts: &[A::Part],
    ) -> Result<&'a mut Loaded<A>, Failure> {
        let loaded = slot.get_or_insert_default();
        if !loaded.knows(parts) {
            let folding = Folding { kept: &self.kept, id, loaded: &mut *loaded };
            folding.loaded.know(&self.reading(id, stream), parts).await?;
        }
        Ok(loaded)
    }

    fn reading<'a>(&'a self, id: &'a A::Id, stream: &'a StreamId) -> Reading<'a, A> {
        let recall = self.recall.get().map(AsRef::as_ref);
        Reading { store: self.ports.store.as_ref(), id, stream, recall }
    }

    fn keep(&self, id: &A::Id, slot: &mut Option<Loaded<A>>, loaded: Loaded<A>) {
        let weight = loaded.weight();
        *slot = (!loaded.is_worn_out()).then_some(loaded);
        self.kept.weigh(id, if slot.is_some() { weight } else { 0 });
    }
}

impl<A: Aggregate<Part = Infallible>> Handler<A>
where
    Failure: From<A::Rejection>,
{
    /// Looks at an aggregate's state as the log has it now.
    pub(crate) async fn inspect<T>(
        &self,
        id: &A::Id,
        look: impl FnOnce(&A::State) -> T,
    ) -> Result<T, Failure> {
        self.inspect_parts(id, &[], look).await
    }

    /// As [`Self::fact_of_parts`].
    pub(crate) async fn fact<T>(
        &self,
        id: &A::Id,
        look: impl Fn(&A::State) -> Option<T>,
    ) -> Result<Option<T>, Failure> {
        self.fact_of_parts(id, &[], look).await
    }
}

impl Handler<Interactions> {
    /// From now on long streams are folded in parts. What is told first counts.
    pub(crate) fn recall_by(&self, recall: Arc<dyn Recall<Interactions>>) {
        // Another one says the same.
        let _ = self.recall.set(recall);
    }
}

/// Whether a run fails because of one of its commands.
const fn is_of_one(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::RequestIdReused
            | Failure::Append(AppendError::TooLarge { .. })
            | Failure::Vault(VaultError::SubjectErased { .. })
    )
}

/// The stream of one instance.
pub(crate) fn stream<A: Aggregate>(id: &A::Id) -> Result<StreamId, Failure> {
    A::stream(id).map_err(|error| Failure::Unwritable { cause: error.to_string() })
}

/// Takes the events in, which stand at these positions now, and tells each command what became of it.
fn settle<A: Aggregate>(
    loaded: &mut Loaded<A>,
    plan: Plan<A>,
    standing: &[Position],
) -> Vec<Result<Receipt, Failure>> {
    let base = loaded.receipt.revision;
    if A::JUDGES_PERSONAL_DATA {
        // The state that was decided on is open; the one that is kept is folded from the sealed events.
        for caused in &plan.events {
            loaded.state = A::evolve(std::mem::take(&mut loaded.state), &caused.event);
        }
    } else {
        loaded.state = plan.state;
    }
    if let Some(position) = standing.last() {
        loaded.receipt = Receipt { revision: revision_after(base, standing.len()), position: *position };
    }
    loaded.folded += plan.events.len() as u64;
    let last = loaded.receipt.position;
    let mut answers = Vec::with_capacity(plan.answers.len());
    for answer in plan.answers {
        answers.push(match answer {
            Answer::Settled(answer) => answer,
            Answer::Pending(event) => {
                let receipt = Receipt {
                    revision: revision_after(base, event + 1),
                    position: standing.get(event).copied().unwrap_or(last),
                };
                Ok(receipt)
            }
        });
    }
    answers
}

/// The events in the form that the log takes.
fn recordable<A: Aggregate>(
    stream: &StreamId,
    plan: &Plan<A>,
    items: &[Item<A>],
    now: Instant,
) -> Result<Vec<NewEvent>, Failure> {
    let unwritable = |error: serde_json::Error| Failure::Unwritable { cause: error.to_string() };
    let mut ordinal = 0_usize;
    let mut previous = usize::MAX;
    let mut events = Vec::with_capacity(plan.events.len());
    for caused in &plan.events {
        ordinal = if caused.item == previous { ordinal + 1 } else { 0 };
        previous = caused.item;
        let Some(item) = items.get(caused.item) else { continue };
        let data = caused.event.encode().map_err(unwritable)?.to_string();
        let metadata = metadata(item, &data, now);
        events.push(NewEvent {
            id: event_id(&item.call.request_id, ordinal),
            event_type: caused.event.event_type().to_owned(),
            metadata: serde_json::to_string(&metadata).map_err(unwritable)?,
            data,
        });
    }
    tracing::debug!(%stream, events = events.len(), "appending");
    Ok(events)
}

fn metadata<A: Aggregate>(item: &Item<A>, data: &str, now: Instant) -> Metadata {
    let call = &item.call;
    Metadata {
        occurred_at: call.occurred_at.unwrap_or(now),
        actor: call.actor.clone(),
        correlation_id: call.correlation_id.as_ref().unwrap_or(&call.request_id).to_string(),
        causation_id: call.cause.map(|cause| cause.event_id),
        causation_depth: call.cause.map_or(0, |cause| cause.depth.saturating_add(1)),
        request_id: call.request_id.to_string(),
        request_digest: item.digest.clone().unwrap_or_default(),
        source: call.source.clone(),
        traceparent: call.traceparent.clone(),
        imported_at: call.recorded_at().map(|_| now),
        payload_sha256: hex(&Sha256::digest(data.as_bytes())),
    }
}
