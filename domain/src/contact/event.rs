//! What happens to a contact, as stored.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::state::{Kind, LifecycleStage};
use crate::aggregate::stored_events;
use crate::envelope::Actor;
use crate::id::{ContactPointId, SubjectRequestId};
use crate::personal::{Personal, PersonalFields, PersonalSlot};
use crate::value::{
    ContactPoint, ContactPointKind, Date, ExternalRef, Instant, Key, Label, Name, Reference, Segments,
};

stored_events! {
    /// What happened to a contact.
    "contact.registered.v1" => Registered,
    "contact.name_corrected.v1" => NameCorrected,
    "contact.contact_point_added.v1" => ContactPointAdded,
    "contact.contact_point_removed.v1" => ContactPointRemoved,
    "contact.owner_assigned.v1" => OwnerAssigned,
    "contact.lifecycle_stage_changed.v1" => LifecycleStageChanged,
    "contact.segment_set.v1" => SegmentSet,
    "contact.segment_cleared.v1" => SegmentCleared,
    "contact.archived.v1" => Archived,
    "contact.restored.v1" => Restored,
    "contact.erased.v1" => Erased,
    "contact.legal_hold_placed.v1" => LegalHoldPlaced,
    "contact.legal_hold_release_proposed.v1" => LegalHoldReleaseProposed,
    "contact.legal_hold_released.v1" => LegalHoldReleased,
    "contact.disclosed.v1" => Disclosed,
}

/// The relationship began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// Person or organisation.
    pub kind: Kind,
    /// What they are called.
    pub name: Personal<Name>,
    /// How to reach them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contact_points: Vec<ContactPointEntry>,
    /// Who is responsible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Reference>,
    /// Where the relationship stands.
    pub lifecycle_stage: LifecycleStage,
    /// Fields that reports group by.
    #[serde(default, skip_serializing_if = "Segments::is_empty")]
    pub segments: Segments,
    /// What the source system knows them by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_ref: Option<ExternalRef>,
}

/// A way to reach somebody, with the id it is known by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactPointEntry {
    /// Its id.
    pub id: ContactPointId,
    /// What kind it is; not personal, so that it can be counted.
    pub kind: ContactPointKind,
    /// The way.
    pub point: Personal<ContactPoint>,
}

impl ContactPointEntry {
    /// A contact point under an id.
    #[must_use]
    pub const fn new(id: ContactPointId, point: ContactPoint) -> Self {
        Self { id, kind: point.kind(), point: Personal::Clear(point) }
    }
}

/// What they are called was set right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameCorrected {
    /// The right name.
    pub name: Personal<Name>,
}

/// A way to reach them was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactPointAdded {
    /// The way.
    #[serde(flatten)]
    pub contact_point: ContactPointEntry,
}

/// A way to reach them was taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactPointRemoved {
    /// Which one.
    pub id: ContactPointId,
}

/// Somebody became responsible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerAssigned {
    /// Who.
    pub owner: Reference,
    /// Who was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_owner: Option<Reference>,
}

/// The relationship moved to another stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LifecycleStageChanged {
    /// From.
    pub from: LifecycleStage,
    /// To.
    pub to: LifecycleStage,
}

/// A field that reports group by was set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentSet {
    /// The field.
    pub key: Key,
    /// Its value.
    pub value: Label,
}

/// A field that reports group by was taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentCleared {
    /// The field.
    pub key: Key,
}

/// The relationship was put to rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archived {}

/// It was taken up again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {}

/// The person was erased: what follows is the end of the keys, and nothing is recorded of them any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// The approved request that it follows from.
    pub request_id: SubjectRequestId,
}

/// Nothing of the contact is erased while this stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalHoldPlaced {
    /// What the matter is called.
    pub matter: Reference,
    /// Why.
    pub reason: Label,
    /// The last day that it stands on; for as long as it takes, if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Who placed it.
    pub placed_by: Actor,
}

/// Somebody wants it to stand no more; it stands until somebody else does too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalHoldReleaseProposed {
    /// What the matter is called.
    pub matter: Reference,
    /// Why.
    pub reason: Label,
    /// Who wants it.
    pub proposed_by: Actor,
}

/// It stands no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalHoldReleased {
    /// What the matter is called.
    pub matter: Reference,
    /// Why.
    pub reason: Label,
    /// Who released it, or said yes to it.
    pub released_by: Actor,
    /// Who proposed it; absent where one person alone released it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed_by: Option<Actor>,
}

/// Data of the contact went out to somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disclosed {
    /// Who received it. An organisation: not personal.
    pub recipient: Label,
    /// Which categories of data.
    pub data_categories: BTreeSet<Label>,
    /// What for.
    pub purpose: Label,
    /// When it went out, the first time where it did so again.
    pub disclosed_at: Instant,
    /// Who wrote it down.
    pub recorded_by: Actor,
}

impl PersonalFields for Registered {
    fn personal_fields(&mut self) -> Vec<&mut dyn PersonalSlot> {
        let mut fields: Vec<&mut dyn PersonalSlot> = vec![&mut self.name];
        fields.extend(self.contact_points.iter_mut().map(|entry| &mut entry.point as &mut dyn PersonalSlot));
        fields
    }
}

impl PersonalFields for Event {
    fn personal_fields(&mut self) -> Vec<&mut dyn PersonalSlot> {
        match self {
            Self::Registered(event) => event.personal_fields(),
            Self::NameCorrected(event) => vec![&mut event.name],
            Self::ContactPointAdded(event) => vec![&mut event.contact_point.point],
            Self::ContactPointRemoved(_)
            | Self::OwnerAssigned(_)
            | Self::LifecycleStageChanged(_)
            | Self::SegmentSet(_)
            | Self::SegmentCleared(_)
            | Self::Archived(_)
            | Self::Restored(_)
            | Self::Erased(_)
            | Self::LegalHoldPlaced(_)
            | Self::LegalHoldReleaseProposed(_)
            | Self::LegalHoldReleased(_)
            | Self::Disclosed(_) => Vec::new(),
        }
    }
}
