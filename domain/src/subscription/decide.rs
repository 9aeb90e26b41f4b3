//! The rules of a subscription.

use super::command::Command;
use super::event::{AmountChanged, CancellationKind, Cancelled, Event, Paused, Reactivated, Renewed};
use super::state::{Contract, State};
use crate::aggregate::Reason;
use crate::context::Context;
use crate::value::{Date, Label, Money};

/// Why a command to a subscription is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// There is no contract under this id.
    #[error("no subscription was started under this id")]
    NotStarted,
    /// Another contract stands under this id.
    #[error("another subscription was started under this id; choose a new one")]
    AlreadyStarted,
    /// A contract at rest takes no change of amount or term.
    #[error("the subscription is paused; reactivate it first")]
    Paused,
    /// An ended contract takes no change.
    #[error("the subscription is cancelled; reactivate it first")]
    Cancelled,
    /// The contract is neither paused nor cancelled, and brings another amount.
    #[error("the subscription is active and brings {mrr}; change its amount instead")]
    NotAtRest {
        /// What it brings each month.
        mrr: Money,
    },
    /// A contract brings something.
    #[error("a monthly amount is more than zero; cancel or pause the subscription instead")]
    AmountNotPositive,
    /// An amount in another currency than the contract's.
    #[error(
        "the subscription is in {expected}, the amount is in {actual}; start another subscription for it"
    )]
    CurrencyDiffers {
        /// The contract's currency.
        expected: String,
        /// The amount's currency.
        actual: String,
    },
    /// A renewal does not shorten the term.
    #[error("the term ends on {current} already; a renewal ends later")]
    TermNotLater {
        /// Last day of the term in force.
        current: Date,
    },
}

impl Reason for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::NotStarted => "SUBSCRIPTION_NOT_FOUND",
            Self::AlreadyStarted => "SUBSCRIPTION_ALREADY_STARTED",
            Self::Paused => "SUBSCRIPTION_PAUSED",
            Self::Cancelled => "SUBSCRIPTION_CANCELLED",
            Self::NotAtRest { .. } => "SUBSCRIPTION_NOT_AT_REST",
            Self::AmountNotPositive => "SUBSCRIPTION_AMOUNT_NOT_POSITIVE",
            Self::CurrencyDiffers { .. } => "SUBSCRIPTION_CURRENCY_DIFFERS",
            Self::TermNotLater { .. } => "SUBSCRIPTION_TERM_NOT_LATER",
        }
    }
}

pub(super) fn decide(state: &State, command: &Command, _context: &Context) -> Result<Vec<Event>, Rejection> {
    let event = match (state, command) {
        (State::NotStarted, Command::Start(start)) => {
            positive(start.mrr)?;
            Some(start.clone().into())
        }
        (
            State::Active(contract) | State::Paused(contract) | State::Cancelled(contract),
            Command::Start(start),
        ) => {
            if contract.started != *start {
                return Err(Rejection::AlreadyStarted);
            }
            None
        }
        (State::NotStarted, _) => return Err(Rejection::NotStarted),
        (State::Active(contract), command) => changed(contract, command)?,
        (State::Paused(_), Command::Pause) => None,
        (State::Cancelled(contract), Command::Cancel { kind, reason })
            if same_end(contract, *kind, reason) =>
        {
            None
        }
        (State::Paused(contract) | State::Cancelled(contract), Command::Reactivate { mrr }) => {
            let mrr = mrr.unwrap_or(contract.mrr);
            comparable(contract, mrr)?;
            Some(Reactivated { mrr }.into())
        }
        (State::Paused(contract), Command::Cancel { kind, reason }) => {
            Some(Cancelled { mrr: contract.mrr, kind: *kind, reason: reason.clone() }.into())
        }
        (State::Paused(_), Command::Renew { .. } | Command::ChangeAmount { .. }) => {
            return Err(Rejection::Paused);
        }
        (
            State::Cancelled(_),
            Command::Renew { .. } | Command::ChangeAmount { .. } | Command::Pause | Command::Cancel { .. },
        ) => return Err(Rejection::Cancelled),
    };
    Ok(event.into_iter().collect())
}

fn changed(contract: &Contract, command: &Command) -> Result<Option<Event>, Rejection> {
    Ok(match command {
        Command::Renew { term_ends_on } => match contract.term_ends_on {
            Some(current) if current > *term_ends_on => return Err(Rejection::TermNotLater { current }),
            Some(current) if current == *term_ends_on => None,
            previous_term_ends_on => {
                Some(Renewed { term_ends_on: *term_ends_on, previous_term_ends_on }.into())
            }
        },
        Command::ChangeAmount { mrr } => {
            comparable(contract, *mrr)?;
            (contract.mrr != *mrr).then(|| AmountChanged { previous: contract.mrr, mrr: *mrr }.into())
        }
        Command::Pause => Some(Paused { mrr: contract.mrr }.into()),
        Command::Cancel { kind, reason } => {
            Some(Cancelled { mrr: contract.mrr, kind: *kind, reason: reason.clone() }.into())
        }
        Command::Reactivate { mrr: Some(mrr) } if *mrr != contract.mrr => {
            return Err(Rejection::NotAtRest { mrr: contract.mrr });
        }
        Command::Reactivate { .. } | Command::Start(_) => None,
    })
}

fn same_end(contract: &Contract, kind: CancellationKind, reason: &Option<Label>) -> bool {
    contract.cancelled.as_ref().is_some_and(|cancelled| cancelled.kind == kind && cancelled.reason == *reason)
}

fn positive(mrr: Money) -> Result<(), Rejection> {
    if mrr.minor_units > 0 { Ok(()) } else { Err(Rejection::AmountNotPositive) }
}

fn comparable(contract: &Contract, mrr: Money) -> Result<(), Rejection> {
    positive(mrr)?;
    if contract.mrr.currency == mrr.currency {
        Ok(())
    } else {
        Err(Rejection::CurrencyDiffers {
            expected: contract.mrr.currency.to_string(),
            actual: mrr.currency.to_string(),
        })
    }
}
