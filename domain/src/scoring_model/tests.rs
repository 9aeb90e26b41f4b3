//! What a scoring model accepts and refuses, and how it judges.

mod judgement;
mod law;

use super::*;
use crate::aggregate::Reason;
use crate::criterion::Criterion;
use crate::interaction::Channel;
use crate::lead::{Grade, Source};
use crate::testing::{given, key, label};

const THRESHOLDS: Thresholds = Thresholds { high: 50, middle: 20, cap: 100 };

fn fit(name: &str, criterion: Criterion, points: i32) -> FitRule {
    FitRule { key: key(name), criteria: vec![criterion], points }
}

fn referred() -> Criterion {
    Criterion::Source { one_of: [Source::Referral].into() }
}

/// Three visits to the pricing page in seven days.
fn pricing() -> EngagementRule {
    EngagementRule {
        key: key("pricing"),
        channel: Channel::Web,
        topic: Some(key("page_viewed")),
        prefix: Some(SegmentPrefix { key: key("page"), begins_with: label("/pricing") }),
        within_days: 7,
        count: 3,
        points: 40,
        decay: Decay::None,
        hot: true,
    }
}

fn model(version: u32) -> Definition {
    Definition {
        version,
        name: label("Standard"),
        fit: THRESHOLDS,
        engagement: THRESHOLDS,
        fit_rules: vec![fit("referred", referred(), 30)],
        engagement_rules: vec![pricing()],
        hot: [Grade::A1].into(),
        warm: [Grade::B2].into(),
    }
}

fn publish(definition: Definition) -> Command {
    Command::Publish(Box::new(definition))
}

fn published(definition: Definition) -> Event {
    Published { definition }.into()
}

fn with(change: impl FnOnce(&mut Definition)) -> Definition {
    let mut changed = model(0);
    change(&mut changed);
    changed
}

fn with_pricing(change: impl FnOnce(&mut EngagementRule)) -> Definition {
    with(|model| change(&mut model.engagement_rules[0]))
}

fn banded(high: i32, middle: i32, cap: i32) -> Definition {
    Definition { fit: Thresholds { high, middle, cap }, ..model(0) }
}

/// Each definition that is refused, with the reason.
fn faulty() -> Vec<(Definition, Rejection)> {
    let rule = || key("pricing");
    let impossible = |criterion| {
        let refused = Rejection::CriterionImpossible { rule: key("wide") };
        (with(|model| model.fit_rules.push(fit("wide", criterion, 1))), refused)
    };
    let bounds = |at_least, at_most| Criterion::Number { key: key("employees"), at_least, at_most };
    let window = |definition| (definition, Rejection::WindowOutOfRange { rule: rule() });
    let points = |definition| (definition, Rejection::PointsOutOfRange { rule: rule() });
    let disordered = |definition| (definition, Rejection::ThresholdsOutOfOrder { axis: Axis::Fit });
    let many = (0..=RULES_PER_AXIS_MAX).map(|n| fit(&format!("rule_{n}"), referred(), 1));
    vec![
        (Definition { fit_rules: vec![], engagement_rules: vec![], ..model(0) }, Rejection::WithoutRules),
        (with(|model| model.fit_rules.extend(many)), Rejection::TooManyRules),
        (
            with(|model| model.fit_rules.push(fit("pricing", referred(), 1))),
            Rejection::RuleRepeated { rule: rule() },
        ),
        impossible(Criterion::Source { one_of: [].into() }),
        impossible(bounds(None, None)),
        impossible(bounds(Some(2), Some(1))),
        points(with_pricing(|rule| rule.points = POINTS_MAX + 1)),
        points(with_pricing(|rule| rule.points = -POINTS_MAX - 1)),
        window(with_pricing(|rule| rule.within_days = 0)),
        window(with_pricing(|rule| rule.within_days = DAYS_MAX + 1)),
        window(with_pricing(|rule| rule.count = 0)),
        window(with_pricing(|rule| rule.count = COUNT_MAX + 1)),
        window(with_pricing(|rule| rule.decay = Decay::Linear { days: 0 })),
        window(with_pricing(|rule| rule.decay = Decay::HalfLife { days: DAYS_MAX + 1 })),
        disordered(banded(50, 0, 100)),
        disordered(banded(20, 20, 100)),
        disordered(banded(101, 20, 100)),
        disordered(banded(50, 20, POINTS_MAX + 1)),
        (with(|model| model.warm = model.hot.clone()), Rejection::RatingAmbiguous { grade: Grade::A1 }),
    ]
}

#[test]
fn it_is_published_in_one_version_after_another() {
    given::<ScoringModel>([]).when(publish(model(7))).then([published(model(1))]);
    let harder = |version| Definition { engagement_rules: vec![], ..model(version) };
    given::<ScoringModel>([published(model(1))]).when(publish(harder(0))).then([published(harder(2))]);
}

#[test]
fn published_again_as_it_is_changes_nothing() {
    given::<ScoringModel>([published(model(1))]).when(publish(model(0))).then_nothing();
}

#[test]
fn faulty_ones_are_refused_before_and_after_the_first_version() {
    for (definition, rejection) in faulty() {
        given::<ScoringModel>([]).when(publish(definition.clone())).then_rejected(rejection.clone());
        given::<ScoringModel>([published(model(1))]).when(publish(definition)).then_rejected(rejection);
    }
}

#[test]
fn each_rejection_has_its_reason() {
    let mut reasons: Vec<&str> = faulty().into_iter().map(|(_, rejection)| rejection.reason()).collect();
    reasons.dedup();
    assert_eq!(
        reasons,
        [
            "SCORING_MODEL_WITHOUT_RULES",
            "SCORING_MODEL_RULES_EXHAUSTED",
            "SCORING_MODEL_RULE_REPEATED",
            "SCORING_MODEL_CRITERION_IMPOSSIBLE",
            "SCORING_MODEL_POINTS_OUT_OF_RANGE",
            "SCORING_MODEL_WINDOW_OUT_OF_RANGE",
            "SCORING_MODEL_THRESHOLDS_OUT_OF_ORDER",
            "SCORING_MODEL_RATING_AMBIGUOUS",
        ]
    );
}
