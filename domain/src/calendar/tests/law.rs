//! What holds for every calendar.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::testing::{Law, NOON, at, context};

const LAW: Law<Calendar> = Law { legal, step };

/// Work is done, and no two hours are at the same time.
fn legal(state: &State) -> bool {
    match state {
        State::Unpublished => true,
        State::Published(definition) => {
            let hours = &definition.hours;
            let in_turn = |(a, b): (&Hours, &Hours)| a.day < b.day || (a.day == b.day && a.to <= b.from);
            definition.version >= 1
                && !hours.is_empty()
                && hours.iter().zip(hours.iter().skip(1)).all(in_turn)
        }
    }
}

/// The version in force is the one that was published last.
fn step(_before: &State, event: &Event, after: &State) -> bool {
    let Event::Published(published) = event;
    *after == State::Published(published.definition.clone())
}

fn any_hours() -> impl Strategy<Value = Vec<Hours>> {
    let one = (select(Weekday::ALL.to_vec()), 0..24_u16, 1..8_u16).prop_map(|(day, from, long)| {
        hours(day, &format!("{from:02}:00"), &format!("{:02}:00", (from + long).min(24)))
    });
    vec(one, 0..5)
}

proptest! {
    #[test]
    fn no_commands_lead_to_an_illegal_state_and_a_repeated_one_changes_nothing(asked in vec(any_hours(), 0..20)) {
        let asked = asked.into_iter().map(|hours| publish(definition(0, "UTC", hours, &[])));
        LAW.holds_for_commands(asked.map(|command| (command, context(at(NOON)))).collect())?;
    }

    #[test]
    fn every_history_folds_to_the_version_published_last(history in vec((0..4_u32, any_hours()), 0..20)) {
        let history = history.into_iter().map(|(version, hours)| published(definition(version, "UTC", hours, &[])));
        LAW.holds_for_events(&history.collect::<Vec<_>>())?;
    }
}
