//! Which gRPC code each rejection of the business has.

use rapport_domain::{
    calendar, case, consent, contact, field_set, interaction, lead, notice, opportunity, pipeline,
    price_book, quote, routing_policy, scoring_model, sla_policy, subject_request, subscription, suppression,
    task,
};
use tonic::Code;

/// A business rule that said no, as a gRPC code.
pub(super) trait RejectionCode {
    /// NOT_FOUND for what is not there, ALREADY_EXISTS for what is there already, else FAILED_PRECONDITION.
    fn code(&self) -> Code;
}

impl RejectionCode for contact::Rejection {
    fn code(&self) -> Code {
        match self {
            Self::NotRegistered | Self::ContactPointUnknown | Self::LegalHoldUnknown => Code::NotFound,
            Self::AlreadyRegistered | Self::ContactPointExists => Code::AlreadyExists,
            Self::Archived
            | Self::Erased
            | Self::TooManyContactPoints
            | Self::TooManySegments
            | Self::OnLegalHold { .. }
            | Self::LegalHoldReleaseNotProposed
            | Self::LegalHoldSameActor
            | Self::TooManyLegalHolds
            | Self::TooManyDisclosures => Code::FailedPrecondition,
        }
    }
}

impl RejectionCode for interaction::Rejection {
    fn code(&self) -> Code {
        match self {
            Self::NotRecorded => Code::NotFound,
            Self::AlreadyRecorded => Code::AlreadyExists,
            Self::Redacted | Self::TooManyRelated | Self::TooManyMentions => Code::FailedPrecondition,
        }
    }
}

impl RejectionCode for pipeline::Rejection {
    fn code(&self) -> Code {
        match self {
            Self::StageTypeMissing { .. }
            | Self::StageKeyRepeated { .. }
            | Self::TooManyStages
            | Self::StageTasksAtEnd { .. }
            | Self::ExitCriteriaMisplaced { .. }
            | Self::ExitCriterionRepeated { .. }
            | Self::TooManyExitCriteria { .. } => Code::FailedPrecondition,
        }
    }
}

impl RejectionCode for opportunity::Rejection {
    fn code(&self) -> Code {
        match self {
            Self::NotOpened => Code::NotFound,
            Self::AlreadyOpened => Code::AlreadyExists,
            Self::Closed
            | Self::NotClosed { .. }
            | Self::StageUnknown { .. }
            | Self::StageCloses { .. }
            | Self::CurrencyDiffers { .. }
            | Self::AmountNegative
            | Self::RateWithoutAmount
            | Self::RateToSameCurrency { .. }
            | Self::AmountOverflow
            | Self::FieldRequired { .. }
            | Self::ExitCriteriaNotMet { .. }
            | Self::ExitCriterionUnknown { .. }
            | Self::QuoteAlreadyChosen { .. }
            | Self::TooManyContactRoles
            | Self::TooManySegments => Code::FailedPrecondition,
        }
    }
}

impl RejectionCode for subscription::Rejection {
    fn code(&self) -> Code {
        match self {
            Self::NotStarted => Code::NotFound,
            Self::AlreadyStarted => Code::AlreadyExists,
            Self::Paused
            | Self::Cancelled
            | Self::NotAtRest { .. }
            | Self::AmountNotPositive
            | Self::CurrencyDiffers { .. }
            | Self::TermNotLater { .. } => Code::FailedPrecondition,
        }
    }
}

impl RejectionCode for subject_request::Rejection {
    fn code(&self) -> Code {
        match self {
            Self::NotReceived | Self::RecipientUnknown => Code::NotFound,
            Self::AlreadyReceived => Code::AlreadyExists,
            Self::SameActor
            | Self::NotApproved
            | Self::Closed
            | Self::OutcomeDiffers
            | Self::ArchiveNotAskedFor
            | Self::WindowOpen
            | Self::ErasureNotScheduled
            | Self::ErasureBegun
            | Self::RecipientTold => Code::FailedPrecondition,
        }
    }
}

impl RejectionCode for consent::Rejection {
    fn code(&self) -> Code {
        match self {
            Self::ConsentIdUsed => Code::AlreadyExists,
            Self::ConsentUnknown => Code::NotFound,
            Self::NotRequested
            | Self::NoticeDiffers { .. }
            | Self::AlreadyGiven
            | Self::ValidityOver
            | Self::NotExpired
            | Self::TooManyTopics
            | Self::NotConfirmed
            | Self::ConfirmationTimeInvalid
            | Self::TokenUnknown
            | Self::TokenUsed
            | Self::TokenExpired { .. }
            | Self::NotGiven
            | Self::InvalidSinceAhead
            | Self::InvalidationNotProposed
            | Self::InvalidationSameActor
            | Self::ReaskTooEarly { .. } => Code::FailedPrecondition,
        }
    }
}

impl RejectionCode for notice::Rejection {
    fn code(&self) -> Code {
        match self {
            Self::AlreadyPublished { .. } => Code::AlreadyExists,
            Self::VersionUnknown { .. } | Self::LanguageUnknown { .. } => Code::NotFound,
            Self::TooManyWordings | Self::WordingDiffers { .. } => Code::FailedPrecondition,
        }
    }
}

impl RejectionCode for suppression::Rejection {
    fn code(&self) -> Code {
        match self {
            Self::NotRaised | Self::MethodNotExplicit | Self::LiftNotRequested => Code::FailedPrecondition,
        }
    }
}

impl RejectionCode for calendar::Rejection {
    fn code(&self) -> Code {
        match self {
            Self::NeverWorks
            | Self::TooManyHours
            | Self::TooManyHolidays
            | Self::HoursEmpty { .. }
            | Self::HoursOverlap { .. } => Code::FailedPrecondition,
        }
    }
}

impl RejectionCode for sla_policy::Rejection {
    fn code(&self) -> Code {
        match self {
            Self::PromisesNothing
            | Self::PriorityRepeated { .. }
            | Self::WarningOutOfRange
            | Self::EscalationOutOfRange
            | Self::MinutesOutOfRange { .. } => Code::FailedPrecondition,
        }
    }
}

impl RejectionCode for case::Rejection {
    fn code(&self) -> Code {
        match self {
            Self::NotOpened => Code::NotFound,
            Self::AlreadyOpened => Code::AlreadyExists,
            Self::Resolved
            | Self::Closed
            | Self::Merged { .. }
            | Self::MergedIntoItself
            | Self::TooMuchSaid
            | Self::WithoutContact
            | Self::Unsolved
            | Self::NotRated
            | Self::TooManyBugs => Code::FailedPrecondition,
        }
    }
}

impl RejectionCode for lead::Rejection {
    fn code(&self) -> Code {
        match self {
            Self::NotCaptured => Code::NotFound,
            Self::Disqualified
            | Self::Converted
            | Self::Recycled
            | Self::NotQualified
            | Self::NotAssignedTo { .. }
            | Self::InWork
            | Self::AssignmentUnknown
            | Self::TooManyAssignments
            | Self::FieldOfAnotherType { .. }
            | Self::Field(_)
            | Self::TooManyFields
            | Self::TooManyTouches
            | Self::TooManyContributions
            | Self::TooManyLeads => Code::FailedPrecondition,
        }
    }
}

impl RejectionCode for scoring_model::Rejection {
    fn code(&self) -> Code {
        match self {
            Self::WithoutRules
            | Self::TooManyRules
            | Self::RuleRepeated { .. }
            | Self::CriterionImpossible { .. }
            | Self::PointsOutOfRange { .. }
            | Self::WindowOutOfRange { .. }
            | Self::ThresholdsOutOfOrder { .. }
            | Self::RatingAmbiguous { .. } => Code::FailedPrecondition,
        }
    }
}

impl RejectionCode for routing_policy::Rejection {
    fn code(&self) -> Code {
        match self {
            Self::TooManyRules
            | Self::RuleRepeated { .. }
            | Self::CriterionImpossible { .. }
            | Self::CandidatesOutOfRange { .. }
            | Self::CandidateRepeated { .. }
            | Self::LimitOutOfRange { .. }
            | Self::MinutesOutOfRange => Code::FailedPrecondition,
        }
    }
}

impl RejectionCode for field_set::Rejection {
    fn code(&self) -> Code {
        match self {
            Self::FieldsOutOfRange
            | Self::FieldRepeated { .. }
            | Self::OptionsOutOfRange { .. }
            | Self::FieldOfAnotherType { .. } => Code::FailedPrecondition,
        }
    }
}

impl RejectionCode for task::Rejection {
    fn code(&self) -> Code {
        match self {
            Self::NotCreated => Code::NotFound,
            Self::AlreadyCreated => Code::AlreadyExists,
            Self::Completed | Self::Cancelled | Self::ReminderAfterDue => Code::FailedPrecondition,
        }
    }
}

impl RejectionCode for price_book::Rejection {
    fn code(&self) -> Code {
        match self {
            Self::Empty
            | Self::TooManyEntries
            | Self::ProductRepeated { .. }
            | Self::PriceNegative { .. } => Code::FailedPrecondition,
        }
    }
}

impl RejectionCode for quote::Rejection {
    fn code(&self) -> Code {
        match self {
            Self::NotCreated => Code::NotFound,
            Self::AlreadyCreated => Code::AlreadyExists,
            Self::NoLines
            | Self::TooManyLines
            | Self::TooManyVersions
            | Self::ProductUnknown { .. }
            | Self::AmountOverflow
            | Self::SameCurrency { .. }
            | Self::NotSent
            | Self::AlreadySent
            | Self::ValidUntilPassed { .. }
            | Self::VersionSuperseded { .. }
            | Self::CurrencyUnmatched { .. }
            | Self::Expired
            | Self::Accepted
            | Self::Declined
            | Self::Withdrawn => Code::FailedPrecondition,
        }
    }
}
