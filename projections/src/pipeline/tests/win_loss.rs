//! What was won and lost in a period, and what has become of the deals that were opened in it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rapport_domain::envelope::Recorded;

use super::oracle::{self, Told};
use super::*;
use crate::pipeline::win_loss::win_loss;
use crate::testing::any_deals::{OWNERS, TEAMS, histories, name, time};
use crate::testing::{Model, currency};

fn first_quarter() -> SalesScope {
    SalesScope {
        pipeline_id: None,
        from: at("2026-01-01T00:00:00Z"),
        to: at("2026-04-01T00:00:00Z"),
        owner: None,
        team: None,
    }
}

fn asked(deals: &Deals, scope: SalesScope, group_by: Option<WinLossGrouping>) -> WinLoss {
    win_loss(&deals.fold().connection, &WinLossQuery { scope, group_by }).unwrap()
}

/// Key, won and lost of each group.
fn groups(deals: &Deals, group_by: WinLossGrouping) -> Vec<(String, u64, u64)> {
    let answer = asked(deals, first_quarter(), Some(group_by));
    answer.groups.into_iter().map(|group| (group.key, group.closed.won, group.closed.lost)).collect()
}

fn row(key: &str, won: u64, lost: u64) -> (String, u64, u64) {
    (key.to_owned(), won, lost)
}

#[test]
fn the_total_counts_deals_and_what_they_are_worth() {
    let mut deals = a_quarter();
    deals.lose("a", "2026-03-02T00:00:00Z");
    let total = asked(&deals, first_quarter(), None).total;
    assert_eq!(
        (total.closed.won, total.closed.lost, total.closed.win_rate_basis_points),
        (1, 2, Some(3_333))
    );
    assert_eq!((total.closed.won_amount, total.closed.lost_amount), (vec![eur(300)], vec![eur(10_005)]));
    // 300 of 10,305: by value little was won. The deal without an amount counts in no currency.
    let rate = ValueWinRate { currency: currency("EUR"), basis_points: 291 };
    assert_eq!(total.value_win_rates, [rate]);
}

#[test]
fn groups_are_by_who_had_the_deal_at_closing_and_by_its_fields() {
    let deals = a_quarter();
    assert_eq!(groups(&deals, WinLossGrouping::Owner), [row("ann", 1, 0), row("bob", 0, 1)]);
    assert_eq!(groups(&deals, WinLossGrouping::Team), [row("", 0, 1), row("east", 1, 0)]);
    let region = WinLossGrouping::Segment(key("region"));
    assert_eq!(groups(&deals, region), [row("", 0, 1), row("north", 1, 0)]);
}

#[test]
fn only_lost_deals_have_a_reason_and_a_competitor() {
    let mut deals = a_quarter();
    deals.lose_to("a", "2026-03-02T00:00:00Z", "no budget", Some("Acme"));
    assert_eq!(groups(&deals, WinLossGrouping::Reason), [row("no budget", 0, 1), row("too dear", 0, 1)]);
    assert_eq!(groups(&deals, WinLossGrouping::Competitor), [row("", 0, 1), row("Acme", 0, 1)]);
    assert_eq!(asked(&deals, first_quarter(), Some(WinLossGrouping::Reason)).total.closed.won, 1);
}

#[test]
fn a_won_deal_that_is_reopened_and_lost_is_lost_and_as_of_before_it_is_won() {
    let mut deals = a_quarter();
    let before = deals.history.head();
    deals.reopen("c", "2026-03-05T00:00:00Z", "engaging").lose("c", "2026-03-09T00:00:00Z");
    let total = asked(&deals, first_quarter(), None).total.closed;
    assert_eq!((total.won, total.lost, total.won_amount), (0, 2, vec![]));
    let then = Model::of(PipelineProjection::default(), &deals.history.until(before));
    let query = WinLossQuery { scope: first_quarter(), group_by: None };
    let total = win_loss(&then.connection, &query).unwrap().total.closed;
    assert_eq!((total.won, total.lost, total.won_amount), (1, 1, vec![eur(300)]));
}

#[test]
fn a_period_begins_with_its_first_moment_and_ends_before_its_last() {
    let deals = a_quarter();
    let closed = |from: &str, to: &str| {
        let total = asked(&deals, SalesScope { from: at(from), to: at(to), ..first_quarter() }, None).total;
        (total.closed.won, total.closed.lost)
    };
    assert_eq!(closed("2026-02-28T23:59:59Z", "2026-03-01T12:00:00Z"), (0, 1));
    assert_eq!(closed("2026-03-01T12:00:00Z", "2026-03-01T12:00:00.000001Z"), (1, 0));
}

#[test]
fn a_cohort_is_what_was_opened_whenever_it_is_closed() {
    let cohort = asked(&a_quarter(), first_quarter(), None).cohort;
    let expected = Cohort {
        opportunities: 4,
        won: 1,
        lost: 1,
        open: 2,
        win_rate_basis_points: Some(2_500),
        open_share_basis_points: Some(5_000),
    };
    assert_eq!(cohort, expected);
    let january = SalesScope { to: at("2026-02-01T00:00:00Z"), ..first_quarter() };
    let cohort = asked(&a_quarter(), january, None).cohort;
    assert_eq!((cohort.opportunities, cohort.won, cohort.lost, cohort.open), (2, 1, 0, 1));
    let empty = SalesScope { to: first_quarter().from, ..first_quarter() };
    assert_eq!(asked(&a_quarter(), empty, None).cohort, Cohort::default());
}

fn groupings() -> impl Strategy<Value = Option<WinLossGrouping>> {
    proptest::sample::select(vec![
        None,
        Some(WinLossGrouping::Reason),
        Some(WinLossGrouping::Competitor),
        Some(WinLossGrouping::Owner),
        Some(WinLossGrouping::Team),
        Some(WinLossGrouping::Segment(key("region"))),
    ])
}

pub(super) fn scopes() -> impl Strategy<Value = SalesScope> {
    (time(), time(), name(&OWNERS), name(&TEAMS)).prop_map(|(one, other, owner, team)| SalesScope {
        pipeline_id: None,
        from: one.min(other),
        to: one.max(other),
        owner,
        team,
    })
}

pub(super) fn is_of(told: &Told, scope: &SalesScope) -> bool {
    let deal = told.deal();
    (scope.owner.is_none() || deal.owner == scope.owner) && (scope.team.is_none() || deal.team == scope.team)
}

pub(super) fn is_closed_in(told: &Told, scope: &SalesScope) -> bool {
    !told.is_open() && scope.from <= told.closed_at && told.closed_at < scope.to
}

/// The report, computed the long way: every deal told by the aggregate, and counted one by one.
fn expected(events: &[Recorded], query: &WinLossQuery) -> WinLoss {
    let WinLossQuery { scope, group_by } = query;
    let (_, told) = oracle::tell(events);
    let deals: Vec<&Told> = told.values().filter(|told| is_of(told, scope)).collect();
    let closed: Vec<&Told> = deals.iter().copied().filter(|told| is_closed_in(told, scope)).collect();
    let mut groups: BTreeMap<String, Vec<&Told>> = BTreeMap::new();
    for told in &closed {
        if let Some(key) = group_by.as_ref().and_then(|group_by| group_of(told, group_by)) {
            groups.entry(key).or_default().push(told);
        }
    }
    let opened: Vec<&Told> =
        deals.into_iter().filter(|told| scope.from <= told.opened_at && told.opened_at < scope.to).collect();
    let number = |which: fn(&Told) -> bool| opened.iter().filter(|told| which(told)).count() as u64;
    let (all, won, open) = (opened.len() as u64, number(Told::is_won), number(Told::is_open));
    let share = |part: u64| (all > 0).then(|| ((20_000 * part + all) / (2 * all)) as i64);
    WinLoss {
        total: group(String::new(), &closed),
        groups: groups.into_iter().map(|(key, deals)| group(key, &deals)).collect(),
        cohort: Cohort {
            opportunities: all,
            won,
            lost: all - won - open,
            open,
            win_rate_basis_points: share(won),
            open_share_basis_points: share(open),
        },
    }
}

fn group_of(told: &Told, group_by: &WinLossGrouping) -> Option<String> {
    let deal = told.deal();
    let text = |name: Option<String>| name.unwrap_or_default();
    match group_by {
        WinLossGrouping::Reason => {
            deal.lost.as_ref().map(|lost| text(lost.reason.as_ref().map(Label::to_string)))
        }
        WinLossGrouping::Competitor => {
            deal.lost.as_ref().map(|lost| text(lost.competitor.as_ref().map(Label::to_string)))
        }
        WinLossGrouping::Owner => Some(text(deal.owner.as_ref().map(Reference::to_string))),
        WinLossGrouping::Team => Some(text(deal.team.as_ref().map(Reference::to_string))),
        WinLossGrouping::Segment(field) => Some(text(deal.segments.get(field).map(Label::to_string))),
    }
}

fn group(key: String, deals: &[&Told]) -> WinLossGroup {
    let mut sums: BTreeMap<&str, (Money, i64)> = BTreeMap::new();
    for told in deals {
        if let Some(amount) = told.deal().amount {
            let (all, won) =
                sums.entry(amount.currency.code()).or_insert((Money { minor_units: 0, ..amount }, 0));
            all.minor_units += amount.minor_units;
            *won += if told.is_won() { amount.minor_units } else { 0 };
        }
    }
    let worth = sums.into_values().filter(|(all, _)| all.minor_units > 0);
    let rate = |(all, won): (Money, i64)| ValueWinRate {
        currency: all.currency,
        basis_points: (20_000 * won + all.minor_units) / (2 * all.minor_units),
    };
    WinLossGroup { key, closed: oracle::closed_view(deals), value_win_rates: worth.map(rate).collect() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_report_says_what_counting_every_deal_says(
        history in histories(), scope in scopes(), group_by in groupings()
    ) {
        let model = Model::of(PipelineProjection::default(), &history);
        let query = WinLossQuery { scope, group_by };
        prop_assert_eq!(win_loss(&model.connection, &query).unwrap(), expected(&history.events, &query));
    }
}
