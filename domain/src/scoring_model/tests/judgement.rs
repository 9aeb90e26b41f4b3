//! How a model judges, to the point.

use uuid::Uuid;

use super::*;
use crate::criterion::{Facts, Told, Touch};
use crate::envelope::EventId;
use crate::id::ScoringModelId;
use crate::lead::{Contribution, FieldValue, Model, Rating, Score};
use crate::testing::{at, segments};

fn event(number: u128) -> EventId {
    EventId(Uuid::from_u128(number))
}

fn told<T>(value: T, number: u128) -> Told<T> {
    Told { value, event_id: event(number) }
}

fn view(number: u128, when: &str, page: &str) -> Touch {
    Touch {
        event_id: event(number),
        occurred_at: at(when),
        channel: Channel::Web,
        topic: Some(key("page_viewed")),
        segments: segments([("page", page)]),
    }
}

fn facts(source: Source, touches: Vec<Touch>) -> Facts {
    Facts {
        source: told(source, 1),
        fields: [(key("employees"), told(FieldValue::Number(120), 2))].into(),
        segments: [(key("country"), told(label("DE"), 3))].into(),
        touches,
    }
}

fn id() -> ScoringModelId {
    ScoringModelId::derived("tests", "standard")
}

fn judged(model: &Definition, facts: &Facts, when: &str) -> Score {
    score(id(), model, facts, at(when))
}

fn visits() -> Vec<Touch> {
    vec![
        view(11, "2026-11-14T12:00:00Z", "/pricing"),
        view(12, "2026-11-16T09:00:00Z", "/pricing/enterprise"),
        view(13, "2026-11-20T18:30:00Z", "/pricing"),
        view(14, "2026-11-20T18:31:00Z", "/careers"),
    ]
}

#[test]
fn three_visits_to_the_pricing_page_in_seven_days_are_hot() {
    let at_the_third = judged(&model(2), &facts(Source::Call, visits()), "2026-11-20T18:30:00Z");
    let contribution =
        Contribution { rule: key("pricing"), points: 40, event_ids: vec![event(13), event(12), event(11)] };
    let expected = Score {
        fit: 0,
        engagement: 40,
        grade: Grade::C2,
        rating: Rating::Hot,
        model: Model { model_id: id(), version: 2 },
        contributions: vec![contribution],
    };
    assert_eq!(at_the_third, expected);
}

#[test]
fn before_the_third_and_once_seven_days_have_passed_since_the_first_they_are_not() {
    for when in ["2026-11-20T18:29:59Z", "2026-11-21T12:00:00Z"] {
        let score = judged(&model(1), &facts(Source::Call, visits()), when);
        assert_eq!(
            (score.engagement, score.rating, score.contributions),
            (0, Rating::Cold, vec![]),
            "{when}"
        );
    }
    let last = judged(&model(1), &facts(Source::Call, visits()), "2026-11-21T11:59:59Z");
    assert_eq!((last.engagement, last.rating), (40, Rating::Hot));
}

#[test]
fn a_rule_about_fit_names_the_events_that_told_what_it_looks_at() {
    let rules = vec![
        FitRule {
            key: key("mid_market"),
            criteria: vec![
                Criterion::Number { key: key("employees"), at_least: Some(120), at_most: Some(500) },
                Criterion::Segment { key: key("country"), one_of: [label("AT"), label("DE")].into() },
            ],
            points: 25,
        },
        fit("called", Criterion::Source { one_of: [Source::Call].into() }, -5),
        fit("small", Criterion::Number { key: key("employees"), at_least: None, at_most: Some(119) }, -90),
        fit("as_written", Criterion::Field { key: key("employees"), one_of: [label("120")].into() }, 1),
        fit("unknown", Criterion::Segment { key: key("region"), one_of: [label("DE")].into() }, 90),
    ];
    let model = Definition { fit_rules: rules, ..model(1) };
    let score = judged(&model, &facts(Source::Call, vec![]), "2026-11-21T12:00:00Z");
    let named = |rule, points, events: &[u128]| {
        let event_ids = events.iter().map(|number| event(*number)).collect();
        Contribution { rule: key(rule), points, event_ids }
    };
    assert_eq!(
        score.contributions,
        [named("mid_market", 25, &[2, 3]), named("called", -5, &[1]), named("as_written", 1, &[2])]
    );
    assert_eq!((score.fit, score.grade, score.rating), (21, Grade::B3, Rating::Cold));
}

#[test]
fn points_become_grades_and_grades_become_ratings() {
    for (fit_points, engagement_points, grade, rating) in [
        (50, 50, Grade::A1, Rating::Hot),
        (50, 49, Grade::A2, Rating::Cold),
        (50, 19, Grade::A3, Rating::Cold),
        (49, 50, Grade::B1, Rating::Cold),
        (20, 20, Grade::B2, Rating::Warm),
        (20, 0, Grade::B3, Rating::Cold),
        (19, 50, Grade::C1, Rating::Cold),
        (0, 20, Grade::C2, Rating::Cold),
        (-9, -9, Grade::C3, Rating::Cold),
    ] {
        let engaged = EngagementRule { points: engagement_points, count: 1, hot: false, ..pricing() };
        let model = Definition {
            fit_rules: vec![fit("referred", referred(), fit_points)],
            engagement_rules: vec![engaged],
            ..model(1)
        };
        let score = judged(&model, &facts(Source::Referral, visits()), "2026-11-20T19:00:00Z");
        assert_eq!((score.grade, score.rating), (grade, rating), "{fit_points} {engagement_points}");
    }
}

#[test]
fn what_is_above_a_cap_and_what_is_below_nothing_counts_no_more() {
    for (points, expected) in [(101, 100), (1_000, 100), (100, 100), (-1, 0), (-1_000, 0)] {
        let model = Definition { fit_rules: vec![fit("referred", referred(), points)], ..model(1) };
        let score = judged(&model, &facts(Source::Referral, vec![]), "2026-11-20T19:00:00Z");
        assert_eq!(score.fit, expected, "{points}");
    }
}

#[test]
fn points_become_fewer_by_whole_days() {
    for (decay, points, days, expected) in [
        (Decay::None, 40, 365, 40),
        (Decay::Linear { days: 30 }, 40, 0, 40),
        (Decay::Linear { days: 30 }, 40, 1, 38),
        (Decay::Linear { days: 30 }, 40, 15, 20),
        (Decay::Linear { days: 30 }, 40, 29, 1),
        (Decay::Linear { days: 30 }, 40, 30, 0),
        (Decay::Linear { days: 30 }, 40, 400, 0),
        (Decay::HalfLife { days: 14 }, 40, 0, 40),
        (Decay::HalfLife { days: 14 }, 40, 7, 30),
        (Decay::HalfLife { days: 14 }, 40, 14, 20),
        (Decay::HalfLife { days: 14 }, 40, 21, 15),
        (Decay::HalfLife { days: 14 }, 40, 28, 10),
        (Decay::HalfLife { days: 14 }, -40, 28, -10),
        (Decay::HalfLife { days: 14 }, 5, 14, 2),
        (Decay::HalfLife { days: 14 }, -5, 14, -2),
        (Decay::HalfLife { days: 1 }, POINTS_MAX, u32::MAX, 0),
    ] {
        assert_eq!(decay.left(points, days), expected, "{decay:?} {points} {days}");
    }
}

#[test]
fn decay_counts_from_the_newest_of_what_was_done() {
    let fading = EngagementRule {
        within_days: 60,
        count: 1,
        hot: false,
        decay: Decay::HalfLife { days: 14 },
        ..pricing()
    };
    let model = Definition { engagement_rules: vec![fading], ..model(1) };
    for (when, engagement) in [
        ("2026-11-20T18:30:00Z", 40),
        ("2026-11-21T18:29:59Z", 40),
        ("2026-11-21T18:30:00Z", 38),
        ("2026-12-04T18:30:00Z", 20),
    ] {
        assert_eq!(judged(&model, &facts(Source::Call, visits()), when).engagement, engagement, "{when}");
    }
}

#[test]
fn a_lead_is_looked_at_again_when_what_was_done_leaves_its_window_or_loses_points() {
    let next = |model: &Definition, when| next_look(model, &facts(Source::Call, visits()), at(when));
    let when = "2026-11-20T18:30:00Z";
    assert_eq!(next(&model(1), when), Some(at("2026-11-21T12:00:00Z")));
    assert_eq!(next(&model(1), "2026-11-21T12:00:00Z"), None);
    let fading = EngagementRule { count: 1, decay: Decay::Linear { days: 9 }, ..pricing() };
    let fading = Definition { engagement_rules: vec![fading, pricing()], ..model(1) };
    assert_eq!(next(&fading, "2026-11-21T12:00:00Z"), Some(at("2026-11-21T18:30:00Z")));
    assert_eq!(next(&fading, "2026-11-21T18:30:00Z"), Some(at("2026-11-22T18:30:00Z")));
    assert_eq!(next(&fading, "2026-11-27T18:29:59Z"), Some(at("2026-11-27T18:30:00Z")));
    assert_eq!(next(&fading, "2026-11-27T18:30:00Z"), None);
}
