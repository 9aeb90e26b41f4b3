//! What was promised, as it was known then, against what came of it.

use rapport_domain::envelope::Position;
use rapport_domain::pipeline::ForecastCategory;
use rapport_domain::value::Money;

use super::*;
use crate::deal_flow::accuracy::accuracy;
use crate::testing::usd;

/// What is said of a quarter that begins when everything of the history until then is known.
fn asked(deals: &Deals, scope: SalesScope, known_at: Position) -> Vec<ForecastAccuracy> {
    let query = AccuracyQuery { scope, known_at, category: ForecastCategory::Commit };
    accuracy(&fold(deals).connection, &query).unwrap()
}

/// Two deals are promised for 1,000 euros each, a third is only possible.
fn promised() -> Deals {
    let mut deals = Deals::new();
    deals.publish(1, &[("new", StageType::Open, 10, None)]);
    for (name, owner) in [("a", "ann"), ("b", "bob"), ("c", "ann")] {
        deals.open(name, "2026-01-01T00:00:00Z", "new", Some(eur(1_000)), owner, "east", []);
    }
    deals.forecast("a", Some(ForecastCategory::Commit)).forecast("b", Some(ForecastCategory::Commit));
    deals
}

/// Deals and amount that were forecast, those that were won, and those that were both.
fn sums(found: &ForecastAccuracy) -> [(u64, Money); 3] {
    [
        (found.forecast, found.forecast_amount),
        (found.won, found.won_amount),
        (found.forecast_won, found.forecast_won_amount),
    ]
}

#[test]
fn a_forecast_is_what_was_known_then_whatever_was_said_later() {
    let mut deals = promised();
    let then = deals.history.head();
    deals.revise("a", eur(5_000)).forecast("b", None).win("a", "2026-03-01T00:00:00Z", Some(eur(800))).win(
        "c",
        "2026-03-02T00:00:00Z",
        Some(eur(1_200)),
    );
    let found = asked(&deals, first_quarter(), then);
    assert_eq!(sums(&found[0]), [(2, eur(2_000)), (2, eur(2_000)), (1, eur(800))]);
    assert_eq!((found[0].won_share_basis_points, found[0].error_basis_points), (Some(4_000), Some(0)));
    let later = asked(&deals, first_quarter(), Position(then.0 + 2));
    assert_eq!(sums(&later[0]), [(1, eur(5_000)), (2, eur(2_000)), (1, eur(800))]);
    assert_eq!((later[0].won_share_basis_points, later[0].error_basis_points), (Some(1_600), Some(15_000)));
    let at_the_end = asked(&deals, first_quarter(), deals.history.head());
    assert_eq!(sums(&at_the_end[0]), [(0, eur(0)), (2, eur(2_000)), (0, eur(0))], "closed deals are none");
}

#[test]
fn a_promise_for_after_the_period_is_not_one_for_it() {
    let mut deals = promised();
    deals.expect_close("a", "2026-03-31").expect_close("b", "2026-04-01");
    let head = deals.history.head();
    assert_eq!(sums(&asked(&deals, first_quarter(), head)[0])[0], (1, eur(1_000)));
    let a_day_more = SalesScope { to: at("2026-04-01T00:00:00.000001Z"), ..first_quarter() };
    assert_eq!(sums(&asked(&deals, a_day_more, head)[0])[0], (2, eur(2_000)));
}

#[test]
fn a_deal_that_is_won_and_reopened_is_not_won() {
    let mut deals = promised();
    let then = deals.history.head();
    deals.win("a", "2026-03-01T00:00:00Z", Some(eur(800))).reopen("a", "2026-03-05T00:00:00Z", "new");
    let found = asked(&deals, first_quarter(), then);
    assert_eq!(sums(&found[0]), [(2, eur(2_000)), (0, eur(0)), (0, eur(0))]);
    assert_eq!((found[0].won_share_basis_points, found[0].error_basis_points), (Some(0), None));
}

#[test]
fn owners_answer_for_what_they_promised_and_for_what_they_won() {
    let mut deals = promised();
    let then = deals.history.head();
    deals.assign("a", "2026-02-02T00:00:00Z", "bob").win("a", "2026-03-01T00:00:00Z", Some(eur(800)));
    let of = |owner: &str| {
        let scope = SalesScope { owner: Some(reference(owner)), ..first_quarter() };
        sums(&asked(&deals, scope, then)[0])
    };
    assert_eq!(of("ann"), [(1, eur(1_000)), (0, eur(0)), (1, eur(800))]);
    assert_eq!(of("bob"), [(1, eur(1_000)), (1, eur(800)), (0, eur(0))]);
}

#[test]
fn each_currency_stands_for_itself() {
    let mut deals = promised();
    deals.open("d", "2026-01-01T00:00:00Z", "new", Some(usd(7)), "", "", []);
    deals.forecast("d", Some(ForecastCategory::Commit));
    let found = asked(&deals, first_quarter(), deals.history.head());
    let forecast: Vec<Money> = found.iter().map(|found| found.forecast_amount).collect();
    assert_eq!(forecast, [eur(2_000), usd(7)]);
    assert_eq!(asked(&deals, first_quarter(), Position(1)), [], "nothing was known yet");
}
