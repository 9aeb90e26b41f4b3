//! The access record: who looked at whose personal data is in the log before they see it.

use std::collections::{BTreeMap, BTreeSet};

use rapport_domain::access::{Basis, CATEGORY, Denied, Event, Recorded};
use rapport_domain::aggregate::StoredEvent as _;
use rapport_domain::envelope::{Actor, ExpectedRevision, StreamId};
use rapport_domain::id::{CaseId, ContactId};
use rapport_domain::personal::DataClass;
use rapport_domain::value::{Label, Reference};

use crate::Application;
use crate::failure::Failure;
use crate::journal::{Fact, Facts, Journal};

/// Most subjects of one event; those of a larger answer are in several, appended together. None is left out: each has
/// the right to know.
pub const SUBJECTS_PER_EVENT_MAX: usize = 1_000;

/// The circumstances of an access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Who calls.
    pub actor: Actor,
    /// What they call: `rapport.v1.ContactService/GetContact`.
    pub rpc: Label,
    /// What they say that it is for.
    pub purpose: Option<Label>,
    /// Ties it to the business transaction that it is a part of.
    pub correlation_id: Option<Reference>,
    /// W3C trace context.
    pub traceparent: Option<String>,
}

/// What was opened of a subject, and by what right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The classes of their personal data. None where somebody read who had read it.
    pub classes: BTreeSet<DataClass>,
    /// What permitted it. None where callers are believed.
    pub permitted: Option<Basis>,
    /// Their open cases, where it was permitted because of these.
    pub cases: BTreeSet<CaseId>,
}

impl Application {
    /// Writes down whose personal data was opened. What was not written down may not leave.
    ///
    /// `id` names the writing; each one has its own.
    ///
    /// # Errors
    /// As for any append.
    pub async fn record_access(
        &self,
        id: Reference,
        visit: &Visit,
        seen: BTreeMap<ContactId, Seen>,
    ) -> Result<(), Failure> {
        let mut alike: BTreeMap<_, Vec<(ContactId, BTreeSet<CaseId>)>> = BTreeMap::new();
        for (subject, Seen { classes, permitted, cases }) in seen {
            alike.entry((classes, permitted)).or_default().push((subject, cases));
        }
        let mut events = Vec::new();
        for ((classes, permitted), subjects) in alike {
            events.extend(subjects.chunks(SUBJECTS_PER_EVENT_MAX).map(|subjects| {
                let with_cases = subjects.iter().filter(|(_, cases)| !cases.is_empty());
                Event::from(Recorded {
                    rpc: visit.rpc.clone(),
                    subjects: subjects.iter().map(|(subject, _)| *subject).collect(),
                    classes: classes.clone(),
                    purpose: visit.purpose.clone(),
                    permitted: permitted.clone(),
                    cases: with_cases.cloned().collect(),
                })
            }));
        }
        if events.is_empty() { Ok(()) } else { self.enter_access(id, visit, events).await }
    }

    /// Writes down that somebody was denied what they asked for.
    ///
    /// # Errors
    /// As for any append.
    pub async fn record_denial(
        &self,
        id: Reference,
        visit: &Visit,
        personal: bool,
        unwritten: u64,
        denied: Option<Basis>,
    ) -> Result<(), Failure> {
        let (rpc, purpose) = (visit.rpc.clone(), visit.purpose.clone());
        let event = Denied { rpc, personal, unwritten, purpose, denied };
        self.enter_access(id, visit, vec![event.into()]).await
    }

    /// One stream a day: nobody folds them, and none grows for ever.
    async fn enter_access(&self, id: Reference, visit: &Visit, events: Vec<Event>) -> Result<(), Failure> {
        let unwritable = |cause: &dyn std::fmt::Display| Failure::Unwritable { cause: cause.to_string() };
        let today = self.now().date().to_string();
        let fact = |event: Event| {
            let data = event.encode().map_err(|error| unwritable(&error))?;
            Fact::of_house(event.event_type(), &data)
        };
        let facts = Facts {
            stream: StreamId::new(CATEGORY, &today).map_err(|error| unwritable(&error))?,
            expected: ExpectedRevision::Any,
            facts: events.into_iter().map(fact).collect::<Result<_, _>>()?,
            request_id: id,
            occurred_at: None,
            source: None,
            correlation_id: visit.correlation_id.clone(),
            causation_id: None,
            traceparent: visit.traceparent.clone(),
        };
        Journal::of(&self.ports, visit.actor.clone()).enter(facts).await?.await?;
        Ok(())
    }
}
