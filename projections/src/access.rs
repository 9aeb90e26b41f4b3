//! Who read whose personal data: every access, found by the subject. And who was denied it, and what subjects asked for.

mod project;
mod query;
mod requests;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use rapport_domain::access::Basis;
use rapport_domain::envelope::{Actor, Position};
use rapport_domain::id::{CaseId, ContactId, SubjectRequestId};
use rapport_domain::personal::DataClass;
use rapport_domain::subject_request::{Right, overdue_from};
use rapport_domain::value::{Date, Instant, Label};
use serde::{Deserialize, Serialize};

use crate::page::{Page, PageRequest};
use crate::query::{Answer, Freshness, QueryError};
use crate::read_model::Reader;

pub(crate) use project::AccessProjection;

/// An answer that held a subject's personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Position of the event in the log.
    pub position: Position,
    /// When it was written down, just before the answer left.
    pub recorded_at: Instant,
    /// Who read it.
    pub actor: Actor,
    /// Through which RPC.
    pub rpc: Label,
    /// Which classes of it. None: who had read it.
    pub classes: BTreeSet<DataClass>,
    /// What for, in the reader's words.
    pub purpose: Option<Label>,
    /// What permitted it.
    pub permitted: Option<Basis>,
    /// Open cases of this subject that it was permitted by.
    pub cases: BTreeSet<CaseId>,
    /// Subjects that the answer was about, this one among them.
    pub subjects: u64,
}

/// A call that was not let in, or personal data that was not opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// Position of the event in the log.
    pub position: Position,
    /// When it was written down.
    pub recorded_at: Instant,
    /// Who asked.
    pub actor: Actor,
    /// Through which RPC.
    pub rpc: Label,
    /// Whether the call itself was permitted, and all personal data in the clear was not.
    pub personal: bool,
    /// How often the same was denied since it was written down before.
    pub unwritten: u64,
    /// What for, in the words of who asked.
    pub purpose: Option<Label>,
    /// What forbids it; no policies where none permits it.
    pub denied: Option<Basis>,
}

/// How a request of a subject stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestStatus {
    /// It came in.
    Received,
    /// A second person said yes.
    Approved,
    /// It was turned down.
    Refused,
    /// It was answered.
    Fulfilled,
}

impl RequestStatus {
    /// Whether it still has to be answered.
    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Self::Received | Self::Approved => true,
            Self::Refused | Self::Fulfilled => false,
        }
    }
}

/// What somebody asked for about their own data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectRequest {
    /// Its id.
    pub subject_request_id: SubjectRequestId,
    /// Whose data it is about.
    pub contact_id: ContactId,
    /// What is asked for.
    pub right: Right,
    /// On what ground.
    pub ground: Option<Label>,
    /// How it stands.
    pub status: RequestStatus,
    /// When it arrived.
    pub received_at: Instant,
    /// Who took it in.
    pub received_by: Actor,
    /// The day by which it has to be answered, or had to be.
    pub due_on: Date,
    /// Whether that day is two months later than it was at first.
    pub extended: bool,
    /// Who said yes, where that was not taken back.
    pub approved_by: Option<Actor>,
    /// When the window of its approved erasure closes, while it is open.
    pub erase_at: Option<Instant>,
    /// Whether the window has closed, and the keys are being destroyed.
    pub erasing: bool,
    /// Business time of its answer, or of the refusal.
    pub closed_at: Option<Instant>,
    /// Recipients that have yet to be told what was done.
    pub recipients_untold: u32,
}

impl SubjectRequest {
    /// Whether it is open although its last day is over.
    #[must_use]
    pub fn is_overdue(&self, today: Instant) -> bool {
        self.status.is_open() && overdue_from(self.due_on) <= today
    }
}

/// Which requests to list. Empty parts let everything through; all parts must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RequestFilter {
    /// Only of this contact.
    pub contact_id: Option<ContactId>,
    /// Only those that stand so.
    pub status: Option<RequestStatus>,
    /// Only those that are due on this day or before.
    pub due_by: Option<Date>,
    /// Only those with recipients who have yet to be told what was done.
    pub recipients_untold: bool,
}

/// Asks for accesses, denials, and what subjects asked for.
#[derive(Clone)]
pub struct Accesses {
    reader: Reader,
}

impl Accesses {
    pub(crate) const fn new(reader: Reader) -> Self {
        Self { reader }
    }

    /// Who read a subject's data, the last one first. Nobody, where there is no such contact: what was read of one who was
    /// erased stays known.
    ///
    /// # Errors
    /// [`QueryError::PageToken`], and what every query may answer.
    pub async fn of(
        &self,
        freshness: Freshness,
        contact_id: ContactId,
        page: PageRequest,
    ) -> Result<Answer<Page<Access>>, QueryError> {
        let page = page.of(freshness);
        self.reader.read(freshness, move |connection| query::of(connection, contact_id, &page)).await
    }

    /// Who was denied what, the last one first.
    ///
    /// # Errors
    /// [`QueryError::PageToken`], and what every query may answer.
    pub async fn denials(
        &self,
        freshness: Freshness,
        page: PageRequest,
    ) -> Result<Answer<Page<Denial>>, QueryError> {
        let page = page.of(freshness);
        self.reader.read(freshness, move |connection| query::denials(connection, &page)).await
    }

    /// What subjects asked for about their own data, what is due first comes first.
    ///
    /// # Errors
    /// [`QueryError::PageToken`], and what every query may answer.
    pub async fn requests(
        &self,
        freshness: Freshness,
        filter: RequestFilter,
        page: PageRequest,
    ) -> Result<Answer<Page<SubjectRequest>>, QueryError> {
        let page = page.of(freshness);
        self.reader.read(freshness, move |connection| requests::list(connection, &filter, &page)).await
    }
}
