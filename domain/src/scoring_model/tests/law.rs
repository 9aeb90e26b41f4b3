//! What holds for every scoring model, and whatever it judges.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use super::*;
use crate::criterion::{Facts, Told, Touch};
use crate::envelope::EventId;
use crate::id::ScoringModelId;
use crate::testing::{Law, NOON, at, context, segments};
use crate::value::Instant;

const LAW: Law<ScoringModel> = Law { legal, step };

/// What is in force could be published again.
fn legal(state: &State) -> bool {
    match state {
        State::Unpublished => true,
        State::Published(definition) => {
            definition.version >= 1 && draft(&Command::Publish(definition.clone())).is_ok()
        }
    }
}

/// The version in force is the one that was published last.
fn step(_before: &State, event: &Event, after: &State) -> bool {
    let Event::Published(published) = event;
    *after == State::Published(Box::new(published.definition.clone()))
}

fn decays() -> impl Strategy<Value = Decay> {
    prop_oneof![
        Just(Decay::None),
        (0..40_u32).prop_map(|days| Decay::Linear { days }),
        (0..40_u32).prop_map(|days| Decay::HalfLife { days }),
    ]
}

fn rules() -> impl Strategy<Value = EngagementRule> {
    let numbers = (0..40_u32, 0..4_u32, -1_001..1_002_i32);
    ("[a-d]", numbers, decays(), any::<bool>()).prop_map(
        |(name, (within_days, count, points), decay, hot)| EngagementRule {
            key: key(&name),
            within_days,
            count,
            points,
            decay,
            hot,
            ..pricing()
        },
    )
}

fn models() -> impl Strategy<Value = Definition> {
    let fits = vec(("[e-h]", -1_001..1_002_i32), 0..4);
    let bounds = (0..30_i32, 20..60_i32, 50..120_i32);
    (vec(rules(), 0..4), fits, bounds, option::of(select(vec![Grade::A1, Grade::B2]))).prop_map(
        |(engagement_rules, fits, (middle, high, cap), hot)| Definition {
            fit: Thresholds { high, middle, cap },
            fit_rules: fits.into_iter().map(|(name, points)| fit(&name, referred(), points)).collect(),
            engagement_rules,
            hot: hot.into_iter().collect(),
            warm: [].into(),
            ..model(0)
        },
    )
}

/// Models that can be published.
fn possible() -> impl Strategy<Value = Definition> {
    models().prop_map(|mut model| {
        let mut known = std::collections::BTreeSet::new();
        model.engagement_rules.retain(|rule| {
            let alone =
                Definition { fit_rules: vec![], engagement_rules: vec![rule.clone()], ..self::model(0) };
            draft(&publish(alone)).is_ok() && known.insert(rule.key.clone())
        });
        model.fit_rules.retain(|rule| rule.points.abs() <= POINTS_MAX && known.insert(rule.key.clone()));
        Definition { fit: THRESHOLDS, ..model }
    })
}

fn touches() -> impl Strategy<Value = Vec<Touch>> {
    vec((any::<u128>(), -50..50_i64), 0..12).prop_map(|all| {
        let day = 24 * 60 * 60 * 1_000_000;
        let touch = |(number, days): (u128, i64)| Touch {
            event_id: EventId(Uuid::from_u128(number)),
            occurred_at: Instant::from_micros(at(NOON).micros() + days * day).unwrap(),
            channel: Channel::Web,
            topic: Some(key("page_viewed")),
            segments: segments([("page", "/pricing")]),
        };
        all.into_iter().map(touch).collect()
    })
}

proptest! {
    #[test]
    fn no_commands_lead_to_an_illegal_state_and_a_repeated_one_changes_nothing(asked in vec(models(), 0..12)) {
        let asked = asked.into_iter().map(|model| (publish(model), context(at(NOON))));
        LAW.holds_for_commands(asked.collect())?;
    }

    #[test]
    fn every_history_folds_to_the_version_published_last(history in vec(models(), 0..12)) {
        LAW.holds_for_events(&history.into_iter().map(published).collect::<Vec<_>>())?;
    }

    #[test]
    fn a_score_is_within_its_caps_and_names_only_what_had_come(model in possible(), touches in touches()) {
        let model_id = ScoringModelId::derived("tests", "any");
        let source = Told { value: Source::Referral, event_id: EventId(Uuid::nil()) };
        let facts = Facts { source, fields: [].into(), segments: [].into(), touches: touches.clone() };
        let judged = score(model_id, &model, &facts, at(NOON));
        prop_assert!((0..=model.fit.cap).contains(&judged.fit));
        prop_assert!((0..=model.engagement.cap).contains(&judged.engagement));
        for event_id in judged.contributions.iter().flat_map(|rule| &rule.event_ids) {
            let had_come = |touch: &Touch| touch.event_id == *event_id && touch.occurred_at <= at(NOON);
            prop_assert!(*event_id == EventId(Uuid::nil()) || touches.iter().any(had_come));
        }
        let backwards = Facts { touches: touches.into_iter().rev().collect(), ..facts };
        prop_assert_eq!(score(model_id, &model, &backwards, at(NOON)), judged);
    }
}
