//! The report, computed the long way: every moment of every customer looked up anew, from all events.

use std::collections::{BTreeMap, BTreeSet};

use rapport_domain::DomainEvent;
use rapport_domain::envelope::Recorded;
use rapport_domain::id::ContactId;
use rapport_domain::interaction::{self, Channel};
use rapport_domain::subscription;
use rapport_domain::value::{Currency, Date, Instant, Money, Segments};

use crate::churn::{ActivityReport, ChurnQuery, RetentionPeriod};
use crate::month::Month;

/// One contract, and what it brings from when on, in the order of time.
struct Contract {
    contact_id: ContactId,
    currency: Currency,
    segments: Segments,
    started_at: Instant,
    changes: BTreeMap<(Instant, u64), i64>,
}

impl Contract {
    /// What it brings after everything before a place in time.
    fn mrr_before(&self, place: (Instant, u64)) -> i64 {
        self.changes.range(..place).next_back().map_or(0, |(_, mrr)| *mrr)
    }
}

fn contracts(events: &[Recorded]) -> Vec<Contract> {
    let mut contracts: BTreeMap<String, Contract> = BTreeMap::new();
    for recorded in events {
        let DomainEvent::Subscription(event) = DomainEvent::decode(recorded).unwrap().unwrap() else {
            continue;
        };
        let name = recorded.stream.to_string();
        let latest =
            contracts.get(&name).and_then(|known| known.changes.keys().next_back()).map(|(at, _)| *at);
        let occurred_at = recorded.metadata().unwrap().occurred_at;
        let place = (latest.map_or(occurred_at, |latest| latest.max(occurred_at)), recorded.position.0);
        let mrr = match &event {
            subscription::Event::Started(started) => started.mrr.minor_units,
            subscription::Event::AmountChanged(changed) => changed.mrr.minor_units,
            subscription::Event::Reactivated(reactivated) => reactivated.mrr.minor_units,
            subscription::Event::Paused(_) | subscription::Event::Cancelled(_) => 0,
            subscription::Event::Renewed(_) => continue,
        };
        if let subscription::Event::Started(started) = event {
            contracts.entry(name).or_insert_with(|| Contract {
                contact_id: started.contact_id,
                currency: started.mrr.currency,
                segments: started.segments.clone(),
                started_at: place.0,
                changes: [(place, mrr)].into(),
            });
        } else if let Some(contract) = contracts.get_mut(&name) {
            contract.changes.insert(place, mrr);
        }
    }
    contracts.into_values().collect()
}

/// Contracts that are counted as one customer.
type Customer<'a> = Vec<&'a Contract>;

/// Value of the field, currency code, cohort.
type Group = (Option<String>, &'static str, Option<Month>);

pub(super) fn periods(events: &[Recorded], query: &ChurnQuery) -> Vec<RetentionPeriod> {
    let contracts = contracts(events);
    let mut customers: BTreeMap<(Group, ContactId), Customer<'_>> = BTreeMap::new();
    for contract in &contracts {
        let value =
            query.segment.as_ref().and_then(|field| contract.segments.get(field)).map(ToString::to_string);
        let of_contact = contracts.iter().filter(|other| other.contact_id == contract.contact_id);
        let first = of_contact.map(|other| other.started_at).min().unwrap();
        let cohort = query.by_cohort.then(|| Month::of(first));
        let group = (value, contract.currency.code(), cohort);
        customers.entry((group, contract.contact_id)).or_default().push(contract);
    }
    let mut groups: BTreeMap<Group, Vec<Customer<'_>>> = BTreeMap::new();
    for ((group, _), customer) in customers {
        groups.entry(group).or_default().push(customer);
    }
    listed(&groups, query)
}

fn listed(groups: &BTreeMap<Group, Vec<Customer<'_>>>, query: &ChurnQuery) -> Vec<RetentionPeriod> {
    let every_month = || (0..36).map(|months| Month::parse("2025-06").unwrap().plus(months));
    let first_of = |(group, customers): (&Group, &Vec<Customer<'_>>)| {
        every_month().find(|month| moved(&period(*month, group, customers)))
    };
    let last_of = |(group, customers): (&Group, &Vec<Customer<'_>>)| {
        every_month().rfind(|month| moved(&period(*month, group, customers)))
    };
    let (first, last) = (groups.iter().filter_map(first_of).min(), groups.iter().filter_map(last_of).max());
    let (Some(first), Some(last)) = (first, last) else { return Vec::new() };
    let (from, to) = (query.from_month.unwrap_or(first), query.to_month.unwrap_or(last));
    let months = every_month().filter(|month| (from..=to).contains(month));
    let mut periods = Vec::new();
    for month in months {
        for (group, customers) in groups {
            if first_of((group, customers)).is_some_and(|first| month >= first) {
                periods.push(period(month, group, customers));
            }
        }
    }
    periods
}

fn moved(period: &RetentionPeriod) -> bool {
    let sums = [
        period.churned_mrr,
        period.contraction_mrr,
        period.expansion_mrr,
        period.new_mrr,
        period.reactivated_mrr,
    ];
    sums.iter().any(|sum| *sum > 0)
}

fn period(month: Month, group: &Group, customers: &[Customer<'_>]) -> RetentionPeriod {
    let begins = (start_of(month), 0);
    let ends = (start_of(month.next()), 0);
    let (value, code, cohort) = group;
    let mut period = RetentionPeriod {
        month,
        segment_value: value.clone(),
        currency: Currency::parse(code).unwrap(),
        cohort: *cohort,
        start_customers: 0,
        start_mrr: 0,
        churned_customers: 0,
        churned_mrr: 0,
        contraction_mrr: 0,
        expansion_mrr: 0,
        new_customers: 0,
        new_mrr: 0,
        reactivated_customers: 0,
        reactivated_mrr: 0,
        end_customers: 0,
        end_mrr: 0,
        logo_churn_basis_points: None,
        gross_revenue_churn_basis_points: None,
        grr_basis_points: None,
        nrr_basis_points: None,
    };
    for customer in customers {
        let mrr = |place| customer.iter().map(|contract| contract.mrr_before(place)).sum::<i64>();
        let (start, end) = (mrr(begins), mrr(ends));
        let places = customer.iter().flat_map(|contract| contract.changes.keys());
        let paid_before =
            places.filter(|p| **p < begins).any(|(time, position)| mrr((*time, position + 1)) > 0);
        period.start_customers += u64::from(start > 0);
        period.start_mrr += start;
        period.end_customers += u64::from(end > 0);
        period.end_mrr += end;
        if start > 0 && end == 0 {
            period.churned_customers += 1;
            period.churned_mrr += start;
        } else if start > 0 {
            period.contraction_mrr += (start - end).max(0);
            period.expansion_mrr += (end - start).max(0);
        } else if end > 0 && paid_before {
            period.reactivated_customers += 1;
            period.reactivated_mrr += end;
        } else if end > 0 {
            period.new_customers += 1;
            period.new_mrr += end;
        }
    }
    with_rates(period)
}

fn with_rates(mut period: RetentionPeriod) -> RetentionPeriod {
    let rate = |part: i64, whole: i64| {
        (whole > 0).then(|| (part as f64 / whole as f64 * 10_000.0 + 0.5).floor() as i64)
    };
    let start = period.start_mrr;
    let kept = start - period.churned_mrr - period.contraction_mrr;
    period.logo_churn_basis_points = rate(period.churned_customers as i64, period.start_customers as i64);
    period.gross_revenue_churn_basis_points = rate(start - kept, start);
    period.grr_basis_points = rate(kept, start);
    period.nrr_basis_points = rate(kept + period.expansion_mrr, start);
    period
}

fn start_of(month: Month) -> Instant {
    Date::parse(&format!("{month}-01")).unwrap().start()
}

/// Buyers without a contract, with the days on which they bought, up to a day.
pub(super) fn buyers(events: &[Recorded], to: Date) -> BTreeMap<String, BTreeSet<i64>> {
    let contracted: BTreeSet<String> = contracts(events).iter().map(|c| c.contact_id.to_string()).collect();
    let mut buyers: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    for (contact_id, day, _) in orders(events) {
        if day <= to.epoch_day() && !contracted.contains(&contact_id) {
            buyers.entry(contact_id).or_default().insert(day);
        }
    }
    buyers
}

fn orders(events: &[Recorded]) -> impl Iterator<Item = (String, i64, Option<Money>)> {
    events.iter().filter_map(|recorded| match DomainEvent::decode(recorded).unwrap().unwrap() {
        DomainEvent::Interaction(interaction::Event::Recorded(order)) if order.channel == Channel::Order => {
            let day = recorded.metadata().unwrap().occurred_at.date().epoch_day();
            Some((recorded.stream.id().to_owned(), day, order.value))
        }
        DomainEvent::Interaction(_)
        | DomainEvent::Contact(_)
        | DomainEvent::Pipeline(_)
        | DomainEvent::Opportunity(_)
        | DomainEvent::Subscription(_)
        | DomainEvent::Consent(_)
        | DomainEvent::SubjectRequest(_)
        | DomainEvent::Notice(_)
        | DomainEvent::Suppression(_)
        | DomainEvent::Access(_)
        | DomainEvent::Calendar(_)
        | DomainEvent::SlaPolicy(_)
        | DomainEvent::Case(_)
        | DomainEvent::Lead(_)
        | DomainEvent::ScoringModel(_)
        | DomainEvent::RoutingPolicy(_)
        | DomainEvent::FieldSet(_)
        | DomainEvent::Task(_)
        | DomainEvent::PriceBook(_)
        | DomainEvent::Quote(_) => None,
    })
}

pub(super) fn median(mut values: Vec<i64>) -> Option<i64> {
    values.sort_unstable();
    if values.is_empty() { None } else { Some(values[(values.len() - 1) / 2]) }
}

pub(super) fn own_gap(days: &BTreeSet<i64>) -> Option<i64> {
    let days: Vec<i64> = days.iter().copied().collect();
    median((1..days.len()).map(|index| days[index] - days[index - 1]).collect())
}

/// The buyers that are overdue, and by how many days; the most overdue first.
pub(super) fn overdue(events: &[Recorded], to: Date) -> Vec<(String, i64)> {
    let buyers = buyers(events, to);
    let usual = median(buyers.values().filter_map(own_gap).collect());
    let mut overdue: Vec<(String, i64)> = buyers
        .into_iter()
        .filter_map(|(contact_id, days)| {
            let gap = own_gap(&days).or(usual)?;
            Some((contact_id, to.epoch_day() - days.last()? - 3 * gap))
        })
        .filter(|(_, days)| *days > 0)
        .collect();
    overdue.sort_by_key(|(contact_id, days)| (-days, contact_id.clone()));
    overdue
}

pub(super) fn activity(events: &[Recorded], to: Date) -> ActivityReport {
    let buyers = buyers(events, to);
    let mut value: BTreeMap<&str, Money> = BTreeMap::new();
    for (contact_id, day, order) in orders(events) {
        if let Some(order) = order.filter(|_| day <= to.epoch_day() && buyers.contains_key(&contact_id)) {
            let sum = value.entry(order.currency.code()).or_insert(Money { minor_units: 0, ..order });
            sum.minor_units += order.minor_units;
        }
    }
    let gaps: Vec<i64> = buyers.values().filter_map(own_gap).collect();
    ActivityReport {
        to,
        customers: buyers.len() as u64,
        purchase_days: buyers.values().map(BTreeSet::len).sum::<usize>() as u64,
        repeat_customers: gaps.len() as u64,
        at_risk: overdue(events, to).len() as u64,
        value: value.into_values().collect(),
        median_gap_days: median(gaps),
    }
}
