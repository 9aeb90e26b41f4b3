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

/// What a contract brings from a moment on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Change {
    pub(super) occurred_at: Instant,
    /// Of what occurred at the same time, the later recorded one counts.
    pub(super) position: i64,
    pub(super) subscription_id: SubscriptionId,
    pub(super) mrr: i64,
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

/// Everything that one customer's contracts moved. `changes` are in order.
pub(super) fn movements(contracts: &BTreeMap<SubscriptionId, Contract>, changes: &[Change]) -> Movements {
    let Some(first) = contracts.values().map(|contract| contract.started_at).min() else {
        return Movements::new();
    };
    let customer = Customer { contracts, changes, cohort: Month::of(first) };
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
    changes: &'a [Change],
    cohort: Month,
}

impl Customer<'_> {
    /// What some of the contracts moved together, by currency and month.
    fn moved(&self, counts: impl Fn(&Contract) -> bool) -> Vec<(Currency, Month, Movement)> {
        let mut by_currency: BTreeMap<Currency, Vec<&Change>> = BTreeMap::new();
        for change in self.changes {
            let contract = self.contracts.get(&change.subscription_id).filter(|contract| counts(contract));
            if let Some(contract) = contract {
                by_currency.entry(contract.currency).or_default().push(change);
            }
        }
        by_currency
            .into_iter()
            .flat_map(|(currency, changes)| {
                months(&changes).into_iter().map(move |(month, m)| (currency, month, m))
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

/// Walks through the changes of one currency, month by month.
fn months(changes: &[&Change]) -> Vec<(Month, Movement)> {
    let mut brings: BTreeMap<SubscriptionId, i64> = BTreeMap::new();
    let (mut total, mut has_paid) = (0_i128, false);
    let mut months = Vec::new();
    for in_month in changes.chunk_by(|one, next| Month::of(one.occurred_at) == Month::of(next.occurred_at)) {
        let (start, paid_before) = (total, has_paid);
        for change in in_month {
            let before = brings.insert(change.subscription_id, change.mrr).unwrap_or(0);
            total += i128::from(change.mrr) - i128::from(before);
            has_paid |= total > 0;
        }
        let movement = Movement::between(saturated(start), saturated(total), paid_before);
        if let Some(first) = in_month.first().filter(|_| !movement.is_none()) {
            months.push((Month::of(first.occurred_at), movement));
        }
    }
    months
}
