//! An append: look at the log, judge, send at an exact revision, look again. The log is the answer.
//!
//! KurrentDB takes events with known ids at an exact revision for a repetition, and knows nothing else of ours; so
//! nothing is ever sent for any revision, and nothing that was sent is believed before it was seen.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eventstore::{AppendToStreamOptions, Client};
use rapport_domain::envelope::{EventId, ExpectedRevision, NewEvent, Position, Recorded, Revision, StreamId};
use rapport_event_store::judgement::{Judgement, Ledger, Standing, StreamHead, judge};
use rapport_event_store::{AppendError, Appended, ReadError};

use crate::event;
use crate::known::{Known, are_ours};
use crate::link::{self, CALL_DEADLINE};
use crate::pages;
use crate::trouble::Trouble;

/// Time for an append with all its attempts.
const APPEND_TIME_MAX: Duration = Duration::from_secs(8);
/// Attempts of an append, lost races with other replicas included.
const ATTEMPTS_MAX: u32 = 32;

/// An append on its way.
pub(crate) struct Append<'a> {
    known: &'a Known,
    stream: &'a StreamId,
    expected: ExpectedRevision,
    events: &'a [NewEvent],
    begun: Instant,
    /// Whether it may be in the log already.
    sent: bool,
    /// Where the stream ended when the server last said so; always before the log is searched for the ids. An end
    /// that was read after the search might count these very events, and they would be sent to stand behind themselves.
    end: Option<Option<StreamHead>>,
}

/// What an attempt came to.
enum Attempt {
    Done(Appended),
    /// It was sent, or another replica was faster: the log tells.
    LookAgain,
    /// Something failed that may go better.
    TryAgain(Trouble),
}

impl<'a> Append<'a> {
    pub(crate) fn new(
        known: &'a Known,
        stream: &'a StreamId,
        expected: ExpectedRevision,
        events: &'a [NewEvent],
    ) -> Self {
        Self { known, stream, expected, events, begun: Instant::now(), sent: false, end: None }
    }

    /// Appends, however often it takes within the limits.
    pub(crate) async fn run(mut self) -> Result<Appended, AppendError> {
        let mut cause = "others append to the stream all the time".to_owned();
        for number in 0..ATTEMPTS_MAX {
            match self.attempt().await? {
                Attempt::Done(appended) => return Ok(appended),
                // The first look after sending comes at once; further ones make way for those who are faster.
                Attempt::LookAgain if number == 0 => {}
                Attempt::LookAgain => tokio::time::sleep(link::pause(0)).await,
                Attempt::TryAgain(trouble) => {
                    cause = trouble.to_string();
                    if let Some(kind) = trouble.passes() {
                        self.known.link.metrics.retried(kind);
                    }
                    tracing::warn!(stream = %self.stream, error = %trouble, sent = self.sent, "appending again");
                    tokio::time::sleep(link::pause(number)).await;
                }
            }
            if self.patience().is_zero() {
                break;
            }
        }
        Err(self.failed(cause))
    }

    async fn attempt(&mut self) -> Result<Attempt, AppendError> {
        if self.end.is_none() && self.needs_end() {
            match self.read_end().await {
                Ok(end) => self.end = Some(end),
                Err(trouble) => return self.troubled(trouble),
            }
        }
        let caught_up = self.known.catch_up(self.patience()).await;
        caught_up.map_err(|error| self.unreadable(error))?;
        let found = self.known.standing(self.events).await.map_err(|error| self.unreadable(error))?;
        let mut ledger = Looked::new(self.stream, self.events, &found, self.believed_end());
        match judge(&mut ledger, self.stream, self.expected, self.events)? {
            Judgement::Answer(appended) => {
                let ours = self.sent && are_ours(&found, self.stream, self.events);
                Ok(Attempt::Done(Appended { repeated: appended.repeated && !ours, ..appended }))
            }
            Judgement::Write(first) => match self.send(first).await {
                Ok(()) => {
                    self.sent = true;
                    Ok(Attempt::LookAgain)
                }
                Err(trouble) => self.troubled(trouble),
            },
        }
    }

    /// Where the caller believes to know the end of the stream, the server checks that anyway.
    fn needs_end(&self) -> bool {
        let exact = match self.expected {
            ExpectedRevision::NoStream => true,
            ExpectedRevision::Exact(Revision(revision)) => i64::try_from(revision).is_ok(),
            ExpectedRevision::Any | ExpectedRevision::StreamExists => false,
        };
        self.events.is_empty() || !exact
    }

    async fn read_end(&self) -> Result<Option<StreamHead>, Trouble> {
        let last = pages::end_of_stream(&self.known.link, self.stream).await?;
        Ok(last.map(|last| StreamHead {
            revision: Revision(last.revision),
            position: Position(last.position.commit),
        }))
    }

    fn believed_end(&self) -> Option<StreamHead> {
        match (self.end, self.expected) {
            (Some(end), _) => end,
            (None, ExpectedRevision::Exact(revision)) => Some(somewhere(revision)),
            (None, ExpectedRevision::NoStream | ExpectedRevision::Any | ExpectedRevision::StreamExists) => {
                None
            }
        }
    }

    async fn send(&self, first: Revision) -> Result<(), Trouble> {
        let expected = match first.0.checked_sub(1) {
            None => eventstore::ExpectedRevision::NoStream,
            Some(last) => eventstore::ExpectedRevision::Exact(last),
        };
        let options = AppendToStreamOptions::default().expected_revision(expected).requires_leader(true);
        let mut options = options.deadline(CALL_DEADLINE);
        if let Some(credentials) = self.known.link.credentials() {
            options = options.authenticated(credentials);
        }
        let events: Vec<_> = self.events.iter().map(event::to_send).collect();
        let name = self.stream.as_str().to_owned();
        let send = |client: Client| async move { client.append_to_stream(name, &options, events).await };
        // What the answer says of revision and position is not needed: the log will tell.
        self.known.link.call(send).await.map(drop)
    }

    fn troubled(&mut self, trouble: Trouble) -> Result<Attempt, AppendError> {
        match trouble {
            Trouble::Passing { sent, .. } => {
                self.sent |= sent;
                self.end = None;
                Ok(Attempt::TryAgain(trouble))
            }
            Trouble::WrongRevision { current } => {
                self.end = Some(current.map(somewhere));
                Ok(Attempt::LookAgain)
            }
            Trouble::IdKnown => {
                self.end = None;
                Ok(Attempt::LookAgain)
            }
            Trouble::TooLarge { limit, .. } => {
                let actual = self.events.iter().map(size).sum();
                Err(AppendError::TooLarge { unit: "bytes", limit: limit.unwrap_or(actual), actual })
            }
            Trouble::NoStream | Trouble::Deleted | Trouble::Denied | Trouble::Refused { .. } => {
                Err(self.failed(trouble.to_string()))
            }
        }
    }

    fn unreadable(&self, error: ReadError) -> AppendError {
        match error {
            ReadError::Closed if !self.sent => AppendError::Closed,
            ReadError::Closed | ReadError::Corrupt { .. } | ReadError::Unavailable { .. } => {
                self.failed(error.to_string())
            }
        }
    }

    fn failed(&self, cause: String) -> AppendError {
        if self.sent { AppendError::OutcomeUnknown { cause } } else { AppendError::Unavailable { cause } }
    }

    fn patience(&self) -> Duration {
        APPEND_TIME_MAX.saturating_sub(self.begun.elapsed())
    }
}

/// The end of a stream whose position nobody asks for.
const fn somewhere(revision: Revision) -> StreamHead {
    StreamHead { revision, position: Position::START }
}

fn size(event: &NewEvent) -> usize {
    event.event_type.len() + event.metadata.len() + event.data.len()
}

/// The log as it was looked at, for the rules.
struct Looked {
    head: Option<StreamHead>,
    standing: HashMap<EventId, Standing>,
}

impl Looked {
    fn new(
        stream: &StreamId,
        events: &[NewEvent],
        found: &[Option<Arc<Recorded>>],
        head: Option<StreamHead>,
    ) -> Self {
        let found = events.iter().zip(found);
        let standing = found.filter_map(|(event, found)| {
            found.as_ref().map(|found| (event.id, Standing::of(found, stream, event)))
        });
        Self { head, standing: standing.collect() }
    }
}

impl Ledger for Looked {
    fn stream_head(&mut self, _: &StreamId) -> Result<Option<StreamHead>, AppendError> {
        Ok(self.head)
    }

    fn standing(&mut self, _: &StreamId, event: &NewEvent) -> Result<Option<Standing>, AppendError> {
        Ok(self.standing.get(&event.id).copied())
    }
}
