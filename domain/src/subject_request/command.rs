//! What can be asked of a subject's request.

use std::collections::BTreeSet;

use super::event::{Archive, Outcome, Right};
use crate::id::ContactId;
use crate::value::{Instant, Label};

/// What came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receive {
    /// Whose data it is about.
    pub contact_id: ContactId,
    /// What is asked for.
    pub right: Right,
    /// On what ground, in the company's words. Not personal.
    pub ground: Option<Label>,
}

/// A command to a subject's request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Take it in. `occurred_at` says when it arrived: the time to answer counts from there.
    Receive(Receive),
    /// Take two months more.
    Extend {
        /// Why. The subject has to be told within the first month.
        reason: Label,
    },
    /// Say yes to it.
    Approve {
        /// Of an erasure: from when on it is done, by the service itself. Until then it can be cancelled, and nothing of the
        /// subject is shown. `None`: as soon as somebody asks for it.
        erase_at: Option<Instant>,
    },
    /// Take back that an erasure was approved, while its window is open.
    CancelErasure {
        /// Why. Not personal.
        reason: Label,
    },
    /// Go past the point of no return: the keys are destroyed next. Nothing where no window was set.
    BeginErasure,
    /// Note that little time is left to answer it.
    NoteDueSoon,
    /// Note that it was not answered in time.
    NoteOverdue,
    /// Say no to it.
    Refuse {
        /// Why.
        reason: Label,
    },
    /// Note that an archive of what is kept was made for the subject.
    NoteArchive(Archive),
    /// Close it, with what was done.
    Fulfil {
        /// What was done.
        outcome: Outcome,
        /// Whom data of the subject went out to.
        recipients: BTreeSet<Label>,
    },
    /// Note that a recipient was told of it. `occurred_at` says when.
    NoteRecipientTold {
        /// Who.
        recipient: Label,
    },
    /// Note that a recipient cannot be told.
    NoteRecipientNotTold {
        /// Who.
        recipient: Label,
        /// Why.
        reason: Label,
    },
}
