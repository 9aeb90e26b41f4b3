//! Cases: who has which, what is due next, and how soon and how often too late they are solved; and the calendars and
//! policies that they are judged by.
//!
//! The report is kept as counters, so that what it costs grows with the groups there are (months, groups, priorities and
//! the minutes that things took) and not with the cases: each case contributes to the counters of where it stands and,
//! while it is solved, to those of its month. A change takes its old contribution away and adds the new one.

mod contribution;
pub(crate) mod describe;
mod due;
mod project;
mod query;
mod report;
mod row;
mod schedules;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use rapport_domain::calendar;
use rapport_domain::case::{Kind, Rating};
use rapport_domain::envelope::{Actor, Position, Revision};
use rapport_domain::id::{CalendarId, CaseId, ContactId, InteractionId, SlaPolicyId};
use rapport_domain::interaction::{Channel, Source};
use rapport_domain::sla_policy::{self, Due, Priority, Target, Terms, Wait};
use rapport_domain::value::{Instant, Label, Reference, Segments};
use serde::{Deserialize, Serialize};

use crate::month::Month;
use crate::page::{Page, PageRequest};
use crate::query::{Answer, Freshness, QueryError};
use crate::read_model::Reader;

pub(crate) use project::CaseProjection;
pub use report::{Backlog, CaseGroup, CaseReport, CaseTimes, GROUPS_MAX};

/// Most calendars or policies that are listed.
pub const SCHEDULES_MAX: usize = 200;

/// Most open cases of a contact that are named where one is enough.
pub const OPEN_CASES_MAX: usize = 10;

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseStatus {
    /// It is worked on.
    Open,
    /// It waits for the customer.
    PendingCustomer,
    /// It waits for somebody else.
    OnHold,
    /// It is solved.
    Resolved,
    /// Nobody comes back to it.
    Closed,
    /// It is a part of another one.
    Merged,
}

impl CaseStatus {
    /// Whether somebody still has to solve it.
    #[must_use]
    pub const fn is_unsolved(self) -> bool {
        match self {
            Self::Open | Self::PendingCustomer | Self::OnHold => true,
            Self::Resolved | Self::Closed | Self::Merged => false,
        }
    }
}

impl From<Wait> for CaseStatus {
    fn from(wait: Wait) -> Self {
        match wait {
            Wait::Customer => Self::PendingCustomer,
            Wait::ThirdParty => Self::OnHold,
        }
    }
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Its id.
    pub case_id: CaseId,
    /// Who wants it solved.
    pub contact_id: Option<ContactId>,
    /// Through what it came in.
    pub channel: Channel,
    /// What it is called.
    pub title: Label,
    /// What kind of case it is.
    pub kind: Kind,
    /// How urgent it is.
    pub priority: Priority,
    /// Where it stands.
    pub status: CaseStatus,
    /// The group that has it.
    pub group: Option<Reference>,
    /// Who works on it.
    pub assignee: Option<Reference>,
    /// What it is about.
    pub product: Option<Label>,
    /// Where another system keeps it.
    pub source: Option<Source>,
    /// The case that it was split from.
    pub split_from: Option<CaseId>,
    /// The case that it is a part of, once it is merged.
    pub merged_into: Option<CaseId>,
    /// Where it stood before that.
    pub stood: Option<CaseStatus>,
    /// How high it went.
    pub level: u32,
    /// What judged it last.
    pub terms: Option<Terms>,
    /// What is promised and still open.
    pub due: Due,
    /// Since when its clock stands still.
    pub stopped_at: Option<Instant>,
    /// What was promised and not kept.
    pub breached: BTreeSet<Target>,
    /// Business time of the beginning.
    pub opened_at: Instant,
    /// Business time of the first answer.
    pub first_responded_at: Option<Instant>,
    /// Business time of the last solution, while it is solved.
    pub resolved_at: Option<Instant>,
    /// How it was solved, while it is.
    pub resolution: Option<Label>,
    /// How often it was reopened.
    pub reopened: u32,
    /// Bugs that lie behind it.
    pub bugs: BTreeSet<Source>,
    /// Fields that reports group by.
    pub segments: Segments,
    /// How the customer found it, last.
    pub rating: Option<Rating>,
    /// Whether that is low, and nobody has looked at it.
    pub is_low_rated: bool,
    /// Revision of the case's stream.
    pub revision: Revision,
}

/// Something that happened to a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseEntry {
    /// Position of its event.
    pub position: Position,
    /// Type of the event.
    pub event_type: String,
    /// Business time.
    pub occurred_at: Instant,
    /// Who did it.
    pub actor: Actor,
    /// In words.
    pub description: String,
    /// What was said.
    pub interaction_id: Option<InteractionId>,
}

/// A promise that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuePromise {
    /// What is promised.
    pub target: Target,
    /// When it is due.
    pub due_at: Instant,
    /// To which case.
    pub case: Case,
}

/// Which cases to list. Empty parts let everything through; all parts must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CaseFilter {
    /// Only with this contact.
    pub contact_id: Option<ContactId>,
    /// Only where it stands so.
    pub status: Option<CaseStatus>,
    /// Only those that are not solved.
    pub unsolved: bool,
    /// Only this urgent.
    pub priority: Option<Priority>,
    /// Only of this group.
    pub group: Option<Reference>,
    /// Only those that this one works on.
    pub assignee: Option<Reference>,
    /// Only those with a low rating that nobody has looked at.
    pub low_rated: bool,
}

/// Which promises to list, likewise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DueFilter {
    /// Only of this group.
    pub group: Option<Reference>,
    /// Only those that this one works on.
    pub assignee: Option<Reference>,
    /// Only what is due before this moment.
    pub due_before: Option<Instant>,
}

/// Which cases to report on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseReportQuery {
    /// First month of solutions, by business time; `None`: from the first.
    pub from_month: Option<Month>,
    /// Last month, inclusive; `None`: to the last.
    pub to_month: Option<Month>,
    /// Only of this group.
    pub group: Option<Reference>,
    /// Only this urgent.
    pub priority: Option<Priority>,
}

/// A calendar in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Its id.
    pub calendar_id: CalendarId,
    /// The version.
    pub definition: calendar::Definition,
}

/// A policy in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlaPolicy {
    /// Its id.
    pub sla_policy_id: SlaPolicyId,
    /// The version.
    pub definition: sla_policy::Definition,
}

/// Asks about cases.
#[derive(Clone)]
pub struct Cases {
    reader: Reader,
}

impl Cases {
    pub(crate) const fn new(reader: Reader) -> Self {
        Self { reader }
    }

    /// A calendar, as it is in force.
    ///
    /// # Errors
    /// [`QueryError::NotFound`], and what every query may answer.
    pub async fn calendar(
        &self,
        freshness: Freshness,
        calendar_id: CalendarId,
    ) -> Result<Answer<Calendar>, QueryError> {
        self.reader.read(freshness, move |connection| schedules::calendar(connection, calendar_id)).await
    }

    /// All calendars, in the order they were first published; at most [`SCHEDULES_MAX`].
    ///
    /// # Errors
    /// What every query may answer.
    pub async fn calendars(&self, freshness: Freshness) -> Result<Answer<Vec<Calendar>>, QueryError> {
        self.reader.read(freshness, schedules::calendars).await
    }

    /// All policies, in the order they were first published; at most [`SCHEDULES_MAX`].
    ///
    /// # Errors
    /// What every query may answer.
    pub async fn sla_policies(&self, freshness: Freshness) -> Result<Answer<Vec<SlaPolicy>>, QueryError> {
        self.reader.read(freshness, schedules::sla_policies).await
    }

    /// One case, and a page of what happened to it, newest first.
    ///
    /// # Errors
    /// [`QueryError::NotFound`], [`QueryError::PageToken`], and what every query may answer.
    pub async fn case(
        &self,
        freshness: Freshness,
        case_id: CaseId,
        page: PageRequest,
    ) -> Result<Answer<(Case, Page<CaseEntry>)>, QueryError> {
        let page = page.of(freshness);
        self.reader.read(freshness, move |connection| query::case(connection, case_id, &page)).await
    }

    /// Cases, in the order they were opened, by the log.
    ///
    /// # Errors
    /// [`QueryError::PageToken`], and what every query may answer.
    pub async fn list(
        &self,
        freshness: Freshness,
        filter: CaseFilter,
        page: PageRequest,
    ) -> Result<Answer<Page<Case>>, QueryError> {
        let page = page.of(freshness);
        self.reader.read(freshness, move |connection| query::list(connection, &filter, &page)).await
    }

    /// The open cases of each of these contacts, the last ones and at most [`OPEN_CASES_MAX`] of them; nothing of a contact
    /// that has none.
    ///
    /// # Errors
    /// What every query may answer.
    pub async fn open(
        &self,
        freshness: Freshness,
        contacts: BTreeSet<ContactId>,
    ) -> Result<Answer<BTreeMap<ContactId, BTreeSet<CaseId>>>, QueryError> {
        self.reader.read(freshness, move |connection| query::open(connection, &contacts)).await
    }

    /// What is promised and still open, in the order it is due.
    ///
    /// # Errors
    /// [`QueryError::PageToken`], and what every query may answer.
    pub async fn due(
        &self,
        freshness: Freshness,
        filter: DueFilter,
        page: PageRequest,
    ) -> Result<Answer<Page<DuePromise>>, QueryError> {
        let page = page.of(freshness);
        self.reader.read(freshness, move |connection| due::list(connection, &filter, &page)).await
    }

    /// How many cases there are, and how soon and how often too late they are solved.
    ///
    /// # Errors
    /// [`QueryError::TooLarge`], and what every query may answer.
    pub async fn report(
        &self,
        freshness: Freshness,
        query: CaseReportQuery,
    ) -> Result<Answer<CaseReport>, QueryError> {
        self.reader.read(freshness, move |connection| report::report(connection, &query)).await
    }
}
