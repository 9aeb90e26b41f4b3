//! Who a contact is.

use rapport_domain::contact::{
    Archived, ContactPointAdded, ContactPointEntry, ContactPointRemoved, Event, Kind, LifecycleStage,
    LifecycleStageChanged, NameCorrected, OwnerAssigned, Registered, Restored, SegmentCleared, SegmentSet,
};
use rapport_domain::id::ContactPointId;
use rapport_domain::personal::Personal;
use rapport_domain::value::{ContactPoint, ContactPointKind, Name};

use super::NAMESPACE;
use super::word::{self, Words, malformed};
use crate::error::Failure;

/// In the order in which a contact comes to them, and again from the beginning.
const STAGES: [LifecycleStage; 4] = [
    LifecycleStage::Lead,
    LifecycleStage::SalesQualifiedLead,
    LifecycleStage::Opportunity,
    LifecycleStage::Customer,
];

/// What is known of a contact.
#[derive(Default)]
pub(super) struct Profile {
    registered: bool,
    archived: bool,
    stage: usize,
    names: u32,
    /// Contact points that were added, and whether the last one is still there.
    points: u32,
    has_point: bool,
}

impl Profile {
    pub(super) const fn is_registered(&self) -> bool {
        self.registered
    }

    pub(super) fn register(&mut self, person: usize, words: &Words) -> Result<Event, Failure> {
        self.registered = true;
        Ok(Registered {
            kind: if person.is_multiple_of(5) { Kind::Organisation } else { Kind::Person },
            name: self.name(person)?,
            contact_points: vec![self.point(person)?],
            owner: words.owners.get(person % words.owners.len()).cloned(),
            lifecycle_stage: STAGES[0],
            segments: words.regions.get(person % words.regions.len()).cloned().unwrap_or_default(),
            external_ref: None,
        }
        .into())
    }

    pub(super) fn step(
        &mut self,
        person: usize,
        chance: &mut fastrand::Rng,
        words: &Words,
    ) -> Result<Event, Failure> {
        if self.archived {
            self.archived = false;
            return Ok(Restored {}.into());
        }
        Ok(match chance.u32(0..100) {
            0..15 => NameCorrected { name: self.name(person)? }.into(),
            15..30 if self.has_point => {
                self.has_point = false;
                ContactPointRemoved { id: point_id(person, self.points) }.into()
            }
            15..35 => ContactPointAdded { contact_point: self.point(person)? }.into(),
            35..55 => {
                let owner =
                    Words::one(&words.owners, chance).map_or_else(|| word::reference("seller"), Ok)?;
                OwnerAssigned { owner, previous_owner: None }.into()
            }
            55..75 => {
                let from = STAGES[self.stage];
                self.stage = (self.stage + 1) % STAGES.len();
                LifecycleStageChanged { from, to: STAGES[self.stage] }.into()
            }
            75..87 => SegmentSet { key: words.key.clone(), value: words.label.clone() }.into(),
            87..95 => SegmentCleared { key: words.key.clone() }.into(),
            _ => {
                self.archived = true;
                Archived {}.into()
            }
        })
    }

    fn name(&mut self, person: usize) -> Result<Personal<Name>, Failure> {
        self.names += 1;
        let name = format!("Contact {person} of the {}th name", self.names);
        Name::parse(&name).map(Personal::Clear).map_err(malformed)
    }

    fn point(&mut self, person: usize) -> Result<ContactPointEntry, Failure> {
        self.points += 1;
        self.has_point = true;
        let address = format!("contact-{person}-{}@example.com", self.points);
        let point = ContactPoint::parse(ContactPointKind::Email, &address).map_err(malformed)?;
        Ok(ContactPointEntry::new(point_id(person, self.points), point))
    }
}

fn point_id(person: usize, number: u32) -> ContactPointId {
    ContactPointId::derived(NAMESPACE, &format!("{person}-{number}"))
}
