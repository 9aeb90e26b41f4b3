//! What subjects agreed to, and what they do not want whatever they agreed to: where each purpose and channel stands, and
//! every step that led there; and the words that they were shown, where those are published.
//!
//! Whether a consent holds is a question of time, so it is answered when it is asked: rows keep until when it
//! holds. Evidence and contact points stay sealed: the latter are opened, for as long as it takes to compare them with the
//! suppression list, where it has entries.

mod check;
mod contacts;
mod erasures;
mod notices;
mod project;
mod query;
mod suppression;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use rapport_domain::Personal;
use rapport_domain::consent::{Evidence, EvidenceGrade, Jurisdiction, Method, Notice, Topic};
use rapport_domain::envelope::{Actor, Position};
use rapport_domain::id::{ConsentId, ContactId};
use rapport_domain::suppression::{Kind, Scope};
use rapport_domain::value::{Instant, Key, Label, Sha256};
use rapport_vault::Vault;
use serde::{Deserialize, Serialize};

use crate::page::{Page, PageRequest};
use crate::query::{Answer, Freshness, QueryError};
use crate::read_model::Reader;

pub use notices::{NoticeFilter, PublishedNotice};
pub(crate) use project::ConsentProjection;
pub use suppression::{Suppression, SuppressionStatus};

use check::Question;

/// Where a purpose and channel stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentStatus {
    /// The subject was asked, and has not answered.
    Requested,
    /// The subject agreed, and it holds.
    Given,
    /// The subject said no.
    Refused,
    /// The subject took it back.
    Withdrawn,
    /// Its time ran out, whether or not that was recorded. Once it is recorded it stays so, at whatever moment
    /// it is judged: the stricter answer.
    Expired,
    /// The subject agreed in a first act, and has not confirmed it.
    Pending,
    /// The time to confirm it ran out: no consent, and no refusal. Never recorded.
    Lapsed,
    /// The subject agreed anew while it held, and it holds.
    Renewed,
    /// The controller ended it.
    Revoked,
    /// It was found to be invalid.
    Invalidated,
}

impl ConsentStatus {
    /// Whether a consent holds, but for the time.
    const fn is_given(self) -> bool {
        match self {
            Self::Given | Self::Renewed => true,
            Self::Requested
            | Self::Refused
            | Self::Withdrawn
            | Self::Expired
            | Self::Pending
            | Self::Lapsed
            | Self::Revoked
            | Self::Invalidated => false,
        }
    }

    /// Whether it was ended, and stays so until the subject is asked again.
    const fn is_end(self) -> bool {
        match self {
            Self::Refused | Self::Withdrawn | Self::Expired | Self::Revoked | Self::Invalidated => true,
            Self::Requested | Self::Given | Self::Pending | Self::Lapsed | Self::Renewed => false,
        }
    }

    /// Where a topic stands after a step that says so much; `None` where the step leaves it as it was. What is found
    /// invalid has to be the consent that stands.
    fn after(before: Option<Standing>, step: Standing) -> Option<Self> {
        let ended = before.is_some_and(|before| before.status.is_end());
        match step.status {
            Self::Requested | Self::Withdrawn => Some(step.status),
            Self::Invalidated => before
                .is_some_and(|before| before.status.is_given() && before.consent_id == step.consent_id)
                .then_some(step.status),
            Self::Given
            | Self::Refused
            | Self::Expired
            | Self::Pending
            | Self::Lapsed
            | Self::Renewed
            | Self::Revoked => (!ended).then_some(step.status),
        }
    }
}

/// Where a topic stands, and by which consent.
#[derive(Debug, Clone, Copy)]
struct Standing {
    status: ConsentStatus,
    consent_id: Option<ConsentId>,
}

/// One purpose and channel of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// What for, and through what.
    pub topic: Topic,
    /// Where it stands at the moment it is judged at.
    pub status: ConsentStatus,
    /// Of the consent given last; `None` when none was.
    pub consent_id: Option<ConsentId>,
    /// The words that the subject was shown last.
    pub notice: Option<Notice>,
    /// How the subject said what it said last; `None` while it is asked.
    pub method: Option<Method>,
    /// How well the consent given last can be proved; `None` while the subject is asked, and after a refusal.
    pub evidence_grade: Option<EvidenceGrade>,
    /// Until when the consent given last holds; `None`: until it is withdrawn.
    pub valid_until: Option<Instant>,
    /// Business time of the last step.
    pub since: Instant,
    /// Whose law applied last; `None` when that was not said.
    pub jurisdiction: Option<Jurisdiction>,
    /// While it waits to be confirmed, and after that was too late: until when the token confirms it, or did.
    pub confirm_by: Option<Instant>,
}

/// One step of a trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentStep {
    /// Position of the event in the log.
    pub position: Position,
    /// Its type: `consent.given.v1`.
    pub event_type: String,
    /// Id of the event.
    pub event_id: String,
    /// Business time.
    pub occurred_at: Instant,
    /// Log time.
    pub recorded_at: Instant,
    /// Who did it.
    pub actor: Actor,
    /// What for, and through what; of a suppression, every one where it says none.
    pub scope: Scope,
    /// Which consent, where the step is about one.
    pub consent_id: Option<ConsentId>,
    /// The words, of a request and of a consent.
    pub notice: Option<Notice>,
    /// How the subject said it.
    pub method: Option<Method>,
    /// How well it can be proved.
    pub evidence_grade: Option<EvidenceGrade>,
    /// Until when it holds.
    pub valid_until: Option<Instant>,
    /// What proves it. Sealed.
    pub evidence: Option<Personal<Evidence>>,
    /// What a suppression is in law, where the step is about one.
    pub suppression_kind: Option<Kind>,
    /// Why, where the step says so.
    pub reason: Option<Label>,
    /// Whose law applies, where the step says so.
    pub jurisdiction: Option<Jurisdiction>,
    /// Of a first act that is to be confirmed: digest of the token.
    pub token_sha256: Option<Sha256>,
    /// Of a first act that is to be confirmed: until when.
    pub confirm_by: Option<Instant>,
    /// Of a renewal: the consent that it goes on from.
    pub renews: Option<ConsentId>,
    /// Of an invalidation, or the proposal of one: since when the consent does not count.
    pub invalid_since: Option<Instant>,
    /// Of an invalidation, or the proposal of one: who found it.
    pub authority: Option<Label>,
    /// Of a no: until when the law has the subject left alone.
    pub no_reask_before: Option<Instant>,
    /// SHA-256 of the stored event, in hex.
    pub payload_sha256: String,
}

/// Whether a subject may be addressed, and what decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A consent holds.
    Allowed,
    /// The subject was never asked.
    NotAsked,
    /// The subject was asked, and has not answered: silence is no consent.
    NotAnswered,
    /// The subject said no.
    Refused,
    /// The subject took it back.
    Withdrawn,
    /// Its time ran out.
    Expired,
    /// Nobody is registered under the id.
    ContactUnknown,
    /// The subject was erased.
    ContactErased,
    /// The subject objected, whatever they agreed to.
    Objected,
    /// A signal of theirs opts out, whatever they agreed to.
    OptedOut,
    /// They unsubscribed, whatever they agreed to.
    Unsubscribed,
    /// The subject agreed in a first act, and has not confirmed it, or not in time.
    NotConfirmed,
    /// The controller ended it.
    Revoked,
    /// The consent of then was found to be invalid.
    Invalidated,
    /// Their erasure is approved and not taken back, whatever they agreed to.
    ErasureApproved,
}

/// A verdict about a subject, and the step of the trail that it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Who.
    pub contact_id: ContactId,
    /// Whether they may be addressed.
    pub verdict: Verdict,
    /// The event that decides; `None` where there is none.
    pub decided_by: Option<DecidingStep>,
}

/// The event that a decision rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidingStep {
    /// Its position in the log.
    pub position: Position,
    /// Its id.
    pub event_id: String,
    /// Which consent, where it is about one.
    pub consent_id: Option<ConsentId>,
    /// Until when that holds, or held.
    pub valid_until: Option<Instant>,
}

/// A page of a trail, and the published words that its steps name, each once.
pub type Trail = (Page<ConsentStep>, Vec<PublishedNotice>);

/// Asks for consents.
#[derive(Clone)]
pub struct Consents {
    reader: Reader,
    vault: Arc<Vault>,
}

impl Consents {
    pub(crate) const fn new(reader: Reader, vault: Arc<Vault>) -> Self {
        Self { reader, vault }
    }

    /// Where each purpose and channel of a subject stands, by purpose, then channel, judged at a moment; and what they do
    /// not want, or did not want once, by kind, purpose and channel.
    ///
    /// # Errors
    /// [`QueryError::NotFound`] when nobody is registered under the id, and what every query may answer.
    pub async fn consents(
        &self,
        freshness: Freshness,
        contact_id: ContactId,
        valid_at: Instant,
    ) -> Result<Answer<(Vec<Consent>, Vec<Suppression>)>, QueryError> {
        let query = move |connection: &_| {
            let consents = query::consents(connection, contact_id, valid_at)?;
            Ok((consents, suppression::suppressions(connection, contact_id)?))
        };
        self.reader.read(freshness, query).await
    }

    /// Whether subjects may be addressed for a purpose through a channel at a time, in the order that they were asked about:
    /// by what had occurred by then, as far as it is known.
    ///
    /// # Errors
    /// What every query may answer.
    pub async fn check(
        &self,
        freshness: Freshness,
        contacts: Vec<ContactId>,
        topic: Topic,
        at: Instant,
    ) -> Result<Answer<Vec<Decision>>, QueryError> {
        let vault = Arc::clone(&self.vault);
        let question = Question { topic, at };
        self.reader
            .read(freshness, move |connection| check::decisions(connection, &vault, &contacts, &question))
            .await
    }

    /// Every step of a subject's consents, oldest first by the log, of one purpose or of all.
    ///
    /// # Errors
    /// [`QueryError::NotFound`] when nobody is registered under the id, [`QueryError::PageToken`], and what
    /// every query may answer.
    pub async fn trail(
        &self,
        freshness: Freshness,
        contact_id: ContactId,
        purpose: Option<Key>,
        page: PageRequest,
    ) -> Result<Answer<Trail>, QueryError> {
        let page = page.of(freshness);
        let query = move |connection: &_| query::trail(connection, contact_id, purpose.as_ref(), &page);
        self.reader.read(freshness, query).await
    }

    /// What was published of the words that subjects are shown, oldest first.
    ///
    /// # Errors
    /// [`QueryError::PageToken`], and what every query may answer.
    pub async fn notices(
        &self,
        freshness: Freshness,
        filter: NoticeFilter,
        page: PageRequest,
    ) -> Result<Answer<Page<PublishedNotice>>, QueryError> {
        let page = page.of(freshness);
        self.reader.read(freshness, move |connection| notices::list(connection, &filter, &page)).await
    }
}
