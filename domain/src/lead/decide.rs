//! The rules of a lead.

use std::collections::BTreeSet;

use super::command::{Assign, Command};
use super::event::{
    Assigned, AssignmentDeclined, AssignmentTimedOut, Capture, Captured, CapturedAgain, Contacted, Converted,
    Disqualified, Enriched, Event, Qualified, Recycled, Scored,
};
use super::field::Fields;
use super::rejection::Rejection;
use super::score::Score;
use super::state::{Lead, State};
use crate::field_set::Definition;
use crate::id::{ContactId, InteractionId, OpportunityId};
use crate::value::{Date, Key, Label, Reference};

/// Most fields of one lead.
pub const FIELDS_MAX: usize = 50;
/// Most captures and contacts of one lead.
pub const TOUCHES_MAX: usize = 1_000;
/// Most assignments of one lead.
pub const ASSIGNMENTS_MAX: u32 = 1_000;
/// Most rules that one score names.
pub const CONTRIBUTIONS_MAX: usize = 100;

/// What a command causes: nothing of it depends on who asks, or when.
///
/// # Errors
/// Where the rules say no.
pub fn decide(state: &State, command: &Command) -> Result<Vec<Event>, Rejection> {
    let lead = match (state, command) {
        (State::Uncaptured, Command::Capture { contact_id, capture, field_set }) => {
            return captured(*contact_id, capture, field_set.as_deref());
        }
        (State::Uncaptured, _) => return Err(Rejection::NotCaptured),
        (State::Disqualified(lead, known), command) => return disqualified_already(lead, known, command),
        (State::Converted(lead, known), command) => return converted_already(lead, known, command),
        (
            State::New(lead)
            | State::Assigned(lead)
            | State::Working(lead)
            | State::Qualified(lead)
            | State::Recycled(lead, _),
            _,
        ) => lead,
    };
    match command {
        Command::Capture { capture, field_set, .. } => captured_again(lead, capture, field_set.as_deref()),
        Command::Enrich { fields, cleared, field_set } => {
            enriched(lead, fields, cleared, field_set.as_deref())
        }
        Command::Score(score) => scored(lead, score),
        Command::Assign(assign) => assigned(lead, assign),
        Command::Decline { owner, reason } => declined(state, lead, owner, reason.as_ref()),
        Command::TimeOut { number } => timed_out(state, lead, *number),
        Command::Contact { interaction_id } => contacted(lead, *interaction_id),
        Command::Qualify { reason } => qualified(state, reason.as_ref()),
        Command::Disqualify { reason } => Ok(vec![Disqualified { reason: reason.clone() }.into()]),
        Command::Recycle { until, reason } => Ok(recycled(state, *until, reason.as_ref())),
        Command::Convert { account_id, opportunity_id } => converted(state, *account_id, *opportunity_id),
    }
}

fn captured(
    contact_id: ContactId,
    capture: &Capture,
    field_set: Option<&Definition>,
) -> Result<Vec<Event>, Rejection> {
    if capture.fields.len() > FIELDS_MAX {
        return Err(Rejection::TooManyFields);
    }
    let capture = judged(capture, &Fields::new(), field_set)?;
    Ok(vec![Captured { contact_id, capture }.into()])
}

/// A capture with the version that judged it. What is known already counts as there.
fn judged(capture: &Capture, known: &Fields, field_set: Option<&Definition>) -> Result<Capture, Rejection> {
    if let Some(set) = field_set {
        set.check(&capture.fields)?;
        set.check_whole(|key| capture.fields.contains_key(key) || known.contains_key(key))?;
    }
    Ok(Capture { field_set_version: field_set.map(|set| set.version), ..capture.clone() })
}

/// Whether it came in already: by its id in the system that keeps it, or by what was said.
fn is_known(lead: &Lead, capture: &Capture) -> bool {
    let external = capture.external.as_ref();
    external.is_some_and(|external| lead.externals.contains(external))
        || lead.touches.contains(&capture.interaction_id)
}

fn captured_again(
    lead: &Lead,
    capture: &Capture,
    field_set: Option<&Definition>,
) -> Result<Vec<Event>, Rejection> {
    if is_known(lead, capture) {
        return Ok(Vec::new());
    }
    assert_touchable(lead)?;
    assert_fields(lead, &capture.fields, &BTreeSet::new())?;
    let capture = judged(capture, &lead.fields, field_set)?;
    Ok(vec![CapturedAgain { capture }.into()])
}

fn assert_touchable(lead: &Lead) -> Result<(), Rejection> {
    if lead.touches.len() < TOUCHES_MAX { Ok(()) } else { Err(Rejection::TooManyTouches) }
}

/// Fields keep their types, and there are not too many of them.
fn assert_fields(lead: &Lead, fields: &Fields, cleared: &BTreeSet<Key>) -> Result<(), Rejection> {
    let kept = || lead.fields.iter().filter(|(key, _)| !cleared.contains(*key));
    for (key, value) in kept() {
        if fields.get(key).is_some_and(|new| new.kind() != value.kind()) {
            return Err(Rejection::FieldOfAnotherType { key: key.clone(), kind: value.kind() });
        }
    }
    let added = fields.keys().filter(|key| !lead.fields.contains_key(*key) || cleared.contains(*key));
    if kept().count() + added.count() > FIELDS_MAX { Err(Rejection::TooManyFields) } else { Ok(()) }
}

/// What is cleared and set by one command is set: its type may be another one then. A field that a lead has to have is not
/// cleared; one that an older lead never had need not come with the first word about it.
fn enriched(
    lead: &Lead,
    fields: &Fields,
    cleared: &BTreeSet<Key>,
    field_set: Option<&Definition>,
) -> Result<Vec<Event>, Rejection> {
    if let Some(set) = field_set {
        set.check(fields)?;
        set.check_whole(|key| fields.contains_key(key) || !cleared.contains(key))?;
    }
    assert_fields(lead, fields, cleared)?;
    let changed = fields.iter().filter(|(key, value)| lead.fields.get(*key) != Some(value));
    let fields_changed: Fields = changed.map(|(key, value)| (key.clone(), value.clone())).collect();
    let gone = cleared.iter().filter(|key| lead.fields.contains_key(*key) && !fields.contains_key(*key));
    let cleared: BTreeSet<Key> = gone.cloned().collect();
    if fields_changed.is_empty() && cleared.is_empty() {
        return Ok(Vec::new());
    }
    let field_set_version = field_set.map(|set| set.version);
    Ok(vec![Enriched { fields: fields_changed, cleared, field_set_version }.into()])
}

fn scored(lead: &Lead, score: &Score) -> Result<Vec<Event>, Rejection> {
    if score.contributions.len() > CONTRIBUTIONS_MAX {
        return Err(Rejection::TooManyContributions);
    }
    if lead.score.as_ref() == Some(score) {
        return Ok(Vec::new());
    }
    Ok(vec![Scored { score: score.clone() }.into()])
}

fn assigned(lead: &Lead, assign: &Assign) -> Result<Vec<Event>, Rejection> {
    if lead.holder.as_ref() == Some(&assign.to) {
        return Ok(Vec::new());
    }
    if lead.assignments >= ASSIGNMENTS_MAX {
        return Err(Rejection::TooManyAssignments);
    }
    Ok(vec![
        Assigned {
            to: assign.to.clone(),
            previous: lead.holder.clone(),
            number: lead.assignments.saturating_add(1),
            reason: assign.reason.clone(),
            routing: assign.routing.clone(),
            respond_by: assign.respond_by,
        }
        .into(),
    ])
}

fn declined(
    state: &State,
    lead: &Lead,
    owner: &Reference,
    reason: Option<&Label>,
) -> Result<Vec<Event>, Rejection> {
    let has_it = lead.holder.as_ref().and_then(|holder| holder.owner()) == Some(owner);
    match state {
        State::Assigned(_) if has_it => {
            let (owner, number) = (owner.clone(), lead.assignments);
            Ok(vec![AssignmentDeclined { owner, number, reason: reason.cloned() }.into()])
        }
        State::Uncaptured
        | State::New(_)
        | State::Assigned(_)
        | State::Working(_)
        | State::Qualified(_)
        | State::Recycled(..)
        | State::Disqualified(..)
        | State::Converted(..) => {
            if has_it {
                Err(Rejection::InWork)
            } else if lead.declined_by.contains(owner) {
                Ok(Vec::new())
            } else {
                Err(Rejection::NotAssignedTo { owner: owner.clone() })
            }
        }
    }
}

/// A timer that comes too late, because something was done or somebody else has it, changes nothing.
fn timed_out(state: &State, lead: &Lead, number: u32) -> Result<Vec<Event>, Rejection> {
    if number == 0 || number > lead.assignments {
        return Err(Rejection::AssignmentUnknown);
    }
    let is_idle = matches!(state, State::Assigned(_));
    let from = lead.holder.clone().filter(|_| is_idle && number == lead.assignments);
    Ok(from.map(|from| AssignmentTimedOut { from, number }.into()).into_iter().collect())
}

fn contacted(lead: &Lead, interaction_id: InteractionId) -> Result<Vec<Event>, Rejection> {
    if lead.touches.contains(&interaction_id) {
        return Ok(Vec::new());
    }
    assert_touchable(lead)?;
    Ok(vec![Contacted { interaction_id }.into()])
}

fn qualified(state: &State, reason: Option<&Label>) -> Result<Vec<Event>, Rejection> {
    match state {
        State::New(_) | State::Assigned(_) | State::Working(_) => {
            Ok(vec![Qualified { reason: reason.cloned() }.into()])
        }
        State::Qualified(_) => Ok(Vec::new()),
        State::Recycled(..) => Err(Rejection::Recycled),
        State::Uncaptured => Err(Rejection::NotCaptured),
        State::Disqualified(..) => Err(Rejection::Disqualified),
        State::Converted(..) => Err(Rejection::Converted),
    }
}

fn recycled(state: &State, until: Option<Date>, reason: Option<&Label>) -> Vec<Event> {
    let told = Recycled { until, reason: reason.cloned() };
    match state {
        State::Recycled(_, known) if *known == told => Vec::new(),
        State::Uncaptured
        | State::New(_)
        | State::Assigned(_)
        | State::Working(_)
        | State::Qualified(_)
        | State::Recycled(..)
        | State::Disqualified(..)
        | State::Converted(..) => vec![told.into()],
    }
}

fn converted(
    state: &State,
    account_id: Option<ContactId>,
    opportunity_id: Option<OpportunityId>,
) -> Result<Vec<Event>, Rejection> {
    match state {
        State::Qualified(lead) => {
            let contact_id = lead.captured.contact_id;
            Ok(vec![Converted { contact_id, account_id, opportunity_id }.into()])
        }
        State::Uncaptured => Err(Rejection::NotCaptured),
        State::New(_) | State::Assigned(_) | State::Working(_) | State::Recycled(..) => {
            Err(Rejection::NotQualified)
        }
        State::Disqualified(..) => Err(Rejection::Disqualified),
        State::Converted(..) => Err(Rejection::Converted),
    }
}

/// What is over takes what it has had already, and a timer that comes too late.
fn over(lead: &Lead, command: &Command) -> Option<Vec<Event>> {
    let is_repeated = match command {
        Command::Capture { capture, .. } => is_known(lead, capture),
        Command::Contact { interaction_id } => lead.touches.contains(interaction_id),
        Command::Decline { owner, .. } => lead.declined_by.contains(owner),
        Command::TimeOut { number } => (1..=lead.assignments).contains(number),
        Command::Score(score) => lead.score.as_ref() == Some(score),
        Command::Enrich { .. }
        | Command::Assign(_)
        | Command::Qualify { .. }
        | Command::Disqualify { .. }
        | Command::Recycle { .. }
        | Command::Convert { .. } => false,
    };
    is_repeated.then(Vec::new)
}

fn disqualified_already(
    lead: &Lead,
    known: &Disqualified,
    command: &Command,
) -> Result<Vec<Event>, Rejection> {
    match command {
        Command::Disqualify { reason } if known.reason == *reason => Ok(Vec::new()),
        Command::Capture { .. }
        | Command::Enrich { .. }
        | Command::Score(_)
        | Command::Assign(_)
        | Command::Decline { .. }
        | Command::TimeOut { .. }
        | Command::Contact { .. }
        | Command::Qualify { .. }
        | Command::Disqualify { .. }
        | Command::Recycle { .. }
        | Command::Convert { .. } => over(lead, command).ok_or(Rejection::Disqualified),
    }
}

fn converted_already(lead: &Lead, known: &Converted, command: &Command) -> Result<Vec<Event>, Rejection> {
    match command {
        Command::Convert { account_id, opportunity_id }
            if known.account_id == *account_id && known.opportunity_id == *opportunity_id =>
        {
            Ok(Vec::new())
        }
        Command::Qualify { .. } => Ok(Vec::new()),
        Command::Capture { .. }
        | Command::Enrich { .. }
        | Command::Score(_)
        | Command::Assign(_)
        | Command::Decline { .. }
        | Command::TimeOut { .. }
        | Command::Contact { .. }
        | Command::Disqualify { .. }
        | Command::Recycle { .. }
        | Command::Convert { .. } => over(lead, command).ok_or(Rejection::Converted),
    }
}
