//! One sample of every event, with every field that it can have.

use crate::access::Basis;
use crate::consent::{Channel, Method, Notice, Topic};
use crate::contact::{ContactPointEntry, Kind, LifecycleStage};
use crate::envelope::Position;
use crate::id::{
    CaseId, ConsentId, ContactPointId, CorrectionId, InteractionId, OpportunityId, PipelineId, QuoteId,
    SubjectRequestId, SubscriptionId,
};
use crate::interaction::{Direction, Related, Source};
use crate::opportunity::{ContactRole, Role, StagePlace};
use crate::personal::DataClass;
use crate::pipeline::{
    DealField, Definition, DueInDays, ExitCriterion, ForecastCategory, Percent, RequiredFields, Stage,
    StageTask, StageTasks, StageType,
};
use crate::subject_request::{Archive, ArchiveKey, Erasure, Outcome, Right, Store};
use crate::subscription::CancellationKind;
use crate::testing::{actor, at, california, contact_id, day, eur, key, label, reference, sealed, segments};
use crate::value::{ContactPointKind, Currency, ExchangeRate, ExternalRef, FrozenRate, Sha256};
use crate::{
    access, consent, contact, interaction, notice, opportunity, pipeline, subject_request, subscription,
    suppression,
};

pub(super) fn contact() -> Vec<contact::Event> {
    let point = ContactPointId::derived("golden", "work");
    let entry = |kind| ContactPointEntry { id: point, kind, point: sealed("cG9pbnQ") };
    vec![
        contact::Registered {
            kind: Kind::Person,
            name: sealed("bmFtZQ"),
            contact_points: vec![entry(ContactPointKind::Email)],
            owner: Some(reference("user_1")),
            lifecycle_stage: LifecycleStage::MarketingQualifiedLead,
            segments: segments([("industry", "Retail"), ("region", "West")]),
            external_ref: Some(ExternalRef::parse("crm 17").unwrap()),
        }
        .into(),
        contact::NameCorrected { name: sealed("bmFtZQ") }.into(),
        contact::ContactPointAdded { contact_point: entry(ContactPointKind::Phone) }.into(),
        contact::ContactPointRemoved { id: point }.into(),
        contact::OwnerAssigned { owner: reference("user_2"), previous_owner: Some(reference("user_1")) }
            .into(),
        contact::LifecycleStageChanged { from: LifecycleStage::Lead, to: LifecycleStage::Customer }.into(),
        contact::SegmentSet { key: key("region"), value: label("East") }.into(),
        contact::SegmentCleared { key: key("region") }.into(),
        contact::Archived {}.into(),
        contact::Restored {}.into(),
        contact::Erased { request_id: SubjectRequestId::derived("golden", "erasure") }.into(),
        contact::LegalHoldPlaced {
            matter: reference("case_2026_17"),
            reason: label("a claim is pending"),
            until: Some(day("2027-06-30")),
            placed_by: actor(),
        }
        .into(),
        contact::LegalHoldReleaseProposed {
            matter: reference("case_2026_17"),
            reason: label("the claim was settled"),
            proposed_by: actor(),
        }
        .into(),
        contact::LegalHoldReleased {
            matter: reference("case_2026_17"),
            reason: label("the claim was settled"),
            released_by: actor(),
            proposed_by: None,
        }
        .into(),
        contact::Disclosed {
            recipient: label("Parcel Post"),
            data_categories: [label("address"), label("name")].into(),
            purpose: label("delivery"),
            disclosed_at: at("2026-11-21T12:00:00Z"),
            recorded_by: actor(),
        }
        .into(),
    ]
}

pub(super) fn interaction() -> Vec<interaction::Event> {
    let interaction_id = InteractionId::derived("golden", "call");
    vec![
        interaction::Recorded {
            interaction_id,
            channel: interaction::Channel::ProductUsage,
            direction: Direction::Inbound,
            summary: Some(sealed("dGV4dA")),
            topic: Some(key("exported")),
            duration_seconds: Some(300),
            outcome: Some(label("finished")),
            value: Some(eur(1_250)),
            source: Some(Source {
                system: reference("telephony"),
                external_ref: ExternalRef::parse("call 4711").unwrap(),
            }),
            related: vec![
                Related::Opportunity(OpportunityId::derived("golden", "deal")),
                Related::Subscription(SubscriptionId::derived("golden", "plan")),
                Related::Case(reference("INC-1")),
                Related::Campaign(reference("spring")),
            ],
            segments: segments([("team", "North")]),
            mentions: [].into(),
        }
        .into(),
        interaction::Corrected {
            interaction_id,
            correction_id: CorrectionId::derived("golden", "first"),
            summary: Some(sealed("dGV4dA")),
            duration_seconds: Some(310),
            outcome: Some(label("call back")),
        }
        .into(),
        interaction::Redacted { interaction_id, reason: label("asked for by the contact") }.into(),
    ]
}

pub(super) fn pipeline() -> Vec<pipeline::Event> {
    let stage = |name, stage_type, percent, forecast_category, rot_after_days| Stage {
        key: key(name),
        name: label(name),
        stage_type,
        probability: Percent::new(percent).unwrap(),
        forecast_category,
        rot_after_days,
        required: RequiredFields::default(),
        tasks: StageTasks::default(),
        exit_criteria: Vec::new(),
    };
    let mut stages = vec![
        stage("new", StageType::Open, 10, ForecastCategory::Pipeline, Some(30)),
        stage("offer", StageType::Open, 60, ForecastCategory::BestCase, Some(14)),
        stage("contract", StageType::Open, 90, ForecastCategory::Commit, None),
        stage("parked", StageType::OnHold, 5, ForecastCategory::Omitted, None),
        stage("won", StageType::Won, 100, ForecastCategory::Closed, None),
        stage("lost", StageType::Lost, 0, ForecastCategory::Omitted, None),
    ];
    let required = [DealField::Amount, DealField::Segment(key("region"))];
    stages[1].required = RequiredFields::new(required).unwrap();
    let task = |name, subject, days| StageTask {
        key: key(name),
        subject: label(subject),
        due_in_days: DueInDays::new(days).unwrap(),
    };
    let tasks = vec![task("call", "Call about the offer", 3), task("terms", "Agree on terms", 14)];
    stages[1].tasks = StageTasks::new(tasks).unwrap();
    stages[1].exit_criteria = vec![ExitCriterion { key: key("terms"), name: label("Terms agreed") }];
    vec![pipeline::Published { definition: Definition { version: 2, name: label("Sales"), stages } }.into()]
}

fn to_dollars() -> FrozenRate {
    FrozenRate {
        base_currency: Currency::parse("USD").unwrap(),
        rate: ExchangeRate::parse("1.0845").unwrap(),
        rate_date: day("2026-11-20"),
    }
}

fn opened(place: StagePlace, contact_role: ContactRole) -> opportunity::Opened {
    opportunity::Opened {
        pipeline_id: PipelineId::derived("golden", "sales"),
        place,
        title: label("200 chairs"),
        contact_id: Some(contact_id()),
        amount: Some(eur(10_000)),
        fx: Some(to_dollars()),
        expected_close_on: Some(day("2026-12-24")),
        owner: Some(reference("user_1")),
        team: Some(reference("north")),
        segments: segments([("product", "chairs")]),
        next_step: Some(opportunity::NextStepSet {
            what: label("Send the contract"),
            due_on: Some(day("2026-12-01")),
        }),
        contact_roles: [contact_role].into(),
    }
}

pub(super) fn opportunity() -> Vec<opportunity::Event> {
    let place = |name, stage_type, percent, forecast_category| StagePlace {
        pipeline_version: 2,
        stage: key(name),
        stage_type,
        probability: Percent::new(percent).unwrap(),
        forecast_category,
    };
    let contact_role = ContactRole { contact_id: contact_id(), role: Role::DecisionMaker };
    let offer = || place("offer", StageType::Open, 60, ForecastCategory::BestCase);
    let by_phone = || Some(label("By phone"));
    let won = place("won", StageType::Won, 100, ForecastCategory::Closed);
    let lost = place("lost", StageType::Lost, 0, ForecastCategory::Omitted);
    vec![
        opened(place("new", StageType::Open, 10, ForecastCategory::Pipeline), contact_role).into(),
        opportunity::StageMoved { from: key("new"), place: offer() }.into(),
        opportunity::AmountRevised {
            previous: Some(eur(10_000)),
            amount: eur(12_000),
            fx: Some(to_dollars()),
        }
        .into(),
        opportunity::CloseDateMoved {
            previous: Some(day("2026-12-24")),
            expected_close_on: day("2027-01-31"),
        }
        .into(),
        opportunity::OwnerAssigned { owner: reference("user_2"), team: Some(reference("south")) }.into(),
        opportunity::Won {
            from: key("offer"),
            place: won,
            amount: Some(eur(11_500)),
            fx: Some(to_dollars()),
        }
        .into(),
        opportunity::Lost {
            from: key("offer"),
            place: lost,
            reason: Some(label("price")),
            competitor: Some(label("Acme")),
        }
        .into(),
        opportunity::Reopened { from: key("lost"), place: offer() }.into(),
        opportunity::NextStepSet { what: label("Send the contract"), due_on: Some(day("2026-12-01")) }.into(),
        opportunity::ContactRoleAdded { contact_role }.into(),
        opportunity::ContactRoleRemoved { contact_role }.into(),
        opportunity::ForecastOverridden {
            category: Some(ForecastCategory::Commit),
            probability: Some(Percent::new(80).unwrap()),
            reason: label("Board has agreed"),
        }
        .into(),
        opportunity::SegmentSet { key: key("region"), value: label("East") }.into(),
        opportunity::SegmentCleared { key: key("region") }.into(),
        opportunity::CriterionMet { stage: key("offer"), key: key("terms"), note: by_phone() }.into(),
        opportunity::CriterionRetracted { stage: key("offer"), key: key("terms"), note: by_phone() }.into(),
        opportunity::QuoteChosen { quote_id: QuoteId::derived("golden", "first") }.into(),
    ]
}

pub(super) fn subscription() -> Vec<subscription::Event> {
    vec![
        subscription::Started {
            contact_id: contact_id(),
            plan: label("Team"),
            mrr: eur(5_000),
            term_ends_on: Some(day("2026-12-31")),
            segments: segments([("contract_type", "yearly")]),
        }
        .into(),
        subscription::Renewed {
            term_ends_on: day("2027-12-31"),
            previous_term_ends_on: Some(day("2026-12-31")),
        }
        .into(),
        subscription::AmountChanged { previous: eur(5_000), mrr: eur(6_000) }.into(),
        subscription::Paused { mrr: eur(6_000) }.into(),
        subscription::Cancelled {
            mrr: eur(6_000),
            kind: CancellationKind::Voluntary,
            reason: Some(label("moved away")),
        }
        .into(),
        subscription::Reactivated { mrr: eur(5_500) }.into(),
    ]
}

pub(super) fn notice() -> Vec<notice::Event> {
    let text = notice::Text::parse("May we send you our newsletter?\n").unwrap();
    vec![
        notice::Published {
            id: reference("newsletter-notice"),
            version: label("2026-11"),
            language: reference("en"),
            wording_sha256: text.sha256(),
            text,
        }
        .into(),
    ]
}

pub(super) fn subject_request() -> Vec<subject_request::Event> {
    let erasure = Erasure {
        kids: vec!["dek_7Q".to_owned()],
        keys_destroyed_at: at("2026-11-28T12:00:00Z"),
        fields_probed: 7,
        digests_kept: 0,
        stores: vec![Store { name: "directory".to_owned(), method: "rows deleted".to_owned() }],
        software: "rapport 0.1.0".to_owned(),
    };
    let archive = Archive {
        sha256: Sha256::of(b"an archive"),
        bytes: 10_240,
        position: Position(1_204),
        opened_by: ArchiveKey::Recipient,
    };
    vec![
        subject_request::Received {
            contact_id: contact_id(),
            right: Right::Erasure,
            ground: Some(label("17(1)(b)")),
            received_by: actor(),
            due_on: day("2026-12-21"),
        }
        .into(),
        subject_request::Extended { due_on: day("2027-02-21"), reason: label("many systems") }.into(),
        subject_request::Approved { approved_by: actor() }.into(),
        subject_request::Refused { reason: label("a contract is open") }.into(),
        subject_request::Fulfilled { outcome: Outcome::Erased(erasure) }.into(),
        subject_request::ErasureScheduled { contact_id: contact_id(), erase_at: at("2026-11-24T12:00:00Z") }
            .into(),
        subject_request::ErasureCancelled { reason: label("the wrong person"), cancelled_by: actor() }.into(),
        subject_request::ErasureBegun {}.into(),
        subject_request::DueSoon { due_on: day("2026-12-21") }.into(),
        subject_request::Overdue { due_on: day("2026-12-21") }.into(),
        subject_request::ArchiveMade { archive, made_by: actor(), made_at: at("2026-11-28T12:00:00Z") }
            .into(),
        subject_request::RecipientsListed { recipients: [label("Mail House"), label("Parcel Post")].into() }
            .into(),
        subject_request::RecipientTold {
            recipient: label("Parcel Post"),
            told_by: actor(),
            told_at: at("2026-11-28T12:00:00Z"),
        }
        .into(),
        subject_request::RecipientNotTold {
            recipient: label("Mail House"),
            reason: label("wound up"),
            found_by: actor(),
            found_at: at("2026-11-28T12:00:00Z"),
        }
        .into(),
    ]
}

fn topic() -> Topic {
    Topic { purpose: key("newsletter"), channel: Channel::InApp }
}

fn shown() -> Notice {
    Notice {
        id: reference("newsletter-notice"),
        version: label("2026-11"),
        wording_sha256: Some(reference("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")),
        language: Some(reference("de-AT")),
    }
}

pub(super) fn consent() -> Vec<consent::Event> {
    let consent_id = ConsentId::derived("golden", "first");
    let valid_until = at("2027-11-21T12:00:00Z");
    let mut events: Vec<consent::Event> = vec![
        consent::Requested { topic: topic(), notice: shown(), jurisdiction: california() }.into(),
        consent::Given {
            consent_id,
            topic: topic(),
            notice: shown(),
            method: Method::DoubleOptIn,
            evidence_grade: Method::DoubleOptIn.grade(),
            evidence: Some(sealed("ZXZpZGVuY2U")),
            valid_until: Some(valid_until),
            jurisdiction: california(),
        }
        .into(),
        consent::Refused {
            topic: topic(),
            method: Method::Button,
            jurisdiction: california(),
            no_reask_before: Some(at("2027-11-22T00:00:00Z")),
        }
        .into(),
        consent::Withdrawn {
            consent_id: Some(consent_id),
            topic: topic(),
            method: Method::OneClickUnsubscribe,
            evidence: Some(sealed("ZXZpZGVuY2U")),
            jurisdiction: california(),
            no_reask_before: Some(at("2027-11-22T00:00:00Z")),
        }
        .into(),
        consent::Expired { consent_id, topic: topic(), valid_until }.into(),
        consent::ConfirmationRequested {
            consent_id,
            topic: topic(),
            notice: shown(),
            method: Method::Checkbox,
            evidence: Some(sealed("ZXZpZGVuY2U")),
            token_sha256: Sha256::of(b"token"),
            confirm_by: at("2026-11-28T12:00:00Z"),
            valid_until: Some(valid_until),
            jurisdiction: california(),
        }
        .into(),
        consent::Renewed {
            consent_id: ConsentId::derived("golden", "renewed"),
            renews: consent_id,
            topic: topic(),
            notice: shown(),
            method: Method::Button,
            evidence_grade: Method::Button.grade(),
            evidence: sealed("ZXZpZGVuY2U"),
            valid_until: Some(valid_until),
        }
        .into(),
        consent::Revoked { consent_id, topic: topic(), reason: label("the newsletter ended") }.into(),
    ];
    events.extend(findings(consent_id));
    events
}

fn findings(consent_id: ConsentId) -> [consent::Event; 2] {
    [
        consent::Invalidated {
            consent_id,
            topic: topic(),
            since: at("2026-11-01T00:00:00Z"),
            authority: label("Data protection authority"),
            reason: label("the box was ticked in advance"),
            proposed_by: None,
            approved_by: None,
        }
        .into(),
        consent::InvalidationProposed {
            consent_id,
            topic: topic(),
            since: at("2026-11-01T00:00:00Z"),
            authority: label("Data protection authority"),
            reason: label("the box was ticked in advance"),
            proposed_by: actor(),
        }
        .into(),
    ]
}

pub(super) fn suppression() -> Vec<suppression::Event> {
    use crate::suppression::{Kind, LiftRequested, Lifted, Raised, Retained, Scope};
    let scope = || Scope { purpose: Some(key("sale_of_data")), channel: Some(Channel::Email) };
    let (kind, evidence) = (Kind::OptOutSignal, || Some(sealed("ZXZpZGVuY2U")));
    vec![
        Raised {
            kind,
            scope: scope(),
            method: Method::GpcSignal,
            evidence: evidence(),
            jurisdiction: california(),
            no_reask_before: Some(at("2027-11-22T00:00:00Z")),
        }
        .into(),
        LiftRequested { kind, scope: scope(), method: Method::Checkbox, evidence: evidence() }.into(),
        Lifted {
            kind,
            scope: scope(),
            method: Method::Button,
            reason: label("signed up for the programme"),
            evidence: evidence(),
        }
        .into(),
        Retained { point_digests: [reference("5e0e1f4a7c2b9d8360f1a2b3c4d5e6f7")].into() }.into(),
    ]
}

pub(super) fn access() -> Vec<access::Event> {
    let basis =
        |policy: &str| Some(Basis { policies: [policy.to_owned()].into(), policies_sha256: "a".repeat(64) });
    vec![
        access::Recorded {
            rpc: label("rapport.v1.ContactService/GetContact"),
            subjects: [contact_id()].into(),
            classes: [DataClass::Contact, DataClass::Notes].into(),
            purpose: Some(label("CASE-7")),
            permitted: basis("support.opens-with-a-case"),
            cases: [(contact_id(), [CaseId::derived("tests", "the printer is on fire")].into())].into(),
        }
        .into(),
        access::Denied {
            rpc: label("rapport.v1.HistoryService/Export"),
            personal: true,
            unwritten: 12,
            purpose: Some(label("CASE-7")),
            denied: basis("intern.never"),
        }
        .into(),
    ]
}
