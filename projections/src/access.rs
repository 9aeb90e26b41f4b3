//! Who read whose personal data: every access, found by the subject. And who was denied it.

mod project;
mod query;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use rapport_domain::access::Basis;
use rapport_domain::envelope::{Actor, Position};
use rapport_domain::id::{CaseId, ContactId};
use rapport_domain::personal::DataClass;
use rapport_domain::value::{Instant, Label};

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

/// Asks for accesses and denials.
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
}
