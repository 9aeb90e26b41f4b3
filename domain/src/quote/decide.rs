//! The rules of a quote.

use super::command::{Asked, Command, Create};
use super::event::{Accepted, Created, Declined, Event, Expired, Revised, Sent, Withdrawn};
use super::offer::Offer;
use super::pricing::priced;
use super::rejection::Rejection;
use super::state::{Begun, Quote, State};
use crate::value::{Currency, Instant, Money};

/// Most versions of a quote.
pub const VERSIONS_MAX: u32 = 100;

/// What a command causes.
pub(super) fn decide(state: &State, command: &Command, now: Instant) -> Result<Option<Event>, Rejection> {
    match state {
        State::Uncreated => uncreated(command),
        State::Draft(quote) => draft(quote, command, now),
        State::Sent(quote, known) => sent(quote, known, command, now),
        State::Accepted(quote, known) => {
            let said = |command: &Command| matches!(command, Command::Accept { version, .. } if *version == known.version);
            over(quote, command, said, Rejection::Accepted)
        }
        State::Declined(quote, known) => {
            let said = |command: &Command| {
                matches!(command, Command::Decline { version, reason }
                    if *version == known.version && *reason == known.reason)
            };
            over(quote, command, said, Rejection::Declined)
        }
        State::Expired(quote, _) => over(quote, command, |_| false, Rejection::Expired),
        State::Withdrawn(quote, known) => {
            let said = |command: &Command| matches!(command, Command::Withdraw { reason } if *reason == known.reason);
            over(quote, command, said, Rejection::Withdrawn)
        }
    }
}

fn uncreated(command: &Command) -> Result<Option<Event>, Rejection> {
    match command {
        Command::Create(create) => {
            let Create { opportunity_id, asked } = &**create;
            Ok(Some(Created { opportunity_id: *opportunity_id, offer: priced(asked, 1)? }.into()))
        }
        Command::Revise(_)
        | Command::Send { .. }
        | Command::Accept { .. }
        | Command::Decline { .. }
        | Command::Withdraw { .. }
        | Command::Expire => Err(Rejection::NotCreated),
    }
}

fn draft(quote: &Quote, command: &Command, now: Instant) -> Result<Option<Event>, Rejection> {
    let version = quote.offer.version;
    match command {
        Command::Create(create) => created_again(quote, create),
        Command::Revise(asked) => {
            // The same offer again is the version at hand.
            let is_same = priced(asked, version)? == quote.offer;
            if is_same { Ok(None) } else { revised(quote, asked) }
        }
        Command::Send { valid_until, time_zone } => {
            let (valid_until, time_zone) = (*valid_until, *time_zone);
            let expires_at = time_zone.end_of(valid_until);
            if expires_at <= now {
                return Err(Rejection::ValidUntilPassed { over_at: expires_at });
            }
            Ok(Some(Sent { version, valid_until, time_zone, expires_at }.into()))
        }
        Command::Accept { version: meant, .. } | Command::Decline { version: meant, .. } => {
            assert_counts(quote, *meant)?;
            Err(Rejection::NotSent)
        }
        Command::Withdraw { reason } => Ok(Some(Withdrawn { version, reason: reason.clone() }.into())),
        Command::Expire => Ok(None),
    }
}

fn sent(quote: &Quote, known: &Sent, command: &Command, now: Instant) -> Result<Option<Event>, Rejection> {
    let (version, expires_at) = (known.version, known.expires_at);
    let is_over = expires_at <= now;
    // What comes after the last day finds what it would find once that is noted.
    if is_over && *command != Command::Expire {
        return over(quote, command, |_| false, Rejection::Expired);
    }
    match command {
        Command::Create(create) => created_again(quote, create),
        Command::Revise(asked) => revised(quote, asked),
        Command::Send { valid_until, time_zone } => {
            let is_same = (*valid_until, *time_zone) == (known.valid_until, known.time_zone);
            if is_same { Ok(None) } else { Err(Rejection::AlreadySent) }
        }
        Command::Accept { version: meant, deal, fx } => {
            assert_counts(quote, *meant)?;
            let deal_amount = deal_amount(&quote.offer, deal.map(|worth| worth.currency))?;
            // The rate goes along in the quote's own currency. A quote that has none takes none away.
            let handed_on = quote.offer.fx.filter(|_| deal_amount.currency == quote.offer.currency);
            let has_rate = handed_on.is_none_or(|rate| *fx == Some(rate));
            let deal_stands = *deal == Some(deal_amount) && has_rate;
            Ok(Some(Accepted { version, deal_amount, deal_stands }.into()))
        }
        Command::Decline { version: meant, reason } => {
            assert_counts(quote, *meant)?;
            Ok(Some(Declined { version, reason: reason.clone() }.into()))
        }
        Command::Withdraw { reason } => Ok(Some(Withdrawn { version, reason: reason.clone() }.into())),
        // A timer that comes too early, because a later version has another last day, changes nothing.
        Command::Expire => Ok(is_over.then(|| Expired { version, expires_at }.into())),
    }
}

/// What is over takes what it has had already, and a timer that comes too late.
fn over(
    quote: &Quote,
    command: &Command,
    was_said: impl Fn(&Command) -> bool,
    rejection: Rejection,
) -> Result<Option<Event>, Rejection> {
    match command {
        Command::Create(create) => created_again(quote, create),
        Command::Expire => Ok(None),
        Command::Revise(_)
        | Command::Send { .. }
        | Command::Accept { .. }
        | Command::Decline { .. }
        | Command::Withdraw { .. } => {
            if was_said(command) {
                Ok(None)
            } else {
                Err(rejection)
            }
        }
    }
}

/// Whether a creation that comes back asks for what it asked for then. The prices are left out: a newer version of the price
/// book makes no other quote of this one.
fn created_again(quote: &Quote, create: &Create) -> Result<Option<Event>, Rejection> {
    let Begun { opportunity_id, price_book_id, fx, lines } = &quote.begun;
    let asked = &create.asked;
    let is_same = *opportunity_id == create.opportunity_id
        && *price_book_id == asked.price_book_id
        && *fx == asked.fx
        && *lines == asked.lines;
    if is_same { Ok(None) } else { Err(Rejection::AlreadyCreated) }
}

fn revised(quote: &Quote, asked: &Asked) -> Result<Option<Event>, Rejection> {
    if quote.offer.version >= VERSIONS_MAX {
        return Err(Rejection::TooManyVersions);
    }
    let offer = priced(asked, quote.offer.version.saturating_add(1))?;
    Ok(Some(Revised { offer }.into()))
}

fn assert_counts(quote: &Quote, version: u32) -> Result<(), Rejection> {
    let current = quote.offer.version;
    if version == current { Ok(()) } else { Err(Rejection::VersionSuperseded { version, current }) }
}

/// What the deal is worth by an offer, in the currency of the deal.
fn deal_amount(offer: &Offer, deal: Option<Currency>) -> Result<Money, Rejection> {
    let Some(deal) = deal else { return Ok(offer.net()) };
    let known = [Some(offer.net()), offer.base_net()];
    let matching = known.into_iter().flatten().find(|amount| amount.currency == deal);
    matching.ok_or(Rejection::CurrencyUnmatched { deal, quote: offer.currency })
}
