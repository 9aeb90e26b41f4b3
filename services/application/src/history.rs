//! The log as it is read: filtered, bounded or followed, its personal fields sealed or shown.

mod shown;
mod with_contact;

use std::sync::Arc;

use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use rapport_domain::envelope::{Position, Recorded};
use rapport_domain::event::DomainEvent;
use rapport_domain::id::ContactId;
use rapport_domain::value::Instant;
use rapport_domain::{case, lead, opportunity, subject_request, subscription, task};
use rapport_event_store::{EventStore, Filter};

use self::with_contact::WithContact;
use crate::Application;
use crate::disclosure::{Look, Reveal};
use crate::failure::Failure;

/// What to read of the log.
#[derive(Debug, Clone)]
pub struct HistoryQuery {
    /// First position, inclusive.
    pub from: Position,
    /// Last position, inclusive; absent: the head, or never when following.
    pub to: Option<Position>,
    /// Go on with new events as they come.
    pub follow: bool,
    /// Which events.
    pub filter: HistoryFilter,
    /// How personal fields are shown; absent: sealed, as they are stored.
    pub reveal: Option<Reveal>,
}

/// Which events to read.
#[derive(Debug, Clone, Default)]
pub struct HistoryFilter {
    /// By category, type and stream.
    pub events: Filter,
    /// Only what happened with one contact.
    pub contact: Option<ContactId>,
}

/// Events as they are handed out.
pub type History = BoxStream<'static, Result<Recorded, Failure>>;

impl Application {
    /// Reads the log.
    ///
    /// # Errors
    /// [`Failure::DisclosureDenied`] when personal data is asked for that the look may not open.
    pub fn history(&self, look: &Arc<Look>, query: HistoryQuery) -> Result<History, Failure> {
        if let Some(reveal) = query.reveal {
            self.may_have(look, reveal)?;
        }
        let reveal = query.reveal.map(|reveal| (reveal, Arc::clone(look), Arc::clone(&self.ports)));
        let contact = query.filter.contact.map(|contact| WithContact::new(contact, &query));
        let events = pages(Arc::clone(&self.ports.store), &query)
            .map_err(Failure::from)
            .scan(contact, |contact, event| {
                let passes = match (contact, &event) {
                    (Some(contact), Ok(recorded)) => contact.lets_through(recorded),
                    (None, _) | (_, Err(_)) => true,
                };
                std::future::ready(Some(passes.then_some(event)))
            })
            .filter_map(std::future::ready)
            .and_then(move |recorded| {
                std::future::ready(match &reveal {
                    Some((reveal, look, ports)) => shown::shown(look, ports, *reveal, recorded),
                    None => Ok(recorded),
                })
            });
        Ok(until_failure(events).boxed())
    }

    /// Position of the last event.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn head(&self) -> Result<Position, Failure> {
        Ok(self.ports.store.head().await?)
    }

    /// Position of the last event recorded at or before a time.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn position_at(&self, recorded_at: Instant) -> Result<Position, Failure> {
        Ok(self.ports.store.position_at(recorded_at).await?)
    }

    /// When the event at a position was recorded; nothing where there is no event.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn recorded_at(&self, position: Position) -> Result<Option<Instant>, Failure> {
        let event = self.ports.store.read_all(position, &Filter::all()).try_next().await?;
        Ok(event.filter(|event| event.position == position).map(|event| event.recorded_at))
    }

    /// The time, by the application's clock.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.ports.clock.now()
    }
}

/// Ends a reading with its first failure, so that nobody reads on behind a hole.
fn until_failure(
    events: impl stream::Stream<Item = Result<Recorded, Failure>> + Send + 'static,
) -> impl stream::Stream<Item = Result<Recorded, Failure>> + Send + 'static {
    stream::try_unfold(events.boxed(), async |mut events| {
        Ok(events.try_next().await?.map(|recorded| (recorded, events)))
    })
}

/// The contact that an event is about, where the event itself says so: what follows the beginning of a deal, of a contract, of
/// a case or of a subject's request does not.
#[must_use]
pub fn contact_of(recorded: &Recorded) -> Option<ContactId> {
    ContactId::parse(recorded.stream.id()).ok().or_else(|| begun_with(recorded))
}

/// The contact that a deal, a contract, a case, a task or a subject's request was begun with.
fn begun_with(recorded: &Recorded) -> Option<ContactId> {
    begins_with(DomainEvent::decode(recorded).ok().flatten().as_ref())
}

fn begins_with(event: Option<&DomainEvent>) -> Option<ContactId> {
    match event {
        Some(DomainEvent::Opportunity(opportunity::Event::Opened(opened))) => opened.contact_id,
        Some(DomainEvent::Subscription(subscription::Event::Started(started))) => Some(started.contact_id),
        Some(DomainEvent::Case(case::Event::Opened(opened))) => opened.contact_id,
        Some(DomainEvent::Lead(lead::Event::Captured(captured))) => Some(captured.contact_id),
        Some(DomainEvent::Task(task::Event::Created(created))) => created.details.about.contact(),
        Some(DomainEvent::SubjectRequest(subject_request::Event::Received(received))) => {
            Some(received.contact_id)
        }
        Some(_) | None => None,
    }
}

/// Where a reading stands: what comes next, and up to where.
struct Cursor {
    next: Position,
    done: bool,
}

/// The log, one reading to the head after another.
fn pages(
    store: Arc<dyn EventStore>,
    query: &HistoryQuery,
) -> impl stream::Stream<Item = Result<Recorded, rapport_event_store::ReadError>> + use<> {
    let HistoryQuery { from, to, follow, filter, .. } = query.clone();
    // A contact's deals are found by their openings, which `from` and the other conditions may not hide.
    let first = if filter.contact.is_some() { Position::START } else { from };
    let start = Cursor { next: first, done: to.is_some_and(|to| from > to) };
    stream::try_unfold(start, move |cursor| {
        let store = Arc::clone(&store);
        let events = if filter.contact.is_some() { Filter::all() } else { filter.events.clone() };
        async move {
            if cursor.done || to.is_some_and(|to| cursor.next > to) {
                return Ok(None);
            }
            let head = if follow {
                let before = Position(cursor.next.0.saturating_sub(1));
                store.wait_for(before).await?
            } else {
                store.head().await?
            };
            let last = to.map_or(head, |to| to.min(head));
            let page = store
                .read_all(cursor.next, &events)
                .try_take_while(move |recorded| std::future::ready(Ok(recorded.position <= last)));
            let next = last.next().max(cursor.next);
            Ok(Some((page, Cursor { next, done: !follow })))
        }
    })
    .try_flatten()
}
