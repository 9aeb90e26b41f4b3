//! Each failure becomes a status that a program can act on, and that gives nothing away.

mod exit_criteria;
mod quotes;

use std::collections::BTreeMap;
use std::time::Duration;

use rapport_application::reactors::UnknownReactor;
use rapport_application::{AppendError, Failure, ReadError, VaultError};
use rapport_domain::envelope::{EventId, ExpectedRevision, Position, Revision, StreamId};
use rapport_domain::field_set::Misfit;
use rapport_domain::id::ContactId;
use rapport_domain::pipeline::StageType;
use rapport_domain::value::{Currency, Date, Instant, Key, Label, Money, Reference, Sha256, TimeOfDay};
use rapport_domain::{
    calendar, case, consent, contact, field_set, id, interaction, lead, notice, opportunity, pipeline,
    routing_policy, scoring_model, sla_policy, subject_request, subscription, suppression, task,
};
use rapport_projections::{ControlError, Measure, QueryError, Thing};
use rapport_proto::v1::ErrorReason;
use rapport_transparency::{NotaryError, Refusal};
use rapport_vault::EpochError;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::ERROR_DOMAIN;
use crate::error::{Error, Violation};

/// What must never reach a caller.
const SECRET: &str = "select * from /var/lib/secret on host7";

fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

fn rejections() -> Vec<Failure> {
    [
        people(),
        sales(),
        contracts(),
        consents(),
        notices(),
        suppressions(),
        subject_requests(),
        cases(),
        leads(),
        lead_rules(),
        tasks(),
        quotes::quotes(),
        exit_criteria::exit_criteria(),
    ]
    .concat()
}

fn people() -> Vec<Failure> {
    let contact = [
        contact::Rejection::NotRegistered,
        contact::Rejection::AlreadyRegistered,
        contact::Rejection::Archived,
        contact::Rejection::Erased,
        contact::Rejection::ContactPointExists,
        contact::Rejection::ContactPointUnknown,
        contact::Rejection::TooManyContactPoints,
        contact::Rejection::TooManySegments,
        contact::Rejection::OnLegalHold { matter: Reference::parse("case_1").unwrap() },
        contact::Rejection::LegalHoldUnknown,
        contact::Rejection::TooManyLegalHolds,
        contact::Rejection::LegalHoldReleaseNotProposed,
        contact::Rejection::LegalHoldSameActor,
        contact::Rejection::TooManyDisclosures,
    ];
    let interaction = [
        interaction::Rejection::NotRecorded,
        interaction::Rejection::AlreadyRecorded,
        interaction::Rejection::Redacted,
        interaction::Rejection::TooManyRelated,
        interaction::Rejection::TooManyMentions,
    ];
    contact.map(Failure::from).into_iter().chain(interaction.map(Failure::from)).collect()
}

fn sales() -> Vec<Failure> {
    let pipeline = [
        pipeline::Rejection::StageTypeMissing { missing: StageType::Won },
        pipeline::Rejection::StageKeyRepeated { key: key("new") },
        pipeline::Rejection::TooManyStages,
        pipeline::Rejection::StageTasksAtEnd { stage: key("won") },
    ];
    let unknown = opportunity::Rejection::StageUnknown {
        pipeline: "Sales".to_owned(),
        stage: key("new"),
        known: "a, b".to_owned(),
    };
    let opportunity = [
        opportunity::Rejection::NotOpened,
        opportunity::Rejection::AlreadyOpened,
        opportunity::Rejection::Closed,
        opportunity::Rejection::NotClosed { stage: key("new") },
        unknown,
        opportunity::Rejection::StageCloses { stage: key("won") },
        opportunity::Rejection::CurrencyDiffers { expected: "EUR".to_owned(), actual: "USD".to_owned() },
        opportunity::Rejection::AmountNegative,
        opportunity::Rejection::RateWithoutAmount,
        opportunity::Rejection::RateToSameCurrency { currency: Currency::parse("EUR").unwrap() },
        opportunity::Rejection::AmountOverflow,
        opportunity::Rejection::FieldRequired {
            stage: key("won"),
            missing: vec![pipeline::DealField::Amount],
        },
        opportunity::Rejection::TooManyContactRoles,
        opportunity::Rejection::TooManySegments,
    ];
    pipeline.map(Failure::from).into_iter().chain(opportunity.map(Failure::from)).collect()
}

fn contracts() -> Vec<Failure> {
    let mrr = Money::parse_decimal("5", Currency::parse("EUR").unwrap()).unwrap();
    let all = [
        subscription::Rejection::NotStarted,
        subscription::Rejection::AlreadyStarted,
        subscription::Rejection::Paused,
        subscription::Rejection::Cancelled,
        subscription::Rejection::NotAtRest { mrr },
        subscription::Rejection::AmountNotPositive,
        subscription::Rejection::CurrencyDiffers { expected: "EUR".to_owned(), actual: "USD".to_owned() },
        subscription::Rejection::TermNotLater { current: Date::parse("2026-01-01").unwrap() },
    ];
    all.map(Failure::from).into()
}

fn consents() -> Vec<Failure> {
    let all = [
        consent::Rejection::NotRequested,
        consent::Rejection::NoticeDiffers { shown: "3".to_owned() },
        consent::Rejection::AlreadyGiven,
        consent::Rejection::ConsentIdUsed,
        consent::Rejection::ValidityOver,
        consent::Rejection::NotExpired,
        consent::Rejection::TooManyTopics,
        consent::Rejection::NotConfirmed,
        consent::Rejection::ConfirmationTimeInvalid,
        consent::Rejection::TokenUnknown,
        consent::Rejection::TokenUsed,
        consent::Rejection::TokenExpired { confirm_by: Instant::from_micros(0).unwrap() },
        consent::Rejection::NotGiven,
        consent::Rejection::ConsentUnknown,
        consent::Rejection::InvalidSinceAhead,
        consent::Rejection::InvalidationNotProposed,
        consent::Rejection::InvalidationSameActor,
        consent::Rejection::ReaskTooEarly { no_reask_before: Instant::from_micros(0).unwrap() },
    ];
    all.map(Failure::from).into()
}

fn notices() -> Vec<Failure> {
    let (version, language) = (|| Label::parse("3").unwrap(), Reference::parse("de").unwrap());
    let all = [
        notice::Rejection::AlreadyPublished { version: version(), language },
        notice::Rejection::TooManyWordings,
        notice::Rejection::VersionUnknown { version: version() },
        notice::Rejection::LanguageUnknown { version: version(), known: "de, en".to_owned() },
        notice::Rejection::WordingDiffers { version: version(), known: Sha256::of(b"words") },
    ];
    all.map(Failure::from).into()
}

fn suppressions() -> Vec<Failure> {
    let all = [
        suppression::Rejection::NotRaised,
        suppression::Rejection::MethodNotExplicit,
        suppression::Rejection::LiftNotRequested,
    ];
    all.map(Failure::from).into()
}

fn subject_requests() -> Vec<Failure> {
    let all = [
        subject_request::Rejection::NotReceived,
        subject_request::Rejection::AlreadyReceived,
        subject_request::Rejection::SameActor,
        subject_request::Rejection::NotApproved,
        subject_request::Rejection::Closed,
        subject_request::Rejection::OutcomeDiffers,
        subject_request::Rejection::WindowOpen,
        subject_request::Rejection::ErasureNotScheduled,
        subject_request::Rejection::ErasureBegun,
        subject_request::Rejection::ArchiveNotAskedFor,
        subject_request::Rejection::RecipientUnknown,
        subject_request::Rejection::RecipientTold,
    ];
    all.map(Failure::from).into()
}

fn cases() -> Vec<Failure> {
    let time = |text| TimeOfDay::parse(text).unwrap();
    let hours = calendar::Hours { day: calendar::Weekday::Monday, from: time("09:00"), to: time("08:00") };
    let calendar = [
        calendar::Rejection::NeverWorks,
        calendar::Rejection::TooManyHours,
        calendar::Rejection::TooManyHolidays,
        calendar::Rejection::HoursEmpty { hours },
        calendar::Rejection::HoursOverlap { hours },
    ];
    let priority = sla_policy::Priority::Urgent;
    let sla_policy = [
        sla_policy::Rejection::PromisesNothing,
        sla_policy::Rejection::PriorityRepeated { priority },
        sla_policy::Rejection::WarningOutOfRange,
        sla_policy::Rejection::EscalationOutOfRange,
        sla_policy::Rejection::MinutesOutOfRange { priority },
    ];
    let case = [
        case::Rejection::NotOpened,
        case::Rejection::AlreadyOpened,
        case::Rejection::Resolved,
        case::Rejection::Closed,
        case::Rejection::Merged { into: id::CaseId::derived("tests", "other") },
        case::Rejection::MergedIntoItself,
        case::Rejection::TooMuchSaid,
        case::Rejection::WithoutContact,
        case::Rejection::Unsolved,
        case::Rejection::NotRated,
        case::Rejection::TooManyBugs,
    ];
    let calendar = calendar.map(Failure::from).into_iter();
    let sla_policy = sla_policy.map(Failure::from).into_iter();
    calendar.chain(sla_policy).chain(case.map(Failure::from)).collect()
}

fn leads() -> Vec<Failure> {
    let (owner, name) = (Reference::parse("user_ann").unwrap(), || key("employees"));
    let all = [
        lead::Rejection::NotCaptured,
        lead::Rejection::Disqualified,
        lead::Rejection::Converted,
        lead::Rejection::Recycled,
        lead::Rejection::NotQualified,
        lead::Rejection::NotAssignedTo { owner },
        lead::Rejection::InWork,
        lead::Rejection::AssignmentUnknown,
        lead::Rejection::TooManyAssignments,
        lead::Rejection::FieldOfAnotherType { key: name(), kind: lead::FieldKind::Number },
        Misfit::Unknown { key: name(), version: 2 }.into(),
        Misfit::OfAnotherType { key: name(), field_type: field_set::FieldType::Number }.into(),
        Misfit::OptionUnknown { key: name() }.into(),
        Misfit::Missing { key: name() }.into(),
        lead::Rejection::TooManyFields,
        lead::Rejection::TooManyTouches,
        lead::Rejection::TooManyContributions,
        lead::Rejection::TooManyLeads,
    ];
    all.map(Failure::from).into()
}

fn lead_rules() -> Vec<Failure> {
    let (owner, rule) = (Reference::parse("user_ann").unwrap(), || key("pricing"));
    let scoring = [
        scoring_model::Rejection::WithoutRules,
        scoring_model::Rejection::TooManyRules,
        scoring_model::Rejection::RuleRepeated { rule: rule() },
        scoring_model::Rejection::CriterionImpossible { rule: rule() },
        scoring_model::Rejection::PointsOutOfRange { rule: rule() },
        scoring_model::Rejection::WindowOutOfRange { rule: rule() },
        scoring_model::Rejection::ThresholdsOutOfOrder { axis: scoring_model::Axis::Fit },
        scoring_model::Rejection::RatingAmbiguous { grade: lead::Grade::A1 },
    ];
    let routing = [
        routing_policy::Rejection::TooManyRules,
        routing_policy::Rejection::RuleRepeated { rule: rule() },
        routing_policy::Rejection::CriterionImpossible { rule: rule() },
        routing_policy::Rejection::CandidatesOutOfRange { rule: rule() },
        routing_policy::Rejection::CandidateRepeated { rule: rule(), owner: owner.clone() },
        routing_policy::Rejection::LimitOutOfRange { rule: rule(), owner },
        routing_policy::Rejection::MinutesOutOfRange,
    ];
    let fields = [
        field_set::Rejection::FieldsOutOfRange,
        field_set::Rejection::FieldRepeated { key: rule() },
        field_set::Rejection::OptionsOutOfRange { key: rule() },
        field_set::Rejection::FieldOfAnotherType { key: rule(), kind: lead::FieldKind::Number },
    ];
    let scoring = scoring.map(Failure::from).into_iter();
    scoring.chain(routing.map(Failure::from)).chain(fields.map(Failure::from)).collect()
}

fn tasks() -> Vec<Failure> {
    let all = [
        task::Rejection::NotCreated,
        task::Rejection::AlreadyCreated,
        task::Rejection::Completed,
        task::Rejection::Cancelled,
        task::Rejection::ReminderAfterDue,
    ];
    all.map(Failure::from).into()
}

fn failures() -> Vec<Failure> {
    let cause = || SECRET.to_owned();
    let stream = StreamId::parse("contact-1").unwrap();
    let subject = ContactId::derived("tests", "ann");
    let mut all = rejections();
    all.extend([
        Failure::PipelineUnknown,
        Failure::CalendarUnknown,
        Failure::SlaPolicyUnknown,
        Failure::PriceBookUnknown,
        Failure::TooManyCases { limit: 1 },
        Failure::TooManyLeads { limit: 1 },
        Failure::TooManyTouches { limit: 1 },
        Failure::RevisionMismatch { expected: ExpectedRevision::Exact(Revision(3)), actual: None },
        Failure::OccursInFuture,
        Failure::CapturedInFuture,
        Failure::RequestIdReused,
        Failure::EventIdReused { id: EventId(id::derived_uuid(&["x"])) },
        Failure::CategoryReserved { category: "contact".to_owned() },
        Failure::AppendDenied,
        Failure::ConcurrentUpdate,
        Failure::DisclosureDenied,
        Failure::StillReadable { position: Position(7) },
        Failure::EventCorrupt { position: Position(7), cause: cause() },
        Failure::Unwritable { cause: cause() },
    ]);
    all.extend(
        [
            AppendError::WrongRevision { stream, expected: ExpectedRevision::Any, actual: None },
            AppendError::IdReused { id: EventId(id::derived_uuid(&["x"])) },
            AppendError::TooLarge { unit: "bytes", limit: 1, actual: 2 },
            AppendError::StorageFull,
            AppendError::TimePassed { last: Instant::MIN },
            AppendError::TimeFixed,
            AppendError::ReadOnly { cause: cause() },
            AppendError::Unavailable { cause: cause() },
            AppendError::OutcomeUnknown { cause: cause() },
            AppendError::Closed,
        ]
        .map(Failure::from),
    );
    all.extend(
        [
            ReadError::Corrupt { position: Position(7), cause: cause() },
            ReadError::Unavailable { cause: cause() },
            ReadError::Closed,
        ]
        .map(Failure::from),
    );
    all.extend(
        [
            VaultError::SubjectErased { subject },
            VaultError::KeyMissing { subject },
            VaultError::ForeignEnvelope { subject },
            VaultError::Tampered { field: "name" },
            VaultError::TooLarge { field: "name", limit: 1 },
            VaultError::StorageFull,
            VaultError::UnknownEpoch { epoch: 2 },
            VaultError::Epoch(EpochError::Damaged { epoch: 2 }),
            VaultError::NotScrubbed,
            VaultError::Unforced,
            VaultError::Crypto,
            VaultError::ClockUnset,
            VaultError::Closed,
        ]
        .map(Failure::from),
    );
    all
}

fn errors() -> Vec<Error> {
    let violation =
        Violation { field: "name".to_owned(), reason: "NAME_MALFORMED", description: "expected".to_owned() };
    let mut all = vec![
        Error::Invalid(vec![violation.clone(), violation]),
        Error::CallerMalformed,
        Error::CallerUnproved,
        Error::CallerTooFast { wait: Duration::from_millis(250) },
        Error::CallDenied { rpc: Label::parse("rapport.v1.ContactService/GetContact").unwrap() },
        Error::AccessUnrecorded(Failure::Append(AppendError::StorageFull)),
        Error::DeadlinePassed,
        Error::Stopping,
        Error::TooManyWatches,
        Error::WatchTooSlow,
        Error::ResumeToken,
        Error::Panicked,
        Error::CheckpointBehind,
        Error::CheckpointNotCosigned,
        Error::CheckpointRefused(Refusal::Shrunk { signed: 9, size: 7 }),
        Error::CheckpointRefused(Refusal::Unkept(NotaryError::Io {
            path: SECRET.into(),
            cause: SECRET.to_owned(),
        })),
        Error::EventRewritten(Position(7)),
        Error::ForkUnfounded,
        Error::Notary(NotaryError::Missing { path: SECRET.into() }),
    ];
    all.extend(failures().into_iter().map(Error::from));
    all.extend(
        [
            QueryError::Behind { projection: "timeline", requested: Position(9), current: Position(7) },
            QueryError::Building {
                projection: "timeline",
                requested: Position(9),
                current: Position(7),
                left: None,
            },
            QueryError::Parked { projection: "timeline", position: Position(7) },
            QueryError::NotReady { projection: "timeline", requested: Position(7) },
            QueryError::NotFound { what: Thing::Contact },
            QueryError::NotFound { what: Thing::Pipeline },
            QueryError::NotFound { what: Thing::Opportunity },
            QueryError::NotFound { what: Thing::Subscription },
            QueryError::NotFound { what: Thing::Event },
            QueryError::TreeTooSmall { requested: 9, size: 7 },
            QueryError::PipelineAmbiguous,
            QueryError::PageToken,
            QueryError::TooLarge { what: Measure::Months, limit: 600 },
            QueryError::Busy { projection: "timeline" },
            QueryError::Unavailable { cause: SECRET.to_owned() },
            QueryError::Closed { projection: "timeline" },
        ]
        .map(Error::from),
    );
    all.extend(
        [
            ControlError::ProjectionNotFound { name: "x".to_owned(), known: "y".to_owned() },
            ControlError::NotParked { projection: "timeline", position: Position(7) },
            ControlError::RebuildUnderWay { projection: "timeline" },
            ControlError::NothingBuilt { projection: "timeline" },
            ControlError::Log { cause: SECRET.to_owned() },
            ControlError::Closed { projection: "timeline" },
        ]
        .map(Error::from),
    );
    all.push(UnknownReactor { name: "x".to_owned(), known: "erasures".to_owned() }.into());
    all
}

fn statuses() -> Vec<Status> {
    errors().into_iter().map(Status::from).collect()
}

#[test]
fn every_status_carries_one_documented_reason_in_our_domain() {
    for status in statuses() {
        let info = status.get_details_error_info().unwrap();
        assert_eq!(info.domain, ERROR_DOMAIN);
        assert!(ErrorReason::from_str_name(&info.reason).is_some(), "{} is not in errors.proto", info.reason);
        assert!(info.reason.len() <= 63, "{} is too long for google.rpc.ErrorInfo", info.reason);
    }
}

#[test]
fn one_reason_has_one_code_and_they_stay_as_they_landed() {
    let mut codes: BTreeMap<String, Code> = BTreeMap::new();
    for status in statuses() {
        let reason = status.get_details_error_info().unwrap().reason;
        let known = codes.insert(reason.clone(), status.code());
        assert!(known.is_none_or(|known| known == status.code()), "{reason} has two codes");
    }
    let written: Vec<String> = codes.iter().map(|(reason, code)| format!("{reason} {code:?}\n")).collect();
    let golden = include_str!("../../../../tests/golden/error_codes.txt");
    assert_eq!(
        written.concat(),
        golden,
        "a reason's code is a promise: add lines to the golden file, change none"
    );
}

#[test]
fn causes_stay_inside() {
    for status in statuses() {
        let said = format!("{} {:?}", status.message(), status.get_error_details());
        assert!(!said.contains("secret"), "{said}");
    }
}

#[test]
fn what_is_worth_another_try_says_when() {
    for status in statuses() {
        let retry = status.get_details_retry_info().is_some();
        let too_fast = status.get_details_error_info().unwrap().reason == "CALLER_TOO_FAST";
        assert_eq!(retry, status.code() == Code::Unavailable || too_fast, "{status:?}");
    }
}

#[test]
fn every_broken_field_is_listed() {
    let status = Status::from(errors().remove(0));
    let fields = status.get_details_bad_request().unwrap().field_violations;
    assert_eq!(fields.len(), 2);
    assert_eq!(fields[0].field, "name");
    assert_eq!((fields[0].description.as_str(), fields[0].reason.as_str()), ("expected", "NAME_MALFORMED"));
}
