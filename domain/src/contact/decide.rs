//! The rules of a contact.

use std::collections::BTreeSet;

use super::command::{Command, Register};
use super::disclosure::DISCLOSURES_MAX;
use super::event::{
    Archived, ContactPointAdded, ContactPointEntry, ContactPointRemoved, Erased, Event,
    LifecycleStageChanged, NameCorrected, OwnerAssigned, Registered, Restored, SegmentCleared, SegmentSet,
};
use super::hold::LEGAL_HOLDS_MAX;
use super::state::{Profile, State};
use crate::aggregate::Reason;
use crate::context::Context;
use crate::id::ContactPointId;
use crate::value::Reference;

/// Most contact points of one contact.
pub const CONTACT_POINTS_MAX: usize = 50;
/// Most segment fields of one contact.
pub const SEGMENTS_MAX: usize = 50;

/// Why a command to a contact is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Nobody is registered under this id.
    #[error("no contact is registered under this id; register it first")]
    NotRegistered,
    /// Another registration stands under this id.
    #[error("a contact with other details is registered under this id; change it with its own commands")]
    AlreadyRegistered,
    /// The contact is archived.
    #[error("the contact is archived; restore it first")]
    Archived,
    /// The contact was erased.
    #[error("the contact was erased; whoever comes back is registered as a new contact")]
    Erased,
    /// The id of the contact point is taken by another one.
    #[error("another contact point has this id; choose a new one")]
    ContactPointExists,
    /// There is no such contact point.
    #[error("the contact has no contact point with this id")]
    ContactPointUnknown,
    /// The contact has as many contact points as it can.
    #[error("a contact has at most {CONTACT_POINTS_MAX} contact points; remove one first")]
    TooManyContactPoints,
    /// The contact has as many segment fields as it can.
    #[error("a contact has at most {SEGMENTS_MAX} segment fields; clear one first")]
    TooManySegments,
    /// A legal hold keeps the contact from being erased.
    #[error("a legal hold stands for {matter}: nothing of the contact is erased until it is released")]
    OnLegalHold {
        /// What the matter is called.
        matter: Reference,
    },
    /// No hold was ever placed for the matter.
    #[error("the contact has no legal hold for this matter")]
    LegalHoldUnknown,
    /// Nobody has proposed it yet.
    #[error("nobody has proposed to release the legal hold for this matter; let somebody propose it first")]
    LegalHoldReleaseNotProposed,
    /// Four eyes.
    #[error("who proposed to release a legal hold cannot approve it; let somebody else do so")]
    LegalHoldSameActor,
    /// The contact has had as many legal holds as it can.
    #[error("a contact has legal holds for at most {LEGAL_HOLDS_MAX} matters; place it for one of those")]
    TooManyLegalHolds,
    /// As many disclosures of the contact are recorded as can be.
    #[error(
        "a contact has at most {DISCLOSURES_MAX} disclosures; name recipients, data and purposes more broadly"
    )]
    TooManyDisclosures,
}

impl Reason for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::NotRegistered => "CONTACT_NOT_FOUND",
            Self::AlreadyRegistered => "CONTACT_ALREADY_REGISTERED",
            Self::Archived => "CONTACT_ARCHIVED",
            Self::Erased => "CONTACT_ERASED",
            Self::ContactPointExists => "CONTACT_POINT_EXISTS",
            Self::ContactPointUnknown => "CONTACT_POINT_NOT_FOUND",
            Self::TooManyContactPoints => "CONTACT_POINTS_EXHAUSTED",
            Self::TooManySegments => "CONTACT_SEGMENTS_EXHAUSTED",
            Self::OnLegalHold { .. } => "CONTACT_ON_LEGAL_HOLD",
            Self::LegalHoldUnknown => "LEGAL_HOLD_NOT_FOUND",
            Self::LegalHoldReleaseNotProposed => "LEGAL_HOLD_RELEASE_NOT_PROPOSED",
            Self::LegalHoldSameActor => "LEGAL_HOLD_SAME_ACTOR",
            Self::TooManyLegalHolds => "LEGAL_HOLDS_EXHAUSTED",
            Self::TooManyDisclosures => "CONTACT_DISCLOSURES_EXHAUSTED",
        }
    }
}

pub(super) fn decide(state: &State, command: &Command, context: &Context) -> Result<Vec<Event>, Rejection> {
    match (state, command) {
        (State::Unregistered, Command::Register(register)) => registered(register),
        (State::Active(profile) | State::Archived(profile), Command::Register(register)) => {
            repeated(profile, register)
        }
        (State::Unregistered, _) => Err(Rejection::NotRegistered),
        (State::Erased(known), Command::Erase { request_id }) if known == request_id => Ok(Vec::new()),
        (State::Erased(_), _) => Err(Rejection::Erased),
        (
            State::Active(profile) | State::Archived(profile),
            Command::PlaceLegalHold { matter, reason, until },
        ) => Ok(profile.legal_holds.place(matter, reason, *until, context)?.into_iter().collect()),
        (
            State::Active(profile) | State::Archived(profile),
            Command::ProposeLegalHoldRelease { matter, reason },
        ) => Ok(profile.legal_holds.propose_release(matter, reason, context)?.into_iter().collect()),
        (State::Active(profile) | State::Archived(profile), Command::ApproveLegalHoldRelease { matter }) => {
            Ok(profile.legal_holds.approve_release(matter, context)?.into_iter().collect())
        }
        (State::Active(profile) | State::Archived(profile), Command::ReleaseLegalHold { matter, reason }) => {
            Ok(profile.legal_holds.release(matter, reason, context)?.into_iter().collect())
        }
        (State::Active(profile) | State::Archived(profile), Command::RecordDisclosure(disclosure)) => {
            Ok(profile.disclosures.record(disclosure, context)?.into_iter().collect())
        }
        (State::Active(profile) | State::Archived(profile), Command::Erase { request_id }) => {
            profile.legal_holds.assert_none_stands_on(context.now.date())?;
            Ok(vec![Erased { request_id: *request_id }.into()])
        }
        (State::Archived(_), Command::Archive) | (State::Active(_), Command::Restore) => Ok(Vec::new()),
        (State::Archived(_), Command::Restore) => Ok(vec![Restored {}.into()]),
        (State::Active(_), Command::Archive) => Ok(vec![Archived {}.into()]),
        (State::Archived(_), _) => Err(Rejection::Archived),
        (State::Active(profile), command) => changed(profile, command),
    }
}

fn registered(register: &Register) -> Result<Vec<Event>, Rejection> {
    if register.contact_points.len() > CONTACT_POINTS_MAX {
        return Err(Rejection::TooManyContactPoints);
    }
    if register.segments.len() > SEGMENTS_MAX {
        return Err(Rejection::TooManySegments);
    }
    let ids: BTreeSet<ContactPointId> = register.contact_points.iter().map(|entry| entry.id).collect();
    if ids.len() < register.contact_points.len() {
        return Err(Rejection::ContactPointExists);
    }
    Ok(vec![registration(register).into()])
}

/// A registration that comes back says what it said then, or is another one. It is held against how the
/// relationship began, not against what became of it: a source that is read again repeats the beginning.
fn repeated(profile: &Profile, register: &Register) -> Result<Vec<Event>, Rejection> {
    if registration(register) == profile.registered {
        Ok(Vec::new())
    } else {
        Err(Rejection::AlreadyRegistered)
    }
}

fn registration(register: &Register) -> Registered {
    Registered {
        kind: register.kind,
        name: register.name.clone(),
        contact_points: register.contact_points.clone(),
        owner: register.owner.clone(),
        lifecycle_stage: register.lifecycle_stage,
        segments: register.segments.clone(),
        external_ref: register.external_ref.clone(),
    }
}

fn changed(profile: &Profile, command: &Command) -> Result<Vec<Event>, Rejection> {
    let event = match command {
        Command::CorrectName { name } => {
            (profile.name != *name).then(|| NameCorrected { name: name.clone() }.into())
        }
        Command::AddContactPoint(new) => contact_point_added(profile, new)?,
        Command::RemoveContactPoint { id } => {
            if !profile.contact_points.contains_key(id) && !profile.removed_contact_points.contains(id) {
                return Err(Rejection::ContactPointUnknown);
            }
            profile.contact_points.contains_key(id).then(|| ContactPointRemoved { id: *id }.into())
        }
        Command::AssignOwner { owner } => (profile.owner.as_ref() != Some(owner))
            .then(|| OwnerAssigned { owner: owner.clone(), previous_owner: profile.owner.clone() }.into()),
        Command::ChangeLifecycleStage { stage } => (profile.lifecycle_stage != *stage)
            .then(|| LifecycleStageChanged { from: profile.lifecycle_stage, to: *stage }.into()),
        Command::SetSegment { key, value } => {
            if !profile.segments.contains_key(key) && profile.segments.len() >= SEGMENTS_MAX {
                return Err(Rejection::TooManySegments);
            }
            (profile.segments.get(key) != Some(value))
                .then(|| SegmentSet { key: key.clone(), value: value.clone() }.into())
        }
        Command::ClearSegment { key } => {
            profile.segments.contains_key(key).then(|| SegmentCleared { key: key.clone() }.into())
        }
        Command::Register(_)
        | Command::Archive
        | Command::Restore
        | Command::PlaceLegalHold { .. }
        | Command::ProposeLegalHoldRelease { .. }
        | Command::ApproveLegalHoldRelease { .. }
        | Command::ReleaseLegalHold { .. }
        | Command::RecordDisclosure(_)
        | Command::Erase { .. } => None,
    };
    Ok(event.into_iter().collect())
}

fn contact_point_added(profile: &Profile, new: &ContactPointEntry) -> Result<Option<Event>, Rejection> {
    match profile.contact_points.get(&new.id) {
        Some(known) if *known == new.point => Ok(None),
        Some(_) => Err(Rejection::ContactPointExists),
        None if profile.contact_points.len() >= CONTACT_POINTS_MAX => Err(Rejection::TooManyContactPoints),
        None => Ok(Some(ContactPointAdded { contact_point: new.clone() }.into())),
    }
}
