//! What is said with a customer, through every channel.

use rapport_domain::id::InteractionId;
use rapport_proto::v1::{InteractionChannel, InteractionDirection, RecordInteractionRequest};

use super::customer::Customer;
use super::diary::{Diary, SOURCE};

/// A kind of exchange: channel, direction, topic, what is said, how it ends, and whether it takes time.
struct Kind {
    channel: InteractionChannel,
    direction: InteractionDirection,
    topic: &'static str,
    said: &'static str,
    outcome: &'static str,
    takes_time: bool,
}

/// Declares kinds of exchanges in one line each.
macro_rules! kinds {
    ($($channel:ident $direction:ident $topic:literal $said:literal $outcome:literal $takes_time:literal;)+) => {
        [$(Kind {
            channel: InteractionChannel::$channel,
            direction: InteractionDirection::$direction,
            topic: $topic,
            said: $said,
            outcome: $outcome,
            takes_time: $takes_time,
        },)+]
    };
}

const KINDS: &[Kind] = &kinds! {
    Call Inbound "support" "Asked how invoices can be sent to a second address." "answered" true;
    Call Outbound "check_in" "Called to hear how the first weeks went." "reached" true;
    Call Outbound "check_in" "Left a message about the renewal." "missed" false;
    Email Inbound "question" "Wants to know whether delivery by Friday is possible." "answered" false;
    Email Outbound "offer" "Sent the revised offer with the lower quantity." "sent" false;
    Email Inbound "complaint" "The last delivery was incomplete; asks for the missing part." "solved" false;
    Chat Inbound "support" "Could not reset the password; a new link was sent." "solved" true;
    Meeting Outbound "review" "Went through the quarter; satisfied, asks for a report a month." "held" true;
    Sms Outbound "reminder" "Reminded of the appointment tomorrow." "delivered" false;
    Social Inbound "praise" "Praised the quick help in a public post." "thanked" false;
    Web Inbound "page_viewed" "Looked at the prices." "" false;
    Form Inbound "contact_form" "Asked to be called back about the larger plan." "called_back" false;
    Cart Inbound "cart_left" "Left a cart with two items." "abandoned" false;
    ProductUsage Inbound "feature_used" "Exported a report for the first time." "" false;
    Note Internal "handover" "Prefers e-mail in the morning; decisions are made by the board." "" false;
};

/// Some exchanges over the time of the relationship.
pub(super) fn record(diary: &mut Diary, customer: &Customer) {
    let kinds: Vec<&Kind> = KINDS.iter().collect();
    let number = diary.chance.between(3, 14);
    let days = diary.age(customer.since);
    for place in 0..number {
        let days_after = diary.chance.between(0, days);
        let Some(at) = diary.later(customer.since, days_after, days_after) else { continue };
        let kind = diary.chance.pick(&kinds);
        let duration = diary.chance.between(60, 2400);
        let name = format!("talk-{place}");
        let request = RecordInteractionRequest {
            header: diary.header(&name, at),
            contact_id: diary.contact_id.clone(),
            interaction_id: InteractionId::derived(SOURCE, &diary.key(&name)).to_string(),
            channel: kind.channel.into(),
            direction: kind.direction.into(),
            summary: kind.said.to_owned(),
            topic: kind.topic.to_owned(),
            duration_seconds: kind.takes_time.then(|| u32::try_from(duration).unwrap_or_default()),
            outcome: kind.outcome.to_owned(),
            ..RecordInteractionRequest::default()
        };
        diary.note(at, request);
    }
}
