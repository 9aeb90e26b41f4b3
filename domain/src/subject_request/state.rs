//! What a subject's request is, folded from its events.

use super::event::{Extended, Outcome, Received};
use crate::envelope::Actor;
use crate::personal::PersonalFields;
use crate::value::{Date, Label};

/// The lifecycle of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing has happened yet.
    #[default]
    NotReceived,
    /// It came in.
    Received(Request),
    /// A second person said yes.
    Approved(Request, Actor),
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
}

impl Request {
    /// The day by which it has to be answered.
    #[must_use]
    pub fn due_on(&self) -> Date {
        self.extended.as_ref().map_or(self.received.due_on, |extended| extended.due_on)
    }
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

impl PersonalFields for State {}
