//! A real log of purchases, where it lies beside the repository.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use rapport_domain::interaction::{Channel, Interactions};
use rapport_domain::value::{Date, Money};

use super::given::exchange;
use super::oracle::{median, own_gap};
use crate::churn::query::{at_risk, report};
use crate::churn::{ChurnProjection, ChurnQuery};
use crate::testing::{History, Model, all_pages, contact, currency, day};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/cdnow_sample/CDNOW_sample.txt");

/// Customer, day and sum of each order.
fn orders(text: &str) -> Vec<(String, Date, Money)> {
    let order = |line: &str| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let date = columns[2];
        let date = Date::parse(&format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..])).unwrap();
        (columns[0].to_owned(), date, Money::parse_decimal(columns[4], currency("USD")).unwrap())
    };
    text.lines().map(order).collect()
}

#[test]
fn the_purchase_days_of_cdnow_are_counted() {
    if !Path::new(FILE).exists() {
        println!("skipped: the CDNOW sample does not lie beside the repository");
        return;
    }
    let orders = orders(&fs::read_to_string(FILE).unwrap());
    let mut history = History::new();
    for (ordinal, (customer, date, value)) in orders.iter().enumerate() {
        let recorded = exchange(ordinal, Channel::Order, Some(*value));
        history.add_at::<Interactions>(&contact(customer), date.start(), recorded);
    }
    let model = Model::of(ChurnProjection, &history);
    let to = day("1998-06-30");
    let query =
        ChurnQuery { from_month: None, to_month: None, segment: None, activity_to: to, by_cohort: false };
    let activity = report(&model.connection, &query).unwrap().activity;

    let mut days: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    for (customer, date, _) in &orders {
        days.entry(customer).or_default().insert(date.epoch_day());
    }
    let gaps: Vec<i64> = days.values().filter_map(own_gap).collect();
    let usual = median(gaps.clone());
    let overdue = |days: &&BTreeSet<i64>| {
        let gap = own_gap(days).or(usual).unwrap();
        to.epoch_day() - days.last().unwrap() > 3 * gap
    };
    let at_risk_expected = days.values().filter(overdue).count();

    assert_eq!((activity.customers, activity.purchase_days), (2_357, 6_696));
    assert_eq!(activity.repeat_customers, gaps.len() as u64);
    assert_eq!(activity.median_gap_days, usual);
    assert_eq!(
        activity.value[0].minor_units,
        orders.iter().map(|(_, _, value)| value.minor_units).sum::<i64>()
    );
    assert_eq!(activity.at_risk, at_risk_expected as u64);
    let listed = all_pages(200, |page| at_risk(&model.connection, to, page));
    assert_eq!(listed.len(), at_risk_expected);
}
