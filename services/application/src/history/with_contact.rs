//! What concerns one contact: its own streams; the deals, contracts, cases and leads that were begun with it, and what it asked
//! for about its data; deals of others, while it has a role in them; and the quotes for any of these deals, and the tasks about
//! any of these.

use std::collections::{BTreeMap, BTreeSet};

use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::case::Case;
use rapport_domain::consent::Consent;
use rapport_domain::contact::Contact;
use rapport_domain::envelope::{Position, Recorded, StreamId};
use rapport_domain::event::DomainEvent;
use rapport_domain::id::ContactId;
use rapport_domain::interaction::Interactions;
use rapport_domain::lead::Lead;
use rapport_domain::opportunity::{self, ContactRole, Opportunity, Role};
use rapport_domain::quote;
use rapport_domain::suppression::Suppression;
use rapport_domain::task::{self, About};
use rapport_event_store::Filter;

use super::{HistoryQuery, begins_with};

/// A reading of what concerns one contact, as far as it has come.
pub(super) struct WithContact {
    contact: ContactId,
    streams: BTreeSet<StreamId>,
    /// Deals that were not begun with it, and what it has to do with them now.
    roles: BTreeMap<StreamId, BTreeSet<Role>>,
    /// First position that is handed out.
    from: Position,
    /// The other conditions.
    events: Filter,
}

impl WithContact {
    pub(super) fn new(contact: ContactId, query: &HistoryQuery) -> Self {
        let own = [
            Contact::stream(&contact),
            Interactions::stream(&contact),
            Consent::stream(&contact),
            Suppression::stream(&contact),
        ];
        let streams = own.into_iter().flatten().collect();
        let (from, events) = (query.from, query.filter.events.clone());
        Self { contact, streams, roles: BTreeMap::new(), from, events }
    }

    pub(super) fn lets_through(&mut self, recorded: &Recorded) -> bool {
        self.concerns(recorded)
            && recorded.position >= self.from
            && self.events.matches(&recorded.stream, &recorded.event_type)
    }

    fn concerns(&mut self, recorded: &Recorded) -> bool {
        if self.streams.contains(&recorded.stream) {
            return true;
        }
        let Some(event) = DomainEvent::decode(recorded).ok().flatten() else {
            return self.has_role(&recorded.stream);
        };
        if self.begins(&event) {
            self.streams.insert(recorded.stream.clone());
            return true;
        }
        // That a role is taken back is the last that concerns it.
        let had_role = self.has_role(&recorded.stream);
        self.note_role(&recorded.stream, &event);
        had_role || self.has_role(&recorded.stream)
    }

    /// Whether a stream begins here that concerns it to its end.
    fn begins(&self, event: &DomainEvent) -> bool {
        if let DomainEvent::Task(task::Event::Created(created)) = event {
            return self.is_known(created.details.about);
        }
        if let DomainEvent::Quote(quote::Event::Created(created)) = event {
            return self.is_known(About::Opportunity(created.opportunity_id));
        }
        begins_with(Some(event)) == Some(self.contact)
    }

    /// Whether what a task is about, or what a quote is for, concerns it.
    fn is_known(&self, about: About) -> bool {
        let stream = match about {
            About::Contact(id) => return id == self.contact,
            About::Lead(id) => Lead::stream(&id),
            About::Opportunity(id) => Opportunity::stream(&id),
            About::Case(id) => Case::stream(&id),
        };
        stream.is_ok_and(|stream| self.streams.contains(&stream) || self.has_role(&stream))
    }

    fn has_role(&self, stream: &StreamId) -> bool {
        self.roles.contains_key(stream)
    }

    fn note_role(&mut self, stream: &StreamId, event: &DomainEvent) {
        let DomainEvent::Opportunity(event) = event else { return };
        let is_theirs = |entry: &ContactRole| entry.contact_id == self.contact;
        if let opportunity::Event::Opened(opened) = event {
            let theirs = opened.contact_roles.iter().filter(|entry| is_theirs(entry));
            let roles: BTreeSet<Role> = theirs.map(|entry| entry.role).collect();
            if !roles.is_empty() {
                self.roles.insert(stream.clone(), roles);
            }
        }
        if let opportunity::Event::ContactRoleAdded(added) = event
            && is_theirs(&added.contact_role)
        {
            self.roles.entry(stream.clone()).or_default().insert(added.contact_role.role);
        }
        if let opportunity::Event::ContactRoleRemoved(removed) = event
            && is_theirs(&removed.contact_role)
            && let Some(roles) = self.roles.get_mut(stream)
        {
            roles.remove(&removed.contact_role.role);
            if roles.is_empty() {
                self.roles.remove(stream);
            }
        }
    }
}
