//! What holds for every lead.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::context::Context;
use crate::testing::{Law, NOON, context};

const LAW: Law<Lead> = Law { legal, step };

/// A lead is somebody's, or a queue's, where it is assigned, and nobody's where it rests; no more is kept than the limits.
fn legal(state: &State) -> bool {
    let bounded = |lead: &Content| {
        lead.fields.len() <= FIELDS_MAX
            && lead.touches.len() <= TOUCHES_MAX
            && lead.externals.len() <= lead.touches.len()
            && (lead.holder.is_none() || lead.assignments > 0)
    };
    state.lead().is_none_or(bounded)
        && match state {
            State::Assigned(lead) => lead.holder.is_some(),
            State::New(lead) | State::Recycled(lead, _) => lead.holder.is_none(),
            State::Uncaptured
            | State::Working(_)
            | State::Qualified(_)
            | State::Disqualified(..)
            | State::Converted(..) => true,
        }
}

/// Each event leads where the picture of the module says, or changes no state.
fn step(before: &State, event: &Event, after: &State) -> bool {
    use State::{Assigned, Converted, Disqualified, New, Qualified, Recycled, Uncaptured, Working};
    match (before, after) {
        (Uncaptured, Uncaptured) => !matches!(event, Event::Captured(_)),
        (Uncaptured, New(_)) => matches!(event, Event::Captured(_)),
        (Recycled(..), New(_)) => matches!(event, Event::CapturedAgain(_)),
        (Assigned(_) | Working(_) | Qualified(_), New(_)) => {
            matches!(event, Event::AssignmentDeclined(_) | Event::AssignmentTimedOut(_))
        }
        (New(_) | Recycled(..), Assigned(_)) => matches!(event, Event::Assigned(_)),
        (New(_) | Assigned(_) | Recycled(..), Working(_)) => matches!(event, Event::Contacted(_)),
        (New(_) | Assigned(_) | Working(_) | Recycled(..), Qualified(_)) => {
            matches!(event, Event::Qualified(_))
        }
        (New(_) | Assigned(_) | Working(_) | Qualified(_), Recycled(..)) => {
            matches!(event, Event::Recycled(_))
        }
        (New(_) | Assigned(_) | Working(_) | Qualified(_) | Recycled(..), Disqualified(..)) => {
            matches!(event, Event::Disqualified(_))
        }
        (New(_) | Assigned(_) | Working(_) | Qualified(_) | Recycled(..), Converted(..)) => {
            matches!(event, Event::Converted(_))
        }
        (Disqualified(..), Disqualified(..)) | (Converted(..), Converted(..)) => before == after,
        (New(_), New(_))
        | (Assigned(_), Assigned(_))
        | (Working(_), Working(_))
        | (Qualified(_), Qualified(_))
        | (Recycled(..), Recycled(..)) => true,
        (
            Uncaptured,
            Assigned(_) | Working(_) | Qualified(_) | Recycled(..) | Disqualified(..) | Converted(..),
        )
        | (
            New(_) | Assigned(_) | Working(_) | Qualified(_) | Recycled(..) | Disqualified(..)
            | Converted(..),
            Uncaptured,
        )
        | (Working(_) | Qualified(_), Assigned(_))
        | (Qualified(_), Working(_))
        | (
            Disqualified(..),
            New(_) | Assigned(_) | Working(_) | Qualified(_) | Recycled(..) | Converted(..),
        )
        | (
            Converted(..),
            New(_) | Assigned(_) | Working(_) | Qualified(_) | Recycled(..) | Disqualified(..),
        ) => false,
    }
}

fn holders() -> impl Strategy<Value = Holder> {
    select(vec![owner("user_ann"), owner("user_bob"), queue("inbound")])
}

fn values() -> impl Strategy<Value = Fields> {
    let value = prop_oneof![
        (0..3_i64).prop_map(FieldValue::Number),
        any::<bool>().prop_map(FieldValue::Flag),
        Just(FieldValue::Text(label("many"))),
    ];
    (select(vec!["employees", "region"]), value).prop_map(|(name, value)| [(key(name), value)].into())
}

fn captures() -> impl Strategy<Value = Capture> {
    (select(vec!["F-1", "F-2", "F-3"]), values()).prop_map(|(number, fields)| form(number, fields))
}

fn commands() -> impl Strategy<Value = (Command, Context)> {
    let people = || select(vec!["user_ann", "user_bob"]);
    let days = || select(vec!["2027-03-01", "2027-06-01"]);
    let command = prop_oneof![
        5 => captures().prop_map(capture),
        2 => (values(), any::<bool>()).prop_map(|(fields, clears)| {
            let cleared = if clears { [key("region")].into() } else { [].into() };
            Command::Enrich { fields, cleared, field_set: None }
        }),
        1 => (0..3_i32).prop_map(|engagement| Command::Score(Box::new(score(engagement)))),
        4 => holders().prop_map(assign),
        2 => people().prop_map(|name| Command::Decline { owner: reference(name), reason: None }),
        2 => (0..4_u32).prop_map(|number| Command::TimeOut { number }),
        2 => select(vec!["call", "mail"]).prop_map(|name| Command::Contact { interaction_id: said(name) }),
        2 => Just(Command::Qualify { reason: None }),
        1 => select(vec!["a student", "no budget"])
            .prop_map(|reason| Command::Disqualify { reason: label(reason) }),
        2 => days().prop_map(recycle),
        1 => select(vec![None, Some(deal())]).prop_map(convert),
    ];
    command.prop_map(|command| (command, context(at(NOON))))
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => Just(captured()),
        2 => captures().prop_map(|capture| CapturedAgain { capture }.into()),
        1 => values().prop_map(|fields| Enriched { fields, cleared: [].into(), field_set_version: None }.into()),
        1 => Just(Scored { score: score(1) }.into()),
        2 => (1..4_u32, holders()).prop_map(|(number, to)| assigned(number, to, None)),
        1 => Just(AssignmentDeclined { owner: reference("user_ann"), number: 1, reason: None }.into()),
        1 => Just(AssignmentTimedOut { from: owner("user_ann"), number: 1 }.into()),
        1 => Just(contacted("call")),
        1 => Just(qualified()),
        1 => Just(disqualified()),
        1 => Just(recycled("2027-03-01")),
        1 => Just(converted()),
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
