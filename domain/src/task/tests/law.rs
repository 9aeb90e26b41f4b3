//! What holds for every task.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::context::Context;
use crate::testing::{Law, context};

const LAW: Law<Task> = Law { legal, step };

/// A task reminds before it is due, and is late only for a time that it has.
fn legal(state: &State) -> bool {
    state.task().is_none_or(|task| {
        let Details { due_at, remind_at, .. } = task.details;
        due_at.zip(remind_at).is_none_or(|(due_at, remind_at)| remind_at <= due_at)
            && (!task.is_overdue || due_at.is_some())
            && (!task.is_reminded || remind_at.is_some())
    })
}

/// Each event leads where the picture of the module says, or changes no state.
fn step(before: &State, event: &Event, after: &State) -> bool {
    use State::{Cancelled, Completed, Open, Uncreated};
    match (before, after) {
        (Uncreated, Uncreated) => !matches!(event, Event::Created(_)),
        (Uncreated, Open(_)) => matches!(event, Event::Created(_)),
        (Open(_), Open(_)) => !matches!(event, Event::Completed(_) | Event::Cancelled(_)),
        (Open(_), Completed(..)) => matches!(event, Event::Completed(_)),
        (Open(_), Cancelled(..)) => matches!(event, Event::Cancelled(_)),
        (Completed(..) | Cancelled(..), Open(_)) => matches!(event, Event::Reopened(_)),
        (Completed(..), Completed(..)) | (Cancelled(..), Cancelled(..)) => before == after,
        (Uncreated, Completed(..) | Cancelled(..))
        | (Open(_) | Completed(..) | Cancelled(..), Uncreated)
        | (Completed(..), Cancelled(..))
        | (Cancelled(..), Completed(..)) => false,
    }
}

fn times() -> impl Strategy<Value = Option<Instant>> {
    select(vec![None, Some(at(NOON)), Some(at(ONE)), Some(at(TWO))])
}

fn moments() -> impl Strategy<Value = Instant> {
    select(vec![at(NOON), at(ONE), at(TWO)])
}

fn details() -> impl Strategy<Value = Details> {
    (select(vec!["user_ann", "user_bob"]), times(), times()).prop_map(|(owner, due_at, remind_at)| Details {
        owner: reference(owner),
        due_at,
        remind_at,
        rule: Some(key("next_step")),
        ..call_back()
    })
}

fn commands() -> impl Strategy<Value = (Command, Context)> {
    let command = prop_oneof![
        3 => details().prop_map(create),
        2 => select(vec!["user_ann", "user_bob"]).prop_map(reassign),
        3 => (times(), times()).prop_map(|(due_at, remind_at)| Command::Reschedule { due_at, remind_at }),
        1 => select(vec![None, Some(label("reached"))]).prop_map(|outcome| Command::Complete { outcome }),
        1 => Just(cancel()),
        2 => Just(Command::Reopen),
        2 => Just(Command::Remind),
        2 => Just(Command::FallOverdue),
    ];
    (command, moments()).prop_map(|(command, now)| (command, context(now)))
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => details().prop_map(|details| Created { details }.into()),
        1 => Just(Reassigned { owner: reference("user_bob"), previous: reference("user_ann") }.into()),
        2 => (times(), times()).prop_map(|(due_at, remind_at)| {
            Rescheduled { due_at, remind_at, previous_due_at: None, previous_remind_at: None }.into()
        }),
        1 => Just(completed()),
        1 => Just(cancelled()),
        2 => Just(reopened(None, None)),
        1 => moments().prop_map(|remind_at| Reminded { remind_at }.into()),
        1 => moments().prop_map(|due_at| FellOverdue { due_at }.into()),
    ]
}

/// What a task was told, in the simplest words: whether it is open, and which times were told of since they count.
#[derive(Debug, Default)]
struct Told {
    open: bool,
    due_at: Option<Instant>,
    remind_at: Option<Instant>,
    overdue: Option<Instant>,
    reminded: Option<Instant>,
}

impl Told {
    fn hear(&mut self, event: &Event) {
        match event {
            Event::Created(created) => {
                let Details { due_at, remind_at, .. } = created.details;
                *self = Self { open: true, due_at, remind_at, ..Self::default() };
            }
            Event::Rescheduled(rescheduled) => {
                self.due_at = rescheduled.due_at;
                self.remind_at = rescheduled.remind_at;
                self.overdue = self.overdue.filter(|told| Some(*told) == self.due_at);
                self.reminded = self.reminded.filter(|told| Some(*told) == self.remind_at);
            }
            Event::Completed(_) | Event::Cancelled(_) => self.open = false,
            Event::Reopened(_) => self.open = true,
            Event::Reminded(reminded) => self.reminded = Some(reminded.remind_at),
            Event::FellOverdue(fell) => self.overdue = Some(fell.due_at),
            Event::Reassigned(_) => {}
        }
    }
}

proptest! {
    #[test]
    fn no_commands_lead_to_an_illegal_state_and_a_repeated_one_changes_nothing(asked in vec(commands(), 0..30)) {
        let history = LAW.holds_for_commands(asked)?;
        let (mut told, mut state) = (Told::default(), State::default());
        for event in &history {
            // A time is told of once, while the task is open and the time is the one that counts.
            match event {
                Event::Reminded(reminded) => {
                    prop_assert!(told.open && told.reminded.is_none());
                    prop_assert_eq!(told.remind_at, Some(reminded.remind_at));
                }
                Event::FellOverdue(fell) => {
                    prop_assert!(told.open && told.overdue.is_none());
                    prop_assert_eq!(told.due_at, Some(fell.due_at));
                }
                Event::Created(_) | Event::Reassigned(_) | Event::Rescheduled(_) | Event::Completed(_)
                | Event::Cancelled(_) | Event::Reopened(_) => {}
            }
            told.hear(event);
            state = <Task as Aggregate>::evolve(state, event);
            prop_assert_eq!(matches!(state, State::Open(_)), told.open);
            let late = state.task().map(|task| (task.is_overdue, task.is_reminded));
            prop_assert_eq!(late, Some((told.overdue.is_some(), told.reminded.is_some())));
        }
    }

    #[test]
    fn every_history_folds_along_the_picture(history in vec(events(), 0..30)) {
        LAW.holds_for_events(&history)?;
    }
}
