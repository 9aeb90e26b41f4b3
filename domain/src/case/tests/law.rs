//! What holds for every case.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::context::Context;
use crate::testing::{Law, context};

const LAW: Law<Case> = Law { legal, step };

/// What is solved owes nothing, what was answered owes no first answer, and no more is kept than the limits.
fn legal(state: &State) -> bool {
    let owes = |case: &Content| case.due.each().count();
    match state {
        State::Unopened | State::Merged(..) => true,
        State::Open(case) | State::Waiting(case, ..) => {
            !(case.is_answered && case.due.first_response.is_some()) && case.bugs.len() <= BUGS_MAX
        }
        State::Resolved(case, _) | State::Closed(case) => owes(case) == 0,
    }
}

/// Each event leads where the picture of the module says, or changes no state.
fn step(before: &State, event: &Event, after: &State) -> bool {
    match (before, after) {
        (State::Unopened, State::Unopened) => !matches!(event, Event::Opened(_)),
        (State::Unopened, State::Open(_)) => matches!(event, Event::Opened(_)),
        (State::Open(_) | State::Waiting(..), State::Waiting(..)) => true,
        (State::Waiting(..), State::Open(_)) => matches!(event, Event::Resumed(_)),
        (State::Resolved(..) | State::Closed(_), State::Open(_)) => matches!(event, Event::Reopened(_)),
        (State::Open(_) | State::Waiting(..), State::Resolved(..)) => matches!(event, Event::Resolved(_)),
        (State::Resolved(..), State::Closed(_)) => matches!(event, Event::Closed(_)),
        (State::Open(_) | State::Waiting(..) | State::Resolved(..) | State::Closed(_), State::Merged(..)) => {
            matches!(event, Event::Merged(_))
        }
        (State::Open(_), State::Open(_))
        | (State::Resolved(..), State::Resolved(..))
        | (State::Closed(_), State::Closed(_))
        | (State::Merged(..), State::Merged(..)) => true,
        (State::Merged(stood, _), _) if after == &**stood => matches!(event, Event::Parted(_)),
        (
            State::Unopened,
            State::Waiting(..) | State::Resolved(..) | State::Closed(_) | State::Merged(..),
        )
        | (
            State::Open(_) | State::Waiting(..) | State::Resolved(..) | State::Closed(_) | State::Merged(..),
            State::Unopened,
        )
        | (State::Resolved(..) | State::Closed(_) | State::Merged(..), State::Waiting(..))
        | (State::Merged(..), State::Open(_) | State::Resolved(..) | State::Closed(_))
        | (State::Open(_) | State::Waiting(..), State::Closed(_))
        | (State::Closed(_), State::Resolved(..)) => false,
    }
}

fn levels() -> impl Strategy<Value = Option<ServiceLevel>> {
    select(vec![None, Some(level())])
}

fn waits() -> impl Strategy<Value = Wait> {
    select(vec![Wait::Customer, Wait::ThirdParty])
}

fn targets() -> impl Strategy<Value = Target> {
    select(vec![Target::FirstResponse, Target::NextResponse, Target::Resolution])
}

fn words() -> impl Strategy<Value = InteractionId> {
    select(vec!["first", "second", "third"]).prop_map(said)
}

fn standings() -> impl Strategy<Value = Standing> {
    let waiting = waits().prop_map(Standing::Waiting);
    prop_oneof![waiting, select(vec![Standing::Open, Standing::Resolved, Standing::Closed])]
}

fn commands() -> impl Strategy<Value = (Command, Context)> {
    let people = || select(vec![None, Some("user_ann"), Some("user_bob")]);
    let command = prop_oneof![
        3 => levels().prop_map(opening),
        1 => (people(), people()).prop_map(|(group, assignee)| assign(group, assignee)),
        2 => words().prop_map(|interaction_id| Command::Reply { interaction_id }),
        2 => (words(), levels()).prop_map(|(interaction_id, level)| Command::Hear { interaction_id, level }),
        2 => (waits(), levels()).prop_map(|(wait, level)| Command::Await { wait, level }),
        1 => levels().prop_map(|level| Command::Resume { level }),
        1 => (select(vec![Priority::Urgent, Priority::Low]), levels())
            .prop_map(|(priority, level)| Command::ChangePriority { priority, level }),
        1 => (0..4_u32).prop_map(|level| Command::Escalate { level, reason: label("late") }),
        2 => Just(resolve()),
        1 => levels().prop_map(|level| Command::Reopen { level }),
        1 => Just(Command::Close),
        1 => select(vec!["a", "b"])
            .prop_map(|into| Command::Merge { case_id: case_id("a"), into: case_id(into) }),
        1 => Just(Command::Part { from: case_id("b") }),
        1 => targets().prop_map(|target| Command::NoteWarned { target }),
        1 => targets().prop_map(|target| Command::NoteMissed { target }),
        1 => Just(Command::GoUp),
        1 => (1..=5_u32).prop_map(|rating| Command::Rate { rating: Rating::new(rating).unwrap(), interaction_id: None }),
        1 => Just(Command::ReviewRating),
        1 => (0..3_usize).prop_map(|number| Command::LinkBug { bug: bug(number) }),
        2 => (standings(), any::<bool>()).prop_map(|(standing, breached)| {
            let (open, resolution) = (open(), Some(label("put out")));
            Command::Mirror(Box::new(Mirror { open, level: None, standing, resolution, breached }))
        }),
    ];
    (command, select(vec![NOON, MONDAY_AT_NINE, MONDAY_AT_FIVE]))
        .prop_map(|(command, now)| (command, context(at(now))))
}

fn events() -> impl Strategy<Value = Event> {
    let moment = || select(vec![None, Some(at(NOON))]);
    prop_oneof![
        2 => Just(promised()),
        1 => Just(assigned([None; 2], [Some("team"), None])),
        1 => words().prop_map(|interaction_id| Replied { interaction_id }.into()),
        1 => words().prop_map(|interaction_id| CustomerReplied { interaction_id, clock: None }.into()),
        1 => (waits(), moment()).prop_map(|(wait, stopped_at): (_, Option<Instant>)| {
            Awaited { wait, stopped_at }.into()
        }),
        1 => Just(Resumed { clock: None }.into()),
        1 => Just(resolved()),
        1 => Just(Reopened { clock: None }.into()),
        1 => Just(Closed {}.into()),
        1 => Just(Merged { into: case_id("b") }.into()),
        1 => Just(Parted { from: case_id("b"), clock: None }.into()),
        1 => Just(TargetWarned { target: Target::Resolution, due_at: at(NOON) }.into()),
        1 => Just(TargetBreached { target: Target::NextResponse, due_at: None }.into()),
        1 => (1..=5_u32).prop_map(|rating| Rated { rating: Rating::new(rating).unwrap(), interaction_id: None }.into()),
        1 => Just(RatingReviewed {}.into()),
    ]
}

proptest! {
    #[test]
    fn no_commands_lead_to_an_illegal_state_and_a_repeated_one_changes_nothing(asked in vec(commands(), 0..30)) {
        LAW.holds_for_commands(asked)?;
    }

    #[test]
    fn every_history_folds_along_the_picture(history in vec(events(), 0..30)) {
        LAW.holds_for_events(&history)?;
    }
}
