//! Given what happened to deals, when it is asked how they flow, then these are the numbers.

mod accuracy;
mod law;
mod oracle;

use rapport_domain::pipeline::StageType;

use super::conversion::conversion;
use super::deal::Deal;
use super::dwell::dwell;
use super::*;
use crate::pipeline::OpportunityStatus;
use crate::query::{Measure, Thing};
use crate::testing::deals::{Deals, deal, pipeline_id};
use crate::testing::{Model, at, eur, key, reference};

const DAY: i64 = 86_400;

fn first_quarter() -> SalesScope {
    SalesScope {
        pipeline_id: None,
        from: at("2026-01-01T00:00:00Z"),
        to: at("2026-04-01T00:00:00Z"),
        owner: None,
        team: None,
    }
}

fn fold(deals: &Deals) -> Model<DealFlowProjection> {
    Model::of(DealFlowProjection, &deals.history)
}

/// Three deals: one is offered and won, one is offered twice and lost, one stays new.
fn a_quarter() -> Deals {
    let mut deals = Deals::new();
    deals.publish(1, &[("new", StageType::Open, 10, None), ("offered", StageType::Open, 50, None)]);
    for (name, owner) in [("a", "ann"), ("b", "bob"), ("c", "ann")] {
        deals.open(name, "2026-01-01T00:00:00Z", "new", Some(eur(1_000)), owner, "east", []);
    }
    deals
        .move_to("a", "2026-01-11T00:00:00Z", "offered")
        .win("a", "2026-01-31T00:00:00Z", Some(eur(900)))
        .move_to("b", "2026-01-03T00:00:00Z", "offered")
        .move_to("b", "2026-01-04T00:00:00Z", "new")
        .move_to("b", "2026-01-10T00:00:00Z", "offered")
        .lose("b", "2026-01-20T00:00:00.500Z");
    deals
}

/// Stage, deals, entries and deals that came back; then what they reached.
type Converted = ((String, u64, u64, u64), Vec<(String, u64)>);

fn converted(deals: &Deals, scope: SalesScope) -> Vec<Converted> {
    let stages = conversion(&fold(deals).connection, &scope).unwrap();
    let reached = |reached: Vec<StageReached>| {
        reached.into_iter().map(|to| (to.stage.to_string(), to.opportunities)).collect()
    };
    stages
        .into_iter()
        .map(|from| {
            let entered = (from.stage.to_string(), from.opportunities, from.entries, from.reentered);
            (entered, reached(from.reached))
        })
        .collect()
}

fn text(stage: &str, deals: u64) -> (String, u64) {
    (stage.to_owned(), deals)
}

#[test]
fn a_deal_converts_once_however_often_it_comes_back() {
    let expected = [
        (("new".to_owned(), 3, 4, 1), vec![text("offered", 2), text("won", 1), text("lost", 1)]),
        (("offered".to_owned(), 2, 3, 1), vec![text("new", 2), text("won", 1), text("lost", 1)]),
        (("won".to_owned(), 1, 1, 0), vec![text("new", 1), text("offered", 1)]),
        (("lost".to_owned(), 1, 1, 0), vec![text("new", 1), text("offered", 1)]),
    ];
    assert_eq!(converted(&a_quarter(), first_quarter()), expected);
}

#[test]
fn rates_are_of_the_deals_that_entered_in_the_period_the_lost_ones_too() {
    let stages = conversion(&fold(&a_quarter()).connection, &first_quarter()).unwrap();
    assert_eq!(stages[0].reentry_rate_basis_points, Some(3_333));
    let rates: Vec<_> = stages[0].reached.iter().map(|to| to.conversion_rate_basis_points).collect();
    assert_eq!(rates, [Some(6_667), Some(3_333), Some(3_333)]);
}

#[test]
fn what_is_reached_is_reached_whenever_that_is() {
    let on_the_fourth =
        SalesScope { from: at("2026-01-04T00:00:00Z"), to: at("2026-01-05T00:00:00Z"), ..first_quarter() };
    let expected = [(("new".to_owned(), 1, 1, 1), vec![text("offered", 1), text("lost", 1)])];
    assert_eq!(converted(&a_quarter(), on_the_fourth), expected, "it had been new before");
}

#[test]
fn a_reopened_deal_has_still_been_won() {
    let mut deals = a_quarter();
    deals.reopen("a", "2026-02-01T00:00:00Z", "offered").lose("a", "2026-02-02T00:00:00Z");
    let of_ann = SalesScope { owner: Some(reference("ann")), ..first_quarter() };
    let expected = [
        (("new".to_owned(), 2, 2, 0), vec![text("offered", 1), text("won", 1), text("lost", 1)]),
        (("offered".to_owned(), 1, 2, 1), vec![text("new", 1), text("won", 1), text("lost", 1)]),
        (("won".to_owned(), 1, 1, 0), vec![text("new", 1), text("offered", 1), text("lost", 1)]),
        (("lost".to_owned(), 1, 1, 0), vec![text("new", 1), text("offered", 1), text("won", 1)]),
    ];
    assert_eq!(converted(&deals, of_ann), expected);
}

/// Stage, owner, visits, median and ninth tenth in seconds.
fn stayed(deals: &Deals, scope: SalesScope, by_owner: bool) -> Vec<(String, String, u64, i64, i64)> {
    let rows = dwell(&fold(deals).connection, &DwellQuery { scope, by_owner }).unwrap();
    let owner = |owner: Option<rapport_domain::value::Reference>| owner.map(|o| o.to_string());
    rows.into_iter()
        .map(|row| {
            let (median, p90) = (row.median_seconds.unwrap(), row.p90_seconds.unwrap());
            (row.stage.to_string(), owner(row.owner).unwrap_or_default(), row.visits, median, p90)
        })
        .collect()
}

fn stay(stage: &str, owner: &str, visits: u64, median: i64, p90: i64) -> (String, String, u64, i64, i64) {
    (stage.to_owned(), owner.to_owned(), visits, median, p90)
}

#[test]
fn a_visit_takes_from_coming_to_leaving_and_one_that_lasts_is_not_counted() {
    let expected = [stay("new", "", 3, 6 * DAY, 6 * DAY), stay("offered", "", 3, 10 * DAY, 10 * DAY)];
    assert_eq!(stayed(&a_quarter(), first_quarter(), false), expected);
}

#[test]
fn visits_are_counted_when_they_end() {
    let scope =
        SalesScope { from: at("2026-01-11T00:00:00Z"), to: at("2026-01-31T00:00:00Z"), ..first_quarter() };
    let expected = [stay("new", "", 1, 10 * DAY, 10 * DAY), stay("offered", "", 1, 10 * DAY, 10 * DAY)];
    assert_eq!(stayed(&a_quarter(), scope, false), expected);
}

#[test]
fn a_visit_is_of_whoever_had_the_deal_last_while_it_was_there() {
    let mut deals = a_quarter();
    deals.assign("c", "2026-01-05T00:00:00Z", "bob").move_to("c", "2026-01-06T00:00:00Z", "offered").assign(
        "c",
        "2026-01-07T00:00:00Z",
        "cid",
    );
    let expected = [
        stay("new", "ann", 1, 10 * DAY, 10 * DAY),
        stay("new", "bob", 3, 5 * DAY, 5 * DAY),
        stay("offered", "ann", 1, 20 * DAY, 20 * DAY),
        stay("offered", "bob", 2, DAY, DAY),
    ];
    assert_eq!(stayed(&deals, first_quarter(), true), expected);
    let of_cid = SalesScope { owner: Some(reference("cid")), ..first_quarter() };
    let expected = [(("offered".to_owned(), 1, 1, 0), vec![text("new", 1)])];
    assert_eq!(converted(&deals, of_cid), expected);
}

#[test]
fn stages_of_an_older_version_come_last() {
    let mut deals = a_quarter();
    deals.publish(2, &[("offered", StageType::Open, 50, None)]);
    let stages = conversion(&fold(&deals).connection, &first_quarter()).unwrap();
    let order: Vec<String> = stages.iter().map(|from| from.stage.to_string()).collect();
    assert_eq!(order, ["offered", "won", "lost", "new"]);
}

#[test]
fn a_report_needs_to_know_which_pipeline() {
    let mut deals = Deals::new();
    let ask = |deals: &Deals| conversion(&fold(deals).connection, &first_quarter());
    assert_eq!(ask(&deals), Err(QueryError::NotFound { what: Thing::Pipeline }));
    deals.publish(1, &[("new", StageType::Open, 10, None)]);
    assert_eq!(ask(&deals), Ok(Vec::new()));
    deals.publish_another();
    assert_eq!(ask(&deals), Err(QueryError::PipelineAmbiguous));
    let named = SalesScope { pipeline_id: Some(pipeline_id()), ..first_quarter() };
    assert_eq!(conversion(&fold(&deals).connection, &named), Ok(Vec::new()));
}

#[test]
fn a_visit_says_where_the_deal_went_and_what_it_was_worth() {
    let model = fold(&a_quarter());
    let deal_row = Deal::find(&model.connection, deal("a")).unwrap().unwrap();
    assert_eq!((deal_row.status, deal_row.stage), (OpportunityStatus::Won, key("won")));
    let mut visits = model
        .connection
        .prepare("SELECT stage, left_to, amount FROM visits WHERE deal = ?1 ORDER BY position")
        .unwrap();
    let visits: Vec<(String, Option<String>, i64)> = visits
        .query_map((deal_row.position,), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let visit =
        |stage: &str, left_to: Option<&str>, amount| (stage.to_owned(), left_to.map(str::to_owned), amount);
    let expected =
        [visit("new", Some("offered"), 1_000), visit("offered", Some("won"), 1_000), visit("won", None, 900)];
    assert_eq!(visits, expected);
}

#[test]
fn a_report_with_more_rows_than_reports_have_says_so() {
    let mut deals = Deals::new();
    deals.publish(1, &[("new", StageType::Open, 10, None)]);
    let model = fold(&deals);
    // One owner more than there is room for, each with a visit.
    let visits = "WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
        INSERT INTO visits SELECT n, n, ?2, 'new', 'open', 0, ?3, ?3, 'won', 'owner_' || n, '', NULL, NULL FROM numbers";
    let (pipeline, time) = (pipeline_id().to_string(), at("2026-01-02T00:00:00Z").micros());
    model.connection.execute(visits, (FLOW_ROWS_MAX as i64, pipeline, time)).unwrap();
    let ask = |by_owner| dwell(&model.connection, &DwellQuery { scope: first_quarter(), by_owner });
    assert_eq!(ask(true), Err(QueryError::TooLarge { what: Measure::Rows, limit: FLOW_ROWS_MAX }));
    assert_eq!(ask(false).unwrap()[0].visits, FLOW_ROWS_MAX as u64 + 1);
}
