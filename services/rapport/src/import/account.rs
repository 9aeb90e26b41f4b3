//! What became of the commands, kept while they are on their way.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::ProgressBar;
use rapport_proto::v1::Receipt;

use super::mapping::{Mapping, Rule};
use super::plan::problems_of;
use super::refusals::{Problem, Refusals};
use super::source::Place;
use crate::delivery::Ledger;
use crate::error::{Failure, Refusal};

/// Where a parcel comes from: the row, the step, and the rule of each of its commands.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub(super) place: Place,
    pub(super) step: usize,
    pub(super) rules: Vec<usize>,
}

/// Keeps account of an import.
#[derive(Debug)]
pub(super) struct Account {
    mapping: Arc<Mapping>,
    rows: AtomicU64,
    applied: AtomicU64,
    position: AtomicU64,
    refusals: Mutex<Refusals>,
    stopped: Arc<AtomicBool>,
    bar: ProgressBar,
}

impl Account {
    pub(super) fn new(
        mapping: Arc<Mapping>,
        refusals: Refusals,
        stopped: Arc<AtomicBool>,
        bar: ProgressBar,
    ) -> Self {
        Self {
            mapping,
            rows: AtomicU64::new(0),
            applied: AtomicU64::new(0),
            position: AtomicU64::new(0),
            refusals: Mutex::new(refusals),
            stopped,
            bar,
        }
    }

    pub(super) fn row_read(&self) {
        self.rows.fetch_add(1, Ordering::Relaxed);
    }

    /// Commands that would be applied, of a dry run.
    pub(super) fn planned(&self, commands: usize) {
        self.applied.fetch_add(commands as u64, Ordering::Relaxed);
    }

    pub(super) fn applied_one(&self, receipt: &Receipt) {
        self.applied.fetch_add(1, Ordering::Relaxed);
        self.position.fetch_max(receipt.position, Ordering::Relaxed);
    }

    pub(super) fn bad_row(&self, problems: &[Problem]) {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner).add(problems, &self.bar);
    }

    /// Rows read, commands applied, rows refused, last position.
    pub(super) fn totals(&self) -> [u64; 4] {
        let refused = self.refusals.lock().unwrap_or_else(PoisonError::into_inner).rows();
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        [read(&self.rows), read(&self.applied), refused, read(&self.position)]
    }

    pub(super) fn close(&self) -> Result<(), Failure> {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner).close()
    }

    fn rule(&self, origin: &Origin, place: usize) -> Option<&Rule> {
        self.mapping.steps.get(origin.step)?.rules.get(*origin.rules.get(place)?)
    }
}

impl Ledger<Origin> for Account {
    fn applied(&self, _origin: &Origin, receipt: Receipt) {
        self.applied_one(&receipt);
    }

    fn refused(&self, origin: &Origin, place: usize, refusal: Refusal) {
        if let Some(rule) = self.rule(origin, place) {
            self.bad_row(&problems_of(rule, &origin.place, &refusal));
        }
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}
