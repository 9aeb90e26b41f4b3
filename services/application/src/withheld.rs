//! Whose personal data is shown to nobody any more, because their erasure is approved and its window is open.
//!
//! Derived from the log, and kept in memory: the reactor of erasures folds it before the server answers anybody.

use std::collections::{BTreeMap, BTreeSet};

use parking_lot::RwLock;
use rapport_domain::id::{ContactId, SubjectRequestId};
use rapport_domain::subject_request::{Schedule, State};

/// The subjects, each with the requests that it is withheld for.
#[derive(Debug, Default)]
pub(crate) struct Withheld(RwLock<BTreeMap<ContactId, BTreeSet<SubjectRequestId>>>);

impl Withheld {
    pub(crate) fn covers(&self, subject: &ContactId) -> bool {
        self.0.read().contains_key(subject)
    }

    pub(crate) fn withhold(&self, subject: ContactId, request: SubjectRequestId) {
        self.0.write().entry(subject).or_default().insert(request);
    }

    pub(crate) fn release(&self, request: &SubjectRequestId) {
        self.0.write().retain(|_, requests| {
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
