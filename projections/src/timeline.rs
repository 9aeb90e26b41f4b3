//! What happened with a contact, newest first.
//!
//! One row for each exchange and for each step of the contact, of its deals, its contracts and its consents.
//! Corrections and redactions change the row of the exchange that they are about, and what it said before is kept: so
//! the timeline of any moment is asked of the same file. Texts stay sealed; what other rows say in words holds nothing
//! personal.

mod changes;
mod describe;
mod project;
mod query;
mod recall;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use rapport_domain::Personal;
use rapport_domain::envelope::{Actor, Position};
use rapport_domain::id::{ContactId, InteractionId};
use rapport_domain::interaction::{Channel, Direction, Part, Related, Source};
use rapport_domain::value::{FreeText, Instant, Key, Label, Money, Segments};
use serde::{Deserialize, Serialize};

use crate::page::{Page, PageRequest};
use crate::query::{Answer, Freshness, QueryError};
use crate::read_model::Reader;

/// How the types of their events begin.
const OF_INTERACTIONS: &str = "interaction.";

pub use changes::CHANGES_MAX;
pub(crate) use project::TimelineProjection;

/// What kind of thing an entry tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An exchange.
    Interaction,
    /// The contact itself: registered, archived, another owner.
    Contact,
    /// A deal with them.
    Opportunity,
    /// A contract with them.
    Subscription,
    /// What they agreed to.
    Consent,
    /// What they asked for about their own data.
    SubjectRequest,
    /// What they want solved.
    Case,
    /// Their interest, on the way to a deal.
    Lead,
}

/// One thing that happened with a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Position of the event in the log.
    pub position: Position,
    /// Its type: `interaction.recorded.v1`.
    pub event_type: String,
    /// What kind of thing it tells of.
    pub kind: Kind,
    /// Business time.
    pub occurred_at: Instant,
    /// Log time.
    pub recorded_at: Instant,
    /// Who did it.
    pub actor: Actor,
    /// What was exchanged; `None` for other kinds.
    pub exchange: Option<Exchange>,
    /// What it was about: of an exchange, what was recorded; of other kinds, the deal or the contract.
    pub related: Vec<Related>,
    /// Fields that reports group by, of an exchange.
    pub segments: Segments,
    /// Of other kinds than an exchange: what happened, in words, without personal data.
    pub description: String,
}

/// What was exchanged, as corrected last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Its id.
    pub interaction_id: InteractionId,
    /// Through what.
    pub channel: Channel,
    /// From whom to whom.
    pub direction: Direction,
    /// What was said; `None` when nothing was recorded, or it was taken away. Sealed.
    pub summary: Option<Personal<FreeText>>,
    /// A word for what kind of exchange it was.
    pub topic: Option<Key>,
    /// How long it took, in seconds.
    pub duration_seconds: Option<u32>,
    /// How it ended.
    pub outcome: Option<Label>,
    /// What it was worth.
    pub value: Option<Money>,
    /// Where another system keeps it.
    pub source: Option<Source>,
    /// Whether the text was taken away.
    pub redacted: bool,
    /// When it was last set right, log time.
    pub corrected_at: Option<Instant>,
}

/// Which entries to list. Empty parts let everything through; all parts must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineQuery {
    /// Whose.
    pub contact_id: ContactId,
    /// Only these channels; entries that are no exchange have none.
    pub channels: BTreeSet<Channel>,
    /// Only these kinds.
    pub kinds: BTreeSet<Kind>,
    /// Only what occurred at or after this time.
    pub occurred_from: Option<Instant>,
    /// Only what occurred before this time.
    pub occurred_before: Option<Instant>,
    /// Only what had occurred by this time, inclusive.
    pub valid_at: Option<Instant>,
}

impl TimelineQuery {
    /// Everything that happened with a contact.
    #[must_use]
    pub const fn of(contact_id: ContactId) -> Self {
        Self {
            contact_id,
            channels: BTreeSet::new(),
            kinds: BTreeSet::new(),
            occurred_from: None,
            occurred_before: None,
            valid_at: None,
        }
    }
}

/// What happened with a contact, or was set right, behind a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The entries as they are now, in the order of their last change; each once.
    pub entries: Vec<Entry>,
    /// Everything up to here is among them, and nothing behind it.
    pub up_to: Position,
}

/// Asks the timeline.
#[derive(Clone)]
pub struct Timeline {
    reader: Reader,
}

impl Timeline {
    pub(crate) const fn new(reader: Reader) -> Self {
        Self { reader }
    }

    /// Newest first, by business time; what occurred at the same time, latest recorded first.
    ///
    /// # Errors
    /// [`QueryError::NotFound`] when nobody is registered under the id, [`QueryError::PageToken`], and what
    /// every query may answer.
    pub async fn entries(
        &self,
        freshness: Freshness,
        query: TimelineQuery,
        page: PageRequest,
    ) -> Result<Answer<Page<Entry>>, QueryError> {
        let page = page.of(freshness);
        let entries = move |connection: &_, known| query::entries(connection, known, &query, &page);
        self.reader.read_kept(freshness, entries).await
    }

    /// What happened with a contact behind a position: new entries, and older ones that were set right since. At most
    /// [`CHANGES_MAX`] at a time.
    ///
    /// # Errors
    /// What every query may answer.
    pub async fn changes(
        &self,
        freshness: Freshness,
        contact_id: ContactId,
        after: Position,
    ) -> Result<Changes, QueryError> {
        let query = move |connection: &_| changes::changes(connection, contact_id, after);
        let Answer { position, value: (entries, last) } = self.reader.read(freshness, query).await?;
        // An answer may be of an earlier position than the one that was told last, if the file was folded again.
        Ok(Changes { entries, up_to: last.unwrap_or_else(|| position.max(after)) })
    }

    /// Up to where every interaction is known; `None` while that cannot be told: an older build's file serves, or none, or an
    /// interaction's event was skipped.
    pub async fn whole_up_to(&self) -> Option<Position> {
        self.reader.whole_up_to(OF_INTERACTIONS).await
    }

    /// Where the events stand that are about parts of a contact's interactions, in the order of the log.
    ///
    /// # Errors
    /// What every query may answer.
    pub async fn concerning(
        &self,
        freshness: Freshness,
        contact_id: ContactId,
        parts: Vec<Part>,
    ) -> Result<BTreeSet<Position>, QueryError> {
        let query = move |connection: &_| recall::concerning(connection, contact_id, &parts);
        Ok(self.reader.read(freshness, query).await?.value)
    }

    /// Waits until more than a position is taken in; `false` when that cannot come any more.
    pub async fn moved(&self, after: Position) -> bool {
        self.reader.moved(after).await
    }
}
