//! The rules of an opportunity.

use super::command::{Command, Open};
use super::event::{
    AmountRevised, CloseDateMoved, ContactRoleAdded, ContactRoleRemoved, Event, ForecastOverridden, Lost,
    NextStepSet, Opened, OwnerAssigned, Reopened, SegmentCleared, SegmentSet, StageMoved, StagePlace, Won,
};
use super::requirement::admitted;
use super::state::{Deal, State};
use super::{ContactRole, evolve};
use crate::aggregate::Reason;
use crate::context::Context;
use crate::pipeline::{DealField, Definition, Stage, StageType};
use crate::value::{Key, Label, Money};

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
    /// The stage asks for something that is not known of the deal.
    #[error("the stage {stage} needs what is not known of the opportunity: {}", listed(.missing))]
    FieldRequired {
        /// The stage.
        stage: Key,
        /// All that is missing.
        missing: Vec<DealField>,
    },
    /// More roles than a deal can have.
    #[error("an opportunity has at most {CONTACT_ROLES_MAX} contact roles")]
    TooManyContactRoles,
    /// More fields that reports group by than a deal can have.
    #[error("an opportunity has at most {SEGMENTS_MAX} segment fields; clear one first")]
    TooManySegments,
}

fn listed(fields: &[DealField]) -> String {
    fields.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
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
            Self::FieldRequired { .. } => "DEAL_FIELD_REQUIRED",
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
        (State::Won(deal), Command::Win { amount, .. }) if amount.is_none() || *amount == deal.amount => None,
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
            admitted(stage, deal)?;
            Some(StageMoved { from, place: StagePlace::new(pipeline, stage) }.into())
        }
        Command::ReviseAmount { amount } => {
            same_currency(deal, *amount)?;
            (deal.amount != Some(*amount))
                .then(|| AmountRevised { previous: deal.amount, amount: *amount }.into())
        }
        Command::MoveCloseDate { expected_close_on } => (deal.expected_close_on != Some(*expected_close_on))
            .then(|| {
                CloseDateMoved { previous: deal.expected_close_on, expected_close_on: *expected_close_on }
                    .into()
            }),
        Command::AssignOwner { owner, team } => (deal.owner.as_ref() != Some(owner) || deal.team != *team)
            .then(|| OwnerAssigned { owner: owner.clone(), team: team.clone() }.into()),
        Command::Win { amount, pipeline } => {
            if let Some(amount) = amount {
                same_currency(deal, *amount)?;
            }
            let (stage, amount) = (first_stage(pipeline, StageType::Won)?, amount.or(deal.amount));
            admitted(stage, &Deal { amount, ..deal.clone() })?;
            Some(Won { from, place: StagePlace::new(pipeline, stage), amount }.into())
        }
        Command::Lose { reason, competitor, pipeline } => {
            let place = StagePlace::new(pipeline, first_stage(pipeline, StageType::Lost)?);
            Some(Lost { from, place, reason: reason.clone(), competitor: competitor.clone() }.into())
        }
        Command::SetNextStep { .. }
        | Command::AddContactRole { .. }
        | Command::RemoveContactRole { .. }
        | Command::SetSegment { .. }
        | Command::ClearSegment { .. }
        | Command::OverrideForecast { .. } => planned(deal, command)?,
        Command::Open(_) | Command::Reopen { .. } => None,
    })
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
        | Command::Win { .. }
        | Command::Lose { .. }
        | Command::Reopen { .. } => None,
    })
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
    // Where it was closed from it has stood already; and while it is closed nothing can be added that is asked for now.
    if deal.closed_from.as_ref() != Some(&stage.key) {
        admitted(stage, deal)?;
    }
    Ok(Reopened { from: deal.place.stage.clone(), place: StagePlace::new(pipeline, stage) })
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
