//! What a contact is, folded from its events.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::disclosure::Disclosures;
use super::event::Registered;
use super::hold::LegalHolds;
use crate::id::{ContactPointId, SubjectRequestId};
use crate::personal::{Personal, PersonalFields, PersonalSlot};
use crate::value::{ContactPoint, Name, Reference, Segments};

/// Person or organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A human being.
    Person,
    /// A company or another body.
    Organisation,
}

/// Where a relationship stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LifecycleStage {
    /// Receives what is published.
    Subscriber,
    /// Has shown interest.
    Lead,
    /// Marketing finds them ready for sales.
    MarketingQualifiedLead,
    /// Sales finds them ready for an offer.
    SalesQualifiedLead,
    /// A sale is under way.
    Opportunity,
    /// Has bought.
    Customer,
    /// Recommends the company.
    Evangelist,
    /// Has left.
    Churned,
    /// None of these.
    Other,
}

/// The lifecycle of a contact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing has happened yet.
    #[default]
    Unregistered,
    /// The relationship is kept.
    Active(Profile),
    /// The relationship rests.
    Archived(Profile),
    /// The person was erased, by a request of theirs; nothing is known of them any more.
    Erased(SubjectRequestId),
}

/// What is known of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// As it began, so that a registration that comes back is told from another one.
    pub registered: Registered,
    /// Person or organisation.
    pub kind: Kind,
    /// What they are called.
    pub name: Personal<Name>,
    /// How to reach them.
    pub contact_points: BTreeMap<ContactPointId, Personal<ContactPoint>>,
    /// Contact points that were taken away and not added again, so that taking one away again is no error.
    pub removed_contact_points: BTreeSet<ContactPointId>,
    /// Who is responsible.
    pub owner: Option<Reference>,
    /// Where the relationship stands.
    pub lifecycle_stage: LifecycleStage,
    /// Fields that reports group by.
    pub segments: Segments,
    /// What keeps it from being erased.
    pub legal_holds: LegalHolds,
    /// To whom data of it went out.
    pub disclosures: Disclosures,
}

impl State {
    /// How many things are known of a contact.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Unregistered | Self::Erased(_) => 1,
            Self::Active(profile) | Self::Archived(profile) => profile.size(),
        }
    }
}

impl Profile {
    fn size(&self) -> usize {
        let points = self.contact_points.len()
            + self.removed_contact_points.len()
            + self.registered.contact_points.len();
        1 + points + self.segments.len() + self.legal_holds.count() + self.disclosures.count()
    }
}

impl PersonalFields for State {
    fn personal_fields(&mut self) -> Vec<&mut dyn PersonalSlot> {
        match self {
            Self::Unregistered | Self::Erased(_) => Vec::new(),
            Self::Active(profile) | Self::Archived(profile) => {
                let mut fields = profile.registered.personal_fields();
                fields.push(&mut profile.name);
                fields
                    .extend(profile.contact_points.values_mut().map(|point| point as &mut dyn PersonalSlot));
                fields
            }
        }
    }
}
