//! Bringing the customers in, through the gateway, as any other service would.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::Utc;
use rapport_domain::id::ContactId;
use rapport_domain::value::Instant;
use rapport_proto::v1::Receipt;
use tonic::transport::Channel;

use super::diary::{Diary, SOURCE};
use super::{consents, contracts, customer, deals, orders, talks};
use crate::client::{Actor, Client};
use crate::command::Command;
use crate::delivery::{LANES_DEFAULT, Ledger, Parcel, apply, in_lanes};
use crate::error::{Failure, Refusal};

/// Most customers.
pub const CUSTOMERS_MAX: usize = 10_000;
/// Longest wait for one answer.
const DEADLINE: Duration = Duration::from_secs(10);

/// What was brought in, with ids to try things with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Customers.
    pub customers: usize,
    /// Commands that were applied.
    pub commands: u64,
    /// Position of the last event.
    pub position: u64,
    /// The pipeline.
    pub pipeline_id: String,
    /// The customer that most happened with.
    pub busiest_contact_id: String,
    /// A customer who took a consent back; none when nobody did.
    pub withdrawn_contact_id: Option<String>,
    /// What the source knows the busiest one by.
    pub external_ref: String,
}

/// A customer's history, before it is sent.
#[derive(Debug)]
pub(super) struct History {
    pub(super) contact_id: String,
    pub(super) external_ref: String,
    pub(super) withdrawn: usize,
    pub(super) commands: Vec<Command>,
}

/// Makes customers up and brings them in.
///
/// # Errors
/// When the gateway refuses or cannot be reached.
pub async fn populate(channel: Channel, actor: Actor, customers: usize) -> Result<Sample, Failure> {
    let client = Client::new(channel, &actor, DEADLINE)?;
    let now = Instant::try_from(Utc::now()).map_err(|invalid| Failure::Local(invalid.to_string()))?;
    let histories: Vec<History> =
        (1..=customers.min(CUSTOMERS_MAX)).map(|number| history(number, now)).collect();
    let tally = Arc::new(Tally::default());
    tally.applied(&(), apply(&client, &deals::pipeline().into()).await?);
    let busiest = histories.iter().max_by_key(|history| history.commands.len());
    let withdrawn =
        histories.iter().filter(|history| history.withdrawn > 0).max_by_key(|history| history.withdrawn);
    let mut sample = Sample {
        customers: histories.len(),
        commands: 0,
        position: 0,
        pipeline_id: deals::pipeline_id(),
        busiest_contact_id: busiest.map_or_else(String::new, |history| history.contact_id.clone()),
        withdrawn_contact_id: withdrawn.map(|history| history.contact_id.clone()),
        external_ref: busiest.map_or_else(String::new, |history| history.external_ref.clone()),
    };
    let parcels = histories.into_iter().map(|history| Parcel { origin: (), commands: history.commands });
    in_lanes(&client, parcels, LANES_DEFAULT, &tally).await?;
    if let Some(refusal) = tally.refusal.lock().unwrap_or_else(PoisonError::into_inner).take() {
        return Err(refusal.into());
    }
    sample.commands = tally.applied.load(Ordering::Relaxed);
    sample.position = tally.position.load(Ordering::Relaxed);
    Ok(sample)
}

/// What happened with one customer, up to now.
pub(super) fn history(number: usize, now: Instant) -> History {
    let contact_id = ContactId::derived(SOURCE, &number.to_string()).to_string();
    let mut diary = Diary::new(number, contact_id.clone(), now);
    let customer = customer::register(&mut diary);
    talks::record(&mut diary, &customer);
    for deal in 0..2 {
        if diary.chance.percent(if customer.is_organisation { 70 } else { 28 }) {
            deals::open(&mut diary, &customer, deal);
        }
    }
    if diary.chance.percent(if customer.is_organisation { 75 } else { 22 }) {
        contracts::start(&mut diary, &customer);
    } else if !customer.is_organisation {
        orders::record(&mut diary, &customer);
    }
    let withdrawn = consents::ask(&mut diary, &customer);
    History { contact_id, external_ref: format!("C-{number:05}"), withdrawn, commands: diary.told() }
}

/// Counts, and keeps the first no: the demo has no bad rows.
#[derive(Debug, Default)]
struct Tally {
    applied: AtomicU64,
    position: AtomicU64,
    refusal: Mutex<Option<Refusal>>,
}

impl Ledger<()> for Tally {
    fn applied(&self, _origin: &(), receipt: Receipt) {
        self.applied.fetch_add(1, Ordering::Relaxed);
        self.position.fetch_max(receipt.position, Ordering::Relaxed);
    }

    fn refused(&self, _origin: &(), _place: usize, refusal: Refusal) {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(refusal);
    }

    fn is_stopped(&self) -> bool {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}

#[cfg(test)]
mod tests;
