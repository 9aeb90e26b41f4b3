//! Calls and commands.

use std::collections::BTreeSet;

use rapport_application::{Application, Call, OpenOpportunity, OpportunityRequest, Receipt};
use rapport_domain::consent::{Give, Method, Notice, Topic};
use rapport_domain::contact::{Kind, LifecycleStage, Register};
use rapport_domain::envelope::{Actor, ActorKind, Position, Revision};
use rapport_domain::id::{ConsentId, ContactId, InteractionId, OpportunityId, PipelineId, SubscriptionId};
use rapport_domain::interaction::{Channel, Direction, Record};
use rapport_domain::pipeline::{ForecastCategory, Percent, RequiredFields, Stage, StageTasks, StageType};
use rapport_domain::subscription::Start;
use rapport_domain::value::{Currency, FreeText, Key, Label, Money, Name, Reference, Segments};
use rapport_domain::{Personal, consent, contact, interaction, pipeline, subscription};

pub(crate) fn actor(kind: ActorKind) -> Actor {
    Actor { kind, id: reference("someone"), on_behalf_of: None }
}

/// A request whose content goes with its id.
pub(crate) fn call(request: &str) -> Call {
    call_with(request, request)
}

/// A request with a content of its own.
pub(crate) fn call_with(request: &str, content: &str) -> Call {
    Call {
        request_id: reference(request),
        content_sha256: format!("digest of {content}"),
        expected_revision: None,
        occurred_at: None,
        record_at_occurred: false,
        actor: actor(ActorKind::User),
        source: None,
        correlation_id: None,
        traceparent: None,
        cause: None,
    }
}

pub(crate) fn receipt(revision: u64, position: u64) -> Receipt {
    Receipt { revision: Some(Revision(revision)), position: Position(position) }
}

pub(crate) fn reference(text: &str) -> Reference {
    Reference::parse(text).unwrap()
}

pub(crate) fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
}

pub(crate) fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

pub(crate) fn name(text: &str) -> Personal<Name> {
    Personal::Clear(Name::parse(text).unwrap())
}

pub(crate) fn text(text: &str) -> Personal<FreeText> {
    Personal::Clear(FreeText::parse(text).unwrap())
}

pub(crate) fn eur(minor_units: i64) -> Money {
    Money { minor_units, currency: Currency::parse("EUR").unwrap() }
}

pub(crate) fn ann() -> ContactId {
    ContactId::derived("tests", "ann")
}

pub(crate) fn bob() -> ContactId {
    ContactId::derived("tests", "bob")
}

pub(crate) fn sales() -> PipelineId {
    PipelineId::derived("tests", "sales")
}

pub(crate) fn deal() -> OpportunityId {
    OpportunityId::derived("tests", "deal")
}

pub(crate) fn contract() -> SubscriptionId {
    SubscriptionId::derived("tests", "contract")
}

pub(crate) fn interaction_id(key: &str) -> InteractionId {
    InteractionId::derived("tests", key)
}

pub(crate) fn registration(called: &str) -> Register {
    Register {
        kind: Kind::Person,
        name: name(called),
        contact_points: Vec::new(),
        owner: None,
        lifecycle_stage: LifecycleStage::Lead,
        segments: Segments::new(),
        external_ref: None,
    }
}

pub(crate) fn register(called: &str) -> contact::Command {
    contact::Command::Register(registration(called))
}

/// Registers a contact, with a request of its own.
pub(crate) async fn registered(application: &Application, id: ContactId) -> Receipt {
    application.contact(id, register("Ann Lee"), call(&format!("register:{id}"))).await.unwrap()
}

pub(crate) fn correct_name(called: &str) -> contact::Command {
    contact::Command::CorrectName { name: name(called) }
}

pub(crate) fn assign(owner: &str) -> contact::Command {
    contact::Command::AssignOwner { owner: reference(owner) }
}

pub(crate) fn record(key: &str, said: &str) -> interaction::Command {
    interaction::Command::Record(Record {
        interaction_id: interaction_id(key),
        channel: Channel::Call,
        direction: Direction::Inbound,
        summary: Some(text(said)),
        topic: None,
        duration_seconds: Some(60),
        outcome: None,
        value: None,
        source: None,
        related: Vec::new(),
        segments: Segments::new(),
        mentions: [].into(),
    })
}

pub(crate) fn redact(key: &str) -> interaction::Command {
    interaction::Command::Redact { interaction_id: interaction_id(key), reason: label("asked for") }
}

pub(crate) fn newsletter() -> Topic {
    Topic { purpose: key("newsletter"), channel: consent::Channel::Email }
}

pub(crate) fn notice() -> Notice {
    Notice { id: reference("privacy"), version: label("3"), wording_sha256: None, language: None }
}

pub(crate) fn request_consent() -> consent::Command {
    consent::Command::Request {
        topic: newsletter(),
        notice: notice(),
        jurisdiction: None,
        opted_out_until: None,
    }
}

pub(crate) fn give_consent(evidence: Option<Personal<consent::Evidence>>) -> consent::Command {
    consent::Command::Give(Give {
        consent_id: ConsentId::derived("tests", "newsletter"),
        topic: newsletter(),
        notice: notice(),
        method: Method::Checkbox,
        evidence,
        valid_until: None,
        jurisdiction: None,
    })
}

fn stage(name: &str, stage_type: StageType) -> Stage {
    Stage {
        key: key(name),
        name: label(name),
        stage_type,
        probability: Percent::new(50).unwrap(),
        forecast_category: ForecastCategory::Pipeline,
        rot_after_days: None,
        required: RequiredFields::default(),
        tasks: StageTasks::default(),
        exit_criteria: Vec::new(),
    }
}

/// A pipeline with these open stages.
pub(crate) fn publish(open: &[&str]) -> pipeline::Command {
    let open = open.iter().map(|name| stage(name, StageType::Open));
    let closed = [stage("won", StageType::Won), stage("lost", StageType::Lost)];
    pipeline::Command::Publish { name: label("Sales"), stages: open.chain(closed).collect() }
}

/// Opens a deal in the pipeline [`sales`].
pub(crate) fn open_deal(contact_id: Option<ContactId>) -> OpportunityRequest {
    OpportunityRequest::Open(Box::new(OpenOpportunity {
        pipeline_id: sales(),
        stage: None,
        title: label("Hundred seats"),
        contact_id,
        amount: Some(eur(500_000)),
        fx: None,
        expected_close_on: None,
        owner: None,
        team: None,
        segments: Segments::new(),
        next_step: None,
        contact_roles: BTreeSet::new(),
    }))
}

pub(crate) fn move_to(stage: &str) -> OpportunityRequest {
    OpportunityRequest::MoveStage { stage: key(stage) }
}

pub(crate) fn start_contract(contact_id: ContactId) -> subscription::Command {
    subscription::Command::Start(Start {
        contact_id,
        plan: label("Team"),
        mrr: eur(4_900),
        term_ends_on: None,
        segments: Segments::new(),
    })
}
