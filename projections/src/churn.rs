//! Who stays and who leaves: contracts by month and cohort, and buyers without a contract by their own rhythm.
//!
//! Contracts: for each customer the model keeps every change of its MRR by business time, however late it came,
//! and derives from them what moved in which month. The movements of all customers are kept as counters; a
//! report is a running sum over them. Activity: for each buyer the model keeps its purchase days.

mod activity;
mod buyers;
mod contracts;
mod periods;
mod project;
mod query;
mod retention;
#[cfg(test)]
mod tests;

use rapport_domain::id::ContactId;
use rapport_domain::value::{Currency, Date, Key, Money};

use crate::month::Month;
use crate::page::{Page, PageRequest};
use crate::query::{Answer, Freshness, QueryError};
use crate::read_model::Reader;

pub(crate) use project::ChurnProjection;

/// Most months of a report.
pub const MONTHS_MAX: usize = 600;
/// Most periods of a report: months, times groups, times cohorts.
pub const PERIODS_MAX: usize = 50_000;
/// How many times its usual gap a buyer may be silent before it is at risk.
pub const AT_RISK_GAPS: i64 = 3;

/// Which report to compute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChurnQuery {
    /// First month of business time; `None`: the first with a movement.
    pub from_month: Option<Month>,
    /// Last month, inclusive; `None`: the last with a movement.
    pub to_month: Option<Month>,
    /// Field of the contracts to group by.
    pub segment: Option<Key>,
    /// Activity counts to the end of this day.
    pub activity_to: Date,
    /// Split each month by cohort, the month of a customer's first contract.
    pub by_cohort: bool,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChurnReport {
    /// Contracts, oldest month first; within a month by segment value, then currency, then cohort. A group is
    /// there from the month of its first movement on.
    pub periods: Vec<RetentionPeriod>,
    /// Buyers without a contract.
    pub activity: ActivityReport,
}

/// What became, in one month, of the customers that paid at its start. A customer is a contact; its MRR is the sum
/// of its active contracts in one currency and, when grouped by a field, with that value. Movements are net per
/// customer and month. Amounts are in the smallest unit of the currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetentionPeriod {
    /// The month, business time, UTC.
    pub month: Month,
    /// Value of the field grouped by; `None` without a field, and for contracts that do not have it.
    pub segment_value: Option<String>,
    /// The currency.
    pub currency: Currency,
    /// Month of the first contract, when split by cohort.
    pub cohort: Option<Month>,
    /// Customers with MRR > 0 at the start of the month.
    pub start_customers: u64,
    /// The sum of it.
    pub start_mrr: i64,
    /// Of those: customers with MRR 0 at the end of the month.
    pub churned_customers: u64,
    /// What they paid at the start.
    pub churned_mrr: i64,
    /// Of those: what customers pay less at the end, without the churned ones.
    pub contraction_mrr: i64,
    /// Of those: what customers pay more at the end.
    pub expansion_mrr: i64,
    /// Customers that never paid before, and pay at the end.
    pub new_customers: u64,
    /// What they pay at the end.
    pub new_mrr: i64,
    /// Customers that paid in an earlier month, not at the start, and again at the end.
    pub reactivated_customers: u64,
    /// What they pay at the end.
    pub reactivated_mrr: i64,
    /// Customers with MRR > 0 at the end of the month.
    pub end_customers: u64,
    /// The sum of it: start - churned - contraction + expansion + new + reactivated.
    pub end_mrr: i64,
    /// churned_customers / start_customers, in hundredths of a percent, rounded half up. `None` without a start.
    pub logo_churn_basis_points: Option<i64>,
    /// (churned + contraction) / start MRR: gross revenue churn.
    pub gross_revenue_churn_basis_points: Option<i64>,
    /// (start - churned - contraction) / start MRR: gross revenue retention, at most 100 %.
    pub grr_basis_points: Option<i64>,
    /// (start + expansion - contraction - churned) / start MRR: net revenue retention.
    pub nrr_basis_points: Option<i64>,
}

/// Buyers without a contract: contacts with an order and no subscription ever. Orders of one contact on one day,
/// in UTC, are one purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityReport {
    /// The day that the report counts to.
    pub to: Date,
    /// Buyers.
    pub customers: u64,
    /// Their purchase days.
    pub purchase_days: u64,
    /// Buyers with two purchase days or more.
    pub repeat_customers: u64,
    /// Buyers that are overdue; see [`AtRiskCustomer`].
    pub at_risk: u64,
    /// Sum of their orders, by currency.
    pub value: Vec<Money>,
    /// Median over repeat buyers of their own median gap between purchase days, in days; the lower of the two in
    /// the middle. `None` without repeat buyers.
    pub median_gap_days: Option<i64>,
}

/// A buyer who has not bought for more than [`AT_RISK_GAPS`] times the usual gap: its own median gap, or the median
/// of all repeat buyers where it has bought on one day only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtRiskCustomer {
    /// Who.
    pub contact_id: ContactId,
    /// Day of the first purchase.
    pub first_purchase_on: Date,
    /// Day of the last one.
    pub last_purchase_on: Date,
    /// Days with a purchase.
    pub purchase_days: u64,
    /// Its own median gap, in days; the lower of the two in the middle. `None` with one purchase day.
    pub median_gap_days: Option<i64>,
    /// Days from the last purchase to the day of the report.
    pub silent_days: i64,
    /// Days that it is overdue: silent_days - 3 x gap.
    pub overdue_days: i64,
    /// In words.
    pub reason: String,
}

/// Asks who stays and who leaves.
#[derive(Clone)]
pub struct Churn {
    reader: Reader,
}

impl Churn {
    pub(crate) const fn new(reader: Reader) -> Self {
        Self { reader }
    }

    /// Contracts by month, and buyers by activity.
    ///
    /// # Errors
    /// [`QueryError::TooLarge`] with more than [`MONTHS_MAX`] months or [`PERIODS_MAX`] periods, and what every
    /// query may answer.
    pub async fn report(
        &self,
        freshness: Freshness,
        query: ChurnQuery,
    ) -> Result<Answer<ChurnReport>, QueryError> {
        self.reader.read(freshness, move |connection| query::report(connection, &query)).await
    }

    /// Buyers without a contract that are overdue at the end of a day, the most overdue first; those equally
    /// overdue by their id.
    ///
    /// # Errors
    /// [`QueryError::PageToken`], and what every query may answer.
    pub async fn at_risk(
        &self,
        freshness: Freshness,
        activity_to: Date,
        page: PageRequest,
    ) -> Result<Answer<Page<AtRiskCustomer>>, QueryError> {
        let page = page.of(freshness);
        self.reader.read(freshness, move |connection| query::at_risk(connection, activity_to, &page)).await
    }
}
