//! What holds for every quote.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::context::Context;
use crate::testing::{Law, context};
use crate::value::{Instant, Label};

const LAW: Law<Quote> = Law { legal, step };

/// What was said last is about the version that counts, and its amounts add up.
fn legal(state: &State) -> bool {
    let said = match state {
        State::Uncreated | State::Draft(_) => None,
        State::Sent(_, sent) => Some(sent.version),
        State::Accepted(_, accepted) => Some(accepted.version),
        State::Declined(_, declined) => Some(declined.version),
        State::Expired(_, expired) => Some(expired.version),
        State::Withdrawn(_, withdrawn) => Some(withdrawn.version),
    };
    state.quote().is_none_or(|quote| {
        let Offer { version, totals, .. } = &quote.offer;
        said.is_none_or(|said| said == *version) && totals.net + totals.tax == totals.gross
    })
}

/// Each event leads where the picture of the module says, or changes no state. Nothing leads out of a final one.
fn step(before: &State, event: &Event, after: &State) -> bool {
    use State::{Accepted, Declined, Draft, Expired, Sent, Uncreated, Withdrawn};
    match (before, after) {
        (Uncreated, Draft(_)) => matches!(event, Event::Created(_)),
        (Draft(_) | Sent(..), Draft(_)) => before == after || matches!(event, Event::Revised(_)),
        (Draft(_), Sent(..)) => matches!(event, Event::Sent(_)),
        (Sent(..), Accepted(..)) => matches!(event, Event::Accepted(_)),
        (Sent(..), Declined(..)) => matches!(event, Event::Declined(_)),
        (Sent(..), Expired(..)) => matches!(event, Event::Expired(_)),
        (Draft(_) | Sent(..), Withdrawn(..)) => matches!(event, Event::Withdrawn(_)),
        (Uncreated | Sent(..), _) => before == after,
        (Accepted(..) | Declined(..) | Expired(..) | Withdrawn(..), _) => before == after,
        (Draft(_), Uncreated | Accepted(..) | Declined(..) | Expired(..)) => false,
    }
}

fn offers() -> impl Strategy<Value = Asked> {
    let fx = select(vec![None, Some(to_dollars("1.0845")), Some(to_dollars("1.2"))]);
    (select(vec![1_000_u64, 1_500, 2_000]), select(vec![4_999_i64, 5_499]), fx).prop_map(
        |(thousandths, chair, fx)| Asked {
            price_book: book(1, chair),
            ..asked(vec![line("chair", thousandths, 250)], fx)
        },
    )
}

fn moments() -> impl Strategy<Value = Instant> {
    select(vec![at(NOON), at("2026-11-30T22:59:59Z"), at(OVER), at("2026-12-02T12:00:00Z")])
}

fn reasons() -> impl Strategy<Value = Option<Label>> {
    select(vec![None, Some(label("too dear"))])
}

fn commands() -> impl Strategy<Value = (Command, Context)> {
    let deals = select(vec![None, Some(eur(0)), Some(usd(0)), Some(eur(9_748))]);
    let command = prop_oneof![
        3 => offers().prop_map(create),
        3 => offers().prop_map(revise),
        4 => select(vec![LAST_DAY, "2026-12-01"]).prop_map(send),
        2 => (1..4_u32, deals).prop_map(|(version, deal)| Command::Accept { version, deal, fx: None }),
        1 => (1..4_u32, reasons()).prop_map(|(version, reason)| Command::Decline { version, reason }),
        1 => Just(withdraw()),
        2 => Just(Command::Expire),
    ];
    (command, moments()).prop_map(|(command, now)| (command, context(now)))
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => Just(created()),
        2 => Just(revised()),
        2 => (1..3_u32).prop_map(sent),
        1 => Just(accepted(eur(9_998))),
        1 => Just(declined()),
        1 => Just(expired()),
        1 => Just(withdrawn()),
    ]
}

proptest! {
    #[test]
    fn no_commands_lead_to_an_illegal_state_and_a_repeated_one_changes_nothing(asked in vec(commands(), 0..30)) {
        let history = LAW.holds_for_commands(asked)?;
        // Versions are numbered without a gap, and what is over is the last thing that is heard.
        let mut current = 0;
        let mut is_over = false;
        for event in &history {
            prop_assert!(!is_over, "after the end: {:?}", event);
            match event {
                Event::Created(created) => {
                    prop_assert_eq!((current, created.offer.version), (0, 1));
                    current = 1;
                }
                Event::Revised(revised) => {
                    prop_assert_eq!(revised.offer.version, current + 1);
                    current += 1;
                }
                Event::Sent(sent) => prop_assert_eq!(sent.version, current),
                Event::Accepted(_) | Event::Declined(_) | Event::Expired(_) | Event::Withdrawn(_) => {
                    is_over = true;
                }
            }
        }
    }

    #[test]
    fn every_history_folds_along_the_picture(history in vec(events(), 0..30)) {
        LAW.holds_for_events(&history)?;
    }
}
