//! What the log knows of a lead and of whom it is about.

use futures::TryStreamExt as _;
use rapport_domain::aggregate::{Aggregate, StoredEvent};
use rapport_domain::contact::Contact;
use rapport_domain::criterion::{Facts, Touch};
use rapport_domain::envelope::{EventId, Recorded, Revision};
use rapport_domain::id::LeadId;
use rapport_domain::interaction::Interactions;
use rapport_domain::lead::{self, Captured, Command, Event, Lead, State};
use rapport_domain::routing_policy::Standing;
use rapport_event_store::{Direction, EventStream};

use crate::Application;
use crate::failure::Failure;
use crate::handler::stream;

/// Events of a contact's interactions that are looked at for a score, the newest ones.
pub(crate) const TOUCHES_LOOKED_MAX: usize = 2_000;

/// A lead.
pub(crate) struct KnownLead {
    /// Its state.
    state: State,
    /// What rules look at.
    pub(crate) facts: Facts,
    /// What routing looks at beside.
    pub(crate) standing: Standing,
    /// Where its stream stands.
    pub(crate) revision: Revision,
}

impl KnownLead {
    pub(crate) const fn lead(&self) -> Option<&lead::Content> {
        self.state.lead()
    }

    /// Whether something may still come of it.
    pub(crate) fn is_open(&self) -> bool {
        match self.state {
            State::New(_)
            | State::Assigned(_)
            | State::Working(_)
            | State::Qualified(_)
            | State::Recycled(..) => true,
            State::Uncaptured | State::Disqualified(..) | State::Converted(..) => false,
        }
    }

    /// Whether nothing is done for it now.
    pub(crate) const fn rests(&self) -> bool {
        matches!(self.state, State::Recycled(..))
    }

    /// Whether it waits for somebody: nobody owns it.
    pub(crate) fn waits(&self) -> bool {
        let owner = self.lead().and_then(|lead| lead.holder.as_ref()?.owner());
        self.is_open() && owner.is_none()
    }

    /// A lead that is about to begin, by an event that tells how.
    pub(crate) fn begun(captured: &Captured, event_id: EventId) -> Self {
        let facts = Facts::begun(&captured.capture, event_id);
        let (state, standing) = (State::default(), Standing::default());
        Self { state, facts, standing, revision: Revision(0) }
    }

    /// Something happened to it.
    pub(crate) fn happened(&mut self, event: &Event, event_id: EventId) {
        self.state = Lead::evolve(std::mem::take(&mut self.state), event);
        self.facts.after_lead(event, event_id);
        if let Event::AssignmentTimedOut(timed_out) = event {
            self.standing.timed_out_by.extend(timed_out.from.owner().cloned());
        }
        if let Some(lead) = self.state.lead() {
            self.standing.declined_by.clone_from(&lead.declined_by);
            self.standing.judged = lead.score.as_ref().map(|score| (score.grade, score.rating));
        }
    }

    /// What a command would cause now; nothing where the rules refuse it.
    pub(crate) fn would_cause(&self, command: &Command) -> Vec<Event> {
        lead::decide(&self.state, command).unwrap_or_default()
    }
}

impl Application {
    /// What is known of a lead; nothing where it was never captured.
    pub(crate) async fn known_lead(&self, id: &LeadId) -> Result<Option<KnownLead>, Failure> {
        let mut known: Option<KnownLead> = None;
        let mut events = self.events_of::<Lead>(id, Direction::Forward)?;
        while let Some(recorded) = events.try_next().await? {
            let Some(event) = decoded::<Event>(&recorded)? else { continue };
            if let Event::Captured(captured) = &event {
                known.get_or_insert_with(|| KnownLead::begun(captured, recorded.id));
            }
            if let Some(known) = &mut known {
                known.happened(&event, recorded.id);
                known.revision = recorded.revision;
            }
        }
        let Some(mut known) = known else { return Ok(None) };
        let Some(contact_id) = known.lead().map(|lead| lead.captured.contact_id) else { return Ok(None) };
        let mut events = self.events_of::<Contact>(&contact_id, Direction::Forward)?;
        while let Some(recorded) = events.try_next().await? {
            if let Some(event) = decoded(&recorded)? {
                known.facts.after_contact(&event, recorded.id);
            }
        }
        let mut events = self.events_of::<Interactions>(&contact_id, Direction::Backward)?;
        let mut looked = 0;
        while looked < TOUCHES_LOOKED_MAX
            && let Some(recorded) = events.try_next().await?
        {
            looked += 1;
            if let Some(event) = decoded(&recorded)? {
                let occurred_at = recorded.metadata().map_err(damaged(&recorded))?.occurred_at;
                known.facts.touches.extend(Touch::told(&event, recorded.id, occurred_at));
            }
        }
        Ok(Some(known))
    }

    fn events_of<A: Aggregate>(&self, id: &A::Id, direction: Direction) -> Result<EventStream, Failure> {
        let from = match direction {
            Direction::Forward => Revision(0),
            Direction::Backward => Revision(u64::MAX),
        };
        Ok(self.ports.store.read_stream(&stream::<A>(id)?, from, direction))
    }
}

fn decoded<E: StoredEvent>(recorded: &Recorded) -> Result<Option<E>, Failure> {
    E::decode(&recorded.event_type, &recorded.data).transpose().map_err(damaged(recorded))
}

fn damaged(recorded: &Recorded) -> impl Fn(serde_json::Error) -> Failure {
    let position = recorded.position;
    move |error| Failure::EventCorrupt { position, cause: error.to_string() }
}
