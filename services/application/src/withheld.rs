//! Whose personal data is shown to nobody any more, because their erasure is approved and its window is open.
//!
//! Derived from the log, and kept in memory. A server folds it when it starts, beside its callers: who asks for personal data
//! before it has done so waits.

use std::collections::{BTreeMap, BTreeSet};

use parking_lot::RwLock;
use rapport_domain::id::{ContactId, SubjectRequestId};
use rapport_domain::subject_request::{Schedule, State};
use tokio::sync::watch;

/// The subjects, each with the requests that it is withheld for.
#[derive(Debug)]
pub(crate) struct Withheld {
    subjects: RwLock<BTreeMap<ContactId, BTreeSet<SubjectRequestId>>>,
    /// Whether the log was folded to its end.
    is_known: watch::Sender<bool>,
}

impl Default for Withheld {
    /// Of a log without requests.
    fn default() -> Self {
        Self { subjects: RwLock::default(), is_known: watch::Sender::new(true) }
    }
}

impl Withheld {
    pub(crate) fn covers(&self, subject: &ContactId) -> bool {
        self.subjects.read().contains_key(subject)
    }

    pub(crate) fn set_known(&self, is_known: bool) {
        self.is_known.send_replace(is_known);
    }

    /// Waits until it is known.
    pub(crate) async fn known(&self) {
        // The sender is this one: it cannot be gone.
        let mut known = self.is_known.subscribe();
        let _known = known.wait_for(|is_known| *is_known).await;
    }

    pub(crate) fn withhold(&self, subject: ContactId, request: SubjectRequestId) {
        self.subjects.write().entry(subject).or_default().insert(request);
    }

    pub(crate) fn release(&self, request: &SubjectRequestId) {
        self.subjects.write().retain(|_, requests| {
            requests.remove(request);
            !requests.is_empty()
        });
    }

    /// Takes over how a request stands, without waiting for the log to be followed.
    pub(crate) fn note(&self, id: SubjectRequestId, state: &State) {
        match state {
            State::Approved(request, approval) => match approval.erasure {
                Schedule::At(_) | Schedule::Begun => self.withhold(request.received.contact_id, id),
                Schedule::Unset => self.release(&id),
            },
            State::NotReceived | State::Received(_) | State::Refused(..) | State::Fulfilled(..) => {
                self.release(&id);
            }
        }
    }
}
