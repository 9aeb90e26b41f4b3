//! Contracts, as they stand.

mod project;
mod query;
#[cfg(test)]
mod tests;

use rapport_domain::envelope::Revision;
use rapport_domain::id::{ContactId, SubscriptionId};
use rapport_domain::value::{Date, Instant, Label, Money, Segments};
use serde::{Deserialize, Serialize};

use crate::page::{Page, PageRequest};
use crate::query::{Answer, Freshness, QueryError};
use crate::read_model::Reader;

pub(crate) use project::SubscriptionProjection;

/// How a contract stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionStatus {
    /// It brings its monthly amount.
    Active,
    /// It rests.
    Paused,
    /// It has ended.
    Cancelled,
}

/// A contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub subscription_id: SubscriptionId,
    /// Whose it is.
    pub contact_id: ContactId,
    /// What was bought.
    pub plan: Label,
    /// How it stands.
    pub status: SubscriptionStatus,
    /// Monthly amount while it is active.
    pub mrr: Money,
    /// Last day of the term, where it has one.
    pub term_ends_on: Option<Date>,
    /// Fields that reports group by.
    pub segments: Segments,
    /// Business time of the beginning.
    pub started_at: Instant,
    /// Business time of the end, while it has ended.
    pub cancelled_at: Option<Instant>,
    /// Why it ended, while it has.
    pub cancellation_reason: Option<Label>,
    /// Revision of the contract's stream.
    pub revision: Revision,
}

/// Asks for contracts.
#[derive(Clone)]
pub struct Subscriptions {
    reader: Reader,
}

impl Subscriptions {
    pub(crate) const fn new(reader: Reader) -> Self {
        Self { reader }
    }

    /// One contract.
    ///
    /// # Errors
    /// [`QueryError::NotFound`], and what every query may answer.
    pub async fn subscription(
        &self,
        freshness: Freshness,
        subscription_id: SubscriptionId,
    ) -> Result<Answer<Subscription>, QueryError> {
        self.reader.read(freshness, move |connection| query::subscription(connection, subscription_id)).await
    }

    /// The contracts of a contact, in the order they began, by business time.
    ///
    /// # Errors
    /// [`QueryError::NotFound`] when nobody is registered under the id, [`QueryError::PageToken`], and what
    /// every query may answer.
    pub async fn list(
        &self,
        freshness: Freshness,
        contact_id: ContactId,
        page: PageRequest,
    ) -> Result<Answer<Page<Subscription>>, QueryError> {
        let page = page.of(freshness);
        self.reader.read(freshness, move |connection| query::list(connection, contact_id, &page)).await
    }
}
