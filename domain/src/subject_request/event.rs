//! What happens to a subject's request, as stored.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::aggregate::stored_events;
use crate::envelope::{Actor, Position};
use crate::id::ContactId;
use crate::personal::PersonalFields;
use crate::value::{Date, Instant, Label, Sha256};

stored_events! {
    /// What happened to a subject's request.
    "subject_request.received.v1" => Received,
    "subject_request.extended.v1" => Extended,
    "subject_request.approved.v1" => Approved,
    "subject_request.refused.v1" => Refused,
    "subject_request.fulfilled.v1" => Fulfilled,
    "subject_request.erasure_scheduled.v1" => ErasureScheduled,
    "subject_request.erasure_cancelled.v1" => ErasureCancelled,
    "subject_request.erasure_begun.v1" => ErasureBegun,
    "subject_request.due_soon.v1" => DueSoon,
    "subject_request.overdue.v1" => Overdue,
    "subject_request.archive_made.v1" => ArchiveMade,
    "subject_request.recipients_listed.v1" => RecipientsListed,
    "subject_request.recipient_told.v1" => RecipientTold,
    "subject_request.recipient_not_told.v1" => RecipientNotTold,
}

/// The rights of a person about their own data: chapter III of the GDPR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// To see it: article 15.
    Access,
    /// To have it set right: article 16.
    Rectification,
    /// To have it erased: article 17.
    Erasure,
    /// To have its use restricted: article 18.
    Restriction,
    /// To take it along: article 20.
    Portability,
    /// To object to its use: article 21.
    Objection,
}

impl Right {
    /// Whether who asks for it is given an archive of what is kept about them.
    #[must_use]
    pub const fn is_answered_by_an_archive(self) -> bool {
        match self {
            Self::Access | Self::Portability => true,
            Self::Rectification | Self::Erasure | Self::Restriction | Self::Objection => false,
        }
    }

    /// Whether those whom the data went out to have to be told what was done: article 19 of the GDPR.
    #[must_use]
    pub const fn is_told_to_recipients(self) -> bool {
        match self {
            Self::Rectification | Self::Erasure | Self::Restriction => true,
            Self::Access | Self::Portability | Self::Objection => false,
        }
    }
}

/// It came in. When: `occurred_at` of the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// Whose data it is about.
    pub contact_id: ContactId,
    /// What is asked for.
    pub right: Right,
    /// On what ground.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<Label>,
    /// Who took it in.
    pub received_by: Actor,
    /// The day by which it has to be answered: a month after it came in, article 12(3) of the GDPR.
    pub due_on: Date,
}

/// It takes longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extended {
    /// The day by which it has to be answered now: two months later, article 12(3) of the GDPR.
    pub due_on: Date,
    /// Why.
    pub reason: Label,
}

/// A second person said yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    /// Who.
    pub approved_by: Actor,
}

/// It was turned down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Why.
    pub reason: Label,
}

/// It was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fulfilled {
    /// What was done.
    pub outcome: Outcome,
}

/// What was done about a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// People did it.
    ByHand {
        /// What they did. Not personal.
        note: Label,
    },
    /// The subject's keys were destroyed.
    Erased(Erasure),
}

/// The certificate of an erasure. That a secret is gone cannot be proved; this is what was done, and what was seen
/// afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// Ids of the keys that were destroyed.
    pub kids: Vec<String>,
    /// When they were.
    pub keys_destroyed_at: Instant,
    /// Sealed fields of the subject that were tried afterwards; none of them opens any more.
    pub fields_probed: u64,
    /// Where something was taken away besides.
    pub stores: Vec<Store>,
    /// Contact points of which a digest is kept, because the subject objected to being addressed.
    #[serde(default, skip_serializing_if = "is_none_kept")]
    pub digests_kept: u64,
    /// What did it: name and version.
    pub software: String,
}

/// A second person said yes to an erasure, and its window is open: nothing of the subject is shown any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureScheduled {
    /// Who is to be erased.
    pub contact_id: ContactId,
    /// When the window closes: the keys are destroyed then.
    pub erase_at: Instant,
}

/// It was taken back that the erasure was approved. The request is open as before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureCancelled {
    /// Why.
    pub reason: Label,
    /// Who took it back.
    pub cancelled_by: Actor,
}

/// The window has closed, and nothing stops the erasure any more: the keys are destroyed next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureBegun {}

/// Little time is left to answer it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueSoon {
    /// The day by which it has to be answered, as it stood then.
    pub due_on: Date,
}

/// It was not answered in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overdue {
    /// The last day on which it could be answered in time, as it stood then.
    pub due_on: Date,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_none_kept(count: &u64) -> bool {
    *count == 0
}

/// A place that something was taken away from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Store {
    /// Its name.
    pub name: String,
    /// What was done there.
    pub method: String,
}

/// An archive of everything that is kept about the subject, as a file that only its key opens: articles 15 and 20 of the GDPR.
/// The file itself is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archive {
    /// Digest of the file, encrypted as it is handed over.
    pub sha256: Sha256,
    /// Size of the file.
    pub bytes: u64,
    /// How far into the log it reaches.
    pub position: Position,
    /// What opens it.
    pub opened_by: ArchiveKey,
}

/// What opens an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArchiveKey {
    /// A passphrase, to be told on another way than the file.
    Passphrase,
    /// The secret half of a key pair that somebody else has.
    Recipient,
}

/// An archive was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveMade {
    /// Which one.
    pub archive: Archive,
    /// Who made it.
    pub made_by: Actor,
    /// When.
    pub made_at: Instant,
}

/// Those whom data of the subject went out to: they have to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipientsListed {
    /// Who they are. Organisations: not personal.
    pub recipients: BTreeSet<Label>,
}

/// A recipient was told what was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipientTold {
    /// Who.
    pub recipient: Label,
    /// By whom.
    pub told_by: Actor,
    /// When.
    pub told_at: Instant,
}

/// Telling a recipient proved impossible, or out of all proportion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipientNotTold {
    /// Who.
    pub recipient: Label,
    /// Why.
    pub reason: Label,
    /// Who says so.
    pub found_by: Actor,
    /// Since when.
    pub found_at: Instant,
}

impl PersonalFields for Event {}
