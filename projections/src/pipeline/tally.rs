//! Counting deals for a view.

use std::collections::BTreeMap;

use rapport_domain::value::{Currency, Key, Money};

use super::{ClosedView, OpportunityStatus, ValueWinRate};
use crate::wide::{basis_points, half_up, saturated};

const SECOND_MICROS: i128 = 1_000_000;

/// Sums by currency. Deals without an amount have none.
#[derive(Debug, Clone, Default)]
pub(super) struct Amounts(BTreeMap<&'static str, Amount>);

#[derive(Debug, Clone, Copy)]
struct Amount {
    currency: Currency,
    deals: i64,
    minor_units: i128,
}

impl Amounts {
    /// Adds what so many deals are worth together.
    pub(super) fn add(&mut self, currency: Option<Currency>, deals: i64, minor_units: i128) {
        let Some(currency) = currency else { return };
        let sum = self.0.entry(currency.code()).or_insert(Amount { currency, deals: 0, minor_units: 0 });
        sum.deals += deals;
        sum.minor_units += minor_units;
    }

    fn merge(&mut self, other: &Self) {
        for amount in other.0.values() {
            self.add(Some(amount.currency), amount.deals, amount.minor_units);
        }
    }

    fn take_away(&mut self, other: &Self) {
        for amount in other.0.values() {
            self.add(Some(amount.currency), -amount.deals, -amount.minor_units);
        }
    }

    /// The share that these are of those beside them and these together, by currency.
    fn shares_beside(&self, others: &Self) -> Vec<ValueWinRate> {
        let mut all = self.clone();
        all.merge(others);
        let share = |whole: &Amount| {
            let part = self.0.get(whole.currency.code()).map_or(0, |part| part.minor_units);
            let basis_points = basis_points(part, whole.minor_units)?;
            Some(ValueWinRate { currency: whole.currency, basis_points })
        };
        all.0.values().filter_map(share).collect()
    }

    /// In the order of the currencies' codes.
    pub(super) fn money(&self) -> Vec<Money> {
        let there = self.0.values().filter(|amount| amount.deals > 0);
        there.map(|sum| Money { minor_units: saturated(sum.minor_units), currency: sum.currency }).collect()
    }
}

/// Sums of amount x probability by stage and currency, in hundredths of the smallest unit.
#[derive(Debug, Clone, Default)]
pub(super) struct Weighted(BTreeMap<Key, BTreeMap<&'static str, (Currency, i128)>>);

impl Weighted {
    pub(super) fn add(&mut self, stage: &Key, currency: Option<Currency>, percent_units: i128) {
        let Some(currency) = currency else { return };
        let sums = match self.0.get_mut(stage) {
            Some(sums) => sums,
            None => self.0.entry(stage.clone()).or_default(),
        };
        sums.entry(currency.code()).or_insert((currency, 0)).1 += percent_units;
    }

    fn merge(&mut self, other: &Self) {
        for (stage, sums) in &other.0 {
            for &(currency, percent_units) in sums.values() {
                self.add(stage, Some(currency), percent_units);
            }
        }
    }

    /// Rounded half up, once for each stage.
    pub(super) fn money(&self) -> Vec<Money> {
        let mut sums = Amounts::default();
        for &(currency, sum) in self.0.values().flat_map(BTreeMap::values) {
            sums.add(Some(currency), 1, half_up(sum, 100).unwrap_or(0));
        }
        sums.money()
    }
}

/// Deals that stand somewhere.
#[derive(Debug, Clone, Default)]
pub(super) struct Standing {
    pub(super) deals: i64,
    amount: Amounts,
    weighted: Weighted,
    entered_micros: i128,
}

/// A row of the counters of where deals stand.
pub(super) struct StandingRow<'p> {
    pub(super) stage: &'p Key,
    pub(super) probability: i64,
    pub(super) currency: Option<Currency>,
    pub(super) deals: i64,
    pub(super) amount: i128,
    pub(super) entered_micros: i128,
}

impl Standing {
    pub(super) fn add(&mut self, row: &StandingRow<'_>) {
        self.deals += row.deals;
        self.amount.add(row.currency, row.deals, row.amount);
        self.weighted.add(row.stage, row.currency, row.amount.saturating_mul(i128::from(row.probability)));
        self.entered_micros += row.entered_micros;
    }

    /// Adds deals that stand elsewhere.
    pub(super) fn merge(&mut self, other: &Self) {
        self.deals += other.deals;
        self.amount.merge(&other.amount);
        self.weighted.merge(&other.weighted);
        self.entered_micros += other.entered_micros;
    }

    pub(super) fn count(&self) -> u64 {
        counted(self.deals)
    }

    pub(super) fn amount(&self) -> Vec<Money> {
        self.amount.money()
    }

    pub(super) fn weighted(&self) -> Vec<Money> {
        self.weighted.money()
    }

    /// Mean time from coming to the stage to a moment, in seconds, rounded half up.
    pub(super) fn mean_age_seconds(&self, at_micros: i64) -> Option<i64> {
        let deals = i128::from(self.deals);
        half_up(i128::from(at_micros) * deals - self.entered_micros, deals * SECOND_MICROS).map(saturated)
    }
}

/// Closed deals.
#[derive(Debug, Clone, Default)]
pub(super) struct Closed {
    won: i64,
    lost: i64,
    won_amount: Amounts,
    lost_amount: Amounts,
    cycle_micros: i128,
}

impl Closed {
    /// Adds so many deals of one outcome and currency, what they are worth together and how long they took together.
    pub(super) fn add(
        &mut self,
        outcome: OpportunityStatus,
        currency: Option<Currency>,
        deals: i64,
        amount: i128,
        cycle_micros: i128,
    ) {
        match outcome {
            OpportunityStatus::Won => {
                self.won += deals;
                self.won_amount.add(currency, deals, amount);
                self.cycle_micros += cycle_micros;
            }
            OpportunityStatus::Lost => {
                self.lost += deals;
                self.lost_amount.add(currency, deals, amount);
            }
            // An open deal is not closed.
            OpportunityStatus::Open => {}
        }
    }

    /// Takes deals away that are counted here too.
    pub(super) fn take_away(&mut self, other: &Self) {
        self.won -= other.won;
        self.lost -= other.lost;
        self.won_amount.take_away(&other.won_amount);
        self.lost_amount.take_away(&other.lost_amount);
        self.cycle_micros -= other.cycle_micros;
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.won + self.lost == 0
    }

    /// The share won of what the deals are worth, by currency; none where they are worth nothing.
    pub(super) fn value_win_rates(&self) -> Vec<ValueWinRate> {
        self.won_amount.shares_beside(&self.lost_amount)
    }

    pub(super) fn view(&self, median_cycle_days: Option<i64>) -> ClosedView {
        let closed = i128::from(self.won + self.lost);
        let win_rate = basis_points(i128::from(self.won), closed);
        let mean_cycle = half_up(self.cycle_micros, i128::from(self.won) * SECOND_MICROS);
        ClosedView {
            won: counted(self.won),
            lost: counted(self.lost),
            won_amount: self.won_amount.money(),
            lost_amount: self.lost_amount.money(),
            win_rate_basis_points: win_rate.and_then(|rate| u32::try_from(rate).ok()),
            mean_cycle_seconds: mean_cycle.map(saturated),
            median_cycle_days,
        }
    }
}

/// A counter as a count; counters are never negative.
fn counted(counter: i64) -> u64 {
    u64::try_from(counter).unwrap_or(0)
}
