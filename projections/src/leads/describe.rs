//! What happened to a lead, in words that name nobody but users and queues.

use std::fmt::Write as _;

use rapport_domain::id::InteractionId;
use rapport_domain::lead::{Assigned, Capture, Converted, Enriched, Event, Holder, Recycled, Source};
use rapport_domain::value::Label;

pub(crate) fn event(event: &Event) -> String {
    match event {
        Event::Captured(captured) => format!("lead captured: {}", capture(&captured.capture)),
        Event::CapturedAgain(again) => format!("lead captured again: {}", capture(&again.capture)),
        Event::Enriched(enriched) => fields(enriched),
        Event::Scored(scored) => {
            let score = &scored.score;
            let rating = score.rating.as_str();
            format!("lead scored {} and {}: {}, {rating}", score.fit, score.engagement, score.grade)
        }
        Event::Assigned(assigned) => handed_over(assigned),
        Event::AssignmentDeclined(declined) => {
            format!("lead given back by {}{}", declined.owner, because(declined.reason.as_ref()))
        }
        Event::AssignmentTimedOut(timed_out) => {
            format!("lead taken back from {}: nothing was done in time", holder(&timed_out.from))
        }
        Event::Contacted(_) => "lead contacted".to_owned(),
        Event::Qualified(qualified) => format!("lead qualified{}", because(qualified.reason.as_ref())),
        Event::Disqualified(disqualified) => format!("lead disqualified: {}", disqualified.reason),
        Event::Recycled(recycled) => rests(recycled),
        Event::Converted(converted) => came_of(converted),
    }
}

/// What was said, where something was.
pub(super) const fn said(event: &Event) -> Option<InteractionId> {
    match event {
        Event::Captured(captured) => Some(captured.capture.interaction_id),
        Event::CapturedAgain(again) => Some(again.capture.interaction_id),
        Event::Contacted(contacted) => Some(contacted.interaction_id),
        Event::Enriched(_)
        | Event::Scored(_)
        | Event::Assigned(_)
        | Event::AssignmentDeclined(_)
        | Event::AssignmentTimedOut(_)
        | Event::Qualified(_)
        | Event::Disqualified(_)
        | Event::Recycled(_)
        | Event::Converted(_) => None,
    }
}

fn capture(capture: &Capture) -> String {
    let from = source(capture.source);
    capture.campaign.as_ref().map_or_else(|| from.to_owned(), |campaign| format!("{from}, {campaign}"))
}

fn fields(enriched: &Enriched) -> String {
    let mut text = "lead enriched:".to_owned();
    let mut mark = "";
    for (key, value) in &enriched.fields {
        let _ = write!(text, "{mark} {key} {value}");
        mark = ",";
    }
    for key in &enriched.cleared {
        let _ = write!(text, "{mark} {key} cleared");
        mark = ",";
    }
    text
}

fn handed_over(assigned: &Assigned) -> String {
    let to = holder(&assigned.to);
    let from =
        assigned.previous.as_ref().map_or_else(String::new, |previous| format!(" from {}", holder(previous)));
    let rule = assigned.routing.as_ref().map_or_else(String::new, |routing| {
        format!(", as version {} of {} says", routing.version, routing.policy_id)
    });
    let by = assigned.respond_by.map_or_else(String::new, |by| format!("; to be contacted by {by}"));
    format!("lead handed{from} to {to}{}{rule}{by}", because(assigned.reason.as_ref()))
}

fn rests(recycled: &Recycled) -> String {
    let until = recycled.until.map_or_else(String::new, |until| format!(" until {until}"));
    format!("lead rests{until}{}", because(recycled.reason.as_ref()))
}

fn came_of(converted: &Converted) -> String {
    let account = converted.account_id.map(|id| id.to_string());
    let deal = converted.opportunity_id.map(|id| id.to_string());
    let what: Vec<String> = account.into_iter().chain(deal).collect();
    if what.is_empty() {
        "lead converted".to_owned()
    } else {
        format!("lead converted to {}", what.join(", "))
    }
}

fn because(reason: Option<&Label>) -> String {
    reason.map_or_else(String::new, |reason| format!(": {reason}"))
}

fn holder(holder: &Holder) -> String {
    match holder {
        Holder::Owner(owner) => owner.to_string(),
        Holder::Queue(queue) => format!("queue {queue}"),
    }
}

const fn source(source: Source) -> &'static str {
    match source {
        Source::WebForm => "web form",
        Source::Email => "e-mail",
        Source::Call => "call",
        Source::Chat => "chat",
        Source::SocialAd => "advertisement in a social network",
        Source::Referral => "referral",
        Source::Partner => "partner",
        Source::Event => "event",
        Source::Import => "import",
        Source::Api => "another program",
        Source::ExistingCustomer => "existing customer",
        Source::Campaign => "campaign",
    }
}
