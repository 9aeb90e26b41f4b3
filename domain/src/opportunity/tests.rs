//! What an opportunity accepts and refuses, state by state.

mod closed;
mod exit_criteria;
mod law;
mod open;
mod planned;
mod quotes;
mod rates;
mod unopened;

use std::collections::BTreeSet;

use super::*;
use crate::aggregate::Reason;
use crate::id::{PipelineId, QuoteId};
use crate::pipeline::{
    DealField, Definition, ForecastCategory, Percent, RequiredFields, Stage, StageTasks, StageType,
};
use crate::testing::{Given, contact_id, day, eur, given, key, label, reference, segments, usd};
use crate::value::{ExchangeRate, FrozenRate, Money, Segments};

fn stage(name: &str, stage_type: StageType, percent: u32, forecast_category: ForecastCategory) -> Stage {
    Stage {
        key: key(name),
        name: label(name),
        stage_type,
        probability: Percent::new(percent).unwrap(),
        forecast_category,
        rot_after_days: None,
        required: RequiredFields::default(),
        tasks: StageTasks::default(),
        exit_criteria: Vec::new(),
    }
}

fn sales() -> Definition {
    Definition {
        version: 1,
        name: label("Sales"),
        stages: vec![
            stage("new", StageType::Open, 10, ForecastCategory::Pipeline),
            stage("offer", StageType::Open, 60, ForecastCategory::BestCase),
            stage("parked", StageType::OnHold, 5, ForecastCategory::Omitted),
            stage("won", StageType::Won, 100, ForecastCategory::Closed),
            stage("lost", StageType::Lost, 0, ForecastCategory::Omitted),
        ],
    }
}

/// The next version: `new` is called `fresh`, and the rest is as it was.
fn sales_2() -> Definition {
    let mut next = Definition { version: 2, ..sales() };
    next.stages[0].key = key("fresh");
    next
}

fn place(name: &str) -> StagePlace {
    place_in(&sales(), name)
}

fn place_in(pipeline: &Definition, name: &str) -> StagePlace {
    StagePlace::new(pipeline, pipeline.stage(&key(name)).unwrap())
}

fn pipeline_id() -> PipelineId {
    PipelineId::derived("tests", "sales")
}

fn begin() -> Open {
    Open {
        pipeline_id: pipeline_id(),
        pipeline: sales(),
        stage: None,
        title: label("200 chairs"),
        contact_id: Some(contact_id()),
        amount: Some(eur(10_000)),
        fx: None,
        expected_close_on: Some(day("2026-12-24")),
        owner: Some(reference("user_1")),
        team: Some(reference("north")),
        segments: segments([("product", "chairs")]),
        next_step: None,
        contact_roles: BTreeSet::new(),
    }
}

fn open(open: Open) -> Command {
    Command::Open(Box::new(open))
}

fn began() -> Opened {
    Opened {
        pipeline_id: pipeline_id(),
        place: place("new"),
        title: label("200 chairs"),
        contact_id: Some(contact_id()),
        amount: Some(eur(10_000)),
        fx: None,
        expected_close_on: Some(day("2026-12-24")),
        owner: Some(reference("user_1")),
        team: Some(reference("north")),
        segments: segments([("product", "chairs")]),
        next_step: None,
        contact_roles: BTreeSet::new(),
    }
}

fn opened() -> Event {
    began().into()
}

fn moved(from: &str, to: &str) -> Event {
    StageMoved { from: key(from), place: place(to) }.into()
}

fn won(from: &str, amount: Option<Money>) -> Event {
    Won { from: key(from), place: place("won"), amount, fx: None }.into()
}

fn lost(from: &str, reason: &str) -> Event {
    Lost { from: key(from), place: place("lost"), reason: Some(label(reason)), competitor: None }.into()
}

fn move_stage(stage: &str) -> Command {
    Command::MoveStage { stage: key(stage), pipeline: sales() }
}

fn win(amount: Option<Money>) -> Command {
    Command::Win { amount, fx: None, pipeline: sales() }
}

fn lose(reason: &str) -> Command {
    Command::Lose { reason: Some(label(reason)), competitor: None, pipeline: sales() }
}

fn reopen(stage: Option<&str>) -> Command {
    Command::Reopen { stage: stage.map(key), pipeline: sales() }
}

fn revise(amount: Money) -> Command {
    Command::ReviseAmount { amount, fx: None }
}

fn move_close_date(date: &str) -> Command {
    Command::MoveCloseDate { expected_close_on: day(date) }
}

fn assign(owner: &str, team: Option<&str>) -> Command {
    Command::AssignOwner { owner: reference(owner), team: team.map(reference) }
}

fn set_next_step(what: &str, due_on: Option<&str>) -> Command {
    Command::SetNextStep { what: label(what), due_on: due_on.map(day) }
}

/// A role of the deal's contact.
fn role(role: Role) -> ContactRole {
    ContactRole { contact_id: contact_id(), role }
}

fn add_role(as_what: Role) -> Command {
    Command::AddContactRole { contact_role: role(as_what) }
}

fn set_segment(name: &str, value: &str) -> Command {
    Command::SetSegment { key: key(name), value: label(value) }
}

fn clear_segment(name: &str) -> Command {
    Command::ClearSegment { key: key(name) }
}

fn meet(criterion: &str, pipeline: Definition) -> Command {
    Command::MeetCriterion { key: key(criterion), note: None, pipeline }
}

fn retract(criterion: &str) -> Command {
    Command::RetractCriterion { key: key(criterion), note: None }
}

fn quote(name: &str) -> QuoteId {
    QuoteId::derived("tests", name)
}

/// Where this one is known to have ended.
fn choose_after(name: &str, ended: Option<&str>) -> Command {
    Command::ChooseQuote { quote_id: quote(name), ended: ended.map(quote) }
}

/// Said of `new`, which has these.
fn criterion_unknown(criterion: &str, known: &[&str]) -> Rejection {
    let known = known.iter().map(|name| key(name)).collect();
    Rejection::ExitCriterionUnknown { stage: key("new"), key: key(criterion), known }
}

fn override_forecast(category: Option<ForecastCategory>, percent: Option<u32>, reason: &str) -> Command {
    let probability = percent.map(|percent| Percent::new(percent).unwrap());
    Command::OverrideForecast { category, probability, reason: label(reason) }
}

fn unknown(stage: &str) -> Rejection {
    Rejection::StageUnknown {
        pipeline: "Sales".to_owned(),
        stage: key(stage),
        known: "new, offer, parked, won, lost".to_owned(),
    }
}

fn currency_differs() -> Rejection {
    Rejection::CurrencyDiffers { expected: "EUR".to_owned(), actual: "USD".to_owned() }
}

/// A rate to dollars, of a day.
fn to_dollars(rate: &str) -> FrozenRate {
    let base_currency = usd(0).currency;
    FrozenRate { base_currency, rate: ExchangeRate::parse(rate).unwrap(), rate_date: day("2026-11-20") }
}

/// Openings that say something else than [`begin`].
fn other_beginnings() -> [Open; 12] {
    [
        Open { pipeline_id: PipelineId::derived("tests", "other"), ..begin() },
        Open { stage: Some(key("offer")), ..begin() },
        Open { title: label("300 chairs"), ..begin() },
        Open { contact_id: None, ..begin() },
        Open { amount: Some(eur(20_000)), ..begin() },
        Open { fx: Some(to_dollars("1.0845")), ..begin() },
        Open { expected_close_on: None, ..begin() },
        Open { owner: None, ..begin() },
        Open { team: None, ..begin() },
        Open { segments: Segments::new(), ..begin() },
        Open { next_step: Some(NextStepSet { what: label("Call"), due_on: None }), ..begin() },
        Open { contact_roles: [role(Role::Champion)].into(), ..begin() },
    ]
}

#[test]
fn each_rejection_has_its_reason() {
    let reasons = [
        (Rejection::NotOpened, "OPPORTUNITY_NOT_FOUND"),
        (Rejection::AlreadyOpened, "OPPORTUNITY_ALREADY_OPENED"),
        (Rejection::Closed, "OPPORTUNITY_CLOSED"),
        (Rejection::NotClosed { stage: key("new") }, "OPPORTUNITY_NOT_CLOSED"),
        (unknown("paid"), "PIPELINE_STAGE_NOT_FOUND"),
        (Rejection::StageCloses { stage: key("won") }, "PIPELINE_STAGE_CLOSES"),
        (currency_differs(), "OPPORTUNITY_CURRENCY_DIFFERS"),
        (Rejection::AmountNegative, "OPPORTUNITY_AMOUNT_NEGATIVE"),
        (Rejection::RateWithoutAmount, "OPPORTUNITY_RATE_WITHOUT_AMOUNT"),
        (Rejection::RateToSameCurrency { currency: eur(0).currency }, "OPPORTUNITY_RATE_TO_SAME_CURRENCY"),
        (Rejection::AmountOverflow, "OPPORTUNITY_AMOUNT_OVERFLOW"),
        (
            Rejection::FieldRequired { stage: key("won"), missing: vec![DealField::Amount] },
            "DEAL_FIELD_REQUIRED",
        ),
        (
            Rejection::ExitCriteriaNotMet { stage: key("new"), missing: vec![key("budget")] },
            "EXIT_CRITERIA_NOT_MET",
        ),
        (criterion_unknown("budget", &[]), "EXIT_CRITERION_UNKNOWN"),
        (Rejection::QuoteAlreadyChosen { quote_id: quote("first") }, "QUOTE_ALREADY_CHOSEN"),
        (Rejection::TooManyContactRoles, "OPPORTUNITY_CONTACT_ROLES_EXHAUSTED"),
        (Rejection::TooManySegments, "OPPORTUNITY_SEGMENTS_EXHAUSTED"),
    ];
    for (rejection, reason) in reasons {
        assert_eq!(rejection.reason(), reason);
    }
}

#[test]
fn a_refused_stage_names_every_field_that_is_missing() {
    let missing = vec![DealField::Amount, DealField::Segment(key("region"))];
    let rejection = Rejection::FieldRequired { stage: key("offer"), missing };
    assert_eq!(
        rejection.to_string(),
        "the stage offer needs what is not known of the opportunity: amount, segment:region"
    );
}
