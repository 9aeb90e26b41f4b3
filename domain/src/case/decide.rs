//! The rules of a case.

mod clock;
mod mirror;
mod ratings;

pub(super) use self::clock::of_opening;

use self::clock::Promises;
use super::command::{Command, Open};
use super::event::{
    Assigned, Awaited, BugLinked, Closed, CustomerReplied, Escalated, Event, Merged, Opened, Parted,
    PriorityChanged, Reopened, Replied, Resolved, Resumed,
};
use super::rejection::Rejection;
use super::state::{Case, State};
use crate::id::{CaseId, InteractionId};
use crate::interaction::Source;
use crate::sla_policy::{ServiceLevel, Wait};
use crate::value::{Instant, Label, Reference};

/// Most replies of one case, notes of who hands it over among them.
pub const SAID_MAX: usize = 10_000;
/// Most bugs that lie behind one case.
pub const BUGS_MAX: usize = 100;

/// What a command causes that is given at a moment of the business.
pub(super) fn decide(state: &State, command: &Command, now: Instant) -> Result<Vec<Event>, Rejection> {
    match (state, command) {
        (_, Command::Mirror(told)) => mirror::mirrored(state, told, now),
        (State::Unopened, Command::Open { open, interaction_id, level }) => {
            Ok(vec![opened(open, *interaction_id, level.as_ref(), now).into()])
        }
        (_, Command::Open { open, interaction_id, .. }) => again(state, open, *interaction_id, now),
        (State::Unopened, _) => Err(Rejection::NotOpened),
        (State::Merged(before, known), command) => merged_already(before, *known, command),
        (State::Open(case), command) => in_work(case, None, command, now),
        (State::Waiting(case, wait, stopped_at), command) => {
            in_work(case, Some((*wait, *stopped_at)), command, now)
        }
        (State::Resolved(case, how), command) => solved(case, how, command, now),
        (State::Closed(case), command) => over(case, command, now),
    }
}

/// What it waits for, and since when its clock stands still.
type Waiting = Option<(Wait, Option<Instant>)>;

fn opened(
    open: &Open,
    interaction_id: Option<InteractionId>,
    level: Option<&ServiceLevel>,
    now: Instant,
) -> Opened {
    let begun = open.opened_at.unwrap_or(now);
    Opened {
        contact_id: open.contact_id,
        channel: open.channel,
        title: open.title.clone(),
        kind: open.kind,
        priority: open.priority,
        opened_at: open.opened_at.filter(|begun| *begun != now),
        group: open.group.clone(),
        assignee: open.assignee.clone(),
        product: open.product.clone(),
        source: open.source.clone(),
        split_from: open.split_from,
        interaction_id,
        clock: level.map(|level| Box::new(of_opening(level, open.priority, begun))),
        segments: open.segments.clone(),
    }
}

fn again(
    state: &State,
    open: &Open,
    interaction_id: Option<InteractionId>,
    now: Instant,
) -> Result<Vec<Event>, Rejection> {
    let told = Opened { opened_at: None, ..opened(open, interaction_id, None, now) };
    let known = state.case().map(|case| Opened { clock: None, opened_at: None, ..case.opened.clone() });
    if known == Some(told) { Ok(Vec::new()) } else { Err(Rejection::AlreadyOpened) }
}

/// A case that is a part of another one.
fn merged_already(before: &State, known: CaseId, command: &Command) -> Result<Vec<Event>, Rejection> {
    match command {
        Command::Merge { into, .. } if *into == known => Ok(Vec::new()),
        Command::NoteWarned { .. } | Command::NoteMissed { .. } | Command::GoUp => Ok(Vec::new()),
        Command::ReviewRating => before.case().map_or(Err(Rejection::NotRated), ratings::reviewed),
        Command::Part { from } if *from == known => {
            Ok(vec![Parted { from: known, clock: clock::running(before) }.into()])
        }
        Command::Open { .. }
        | Command::Assign { .. }
        | Command::Reply { .. }
        | Command::Hear { .. }
        | Command::Await { .. }
        | Command::Resume { .. }
        | Command::ChangePriority { .. }
        | Command::Escalate { .. }
        | Command::Resolve { .. }
        | Command::Reopen { .. }
        | Command::Close
        | Command::Merge { .. }
        | Command::Part { .. }
        | Command::LinkBug { .. }
        | Command::Rate { .. }
        | Command::Mirror(_) => Err(Rejection::Merged { into: known }),
    }
}

/// A case that is not solved.
fn in_work(case: &Case, waiting: Waiting, command: &Command, now: Instant) -> Result<Vec<Event>, Rejection> {
    let stopped_at = waiting.and_then(|(_, stopped_at)| stopped_at);
    match command {
        Command::Open { .. } | Command::Mirror(_) | Command::Part { .. } => Ok(Vec::new()),
        Command::Assign { group, assignee, interaction_id } => {
            assigned(case, group, assignee, *interaction_id)
        }
        Command::Reply { interaction_id } => {
            said(case, *interaction_id, || vec![Replied { interaction_id: *interaction_id }.into()])
        }
        Command::Hear { interaction_id, level } => said(case, *interaction_id, || {
            let open = Promises::resumed(case, level.as_ref(), stopped_at, now);
            let resumed = waiting.map(|_| Event::from(Resumed { clock: open.clock(level.as_ref()) }));
            let clock = open.after_word(case, level.as_ref(), now);
            let heard = CustomerReplied { interaction_id: *interaction_id, clock };
            resumed.into_iter().chain([heard.into()]).collect()
        }),
        Command::Await { wait, level } => {
            if waiting.is_some_and(|(known, _)| known == *wait) {
                return Ok(Vec::new());
            }
            let open = Promises::resumed(case, level.as_ref(), stopped_at, now);
            let resumed = waiting.map(|_| Event::from(Resumed { clock: open.clock(level.as_ref()) }));
            let pauses = level.as_ref().is_some_and(|level| level.pauses(*wait));
            let awaited = Awaited { wait: *wait, stopped_at: pauses.then_some(now) };
            Ok(resumed.into_iter().chain([awaited.into()]).collect())
        }
        Command::Resume { level } => Ok(waiting
            .map(|_| {
                let open = Promises::resumed(case, level.as_ref(), stopped_at, now);
                Event::from(Resumed { clock: open.clock(level.as_ref()) })
            })
            .into_iter()
            .collect()),
        Command::ChangePriority { priority, level } => {
            let clock = level
                .as_ref()
                .map(|level| clock::of_priority(case, level, *priority, stopped_at.unwrap_or(now)));
            let changed = PriorityChanged { from: case.priority, to: *priority, clock };
            Ok(if case.priority == *priority { Vec::new() } else { vec![changed.into()] })
        }
        Command::GoUp => Ok(clock::gone_up(case, now)),
        Command::NoteWarned { target } => Ok(clock::warned(case, *target, stopped_at.unwrap_or(now))),
        Command::NoteMissed { target } => Ok(clock::missed(case, *target, stopped_at.unwrap_or(now))),
        Command::Escalate { level, reason } => Ok(escalated(case, *level, reason)),
        Command::Resolve { resolution } => Ok(vec![Resolved { resolution: resolution.clone() }.into()]),
        Command::Reopen { .. } => Ok(Vec::new()),
        Command::Close => Ok(vec![Resolved { resolution: None }.into(), Closed {}.into()]),
        Command::Merge { case_id, into } => merged(*case_id, *into),
        Command::LinkBug { bug } => linked(case, bug),
        Command::Rate { .. } => Err(Rejection::Unsolved),
        Command::ReviewRating => ratings::reviewed(case),
    }
}

/// A case that is solved.
fn solved(case: &Case, how: &Resolved, command: &Command, now: Instant) -> Result<Vec<Event>, Rejection> {
    match command {
        Command::Open { .. }
        | Command::Mirror(_)
        | Command::NoteWarned { .. }
        | Command::NoteMissed { .. }
        | Command::GoUp
        | Command::Part { .. } => Ok(Vec::new()),
        Command::Assign { group, assignee, interaction_id } => {
            assigned(case, group, assignee, *interaction_id)
        }
        Command::Reply { interaction_id } => {
            said(case, *interaction_id, || vec![Replied { interaction_id: *interaction_id }.into()])
        }
        // What the customer says is never turned away while the case is there.
        Command::Hear { interaction_id, level } => said(case, *interaction_id, || {
            let clock = level.as_ref().map(|level| clock::of_reopening(case, level, now));
            let open = clock.as_ref().map(Promises::of).unwrap_or_default();
            let heard = open.after_word(case, level.as_ref(), now);
            let heard = CustomerReplied { interaction_id: *interaction_id, clock: heard };
            vec![Reopened { clock }.into(), heard.into()]
        }),
        Command::ChangePriority { priority, .. } => {
            let changed = PriorityChanged { from: case.priority, to: *priority, clock: None };
            Ok(if case.priority == *priority { Vec::new() } else { vec![changed.into()] })
        }
        Command::Resolve { resolution } if how.resolution == *resolution => Ok(Vec::new()),
        Command::Await { .. }
        | Command::Resume { .. }
        | Command::Escalate { .. }
        | Command::Resolve { .. } => Err(Rejection::Resolved),
        Command::Reopen { level } => {
            let clock = level.as_ref().map(|level| clock::of_reopening(case, level, now));
            Ok(vec![Reopened { clock }.into()])
        }
        Command::Close => Ok(vec![Closed {}.into()]),
        Command::Merge { case_id, into } => merged(*case_id, *into),
        Command::LinkBug { bug } => linked(case, bug),
        Command::Rate { rating, interaction_id } => ratings::rated(case, *rating, *interaction_id),
        Command::ReviewRating => ratings::reviewed(case),
    }
}

/// A case that nobody comes back to.
fn over(case: &Case, command: &Command, now: Instant) -> Result<Vec<Event>, Rejection> {
    match command {
        Command::Open { .. }
        | Command::Mirror(_)
        | Command::NoteWarned { .. }
        | Command::NoteMissed { .. }
        | Command::GoUp
        | Command::Part { .. }
        | Command::Close => Ok(Vec::new()),
        Command::Reply { interaction_id } | Command::Hear { interaction_id, .. }
            if case.said.contains(interaction_id) =>
        {
            Ok(Vec::new())
        }
        Command::Assign { .. }
        | Command::Reply { .. }
        | Command::Hear { .. }
        | Command::Await { .. }
        | Command::Resume { .. }
        | Command::ChangePriority { .. }
        | Command::Escalate { .. }
        | Command::Resolve { .. } => Err(Rejection::Closed),
        Command::Reopen { level } => {
            let clock = level.as_ref().map(|level| clock::of_reopening(case, level, now));
            Ok(vec![Reopened { clock }.into()])
        }
        Command::Merge { case_id, into } => merged(*case_id, *into),
        Command::LinkBug { bug } => linked(case, bug),
        Command::Rate { rating, interaction_id } => ratings::rated(case, *rating, *interaction_id),
        Command::ReviewRating => ratings::reviewed(case),
    }
}

/// What was said is told once.
fn said(
    case: &Case,
    interaction_id: InteractionId,
    events: impl FnOnce() -> Vec<Event>,
) -> Result<Vec<Event>, Rejection> {
    if case.said.contains(&interaction_id) {
        return Ok(Vec::new());
    }
    if case.said.len() >= SAID_MAX { Err(Rejection::TooMuchSaid) } else { Ok(events()) }
}

fn assigned(
    case: &Case,
    group: &Option<Reference>,
    assignee: &Option<Reference>,
    interaction_id: Option<InteractionId>,
) -> Result<Vec<Event>, Rejection> {
    let is_told = interaction_id.is_none_or(|id| case.said.contains(&id));
    if is_told && case.group == *group && case.assignee == *assignee {
        return Ok(Vec::new());
    }
    if case.said.len() >= SAID_MAX {
        return Err(Rejection::TooMuchSaid);
    }
    let assigned = Assigned {
        group: group.clone(),
        assignee: assignee.clone(),
        previous_group: case.group.clone(),
        previous_assignee: case.assignee.clone(),
        interaction_id,
    };
    Ok(vec![assigned.into()])
}

fn escalated(case: &Case, level: u32, reason: &Label) -> Vec<Event> {
    let is_higher = level > case.level;
    is_higher.then(|| Escalated { level, reason: reason.clone(), terms: None }.into()).into_iter().collect()
}

fn merged(case_id: CaseId, into: CaseId) -> Result<Vec<Event>, Rejection> {
    if case_id == into { Err(Rejection::MergedIntoItself) } else { Ok(vec![Merged { into }.into()]) }
}

fn linked(case: &Case, bug: &Source) -> Result<Vec<Event>, Rejection> {
    if case.bugs.contains(bug) {
        return Ok(Vec::new());
    }
    if case.bugs.len() >= BUGS_MAX {
        return Err(Rejection::TooManyBugs);
    }
    Ok(vec![BugLinked { bug: bug.clone() }.into()])
}
