//! Whatever happens to deals, in whatever order it is told: the counters say what counting says.

use proptest::prelude::*;

use super::oracle;
use crate::pipeline::view::view;
use crate::pipeline::{PipelineProjection, PipelineViewQuery};
use crate::testing::any_deals::{OWNERS, TEAMS, histories, name, time};
use crate::testing::{Model, currency, every_row, month};

fn queries() -> impl Strategy<Value = PipelineViewQuery> {
    let months = proptest::sample::select(vec![None, Some("2026-01"), Some("2026-02"), Some("2026-03")]);
    let code = proptest::sample::select(vec![None, Some("EUR"), Some("USD"), Some("JPY")]);
    (months.clone(), months, name(&OWNERS), name(&TEAMS), time(), code).prop_map(
        |(from, to, owner, team, aged_at, code)| PipelineViewQuery {
            pipeline_id: None,
            closed_from: from.map(month),
            closed_to: to.map(month),
            owner,
            team,
            aged_at,
            valid_at: None,
            currency: code.map(currency),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_view_says_what_counting_every_deal_says(history in histories(), query in queries()) {
        let model = Model::of(PipelineProjection::default(), &history);
        let one_by_one = Model::in_transactions(PipelineProjection::default(), &history, &[1]);
        prop_assert_eq!(every_row(&model.connection, &[]), every_row(&one_by_one.connection, &[]));
        let whole = PipelineViewQuery {
            closed_from: None, closed_to: None, owner: None, team: None, ..query
        };
        for query in [query, whole] {
            let counted = view(&model.connection, &query).unwrap();
            prop_assert_eq!(counted, oracle::view(&history.events, &query));
        }
    }
}
