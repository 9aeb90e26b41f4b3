//! Whatever contracts and orders there are, in whatever order they are told: the counters say what counting says.

use proptest::collection::vec;
use proptest::prelude::*;
use rapport_domain::interaction::{Channel, Interactions};
use rapport_domain::subscription::{
    AmountChanged, CancellationKind, Cancelled, Event, Paused, Reactivated, Started, Subscription,
};
use rapport_domain::value::{Instant, Money, Segments};

use super::given::{contract, exchange};
use super::oracle;
use crate::churn::query::{at_risk, report};
use crate::churn::{ChurnProjection, ChurnQuery};
use crate::testing::{History, Model, all_pages, contact, currency, day, eur, key, label, month};

const PEOPLE: [&str; 4] = ["ann", "bob", "cid", "dot"];

/// What is told next.
#[derive(Debug, Clone)]
enum Step {
    Contract(u8, Event),
    Order(&'static str, Option<Money>),
}

fn money() -> impl Strategy<Value = Money> {
    let code = proptest::sample::select(vec!["EUR", "USD"]);
    (1..500_i64, code).prop_map(|(minor_units, code)| Money { minor_units, currency: currency(code) })
}

fn fields() -> impl Strategy<Value = Segments> {
    let field = (proptest::sample::select(vec!["type", "region"]), proptest::sample::select(vec!["x", "y"]));
    vec(field, 0..3)
        .prop_map(|fields| fields.into_iter().map(|(field, value)| (key(field), label(value))).collect())
}

fn steps() -> impl Strategy<Value = Step> {
    let person = || proptest::sample::select(PEOPLE.to_vec());
    let started = (person(), money(), fields()).prop_map(|(who, mrr, segments)| {
        let plan = label("Plan");
        Event::from(Started { contact_id: contact(who), plan, mrr, term_ends_on: None, segments })
    });
    let ended = Cancelled { mrr: eur(1), kind: CancellationKind::Voluntary, reason: None };
    let event = prop_oneof![
        4 => started,
        3 => money().prop_map(|mrr| AmountChanged { previous: mrr, mrr }.into()),
        2 => Just(ended.into()),
        1 => Just(Paused { mrr: eur(1) }.into()),
        2 => money().prop_map(|mrr| Reactivated { mrr }.into()),
    ];
    prop_oneof![
        3 => (0..7_u8, event).prop_map(|(contract, event)| Step::Contract(contract, event)),
        1 => (proptest::sample::select(vec!["dot", "eve", "fay", "gus", "hal"]), proptest::option::of(money()))
            .prop_map(|(who, value)| Step::Order(who, value)),
    ]
}

/// Business times of eight months, in an order of their own; often the same day, and the first of a month.
fn time() -> impl Strategy<Value = Instant> {
    let start = day("2026-01-01").start().micros();
    let hours = prop_oneof![0..240 * 24_i64, (0..12_i64).prop_map(|month| month * 31 * 24)];
    hours.prop_map(move |hours| Instant::from_micros(start + hours * 3_600_000_000).unwrap())
}

fn histories() -> impl Strategy<Value = History> {
    vec((time(), steps()), 0..50).prop_map(|steps| {
        let mut history = History::new();
        for (ordinal, (occurred_at, step)) in steps.into_iter().enumerate() {
            match step {
                Step::Contract(name, event) => {
                    history.add_at::<Subscription>(&contract(&name.to_string()), occurred_at, event);
                }
                Step::Order(who, value) => {
                    let recorded = exchange(ordinal, Channel::Order, value);
                    history.add_at::<Interactions>(&contact(who), occurred_at, recorded);
                }
            }
        }
        history
    })
}

fn queries() -> impl Strategy<Value = ChurnQuery> {
    let months = |names: &[Option<&'static str>]| proptest::sample::select(names.to_vec());
    let segment = proptest::sample::select(vec![None, Some("type"), Some("region"), Some("colour")]);
    let activity_to = proptest::sample::select(vec!["2026-02-15", "2026-05-01", "2026-08-31", "2027-01-31"]);
    let from = months(&[None, Some("2025-12"), Some("2026-03")]);
    let to = months(&[None, Some("2026-05"), Some("2026-12")]);
    (from, to, segment, activity_to, any::<bool>()).prop_map(|(from, to, segment, activity_to, by_cohort)| {
        ChurnQuery {
            from_month: from.map(month),
            to_month: to.map(month),
            segment: segment.map(key),
            activity_to: day(activity_to),
            by_cohort,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_report_says_what_looking_at_every_customer_says(history in histories(), query in queries()) {
        let model = Model::of(ChurnProjection, &history);
        let counted = report(&model.connection, &query).unwrap();
        prop_assert_eq!(counted.periods, oracle::periods(&history.events, &query));
        prop_assert_eq!(counted.activity, oracle::activity(&history.events, query.activity_to));
        let listed: Vec<(String, i64)> = all_pages(2, |page| at_risk(&model.connection, query.activity_to, page))
            .into_iter()
            .map(|customer| (customer.contact_id.to_string(), customer.overdue_days))
            .collect();
        prop_assert_eq!(listed, oracle::overdue(&history.events, query.activity_to));
    }

    #[test]
    fn every_month_adds_up(history in histories(), query in queries()) {
        let model = Model::of(ChurnProjection, &history);
        for p in report(&model.connection, &query).unwrap().periods {
            let end = p.start_mrr - p.churned_mrr - p.contraction_mrr + p.expansion_mrr + p.new_mrr + p.reactivated_mrr;
            prop_assert_eq!(p.end_mrr, end);
            let customers = p.start_customers - p.churned_customers + p.new_customers + p.reactivated_customers;
            prop_assert_eq!(p.end_customers, customers);
        }
    }
}
