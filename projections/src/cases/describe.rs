//! What happened to a case, in words that name nobody but users and groups.

use std::fmt::Write as _;

use rapport_domain::case::{Assigned, Event};
use rapport_domain::id::InteractionId;
use rapport_domain::sla_policy::{Clock, Target, Wait};
use rapport_domain::value::Reference;

pub(crate) fn event(event: &Event) -> String {
    match event {
        Event::Opened(opened) => {
            let title = &opened.title;
            format!("opened: {title}, {}{}", opened.priority.as_str(), promised(opened.clock.as_deref()))
        }
        Event::Assigned(assigned) => handed_over(assigned),
        Event::Replied(_) => "answered".to_owned(),
        Event::CustomerReplied(replied) => {
            format!("the customer replied{}", promised(replied.clock.as_ref()))
        }
        Event::Awaited(awaited) => {
            let clock = if awaited.stopped_at.is_some() { ", the clock stands still" } else { "" };
            format!("waits for {}{clock}", wait(awaited.wait))
        }
        Event::Resumed(resumed) => format!("goes on{}", promised(resumed.clock.as_ref())),
        Event::PriorityChanged(changed) => {
            let (from, to) = (changed.from.as_str(), changed.to.as_str());
            format!("priority from {from} to {to}{}", promised(changed.clock.as_ref()))
        }
        Event::Escalated(escalated) => {
            let rule = escalated.terms.as_ref().map_or_else(String::new, |terms| {
                format!(", as version {} of {} says", terms.policy_version, terms.policy_id)
            });
            format!("escalated to level {}: {}{rule}", escalated.level, escalated.reason)
        }
        Event::TargetBreached(breached) => match breached.due_at {
            Some(due_at) => format!("{} missed: it was due by {due_at}", target(breached.target)),
            None => format!("{} too late", target(breached.target)),
        },
        Event::Resolved(resolved) => match &resolved.resolution {
            Some(resolution) => format!("resolved: {resolution}"),
            None => "resolved".to_owned(),
        },
        Event::Reopened(reopened) => format!("reopened{}", promised(reopened.clock.as_ref())),
        Event::Closed(_) => "closed".to_owned(),
        Event::Merged(merged) => format!("became a part of {}", merged.into),
        Event::Parted(parted) => {
            format!("no part of {} any more{}", parted.from, promised(parted.clock.as_ref()))
        }
        Event::TargetWarned(warned) => {
            format!("little time is left: {} by {}", target(warned.target), warned.due_at)
        }
        Event::Rated(rated) => format!("rated {} of 5", rated.rating.get()),
        Event::RatingReviewed(_) => "the low rating was looked at".to_owned(),
        Event::BugLinked(linked) => format!("bug {} {}", linked.bug.system, linked.bug.external_ref),
    }
}

/// What was said, where something was.
pub(super) const fn said(event: &Event) -> Option<InteractionId> {
    match event {
        Event::Opened(opened) => opened.interaction_id,
        Event::Assigned(assigned) => assigned.interaction_id,
        Event::Replied(replied) => Some(replied.interaction_id),
        Event::CustomerReplied(replied) => Some(replied.interaction_id),
        Event::Rated(rated) => rated.interaction_id,
        Event::RatingReviewed(_)
        | Event::Awaited(_)
        | Event::Resumed(_)
        | Event::PriorityChanged(_)
        | Event::Escalated(_)
        | Event::TargetBreached(_)
        | Event::Resolved(_)
        | Event::Reopened(_)
        | Event::Closed(_)
        | Event::Merged(_)
        | Event::BugLinked(_)
        | Event::Parted(_)
        | Event::TargetWarned(_) => None,
    }
}

fn handed_over(assigned: &Assigned) -> String {
    let name = |reference: &Option<Reference>, nobody: &str| {
        reference.as_ref().map_or_else(|| nobody.to_owned(), ToString::to_string)
    };
    let (group, assignee) = (name(&assigned.group, "no group"), name(&assigned.assignee, "nobody"));
    let (from_group, from) =
        (name(&assigned.previous_group, "no group"), name(&assigned.previous_assignee, "nobody"));
    format!("handed from {from_group}, {from} to {group}, {assignee}")
}

/// What is open, and when it is due.
fn promised(clock: Option<&Clock>) -> String {
    let mut text = String::new();
    for (promised, due) in clock.iter().flat_map(|clock| clock.due.each()) {
        let _ = write!(text, "; {} by {due}", target(promised));
    }
    if let Some(goes_up) = clock.and_then(|clock| clock.goes_up.as_ref()) {
        let _ = write!(text, "; goes up to level {} at {}", goes_up.level, goes_up.at);
    }
    text
}

const fn wait(wait: Wait) -> &'static str {
    match wait {
        Wait::Customer => "the customer",
        Wait::ThirdParty => "somebody else",
    }
}

const fn target(target: Target) -> &'static str {
    match target {
        Target::FirstResponse => "first answer",
        Target::NextResponse => "next answer",
        Target::Resolution => "solution",
    }
}
