//! Given contracts and orders, when the report is asked for, then these are the numbers.

mod cdnow;
mod given;
mod law;
mod oracle;

use given::Customers;

use super::query::{at_risk, report};
use super::*;
use crate::query::Measure;
use crate::testing::{all_pages, contact, day, eur, first_page, key, month, usd};

fn query() -> ChurnQuery {
    ChurnQuery {
        from_month: None,
        to_month: None,
        segment: None,
        activity_to: day("2026-12-31"),
        by_cohort: false,
    }
}

/// Month, start, churned, contraction, expansion, new, reactivated, end: of each, the amount.
type Row = (String, i64, i64, i64, i64, i64, i64, i64);

fn rows(periods: &[RetentionPeriod]) -> Vec<Row> {
    let row = |p: &RetentionPeriod| {
        (
            p.month.to_string(),
            p.start_mrr,
            p.churned_mrr,
            p.contraction_mrr,
            p.expansion_mrr,
            p.new_mrr,
            p.reactivated_mrr,
            p.end_mrr,
        )
    };
    periods.iter().map(row).collect()
}

fn name(month: &str) -> String {
    month.to_owned()
}

/// Two customers begin in January; one leaves in March and comes back in May, the other pays more from April on.
fn a_spring() -> Customers {
    let mut customers = Customers::new();
    customers
        .start("ann", "1", "2026-01-05T00:00:00Z", eur(100), [("contract", "monthly")])
        .start("bob", "2", "2026-01-20T00:00:00Z", eur(300), [("contract", "yearly")])
        .cancel("1", "2026-03-10T00:00:00Z")
        .change("2", "2026-04-01T00:00:00Z", eur(350))
        .reactivate("1", "2026-05-01T00:00:00Z", eur(80));
    customers
}

#[test]
fn each_month_begins_where_the_one_before_ended() {
    let model = a_spring().fold();
    let periods = report(&model.connection, &query()).unwrap().periods;
    assert_eq!(
        rows(&periods),
        [
            (name("2026-01"), 0, 0, 0, 0, 400, 0, 400),
            (name("2026-02"), 400, 0, 0, 0, 0, 0, 400),
            (name("2026-03"), 400, 100, 0, 0, 0, 0, 300),
            (name("2026-04"), 300, 0, 0, 50, 0, 0, 350),
            (name("2026-05"), 350, 0, 0, 0, 0, 80, 430),
        ]
    );
    let march = &periods[2];
    assert_eq!((march.start_customers, march.churned_customers, march.end_customers), (2, 1, 1));
    assert_eq!(march.logo_churn_basis_points, Some(5_000));
    assert_eq!(march.gross_revenue_churn_basis_points, Some(2_500));
    assert_eq!((march.grr_basis_points, march.nrr_basis_points), (Some(7_500), Some(7_500)));
    let april = &periods[3];
    // 350 / 300 = 116.666... %
    assert_eq!((april.grr_basis_points, april.nrr_basis_points), (Some(10_000), Some(11_667)));
    assert_eq!((periods[4].new_customers, periods[4].reactivated_customers), (0, 1));
    assert_eq!(periods[0].logo_churn_basis_points, None, "there is no rate without a start");
}

#[test]
fn a_range_may_begin_and_end_in_the_middle_and_after_the_last_change() {
    let model = a_spring().fold();
    let range =
        ChurnQuery { from_month: Some(month("2026-05")), to_month: Some(month("2026-06")), ..query() };
    let periods = report(&model.connection, &range).unwrap().periods;
    let expected = [(name("2026-05"), 350, 0, 0, 0, 0, 80, 430), (name("2026-06"), 430, 0, 0, 0, 0, 0, 430)];
    assert_eq!(rows(&periods), expected);
    let backwards =
        ChurnQuery { from_month: Some(month("2026-06")), to_month: Some(month("2026-05")), ..query() };
    assert_eq!(report(&model.connection, &backwards).unwrap().periods, []);
    let long = ChurnQuery { from_month: Some(month("1976-01")), to_month: Some(month("2026-01")), ..query() };
    let refused = report(&model.connection, &long).unwrap_err();
    assert_eq!(refused, QueryError::TooLarge { what: Measure::Months, limit: 600 });
}

#[test]
fn movements_are_net_per_customer_and_month() {
    let mut customers = Customers::new();
    customers
        .start("ann", "1", "2026-01-05T00:00:00Z", eur(100), [])
        .cancel("1", "2026-02-05T00:00:00Z")
        .start("ann", "2", "2026-02-06T00:00:00Z", eur(60), []);
    let periods = report(&customers.fold().connection, &query()).unwrap().periods;
    let expected = [(name("2026-01"), 0, 0, 0, 0, 100, 0, 100), (name("2026-02"), 100, 0, 40, 0, 0, 0, 60)];
    assert_eq!(rows(&periods), expected, "another contract instead is a contraction, not a churn");
}

#[test]
fn what_arrives_late_is_counted_when_it_happened() {
    let mut customers = Customers::new();
    customers
        .start("ann", "1", "2026-01-05T00:00:00Z", eur(100), [])
        .start("ann", "2", "2026-03-05T00:00:00Z", eur(60), [])
        .start("ann", "3", "2026-02-05T00:00:00Z", eur(50), []);
    let periods = report(&customers.fold().connection, &query()).unwrap().periods;
    assert_eq!(
        rows(&periods),
        [
            (name("2026-01"), 0, 0, 0, 0, 100, 0, 100),
            (name("2026-02"), 100, 0, 0, 50, 0, 0, 150),
            (name("2026-03"), 150, 0, 0, 60, 0, 0, 210),
        ]
    );
}

#[test]
fn a_contract_that_was_ended_last_has_ended_whatever_times_were_written_down() {
    let mut customers = Customers::new();
    customers
        .start("ann", "1", "2026-01-05T09:00:00Z", eur(100), [])
        .cancel("1", "2026-01-05T00:00:00Z")
        .start("bob", "2", "2026-01-05T00:00:00Z", eur(100), [])
        .change("2", "2026-03-01T00:00:00Z", eur(150))
        .cancel("2", "2026-02-15T00:00:00Z");
    let periods = report(&customers.fold().connection, &query()).unwrap().periods;
    assert_eq!(
        rows(&periods),
        [
            (name("2026-01"), 0, 0, 0, 0, 100, 0, 100),
            (name("2026-02"), 100, 0, 0, 0, 0, 0, 100),
            (name("2026-03"), 100, 100, 0, 0, 0, 0, 0),
        ]
    );
}

#[test]
fn a_field_groups_customers_by_their_contracts_and_the_rest_has_no_value() {
    let mut customers = a_spring();
    customers.start("cid", "3", "2026-05-02T00:00:00Z", eur(7), []).start(
        "ann",
        "4",
        "2026-05-03T00:00:00Z",
        eur(9),
        [],
    );
    let by_contract =
        ChurnQuery { segment: Some(key("contract")), from_month: Some(month("2026-05")), ..query() };
    let periods = report(&customers.fold().connection, &by_contract).unwrap().periods;
    let groups: Vec<_> =
        periods.iter().map(|p| (p.segment_value.as_deref(), p.end_customers, p.end_mrr)).collect();
    assert_eq!(groups, [(None, 2, 16), (Some("monthly"), 1, 80), (Some("yearly"), 1, 350)]);
    let unknown = ChurnQuery { segment: Some(key("colour")), ..query() };
    let model = customers.fold();
    let all = report(&model.connection, &query()).unwrap().periods;
    assert_eq!(
        report(&model.connection, &unknown).unwrap().periods,
        all,
        "nobody has the field: all are the rest"
    );
}

#[test]
fn cohorts_are_split_by_the_month_of_the_first_contract() {
    let mut customers = a_spring();
    customers.start("cid", "3", "2026-03-02T00:00:00Z", usd(7), []);
    let cohorts = ChurnQuery {
        by_cohort: true,
        from_month: Some(month("2026-03")),
        to_month: Some(month("2026-03")),
        ..query()
    };
    let periods = report(&customers.fold().connection, &cohorts).unwrap().periods;
    let split: Vec<_> = periods
        .iter()
        .map(|p| (p.currency.code(), p.cohort.unwrap().to_string(), p.start_customers, p.end_customers))
        .collect();
    assert_eq!(split, [("EUR", name("2026-01"), 2, 1), ("USD", name("2026-03"), 0, 1)]);
    let mut earlier = customers;
    earlier.start("cid", "0", "2025-11-02T00:00:00Z", eur(1), []);
    let periods = report(&earlier.fold().connection, &cohorts).unwrap().periods;
    let cids = periods.iter().find(|p| p.currency.code() == "USD").unwrap();
    assert_eq!(
        cids.cohort.unwrap().to_string(),
        "2025-11",
        "an earlier contract, told late, moves the customer"
    );
}

#[test]
fn a_month_without_a_movement_of_a_group_is_listed_once_the_group_has_begun() {
    let mut customers = Customers::new();
    customers
        .start("ann", "1", "2026-01-05T00:00:00Z", eur(100), [])
        .cancel("1", "2026-02-05T00:00:00Z")
        .start("bob", "2", "2026-04-05T00:00:00Z", usd(1), []);
    let periods = report(&customers.fold().connection, &query()).unwrap().periods;
    let listed: Vec<_> =
        periods.iter().map(|p| (p.month.to_string(), p.currency.code(), p.end_mrr)).collect();
    let euros = |month: &str, mrr| (name(month), "EUR", mrr);
    assert_eq!(
        listed,
        [
            euros("2026-01", 100),
            euros("2026-02", 0),
            euros("2026-03", 0),
            euros("2026-04", 0),
            (name("2026-04"), "USD", 1)
        ]
    );
}

/// Ann buys every ten days, bob has bought once, cid has a contract.
fn buyers() -> Customers {
    let mut customers = Customers::new();
    customers
        .order("ann", "2026-01-01T10:00:00Z", Some(eur(500)))
        .order("ann", "2026-01-01T23:00:00Z", Some(usd(5)))
        .order("ann", "2026-01-11T10:00:00Z", None)
        .order("ann", "2026-01-31T10:00:00Z", Some(eur(100)))
        .order("bob", "2026-02-01T10:00:00Z", Some(eur(7)))
        .order("cid", "2026-02-01T10:00:00Z", Some(eur(9_000)))
        .start("cid", "1", "2026-03-01T00:00:00Z", eur(1), [])
        .order("cid", "2026-02-15T10:00:00Z", Some(eur(1)))
        .talk("dot", "2026-01-01T00:00:00Z");
    customers
}

#[test]
fn activity_counts_buyers_without_a_contract() {
    let activity = report(&buyers().fold().connection, &query()).unwrap().activity;
    let expected = ActivityReport {
        to: day("2026-12-31"),
        customers: 2,
        purchase_days: 4,
        repeat_customers: 1,
        at_risk: 2,
        value: vec![eur(607), usd(5)],
        median_gap_days: Some(10),
    };
    assert_eq!(activity, expected);
}

#[test]
fn a_report_to_a_day_in_the_past_counts_only_what_was_bought_by_then() {
    let past = ChurnQuery { activity_to: day("2026-01-11"), ..query() };
    let activity = report(&buyers().fold().connection, &past).unwrap().activity;
    assert_eq!((activity.customers, activity.purchase_days, activity.repeat_customers), (1, 2, 1));
    assert_eq!((activity.value, activity.median_gap_days), (vec![eur(500), usd(5)], Some(10)));
}

#[test]
fn a_buyer_is_at_risk_from_the_day_after_three_gaps() {
    let model = buyers().fold();
    let list = |to| at_risk(&model.connection, day(to), &first_page()).unwrap().items;
    // Ann's gaps are 10 and 20 days: the lower is taken, so she is due until 2026-03-02, and bob until 2026-03-03.
    assert_eq!(list("2026-03-02"), []);
    let ann = AtRiskCustomer {
        contact_id: contact("ann"),
        first_purchase_on: day("2026-01-01"),
        last_purchase_on: day("2026-01-31"),
        purchase_days: 3,
        median_gap_days: Some(10),
        silent_days: 31,
        overdue_days: 1,
        reason: "silent for 31 days, more than 3 times its usual gap of 10 days".to_owned(),
    };
    assert_eq!(list("2026-03-03"), [ann]);
    let both = list("2026-03-04");
    let bob = "silent for 31 days since its only purchase day, more than 3 times the gap of 10 days that is usual among repeat buyers";
    assert_eq!(both.iter().map(|c| c.contact_id).collect::<Vec<_>>(), [contact("ann"), contact("bob")]);
    assert_eq!((both[1].reason.as_str(), both[1].median_gap_days, both[1].overdue_days), (bob, None, 1));
}

#[test]
fn buyers_at_risk_are_listed_once_the_most_overdue_first() {
    let mut customers = buyers();
    for name in ["e", "f", "g", "h"] {
        customers.order(name, "2026-01-31T00:00:00Z", None);
    }
    let model = customers.fold();
    for (to, expected) in [("2026-12-31", 6), ("2026-01-31", 0), ("2026-03-03", 5)] {
        let all: Vec<_> = at_risk(&model.connection, day(to), &first_page()).unwrap().items;
        assert_eq!(all.len(), expected, "{to}");
        assert!(all.is_sorted_by_key(|customer| (-customer.overdue_days, customer.contact_id.to_string())));
        for size in [1, 2, 3] {
            let paged = all_pages(size, |page| at_risk(&model.connection, day(to), page));
            assert_eq!(paged, all, "{to} by {size}");
        }
    }
    let one = PageRequest::first(1);
    let token = at_risk(&model.connection, day("2026-12-31"), &one).unwrap().next_page_token;
    let another_day =
        at_risk(&model.connection, day("2026-12-30"), &PageRequest { token, ..PageRequest::first(1) });
    assert_eq!(another_day.unwrap_err(), QueryError::PageToken);
}
