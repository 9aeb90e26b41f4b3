//! What can be asked of a contact.

use crate::id::{ContactPointId, SubjectRequestId};
use crate::personal::Personal;
use crate::value::{Date, ExternalRef, Key, Label, Name, Reference, Segments};

use super::disclosure::Disclosure;
use super::event::ContactPointEntry;
use super::state::{Kind, LifecycleStage};

/// A command to a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Begin the relationship.
    Register(Register),
    /// Set right what somebody is called.
    CorrectName {
        /// The right name.
        name: Personal<Name>,
    },
    /// Add a way to reach somebody.
    AddContactPoint(ContactPointEntry),
    /// Take a way to reach somebody away.
    RemoveContactPoint {
        /// Which one.
        id: ContactPointId,
    },
    /// Make somebody responsible.
    AssignOwner {
        /// The user, by the company's own id.
        owner: Reference,
    },
    /// Move the relationship to another stage.
    ChangeLifecycleStage {
        /// The stage.
        stage: LifecycleStage,
    },
    /// Set a field that reports group by.
    SetSegment {
        /// The field.
        key: Key,
        /// Its value.
        value: Label,
    },
    /// Take a field that reports group by away.
    ClearSegment {
        /// The field.
        key: Key,
    },
    /// Put the relationship to rest.
    Archive,
    /// Take it up again.
    Restore,
    /// Keep the contact from being erased, for a matter.
    PlaceLegalHold {
        /// What the matter is called. Not personal.
        matter: Reference,
        /// Why. Not personal.
        reason: Label,
        /// The last day that it stands on; for as long as it takes, if there is none.
        until: Option<Date>,
    },
    /// Propose that it may be erased again, as far as the matter goes: somebody else has to approve it.
    ProposeLegalHoldRelease {
        /// What the matter is called.
        matter: Reference,
        /// Why. Not personal.
        reason: Label,
    },
    /// Approve that.
    ApproveLegalHoldRelease {
        /// What the matter is called.
        matter: Reference,
    },
    /// Let it be erased again, as far as the matter goes, by one person's word.
    ReleaseLegalHold {
        /// What the matter is called.
        matter: Reference,
        /// Why. Not personal.
        reason: Label,
    },
    /// Write down that data of it went out to somebody. `occurred_at` says when.
    RecordDisclosure(Disclosure),
    /// End it for ever: nothing can be asked of the contact any more. Its keys are destroyed afterwards.
    Erase {
        /// The approved request that it follows from.
        request_id: SubjectRequestId,
    },
}

/// The beginning of a relationship.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    /// Person or organisation.
    pub kind: Kind,
    /// What they are called.
    pub name: Personal<Name>,
    /// How to reach them.
    pub contact_points: Vec<ContactPointEntry>,
    /// Who is responsible.
    pub owner: Option<Reference>,
    /// Where the relationship stands.
    pub lifecycle_stage: LifecycleStage,
    /// Fields that reports group by.
    pub segments: Segments,
    /// What the source system knows them by.
    pub external_ref: Option<ExternalRef>,
}
