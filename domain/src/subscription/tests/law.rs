//! What holds for every subscription.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::testing::{Law, NOON, at, context};

const LAW: Law<Subscription> = Law { legal, step };

/// A contract brings something, in the currency it began in, and knows how it ended while it has.
fn legal(state: &State) -> bool {
    let counts = |contract: &Contract| {
        contract.mrr.minor_units > 0
            && contract.mrr.currency == contract.started.mrr.currency
            && contract.term_ends_on >= contract.started.term_ends_on
    };
    match state {
        State::NotStarted => true,
        State::Active(contract) | State::Paused(contract) => counts(contract) && contract.cancelled.is_none(),
        State::Cancelled(contract) => counts(contract) && contract.cancelled.is_some(),
    }
}

/// A contract begins by being started, and once it has ended nothing happens to it but that it is reactivated.
fn step(before: &State, event: &Event, after: &State) -> bool {
    match (before, after) {
        (State::NotStarted, State::NotStarted) => !matches!(event, Event::Started(_)),
        (State::NotStarted, State::Active(_)) => matches!(event, Event::Started(_)),
        (State::Active(was), State::Active(is)) => {
            was.started == is.started && !matches!(event, Event::Paused(_) | Event::Cancelled(_))
        }
        (State::Active(was), State::Paused(is)) => was == is && matches!(event, Event::Paused(_)),
        (State::Active(_) | State::Paused(_), State::Cancelled(_)) => matches!(event, Event::Cancelled(_)),
        (State::Paused(was), State::Paused(is)) => {
            was == is && !matches!(event, Event::Reactivated(_) | Event::Cancelled(_))
        }
        (State::Cancelled(was), State::Cancelled(is)) => was == is && !matches!(event, Event::Reactivated(_)),
        (State::Paused(_) | State::Cancelled(_), State::Active(_)) => matches!(event, Event::Reactivated(_)),
        (State::NotStarted, State::Paused(_) | State::Cancelled(_))
        | (State::Active(_) | State::Paused(_) | State::Cancelled(_), State::NotStarted)
        | (State::Cancelled(_), State::Paused(_)) => false,
    }
}

fn amounts() -> impl Strategy<Value = Money> {
    select(vec![eur(-1), eur(0), eur(5_000), eur(6_000), usd(5_000)])
}

fn days() -> impl Strategy<Value = crate::value::Date> {
    select(vec!["2026-12-31", "2027-06-30", "2027-12-31"]).prop_map(day)
}

fn starts() -> impl Strategy<Value = Start> {
    (amounts(), option::of(days())).prop_map(|(mrr, term_ends_on)| Start { mrr, term_ends_on, ..start() })
}

fn ends() -> impl Strategy<Value = (CancellationKind, Option<crate::value::Label>)> {
    let kinds = select(vec![CancellationKind::Voluntary, CancellationKind::Involuntary]);
    (kinds, option::of(select(vec!["moved away", "price"]).prop_map(label)))
}

fn commands() -> impl Strategy<Value = Command> {
    prop_oneof![
        2 => starts().prop_map(Command::Start),
        1 => days().prop_map(|term_ends_on| Command::Renew { term_ends_on }),
        1 => amounts().prop_map(change),
        1 => Just(Command::Pause),
        1 => ends().prop_map(|(kind, reason)| Command::Cancel { kind, reason }),
        2 => option::of(amounts()).prop_map(reactivate),
    ]
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        starts().prop_map(Event::from),
        days().prop_map(|term_ends_on| Renewed { term_ends_on, previous_term_ends_on: None }.into()),
        (amounts(), amounts()).prop_map(|(previous, mrr)| AmountChanged { previous, mrr }.into()),
        amounts().prop_map(|mrr| Paused { mrr }.into()),
        (amounts(), ends()).prop_map(|(mrr, (kind, reason))| Cancelled { mrr, kind, reason }.into()),
        amounts().prop_map(|mrr| Reactivated { mrr }.into()),
    ]
}

proptest! {
    #[test]
    fn no_commands_lead_to_an_illegal_state_and_a_repeated_one_changes_nothing(asked in vec(commands(), 0..30)) {
        LAW.holds_for_commands(asked.into_iter().map(|command| (command, context(at(NOON)))).collect())?;
    }

    #[test]
    fn every_history_folds_and_a_cancelled_contract_is_only_reactivated(history in vec(events(), 0..30)) {
        LAW.holds_for_events(&history)?;
    }
}
