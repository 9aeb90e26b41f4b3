//! How much of what contacts did a trial holds.

use rapport_domain::id::{InteractionId, derived_uuid};
use rapport_domain::interaction::{Channel, Direction};
use rapport_domain::lead::{Capture, Captured, Fields, Source, id_of};
use rapport_domain::scoring_model::{Decay, EngagementRule, Thresholds};
use rapport_domain::value::{Key, Label, Segments};

use super::*;

fn ann() -> ContactId {
    ContactId::derived("tests", "ann")
}

fn event_id(number: u64) -> EventId {
    EventId(derived_uuid(&["tests", &number.to_string()]))
}

/// So many seconds after 1970 began.
fn second(number: i64) -> Instant {
    Instant::from_micros(number * 1_000_000).unwrap()
}

/// Looks at what happened on the web site.
fn model() -> Definition {
    let thresholds = Thresholds { high: 50, middle: 20, cap: 100 };
    let on_the_web = EngagementRule {
        key: Key::parse("web").unwrap(),
        channel: Channel::Web,
        topic: None,
        prefix: None,
        within_days: 7,
        count: 1,
        points: 10,
        decay: Decay::None,
        hot: false,
    };
    Definition {
        version: 1,
        name: Label::parse("Standard").unwrap(),
        fit: thresholds,
        engagement: thresholds,
        fit_rules: Vec::new(),
        engagement_rules: vec![on_the_web],
        hot: [].into(),
        warm: [].into(),
    }
}

/// The one lead of ann, in a trial that counts so many touches.
fn leads(touches_max: usize) -> Leads {
    let interaction_id = InteractionId::derived("tests", "capture");
    let source = Source::WebForm;
    let capture = Capture {
        source,
        campaign: None,
        external: None,
        interaction_id,
        fields: Fields::new(),
        field_set_version: None,
    };
    let captured = Captured { contact_id: ann(), capture };
    let period = Period { from: second(0), to: second(1_000) };
    let mut leads = Leads::of(model(), period, touches_max);
    let lead = Lived::begun(&captured, event_id(0), second(0));
    leads.cast.add(id_of(ann(), 0), ann(), lead).unwrap();
    leads
}

impl Leads {
    /// Ann does something.
    async fn done(&mut self, channel: Channel, number: u32) -> Result<(), Failure> {
        let did = interaction::Recorded {
            interaction_id: InteractionId::derived("tests", &number.to_string()),
            channel,
            direction: Direction::Inbound,
            summary: None,
            topic: None,
            duration_seconds: None,
            outcome: None,
            value: None,
            source: None,
            related: Vec::new(),
            segments: Segments::new(),
            mentions: [].into(),
        };
        let told = (event_id(number.into()), Revision(number.into()));
        self.said(ann(), &did.into(), told, second(number.into())).await
    }
}

#[tokio::test]
async fn more_touches_than_a_trial_counts_end_it_and_those_that_no_rule_looks_at_do_not_count() {
    let mut leads = leads(2);
    for (number, channel) in (1..).zip([Channel::Web, Channel::Chat, Channel::Web, Channel::Chat]) {
        leads.done(channel, number).await.unwrap();
    }
    let refused = leads.done(Channel::Web, 5).await;
    assert!(matches!(refused, Err(Failure::TooManyTouches { limit: 2 })), "{refused:?}");
}

#[tokio::test]
async fn what_is_done_after_a_lead_was_judged_for_the_last_time_does_not_count() {
    let mut leads = leads(1);
    leads.done(Channel::Web, 1).await.unwrap();
    leads.cast.lead_mut(&id_of(ann(), 0)).unwrap().settle(second(2), &model()).await;
    leads.done(Channel::Web, 3).await.unwrap();
}
