//! What is known of a lead and of whom it is about, and by which events: a fold of what happened to both.

use std::collections::BTreeMap;

use crate::contact;
use crate::envelope::EventId;
use crate::interaction::{self, Channel, Direction};
use crate::lead::{self, Capture, FieldValue, Source};
use crate::value::{Instant, Key, Label};

/// What is known, and the event that told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told<T> {
    /// What.
    pub value: T,
    /// By which event.
    pub event_id: EventId,
}

impl<T> Told<T> {
    pub(super) fn when(&self, holds: impl FnOnce(&T) -> bool) -> Option<EventId> {
        holds(&self.value).then_some(self.event_id)
    }
}

/// What is known of a lead, and of whom it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Where it came from last.
    pub source: Told<Source>,
    /// Its fields.
    pub fields: BTreeMap<Key, Told<FieldValue>>,
    /// The contact's fields that reports group by.
    pub segments: BTreeMap<Key, Told<Label>>,
    /// What the contact did, in any order.
    pub touches: Vec<Touch>,
}

/// Something that a contact did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    /// The event that tells of it.
    pub event_id: EventId,
    /// Business time.
    pub occurred_at: Instant,
    /// Through what.
    pub channel: Channel,
    /// A word for what it was.
    pub topic: Option<Key>,
    /// Fields that reports group by: the page that was looked at.
    pub segments: BTreeMap<Key, Label>,
}

impl Facts {
    /// What is known by a capture that begins a lead, told by an event.
    #[must_use]
    pub fn begun(capture: &Capture, event_id: EventId) -> Self {
        let source = Told { value: capture.source, event_id };
        let mut facts = Self { source, fields: [].into(), segments: [].into(), touches: Vec::new() };
        facts.captured(capture, event_id);
        facts
    }

    fn captured(&mut self, capture: &Capture, event_id: EventId) {
        self.source = Told { value: capture.source, event_id };
        self.set(&capture.fields, event_id);
    }

    fn set(&mut self, fields: &lead::Fields, event_id: EventId) {
        let told = |value: &FieldValue| Told { value: value.clone(), event_id };
        self.fields.extend(fields.iter().map(|(key, value)| (key.clone(), told(value))));
    }

    /// Something happened to the lead.
    pub fn after_lead(&mut self, event: &lead::Event, event_id: EventId) {
        match event {
            lead::Event::Captured(captured) => self.captured(&captured.capture, event_id),
            lead::Event::CapturedAgain(again) => self.captured(&again.capture, event_id),
            lead::Event::Enriched(enriched) => {
                self.fields.retain(|key, _| !enriched.cleared.contains(key));
                self.set(&enriched.fields, event_id);
            }
            lead::Event::Scored(_)
            | lead::Event::Assigned(_)
            | lead::Event::AssignmentDeclined(_)
            | lead::Event::AssignmentTimedOut(_)
            | lead::Event::Contacted(_)
            | lead::Event::Qualified(_)
            | lead::Event::Disqualified(_)
            | lead::Event::Recycled(_)
            | lead::Event::Converted(_) => {}
        }
    }

    /// Something happened to the contact.
    pub fn after_contact(&mut self, event: &contact::Event, event_id: EventId) {
        match event {
            contact::Event::Registered(registered) => {
                let told = |value: &Label| Told { value: value.clone(), event_id };
                let segments = registered.segments.iter();
                self.segments.extend(segments.map(|(key, value)| (key.clone(), told(value))));
            }
            contact::Event::SegmentSet(set) => {
                self.segments.insert(set.key.clone(), Told { value: set.value.clone(), event_id });
            }
            contact::Event::SegmentCleared(cleared) => {
                self.segments.remove(&cleared.key);
            }
            contact::Event::Erased(_) => {
                self.segments.clear();
                self.touches.clear();
            }
            contact::Event::NameCorrected(_)
            | contact::Event::ContactPointAdded(_)
            | contact::Event::ContactPointRemoved(_)
            | contact::Event::OwnerAssigned(_)
            | contact::Event::LifecycleStageChanged(_)
            | contact::Event::Archived(_)
            | contact::Event::Restored(_)
            | contact::Event::LegalHoldPlaced(_)
            | contact::Event::LegalHoldReleaseProposed(_)
            | contact::Event::LegalHoldReleased(_)
            | contact::Event::Disclosed(_) => {}
        }
    }
}

impl Touch {
    /// What the contact did, as an event of their interactions tells; nothing where somebody else did it.
    #[must_use]
    pub fn told(event: &interaction::Event, event_id: EventId, occurred_at: Instant) -> Option<Self> {
        match event {
            interaction::Event::Recorded(recorded) if recorded.direction == Direction::Inbound => {
                Some(Self {
                    event_id,
                    occurred_at,
                    channel: recorded.channel,
                    topic: recorded.topic.clone(),
                    segments: recorded.segments.clone(),
                })
            }
            interaction::Event::Recorded(_)
            | interaction::Event::Corrected(_)
            | interaction::Event::Redacted(_) => None,
        }
    }
}
