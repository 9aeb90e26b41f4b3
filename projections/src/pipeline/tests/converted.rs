//! Given deals in several currencies, when the pipeline is read in one of them, then these are the sums.

use rapport_domain::value::{Currency, ExchangeRate, FrozenRate};

use super::*;
use crate::testing::{currency, day};

fn to(code: &str, rate: &str) -> Option<FrozenRate> {
    let rate = ExchangeRate::parse(rate).unwrap();
    Some(FrozenRate { base_currency: currency(code), rate, rate_date: day("2026-01-01") })
}

fn money(minor_units: i64, code: &str) -> Money {
    Money { minor_units, currency: currency(code) }
}

/// Open: 100.05 EUR, 200.00 USD that are 184.27 EUR, 30,000 yen, and one that nobody has put a value on. Won: 50.01 USD that are
/// 46.08 EUR. Lost: 10.00 EUR and 7.00 GBP.
fn a_company() -> Deals {
    let mut deals = Deals::new();
    deals
        .publish(1, &[("prospecting", StageType::Open, 10, None), ("engaging", StageType::OnHold, 55, None)]);
    for (name, stage, amount, owner) in [
        ("a", "prospecting", Some(eur(10_005)), "ann"),
        ("b", "engaging", Some(usd(15_000)), "bob"),
        ("c", "prospecting", Some(money(30_000, "JPY")), "ann"),
        ("d", "prospecting", Some(usd(4_000)), "ann"),
        ("e", "prospecting", Some(eur(1_000)), "bob"),
        ("f", "prospecting", Some(money(700, "GBP")), "ann"),
        ("g", "engaging", None, "ann"),
    ] {
        deals.open(name, "2026-01-01T00:00:00Z", stage, amount, owner, "", []);
    }
    deals
        .revise_at("b", usd(20_000), to("EUR", "0.92135"))
        // 50.01 x 0.92135 = 46.0767.
        .win_at("d", "2026-02-10T00:00:00Z", Some(usd(5_001)), to("EUR", "0.92135"))
        .lose("e", "2026-02-11T00:00:00Z")
        .lose("f", "2026-02-12T00:00:00Z");
    deals
}

fn read_in(deals: &Deals, code: &str) -> ConvertedView {
    converted(deals, PipelineViewQuery { currency: Some(currency(code)), ..query() })
}

fn converted(deals: &Deals, query: PipelineViewQuery) -> ConvertedView {
    view(&deals.fold().connection, &query).unwrap().converted.unwrap()
}

fn euro() -> Currency {
    currency("EUR")
}

#[test]
fn amounts_in_the_currency_and_those_whose_rate_leads_there_are_one_sum_and_the_rest_stands_beside_it() {
    let expected = ConvertedView {
        currency: euro(),
        open_amount: eur(28_432),
        // 10,005 x 10 % = 1,000.5, and 18,427 x 55 % = 10,134.85: each is rounded half up.
        weighted_amount: eur(11_136),
        won_amount: eur(4_608),
        lost_amount: eur(1_000),
        unconverted: UnconvertedDeals {
            open: 1,
            open_amount: vec![money(30_000, "JPY")],
            won: 0,
            won_amount: vec![],
            lost: 1,
            lost_amount: vec![money(700, "GBP")],
        },
    };
    assert_eq!(read_in(&a_company(), "EUR"), expected);
}

#[test]
fn in_another_currency_the_same_deals_are_other_sums() {
    let expected = ConvertedView {
        currency: currency("USD"),
        open_amount: usd(20_000),
        weighted_amount: usd(11_000),
        won_amount: usd(5_001),
        lost_amount: usd(0),
        unconverted: UnconvertedDeals {
            open: 2,
            open_amount: vec![eur(10_005), money(30_000, "JPY")],
            won: 0,
            won_amount: vec![],
            lost: 2,
            lost_amount: vec![eur(1_000), money(700, "GBP")],
        },
    };
    assert_eq!(read_in(&a_company(), "USD"), expected);
}

#[test]
fn nothing_is_converted_unless_it_is_asked_for_and_sums_by_currency_stay_as_they_are() {
    let deals = a_company();
    let plain = view(&deals.fold().connection, &query()).unwrap();
    assert_eq!(plain.converted, None);
    assert_eq!(plain.open_amount, [eur(10_005), money(30_000, "JPY"), usd(20_000)]);
    let in_euros = PipelineViewQuery { currency: Some(euro()), ..query() };
    let in_euros = view(&deals.fold().connection, &in_euros).unwrap();
    assert_eq!(PipelineView { converted: None, ..in_euros }, plain);
}

#[test]
fn an_owner_and_a_period_limit_what_is_converted_too() {
    let of_ann = PipelineViewQuery { currency: Some(euro()), owner: Some(reference("ann")), ..query() };
    let of_ann = converted(&a_company(), of_ann);
    assert_eq!((of_ann.open_amount, of_ann.won_amount), (eur(10_005), eur(4_608)));
    assert_eq!((of_ann.lost_amount, of_ann.unconverted.lost), (eur(0), 1));
    let march = PipelineViewQuery { currency: Some(euro()), closed_from: Some(month("2026-03")), ..query() };
    let march = converted(&a_company(), march);
    assert_eq!((march.open_amount, march.won_amount, march.unconverted.lost), (eur(28_432), eur(0), 0));
}

#[test]
fn another_amount_without_a_rate_leaves_the_sum_and_a_reopened_deal_comes_back_by_the_rate_it_was_won_by() {
    let mut deals = a_company();
    deals.revise("b", usd(20_000)).reopen("d", "2026-02-20T00:00:00Z", "engaging");
    let in_euros = read_in(&deals, "EUR");
    assert_eq!((in_euros.open_amount, in_euros.won_amount), (eur(14_613), eur(0)));
    assert_eq!(in_euros.unconverted.open_amount, [money(30_000, "JPY"), usd(20_000)]);
    let model = deals.fold();
    for table in ["standing", "closed", "closed_totals"] {
        let rows = format!("SELECT count(*) FROM {table} WHERE deals = 0");
        assert_eq!(model.connection.query_row(&rows, [], |row| row.get::<_, i64>(0)), Ok(0), "{table}");
    }
    let d = opportunity(&model.connection, deal("d")).unwrap();
    assert_eq!((d.amount, d.fx, d.base_amount()), (Some(usd(5_001)), to("EUR", "0.92135"), Some(eur(4_608))));
}

#[test]
fn a_rate_that_makes_an_amount_larger_than_can_be_counted_converts_nothing() {
    let mut deals = a_company();
    deals.revise_at("b", usd(i64::MAX), to("EUR", "2"));
    let in_euros = read_in(&deals, "EUR");
    assert_eq!(in_euros.open_amount, eur(10_005));
    assert_eq!(in_euros.unconverted.open_amount, [money(30_000, "JPY"), usd(i64::MAX)]);
}
