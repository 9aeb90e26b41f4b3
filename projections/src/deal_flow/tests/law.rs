//! Whatever happens to deals, in whatever order it is told: the reports say what counting says.

use proptest::prelude::*;
use rapport_domain::envelope::Position;
use rapport_domain::pipeline::ForecastCategory;

use super::*;
use crate::deal_flow::accuracy::accuracy;
use crate::testing::any_deals::{OWNERS, TEAMS, histories, name, time};

fn scopes() -> impl Strategy<Value = SalesScope> {
    (time(), time(), name(&OWNERS), name(&TEAMS)).prop_map(|(one, other, owner, team)| SalesScope {
        pipeline_id: None,
        from: one.min(other),
        to: one.max(other),
        owner,
        team,
    })
}

fn categories() -> impl Strategy<Value = ForecastCategory> {
    proptest::sample::select(vec![
        ForecastCategory::Pipeline,
        ForecastCategory::Commit,
        ForecastCategory::Omitted,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn conversions_are_those_of_every_deal_counted(history in histories(), scope in scopes()) {
        let model = Model::of(DealFlowProjection, &history);
        let counted = conversion(&model.connection, &scope).unwrap();
        prop_assert_eq!(counted, oracle::conversion(&history.events, &scope));
    }

    #[test]
    fn dwells_are_those_of_every_visit_measured(
        history in histories(), scope in scopes(), by_owner in any::<bool>()
    ) {
        let model = Model::of(DealFlowProjection, &history);
        let query = DwellQuery { scope, by_owner };
        prop_assert_eq!(dwell(&model.connection, &query).unwrap(), oracle::dwell(&history.events, &query));
    }

    #[test]
    fn a_forecast_is_what_the_deals_said_when_the_log_ended_there(
        history in histories(), scope in scopes(), category in categories(), part in 0..=100_u64
    ) {
        let model = Model::of(DealFlowProjection, &history);
        let known_at = Position(history.head().0 * part / 100);
        let query = AccuracyQuery { scope, known_at, category };
        prop_assert_eq!(accuracy(&model.connection, &query).unwrap(), oracle::accuracy(&history.events, &query));
    }
}
