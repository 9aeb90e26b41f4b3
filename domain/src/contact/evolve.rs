//! How a contact's events fold.

use std::collections::BTreeSet;

use super::disclosure::Disclosures;
use super::event::{Event, Registered};
use super::hold::LegalHolds;
use super::state::{Profile, State};

pub(super) fn evolve(state: State, event: &Event) -> State {
    match (state, event) {
        (State::Unregistered, Event::Registered(registered)) => State::Active(profile(registered)),
        (State::Active(_) | State::Archived(_), Event::Erased(erased)) => State::Erased(erased.request_id),
        (State::Active(profile), Event::Archived(_)) => State::Archived(profile),
        (State::Archived(profile), Event::Restored(_)) => State::Active(profile),
        (State::Active(profile), event) => State::Active(changed(profile, event)),
        (State::Archived(mut profile), Event::LegalHoldPlaced(placed)) => {
            profile.legal_holds.placed_by(placed);
            State::Archived(profile)
        }
        (State::Archived(mut profile), Event::LegalHoldReleaseProposed(proposed)) => {
            profile.legal_holds.release_proposed_by(proposed);
            State::Archived(profile)
        }
        (State::Archived(mut profile), Event::LegalHoldReleased(released)) => {
            profile.legal_holds.released_by(released);
            State::Archived(profile)
        }
        (State::Archived(mut profile), Event::Disclosed(disclosed)) => {
            profile.disclosures.recorded(disclosed);
            State::Archived(profile)
        }
        (state @ (State::Unregistered | State::Archived(_) | State::Erased(_)), _) => state,
    }
}

fn profile(registered: &Registered) -> Profile {
    Profile {
        registered: registered.clone(),
        kind: registered.kind,
        name: registered.name.clone(),
        contact_points: registered
            .contact_points
            .iter()
            .map(|point| (point.id, point.point.clone()))
            .collect(),
        removed_contact_points: BTreeSet::new(),
        owner: registered.owner.clone(),
        lifecycle_stage: registered.lifecycle_stage,
        segments: registered.segments.clone(),
        legal_holds: LegalHolds::default(),
        disclosures: Disclosures::default(),
    }
}

fn changed(mut profile: Profile, event: &Event) -> Profile {
    match event {
        Event::NameCorrected(corrected) => profile.name = corrected.name.clone(),
        Event::ContactPointAdded(added) => {
            profile.contact_points.insert(added.contact_point.id, added.contact_point.point.clone());
            profile.removed_contact_points.remove(&added.contact_point.id);
        }
        Event::ContactPointRemoved(removed) => {
            profile.contact_points.remove(&removed.id);
            profile.removed_contact_points.insert(removed.id);
        }
        Event::OwnerAssigned(assigned) => profile.owner = Some(assigned.owner.clone()),
        Event::LifecycleStageChanged(moved) => profile.lifecycle_stage = moved.to,
        Event::SegmentSet(set) => {
            profile.segments.insert(set.key.clone(), set.value.clone());
        }
        Event::SegmentCleared(cleared) => {
            profile.segments.remove(&cleared.key);
        }
        Event::LegalHoldPlaced(placed) => profile.legal_holds.placed_by(placed),
        Event::LegalHoldReleaseProposed(proposed) => profile.legal_holds.release_proposed_by(proposed),
        Event::LegalHoldReleased(released) => profile.legal_holds.released_by(released),
        Event::Disclosed(disclosed) => profile.disclosures.recorded(disclosed),
        Event::Registered(_) | Event::Archived(_) | Event::Restored(_) | Event::Erased(_) => {}
    }
    profile
}
