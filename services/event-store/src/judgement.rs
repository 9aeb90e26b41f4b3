//! What an append means where the log stands: one set of rules for every adapter, here and elsewhere.
//!
//! An adapter says what its log knows ([`Ledger`]), [`judge`] says what to do ([`Judgement`]).

use hashbrown::HashSet;
use rapport_domain::envelope::{EventId, ExpectedRevision, NewEvent, Position, Recorded, Revision, StreamId};

use crate::port::{AppendError, Appended};

/// The last event of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamHead {
    /// Its place in the stream.
    pub revision: Revision,
    /// Its place in the log.
    pub position: Position,
}

/// An event that stands in the log, found by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Its place in the log.
    pub position: Position,
    /// Its place in its stream.
    pub revision: Revision,
    /// Whether it is the event that was asked about: same stream, same type, same data.
    pub same: bool,
}

impl Standing {
    /// Compares the event that stands in the log with the one that was sent. Metadata may differ: a retry is sent
    /// at another time and traced anew.
    #[must_use]
    pub fn of(found: &Recorded, stream: &StreamId, sent: &NewEvent) -> Self {
        Self {
            position: found.position,
            revision: found.revision,
            same: found.stream == *stream && found.event_type == sent.event_type && found.data == sent.data,
        }
    }
}

/// What the rules ask of a log.
pub trait Ledger {
    /// The end of a stream; `None` when it has no event.
    ///
    /// # Errors
    /// When the log cannot be read.
    fn stream_head(&mut self, stream: &StreamId) -> Result<Option<StreamHead>, AppendError>;

    /// The event with the id of `event`, compared with it.
    ///
    /// # Errors
    /// When the log cannot be read.
    fn standing(&mut self, stream: &StreamId, event: &NewEvent) -> Result<Option<Standing>, AppendError>;
}

/// What to do with an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// Write its events, the first one at this revision.
    Write(Revision),
    /// Write nothing and answer so: a repetition, or an append of nothing.
    Answer(Appended),
}

/// Judges an append. A repetition is recognised before `expected` is looked at: the first attempt moved the stream.
///
/// # Errors
/// [`AppendError::WrongRevision`], [`AppendError::IdReused`], and whatever the ledger answers.
pub fn judge(
    ledger: &mut impl Ledger,
    stream: &StreamId,
    expected: ExpectedRevision,
    events: &[NewEvent],
) -> Result<Judgement, AppendError> {
    if let Some(appended) = repetition(ledger, stream, events)? {
        return Ok(Judgement::Answer(appended));
    }
    let head = ledger.stream_head(stream)?;
    let actual = head.map(|head| head.revision);
    if !holds(expected, actual) {
        return Err(AppendError::WrongRevision { stream: stream.clone(), expected, actual });
    }
    if events.is_empty() {
        let position = head.map_or(Position::START, |head| head.position);
        return Ok(Judgement::Answer(Appended { revision: actual, position, repeated: false }));
    }
    Ok(Judgement::Write(actual.map_or(Revision(0), |Revision(last)| Revision(last + 1))))
}

const fn holds(expected: ExpectedRevision, actual: Option<Revision>) -> bool {
    match (expected, actual) {
        (ExpectedRevision::Any, _)
        | (ExpectedRevision::NoStream, None)
        | (ExpectedRevision::StreamExists, Some(_)) => true,
        (ExpectedRevision::Exact(Revision(believed)), Some(Revision(last))) => believed == last,
        (ExpectedRevision::NoStream, Some(_))
        | (ExpectedRevision::StreamExists | ExpectedRevision::Exact(_), None) => false,
    }
}

/// The first answer, when every event stands in the log already; `None` when none does.
fn repetition(
    ledger: &mut impl Ledger,
    stream: &StreamId,
    events: &[NewEvent],
) -> Result<Option<Appended>, AppendError> {
    if let Some(id) = first_twin(events) {
        return Err(AppendError::IdReused { id });
    }
    let mut last: Option<(EventId, Standing)> = None;
    let mut absent = 0_usize;
    for event in events {
        let Some(standing) = ledger.standing(stream, event)? else {
            absent += 1;
            continue;
        };
        let follows = last.is_none_or(|(_, last)| last.revision.0 + 1 == standing.revision.0);
        if !standing.same || !follows || absent > 0 {
            return Err(AppendError::IdReused { id: event.id });
        }
        last = Some((event.id, standing));
    }
    match last {
        None => Ok(None),
        Some((id, _)) if absent > 0 => Err(AppendError::IdReused { id }),
        Some((_, last)) => {
            Ok(Some(Appended { revision: Some(last.revision), position: last.position, repeated: true }))
        }
    }
}

/// An id that two events of one append carry.
fn first_twin(events: &[NewEvent]) -> Option<EventId> {
    if events.len() < 2 {
        return None;
    }
    let mut seen = HashSet::with_capacity(events.len());
    events.iter().find(|event| !seen.insert(event.id)).map(|event| event.id)
}
