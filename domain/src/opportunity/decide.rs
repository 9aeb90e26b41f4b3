//! The rules of an opportunity.

use super::checklist::{all_met, met, moves_on, retracted};
use super::command::{Command, Open};
use super::event::{
    AmountRevised, CloseDateMoved, ContactRoleAdded, ContactRoleRemoved, Event, ForecastOverridden, Lost,
    NextStepSet, Opened, OwnerAssigned, QuoteChosen, Reopened, SegmentCleared, SegmentSet, StageMoved,
    StagePlace, Won,
};
use super::requirement::admitted;
use super::state::{Deal, State};
use super::{ContactRole, evolve};
use crate::aggregate::Reason;
use crate::context::Context;
use crate::id::QuoteId;
use crate::pipeline::{DealField, Definition, Stage, StageType};
use crate::value::{Currency, FrozenRate, Key, Label, Money};

/// Most contacts with a role in one deal; each role counts.
pub const CONTACT_ROLES_MAX: usize = 50;
/// Most fields of one deal that reports group by.
pub const SEGMENTS_MAX: usize = 50;

/// Why a command to an opportunity is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// There is no deal under this id.
    #[error("no opportunity is open under this id")]
    NotOpened,
    /// Another deal stands under this id.
    #[error("another opportunity was opened under this id; choose a new one")]
    AlreadyOpened,
    /// The deal is closed.
    #[error("the opportunity is closed; reopen it first")]
    Closed,
    /// The deal is not closed, and stands in another stage than it should be reopened in.
    #[error("the opportunity is open, in the stage {stage}; move it to another one instead")]
    NotClosed {
        /// Where it stands.
        stage: Key,
    },
    /// The pipeline has no such stage.
    #[error("the pipeline {pipeline} has no stage {stage}; it has {known}")]
    StageUnknown {
        /// What the company calls the pipeline.
        pipeline: String,
        /// The stage.
        stage: Key,
        /// The stages that there are.
        known: String,
    },
    /// A deal is won and lost by commands of their own.
    #[error("the stage {stage} closes the opportunity; use WinOpportunity or LoseOpportunity")]
    StageCloses {
        /// The stage.
        stage: Key,
    },
    /// An amount in another currency than the deal's.
    #[error("the opportunity is in {expected}, the amount is in {actual}; open another opportunity for it")]
    CurrencyDiffers {
        /// The deal's currency.
        expected: String,
        /// The amount's currency.
        actual: String,
    },
    /// A deal is not worth less than nothing.
    #[error("an amount is not negative")]
    AmountNegative,
    /// A rate of no amount.
    #[error("a rate stands with the amount that it is of; say the amount too")]
    RateWithoutAmount,
    /// A rate between a currency and itself.
    #[error("the amount is in {currency} already; a rate leads to another currency")]
    RateToSameCurrency {
        /// The amount's currency.
        currency: Currency,
    },
    /// The amount in the other currency is larger than can be counted.
    #[error("by this rate the amount is larger than can be counted")]
    AmountOverflow,
    /// The stage asks for something that is not known of the deal.
    #[error("the stage {stage} needs what is not known of the opportunity: {}", listed(.missing))]
    FieldRequired {
        /// The stage.
        stage: Key,
        /// All that is missing.
        missing: Vec<DealField>,
    },
    /// A deal leaves its stage forwards when all of the checklist is met.
    #[error("the stage {stage} has exit criteria that are not met: {}", listed(.missing))]
    ExitCriteriaNotMet {
        /// The stage that the deal would leave.
        stage: Key,
        /// All that are not met.
        missing: Vec<Key>,
    },
    /// The stage has no such exit criterion.
    #[error("the stage {stage} has no exit criterion {key}; it has {}", listed_or_none(.known))]
    ExitCriterionUnknown {
        /// The stage.
        stage: Key,
        /// What was said to be met.
        key: Key,
        /// Those that it has.
        known: Vec<Key>,
    },
    /// A deal has one accepted quote.
    #[error(
        "the opportunity is sold by the quote {quote_id}; withdraw that one first, unless it is accepted"
    )]
    QuoteAlreadyChosen {
        /// The quote that is accepted, or about to be.
        quote_id: QuoteId,
    },
    /// More roles than a deal can have.
    #[error("an opportunity has at most {CONTACT_ROLES_MAX} contact roles")]
    TooManyContactRoles,
    /// More fields that reports group by than a deal can have.
    #[error("an opportunity has at most {SEGMENTS_MAX} segment fields; clear one first")]
    TooManySegments,
}

fn listed<T: ToString>(names: &[T]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn listed_or_none(keys: &[Key]) -> String {
    if keys.is_empty() { "none".to_owned() } else { listed(keys) }
}

impl Reason for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::NotOpened => "OPPORTUNITY_NOT_FOUND",
            Self::AlreadyOpened => "OPPORTUNITY_ALREADY_OPENED",
            Self::Closed => "OPPORTUNITY_CLOSED",
            Self::NotClosed { .. } => "OPPORTUNITY_NOT_CLOSED",
            Self::StageUnknown { .. } => "PIPELINE_STAGE_NOT_FOUND",
            Self::StageCloses { .. } => "PIPELINE_STAGE_CLOSES",
            Self::CurrencyDiffers { .. } => "OPPORTUNITY_CURRENCY_DIFFERS",
            Self::AmountNegative => "OPPORTUNITY_AMOUNT_NEGATIVE",
            Self::RateWithoutAmount => "OPPORTUNITY_RATE_WITHOUT_AMOUNT",
            Self::RateToSameCurrency { .. } => "OPPORTUNITY_RATE_TO_SAME_CURRENCY",
            Self::AmountOverflow => "OPPORTUNITY_AMOUNT_OVERFLOW",
            Self::FieldRequired { .. } => "DEAL_FIELD_REQUIRED",
            Self::ExitCriteriaNotMet { .. } => "EXIT_CRITERIA_NOT_MET",
            Self::ExitCriterionUnknown { .. } => "EXIT_CRITERION_UNKNOWN",
            Self::QuoteAlreadyChosen { .. } => "QUOTE_ALREADY_CHOSEN",
            Self::TooManyContactRoles => "OPPORTUNITY_CONTACT_ROLES_EXHAUSTED",
            Self::TooManySegments => "OPPORTUNITY_SEGMENTS_EXHAUSTED",
        }
    }
}

pub(super) fn decide(state: &State, command: &Command, _context: &Context) -> Result<Vec<Event>, Rejection> {
    let event = match (state, command) {
        (State::Unopened, Command::Open(open)) => Some(opened(open)?.into()),
        (State::Open(deal) | State::Won(deal) | State::Lost(deal), Command::Open(open)) => {
            if !same_opening(&deal.opened, open) {
                return Err(Rejection::AlreadyOpened);
            }
            None
        }
        (State::Unopened, _) => return Err(Rejection::NotOpened),
        (State::Won(deal), Command::Win { amount, fx, .. }) if same_win(deal, *amount, *fx) => None,
        (State::Lost(deal), Command::Lose { reason, competitor, .. })
            if same_loss(deal, reason, competitor) =>
        {
            None
        }
        (State::Open(deal), Command::Reopen { stage, .. }) => {
            if stage.as_ref().is_some_and(|stage| *stage != deal.place.stage) {
                return Err(Rejection::NotClosed { stage: deal.place.stage.clone() });
            }
            None
        }
        (State::Won(deal) | State::Lost(deal), Command::Reopen { stage, pipeline }) => {
            Some(reopened(deal, stage.as_ref(), pipeline)?.into())
        }
        (State::Won(_) | State::Lost(_), _) => return Err(Rejection::Closed),
        (State::Open(deal), command) => worked_on(deal, command)?,
    };
    Ok(event.into_iter().collect())
}

fn opened(open: &Open) -> Result<Opened, Rejection> {
    let stage = match &open.stage {
        Some(key) => open_stage(&open.pipeline, key)?,
        None => first_stage(&open.pipeline, StageType::Open)?,
    };
    not_negative(open.amount)?;
    assert_converts(open.amount, open.fx)?;
    if open.contact_roles.len() > CONTACT_ROLES_MAX {
        return Err(Rejection::TooManyContactRoles);
    }
    if open.segments.len() > SEGMENTS_MAX {
        return Err(Rejection::TooManySegments);
    }
    let opened = opened_in(open, StagePlace::new(&open.pipeline, stage));
    admitted(stage, &evolve::deal(&opened))?;
    Ok(opened)
}

/// What an opening says of a deal that stands somewhere.
fn opened_in(open: &Open, place: StagePlace) -> Opened {
    Opened {
        pipeline_id: open.pipeline_id,
        place,
        title: open.title.clone(),
        contact_id: open.contact_id,
        amount: open.amount,
        fx: open.fx,
        expected_close_on: open.expected_close_on,
        owner: open.owner.clone(),
        team: open.team.clone(),
        segments: open.segments.clone(),
        next_step: open.next_step.clone(),
        contact_roles: open.contact_roles.clone(),
    }
}

/// Whether an opening that comes back says what it said then. The pipeline is left out: a newer version of it
/// makes no other deal of this one.
fn same_opening(opened: &Opened, open: &Open) -> bool {
    opened_in(open, opened.place.clone()) == *opened
        && open.stage.as_ref().is_none_or(|stage| *stage == opened.place.stage)
}

/// Whether a win that comes back says what it said then, or nothing of the amount.
fn same_win(deal: &Deal, amount: Option<Money>, fx: Option<FrozenRate>) -> bool {
    match amount {
        Some(_) => (amount, fx) == (deal.amount, deal.fx),
        None => fx.is_none(),
    }
}

fn same_loss(deal: &Deal, reason: &Option<Label>, competitor: &Option<Label>) -> bool {
    deal.lost.as_ref().is_some_and(|lost| lost.reason == *reason && lost.competitor == *competitor)
}

fn worked_on(deal: &Deal, command: &Command) -> Result<Option<Event>, Rejection> {
    let from = deal.place.stage.clone();
    Ok(match command {
        Command::MoveStage { stage, pipeline } => {
            let stage = open_stage(pipeline, stage)?;
            if stage.key == from {
                return Ok(None);
            }
            let place = StagePlace::new(pipeline, stage);
            moves_on(deal, pipeline, &place)?;
            admitted(stage, deal)?;
            Some(StageMoved { from, place }.into())
        }
        Command::ReviseAmount { amount, fx } => {
            same_currency(deal, *amount)?;
            assert_converts(Some(*amount), *fx)?;
            ((deal.amount, deal.fx) != (Some(*amount), *fx))
                .then(|| AmountRevised { previous: deal.amount, amount: *amount, fx: *fx }.into())
        }
        Command::MoveCloseDate { expected_close_on } => (deal.expected_close_on != Some(*expected_close_on))
            .then(|| {
                CloseDateMoved { previous: deal.expected_close_on, expected_close_on: *expected_close_on }
                    .into()
            }),
        Command::AssignOwner { owner, team } => (deal.owner.as_ref() != Some(owner) || deal.team != *team)
            .then(|| OwnerAssigned { owner: owner.clone(), team: team.clone() }.into()),
        Command::Win { amount, fx, pipeline } => Some(won(deal, *amount, *fx, pipeline)?.into()),
        Command::Lose { reason, competitor, pipeline } => {
            let place = StagePlace::new(pipeline, first_stage(pipeline, StageType::Lost)?);
            Some(Lost { from, place, reason: reason.clone(), competitor: competitor.clone() }.into())
        }
        Command::MeetCriterion { key, note, pipeline } => {
            met(deal, key, note.as_ref(), pipeline)?.map(Event::from)
        }
        Command::RetractCriterion { key, note } => retracted(deal, key, note.as_ref()).map(Event::from),
        Command::ChooseQuote { quote_id, ended } => quote_chosen(deal, *quote_id, *ended)?,
        Command::SetNextStep { .. }
        | Command::AddContactRole { .. }
        | Command::RemoveContactRole { .. }
        | Command::SetSegment { .. }
        | Command::ClearSegment { .. }
        | Command::OverrideForecast { .. } => planned(deal, command)?,
        Command::Open(_) | Command::Reopen { .. } => None,
    })
}

/// How the deal is won: for an amount that is said, else for what it was judged last, by the rate of that.
fn won(
    deal: &Deal,
    said: Option<Money>,
    rate: Option<FrozenRate>,
    pipeline: &Definition,
) -> Result<Won, Rejection> {
    if let Some(amount) = said {
        same_currency(deal, amount)?;
    }
    assert_converts(said, rate)?;
    let (amount, fx) = if said.is_some() { (said, rate) } else { (deal.amount, deal.fx) };
    let stage = first_stage(pipeline, StageType::Won)?;
    all_met(deal, pipeline)?;
    admitted(stage, &Deal { amount, fx, ..deal.clone() })?;
    Ok(Won { from: deal.place.stage.clone(), place: StagePlace::new(pipeline, stage), amount, fx })
}

/// What is said about how the deal is to go on.
fn planned(deal: &Deal, command: &Command) -> Result<Option<Event>, Rejection> {
    Ok(match command {
        Command::SetNextStep { what, due_on } => {
            let next = NextStepSet { what: what.clone(), due_on: *due_on };
            (deal.next_step.as_ref() != Some(&next)).then(|| next.into())
        }
        Command::AddContactRole { contact_role } => contact_role_added(deal, *contact_role)?,
        Command::RemoveContactRole { contact_role } => deal
            .contact_roles
            .contains(contact_role)
            .then(|| ContactRoleRemoved { contact_role: *contact_role }.into()),
        Command::SetSegment { key, value } => segment_set(deal, key, value)?,
        Command::ClearSegment { key } => {
            deal.segments.contains_key(key).then(|| SegmentCleared { key: key.clone() }.into())
        }
        Command::OverrideForecast { category, probability, reason } => {
            let forecast =
                ForecastOverridden { category: *category, probability: *probability, reason: reason.clone() };
            let is_so = match &deal.forecast {
                Some(current) => *current == forecast,
                None => forecast.is_taken_back(),
            };
            (!is_so).then(|| forecast.into())
        }
        Command::Open(_)
        | Command::MoveStage { .. }
        | Command::ReviseAmount { .. }
        | Command::MoveCloseDate { .. }
        | Command::AssignOwner { .. }
        | Command::MeetCriterion { .. }
        | Command::RetractCriterion { .. }
        | Command::ChooseQuote { .. }
        | Command::Win { .. }
        | Command::Lose { .. }
        | Command::Reopen { .. } => None,
    })
}

fn quote_chosen(deal: &Deal, quote_id: QuoteId, ended: Option<QuoteId>) -> Result<Option<Event>, Rejection> {
    match deal.chosen_quote {
        Some(chosen) if chosen == quote_id => Ok(None),
        Some(chosen) if ended != Some(chosen) => Err(Rejection::QuoteAlreadyChosen { quote_id: chosen }),
        Some(_) | None => Ok(Some(QuoteChosen { quote_id }.into())),
    }
}

fn contact_role_added(deal: &Deal, contact_role: ContactRole) -> Result<Option<Event>, Rejection> {
    if deal.contact_roles.contains(&contact_role) {
        return Ok(None);
    }
    if deal.contact_roles.len() >= CONTACT_ROLES_MAX {
        return Err(Rejection::TooManyContactRoles);
    }
    Ok(Some(ContactRoleAdded { contact_role }.into()))
}

fn segment_set(deal: &Deal, key: &Key, value: &Label) -> Result<Option<Event>, Rejection> {
    if !deal.segments.contains_key(key) && deal.segments.len() >= SEGMENTS_MAX {
        return Err(Rejection::TooManySegments);
    }
    let is_so = deal.segments.get(key) == Some(value);
    Ok((!is_so).then(|| SegmentSet { key: key.clone(), value: value.clone() }.into()))
}

fn reopened(deal: &Deal, stage: Option<&Key>, pipeline: &Definition) -> Result<Reopened, Rejection> {
    let stage = match stage.or(deal.closed_from.as_ref()) {
        Some(key) => open_stage(pipeline, key)?,
        None => first_stage(pipeline, StageType::Open)?,
    };
    let place = StagePlace::new(pipeline, stage);
    // Where it was closed from it has stood already; and while it is closed nothing can be added that is asked for now.
    if deal.closed_from.as_ref() != Some(&stage.key) {
        moves_on(deal, pipeline, &place)?;
        admitted(stage, deal)?;
    }
    Ok(Reopened { from: deal.place.stage.clone(), place })
}

fn open_stage<'a>(pipeline: &'a Definition, key: &Key) -> Result<&'a Stage, Rejection> {
    let stage = pipeline.stage(key).ok_or_else(|| unknown(pipeline, key))?;
    match stage.stage_type {
        StageType::Open | StageType::OnHold => Ok(stage),
        StageType::Won | StageType::Lost => Err(Rejection::StageCloses { stage: key.clone() }),
    }
}

fn first_stage(pipeline: &Definition, stage_type: StageType) -> Result<&Stage, Rejection> {
    // A published pipeline has a stage of each of these types; `pipeline::decide` sees to it.
    pipeline.first_of(stage_type).ok_or(Rejection::NotOpened)
}

fn unknown(pipeline: &Definition, stage: &Key) -> Rejection {
    let known: Vec<&str> = pipeline.stages.iter().map(|stage| stage.key.as_str()).collect();
    Rejection::StageUnknown {
        pipeline: pipeline.name.to_string(),
        stage: stage.clone(),
        known: known.join(", "),
    }
}

fn same_currency(deal: &Deal, amount: Money) -> Result<(), Rejection> {
    not_negative(Some(amount))?;
    match deal.amount {
        Some(known) if known.currency != amount.currency => Err(Rejection::CurrencyDiffers {
            expected: known.currency.to_string(),
            actual: amount.currency.to_string(),
        }),
        Some(_) | None => Ok(()),
    }
}

fn not_negative(amount: Option<Money>) -> Result<(), Rejection> {
    if amount.is_some_and(|amount| amount.minor_units < 0) { Err(Rejection::AmountNegative) } else { Ok(()) }
}

/// A rate stands with its amount and leads to another currency, and what the amount is worth there can be counted.
fn assert_converts(amount: Option<Money>, fx: Option<FrozenRate>) -> Result<(), Rejection> {
    let Some(fx) = fx else { return Ok(()) };
    let amount = amount.ok_or(Rejection::RateWithoutAmount)?;
    if fx.base_currency == amount.currency {
        return Err(Rejection::RateToSameCurrency { currency: amount.currency });
    }
    fx.convert(amount).map(drop).ok_or(Rejection::AmountOverflow)
}
