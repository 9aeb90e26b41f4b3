//! What moved: from one customer's contracts to the movements of each month. Pure.
//!
//! A customer is seen as a whole, and once more for each value of each field of its contracts. Contracts without
//! a field are the rest. They would need a row for every field that any customer has; instead, a customer that has
//! the field in one contract at least keeps a correction: what its contracts without the field moved, less what
//! all its contracts moved. All contracts and the corrections together are the rest, of everybody.

use std::collections::{BTreeMap, BTreeSet};

use rapport_domain::id::SubscriptionId;
use rapport_domain::value::{Currency, Instant, Key, Label, Segments};

use crate::month::Month;
use crate::wide::{Wide, saturated};

/// A customer's contract.
pub(super) struct Contract {
    pub(super) currency: Currency,
    pub(super) segments: Segments,
    pub(super) started_at: Instant,
}

/// What a contract brings from the end of a month on in which that changed. What happens in between moves nothing.
#[derive(Clone, Copy)]
pub(super) struct MonthEnd {
    pub(super) month: Month,
    pub(super) subscription_id: SubscriptionId,
    pub(super) mrr: i64,
    /// When that changed last.
    pub(super) changed_at: Instant,
    /// Whether it brought something at any time of the month.
    pub(super) paid: bool,
}

/// Where a movement is counted. An empty segment stands for all contracts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) segment: String,
    pub(super) month: Month,
    pub(super) segment_value: String,
    pub(super) currency: Currency,
    pub(super) cohort: Month,
}

/// What moved in one month.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Movement {
    pub(super) churned_customers: i64,
    pub(super) churned: Wide,
    pub(super) contraction: Wide,
    pub(super) expansion: Wide,
    pub(super) new_customers: i64,
    pub(super) new: Wide,
    pub(super) reactivated_customers: i64,
    pub(super) reactivated: Wide,
}

impl Movement {
    /// From what a customer paid at the start of a month to what it pays at the end.
    fn between(start: i64, end: i64, paid_before: bool) -> Self {
        let none = Self::default();
        match (start > 0, end > 0) {
            (true, false) => Self { churned_customers: 1, churned: start.into(), ..none },
            (true, true) if end < start => Self { contraction: (start - end).into(), ..none },
            (true, true) => Self { expansion: (end - start).into(), ..none },
            (false, true) if paid_before => {
                Self { reactivated_customers: 1, reactivated: end.into(), ..none }
            }
            (false, true) => Self { new_customers: 1, new: end.into(), ..none },
            (false, false) => none,
        }
    }

    pub(super) fn is_none(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.churned_customers += other.churned_customers;
        self.churned += other.churned;
        self.contraction += other.contraction;
        self.expansion += other.expansion;
        self.new_customers += other.new_customers;
        self.new += other.new;
        self.reactivated_customers += other.reactivated_customers;
        self.reactivated += other.reactivated;
    }

    pub(super) fn take_away(&mut self, other: &Self) {
        self.churned_customers -= other.churned_customers;
        self.churned -= other.churned;
        self.contraction -= other.contraction;
        self.expansion -= other.expansion;
        self.new_customers -= other.new_customers;
        self.new -= other.new;
        self.reactivated_customers -= other.reactivated_customers;
        self.reactivated -= other.reactivated;
    }
}

/// Movements by place.
pub(super) type Movements = BTreeMap<Place, Movement>;

/// Everything that one customer's contracts moved. `ends` are in the order of their months.
pub(super) fn movements(contracts: &BTreeMap<SubscriptionId, Contract>, ends: &[MonthEnd]) -> Movements {
    let Some(first) = contracts.values().map(|contract| contract.started_at).min() else {
        return Movements::new();
    };
    let customer = Customer { contracts, ends, cohort: Month::of(first) };
    let mut movements = Movements::new();
    let all = customer.moved(|_| true);
    customer.count(&mut movements, "", "", &all, Movement::add);
    for (field, values) in fields(contracts) {
        for value in values {
            let with_value = customer.moved(|contract| contract.segments.get(field) == Some(value));
            customer.count(&mut movements, field.as_str(), value.as_str(), &with_value, Movement::add);
        }
        let without = customer.moved(|contract| !contract.segments.contains_key(field));
        customer.count(&mut movements, field.as_str(), "", &without, Movement::add);
        customer.count(&mut movements, field.as_str(), "", &all, Movement::take_away);
    }
    movements
}

fn fields(contracts: &BTreeMap<SubscriptionId, Contract>) -> BTreeMap<&Key, BTreeSet<&Label>> {
    let mut fields: BTreeMap<&Key, BTreeSet<&Label>> = BTreeMap::new();
    for (field, value) in contracts.values().flat_map(|contract| &contract.segments) {
        fields.entry(field).or_default().insert(value);
    }
    fields
}

struct Customer<'a> {
    contracts: &'a BTreeMap<SubscriptionId, Contract>,
    ends: &'a [MonthEnd],
    cohort: Month,
}

impl Customer<'_> {
    /// What some of the contracts moved together, by currency and month.
    fn moved(&self, counts: impl Fn(&Contract) -> bool) -> Vec<(Currency, Month, Movement)> {
        let mut by_currency: BTreeMap<Currency, Vec<&MonthEnd>> = BTreeMap::new();
        for end in self.ends {
            let contract = self.contracts.get(&end.subscription_id).filter(|contract| counts(contract));
            if let Some(contract) = contract {
                by_currency.entry(contract.currency).or_default().push(end);
            }
        }
        by_currency
            .into_iter()
            .flat_map(|(currency, ends)| {
                months(&ends).into_iter().map(move |(month, m)| (currency, month, m))
            })
            .collect()
    }

    fn count(
        &self,
        movements: &mut Movements,
        segment: &str,
        segment_value: &str,
        moved: &[(Currency, Month, Movement)],
        add: fn(&mut Movement, &Movement),
    ) {
        for (currency, month, movement) in moved {
            let place = Place {
                segment: segment.to_owned(),
                month: *month,
                segment_value: segment_value.to_owned(),
                currency: *currency,
                cohort: self.cohort,
            };
            add(movements.entry(place).or_default(), movement);
        }
    }
}

/// Walks through the contracts of one currency, month by month.
fn months(ends: &[&MonthEnd]) -> Vec<(Month, Movement)> {
    let mut brings: BTreeMap<SubscriptionId, i64> = BTreeMap::new();
    let (mut total, mut has_paid) = (0_i128, false);
    let mut months = Vec::new();
    for of_month in ends.chunk_by(|one, next| one.month == next.month) {
        let (start, paid_before) = (total, has_paid);
        for end in of_month {
            let before = brings.insert(end.subscription_id, end.mrr).unwrap_or(0);
            total += i128::from(end.mrr) - i128::from(before);
            has_paid |= end.paid;
        }
        let movement = Movement::between(saturated(start), saturated(total), paid_before);
        if let Some(first) = of_month.first().filter(|_| !movement.is_none()) {
            months.push((first.month, movement));
        }
    }
    months
}
