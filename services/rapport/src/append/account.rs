//! What became of the lines, kept while they are on their way.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::ProgressBar;
use rapport_proto::v1::Receipt;

use crate::delivery::Ledger;
use crate::error::{Failure, Refusal};
use crate::import::source::Place;
use crate::import::{Problem, Refusals};

/// Keeps account of an append.
pub(super) struct Account {
    name: Arc<str>,
    appended: AtomicU64,
    position: AtomicU64,
    refusals: Mutex<Refusals>,
    stopped: Arc<AtomicBool>,
    bar: ProgressBar,
}

impl Account {
    pub(super) fn new(name: Arc<str>, refusals: Refusals, stopped: Arc<AtomicBool>) -> Self {
        let (appended, position) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { name, appended, position, refusals: Mutex::new(refusals), stopped, bar: ProgressBar::hidden() }
    }

    /// A line that makes no sense, or was refused: in which of its fields, and why.
    pub(super) fn problem(&self, line: u64, field: Option<String>, reason: &str, message: &str) {
        let problem = Problem {
            place: Place { file: Arc::clone(&self.name), line },
            column: field,
            reason: reason.to_owned(),
            message: message.to_owned(),
        };
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner).add(&[problem], &self.bar);
    }

    /// Lines that are in the log, the position of the last, and lines that were refused.
    pub(super) fn close(&self) -> Result<(u64, u64, u64), Failure> {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        refusals.close()?;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Ok((read(&self.appended), read(&self.position), refusals.rows()))
    }
}

impl Ledger<u64> for Account {
    fn applied(&self, _line: &u64, receipt: Receipt) {
        self.appended.fetch_add(1, Ordering::Relaxed);
        self.position.fetch_max(receipt.position, Ordering::Relaxed);
    }

    fn refused(&self, line: &u64, _place: usize, refusal: Refusal) {
        if refusal.fields.is_empty() {
            self.problem(*line, None, &refusal.reason, &refusal.message);
        }
        for field in refusal.fields {
            // A line is a request of one event.
            let path = field.path.trim_start_matches("events[0].").trim_start_matches("header.").to_owned();
            self.problem(*line, Some(path), &field.reason, &field.description);
        }
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}
