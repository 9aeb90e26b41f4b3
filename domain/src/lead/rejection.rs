//! Why a command to a lead is refused.

use super::decide::{ASSIGNMENTS_MAX, CONTRIBUTIONS_MAX, FIELDS_MAX, TOUCHES_MAX};
use super::field::FieldKind;
use crate::aggregate::Reason;
use crate::field_set::Misfit;
use crate::value::{Key, Reference};

/// Most leads of one contact, one after the other.
pub const LEADS_PER_CONTACT_MAX: usize = 100;

/// Why a command to a lead is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// There is no lead under this id.
    #[error("no lead was captured under this id")]
    NotCaptured,
    /// Nothing comes of it.
    #[error("the lead is disqualified; who comes back is captured as another one")]
    Disqualified,
    /// Something came of it.
    #[error("the lead is converted; who comes back is captured as another one")]
    Converted,
    /// It rests.
    #[error("the lead rests; assign it, or note that it was contacted, first")]
    Recycled,
    /// It was not said to be worth a deal.
    #[error("the lead is not qualified; qualify it first")]
    NotQualified,
    /// Somebody else has it.
    #[error("{owner} does not have the lead, and gave it back never")]
    NotAssignedTo {
        /// Who wanted to give it back.
        owner: Reference,
    },
    /// It is worked on.
    #[error("the lead is worked on; assign it to somebody else")]
    InWork,
    /// It was not handed over that often.
    #[error("the lead has had fewer assignments")]
    AssignmentUnknown,
    /// It was handed over as often as it can.
    #[error("a lead is assigned at most {ASSIGNMENTS_MAX} times; disqualify or recycle it")]
    TooManyAssignments,
    /// A field keeps its type.
    #[error("the field {key} of the lead is a {kind}; give it such a value, or clear it first")]
    FieldOfAnotherType {
        /// The field.
        key: Key,
        /// What it is.
        kind: FieldKind,
    },
    /// A field is not as the company has it.
    #[error(transparent)]
    Field(#[from] Misfit),
    /// As many fields as it can have.
    #[error("a lead has at most {FIELDS_MAX} fields; clear one first")]
    TooManyFields,
    /// As much was said as it can hold.
    #[error("a lead holds at most {TOUCHES_MAX} captures and contacts; convert, disqualify or recycle it")]
    TooManyTouches,
    /// More rules than a score can name.
    #[error("a score names at most {CONTRIBUTIONS_MAX} rules")]
    TooManyContributions,
    /// As many leads as a contact can have.
    #[error("a contact has at most {LEADS_PER_CONTACT_MAX} leads, one after the other")]
    TooManyLeads,
}

impl Reason for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::NotCaptured => "LEAD_NOT_FOUND",
            Self::Disqualified => "LEAD_DISQUALIFIED",
            Self::Converted => "LEAD_CONVERTED",
            Self::Recycled => "LEAD_RECYCLED",
            Self::NotQualified => "LEAD_NOT_QUALIFIED",
            Self::NotAssignedTo { .. } => "LEAD_NOT_ASSIGNED_TO",
            Self::InWork => "LEAD_IN_WORK",
            Self::AssignmentUnknown => "LEAD_ASSIGNMENT_UNKNOWN",
            Self::TooManyAssignments => "LEAD_ASSIGNMENTS_EXHAUSTED",
            Self::FieldOfAnotherType { .. } => "LEAD_FIELD_OF_ANOTHER_TYPE",
            Self::Field(misfit) => misfit.reason(),
            Self::TooManyFields => "LEAD_FIELDS_EXHAUSTED",
            Self::TooManyTouches => "LEAD_TOUCHES_EXHAUSTED",
            Self::TooManyContributions => "LEAD_CONTRIBUTIONS_EXHAUSTED",
            Self::TooManyLeads => "LEADS_EXHAUSTED",
        }
    }
}
