//! One sample of every event about rules for leads, with every field that it can have.

use crate::criterion::Criterion;
use crate::field_set::{self, Field, FieldType};
use crate::id::CalendarId;
use crate::interaction::Channel;
use crate::lead::{Grade, Rating, Source};
use crate::routing_policy::{self, Candidate, Rule, Strategy};
use crate::scoring_model::{self, Decay, EngagementRule, FitRule, SegmentPrefix, Thresholds};
use crate::testing::{key, label, reference};

fn criteria() -> Vec<Criterion> {
    vec![
        Criterion::Source { one_of: [Source::WebForm, Source::Referral].into() },
        Criterion::Field { key: key("industry"), one_of: [label("Printing")].into() },
        Criterion::Number { key: key("employees"), at_least: Some(50), at_most: Some(500) },
        Criterion::Segment { key: key("country"), one_of: [label("AT"), label("DE")].into() },
    ]
}

fn rule(name: &str, decay: Decay) -> EngagementRule {
    EngagementRule {
        key: key(name),
        channel: Channel::Web,
        topic: Some(key("page_viewed")),
        prefix: Some(SegmentPrefix { key: key("page"), begins_with: label("/pricing") }),
        within_days: 7,
        count: 3,
        points: 40,
        decay,
        hot: true,
    }
}

pub(super) fn scoring_model() -> Vec<scoring_model::Event> {
    let definition = scoring_model::Definition {
        version: 2,
        name: label("Standard"),
        fit: Thresholds { high: 60, middle: 30, cap: 100 },
        engagement: Thresholds { high: 50, middle: 20, cap: 100 },
        fit_rules: vec![FitRule { key: key("right_size"), criteria: criteria(), points: 40 }],
        engagement_rules: vec![
            rule("pricing_often", Decay::None),
            rule("pricing", Decay::HalfLife { days: 14 }),
            rule("forms", Decay::Linear { days: 30 }),
        ],
        hot: [Grade::A1, Grade::B1].into(),
        warm: [Grade::A2, Grade::B2].into(),
    };
    vec![scoring_model::Published { definition }.into()]
}

pub(super) fn routing_policy() -> Vec<routing_policy::Event> {
    let rule = |name, strategy| Rule {
        key: key(name),
        criteria: criteria(),
        rating_at_least: Some(Rating::Warm),
        grades: [Grade::A1, Grade::A2].into(),
        strategy,
        candidates: vec![Candidate {
            owner: reference("user_ann"),
            capacity: Some(20),
            daily_quota: Some(5),
        }],
    };
    let definition = routing_policy::Definition {
        version: 3,
        name: label("Standard"),
        calendar_id: Some(CalendarId::derived("golden", "office")),
        respond_minutes: 30,
        fallback_queue: reference("inbound"),
        rules: vec![
            rule("named", Strategy::InOrder),
            rule("dach", Strategy::RoundRobin),
            rule("others", Strategy::LeastLoad),
        ],
    };
    vec![routing_policy::Published { definition }.into()]
}

pub(super) fn field_set() -> Vec<field_set::Event> {
    let field = |name, words, field_type| Field {
        key: key(name),
        label: label(words),
        field_type,
        required: false,
        options: Vec::new(),
    };
    let options = vec![label("Printing"), label("Trade")];
    let fields = vec![
        Field { options, ..field("industry", "Industry", FieldType::Choice) },
        Field { required: true, ..field("employees", "Employees", FieldType::Number) },
        field("budget", "Budget in EUR", FieldType::Decimal),
        field("contract_ends_on", "Their contract ends on", FieldType::Date),
        field("has_budget", "Has a budget", FieldType::Flag),
        field("rival", "Whom they buy from", FieldType::Text),
    ];
    vec![field_set::Published { definition: field_set::Definition { version: 2, fields } }.into()]
}
