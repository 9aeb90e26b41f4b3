//! What a subject's request is, folded from its events.

use super::decide::Rejection;
use super::event::{ArchiveMade, ErasureCancelled, Extended, Outcome, Received};
use super::recipients::Recipients;
use crate::envelope::Actor;
use crate::personal::PersonalFields;
use crate::value::{Date, Instant, Label};

/// Days before the last day from which on little time is left.
pub const DAYS_OF_WARNING: u32 = 7;

/// The lifecycle of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing has happened yet.
    #[default]
    NotReceived,
    /// It came in.
    Received(Request),
    /// A second person said yes.
    Approved(Request, Approval),
    /// It was turned down, and why.
    Refused(Request, Label),
    /// It was answered, and how.
    Fulfilled(Request, Outcome),
}

/// What is known of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// As it came in.
    pub received: Received,
    /// How it was extended, if it was.
    pub extended: Option<Extended>,
    /// The archive that was made last, if one was.
    pub archive: Option<ArchiveMade>,
    /// How its approved erasure was taken back, the last time that one was.
    pub cancelled: Option<ErasureCancelled>,
    /// The day for which it was noted that little time is left.
    pub noted_due_soon: Option<Date>,
    /// The day for which it was noted that it was not answered in time.
    pub noted_overdue: Option<Date>,
    /// Those whom data of the subject went out to, once it is answered.
    pub recipients: Recipients,
}

/// That a second person said yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Who.
    pub by: Actor,
    /// When the subject is erased, if that is what was asked for.
    pub erasure: Schedule,
}

/// When an approved erasure is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// When somebody asks for it, or never: no window was set.
    Unset,
    /// When the window closes. Until then it can be cancelled.
    At(Instant),
    /// The window has closed, and the keys are being destroyed.
    Begun,
}

impl Request {
    /// Itself, where an archive is what its subject asked for.
    pub(super) fn archivable(&self) -> Result<&Self, Rejection> {
        let is_asked_for = self.received.right.is_answered_by_an_archive();
        is_asked_for.then_some(self).ok_or(Rejection::ArchiveNotAskedFor)
    }

    /// The day by which it has to be answered.
    #[must_use]
    pub fn due_on(&self) -> Date {
        self.extended.as_ref().map_or(self.received.due_on, |extended| extended.due_on)
    }
}

/// From when on little time is left to answer by a day: the beginning of an earlier one, in UTC.
#[must_use]
pub fn due_soon_from(due_on: Date) -> Instant {
    due_on.minus_days(DAYS_OF_WARNING).start()
}

/// From when on it is too late to answer by a day: the beginning of the next one, in UTC.
#[must_use]
pub fn overdue_from(due_on: Date) -> Instant {
    due_on.next().start()
}

impl State {
    /// What is known of it, once it came in.
    #[must_use]
    pub const fn request(&self) -> Option<&Request> {
        match self {
            Self::NotReceived => None,
            Self::Received(request)
            | Self::Approved(request, _)
            | Self::Refused(request, _)
            | Self::Fulfilled(request, _) => Some(request),
        }
    }
}

impl State {
    /// The request, where an archive of what is kept about its subject may be made for it.
    ///
    /// # Errors
    /// Why none may.
    pub fn archivable(&self) -> Result<&Request, Rejection> {
        match self {
            Self::NotReceived => Err(Rejection::NotReceived),
            Self::Received(_) => Err(Rejection::NotApproved),
            Self::Refused(..) => Err(Rejection::Closed),
            Self::Approved(request, _) | Self::Fulfilled(request, _) => request.archivable(),
        }
    }
}

impl PersonalFields for State {}
