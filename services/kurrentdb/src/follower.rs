//! Reads the log to its end, again and again, and keeps the index of it. One task per process.

use std::sync::Arc;
use std::time::Duration;

use eventstore::{RecordedEvent, StreamPosition};
use rapport_domain::envelope::{EventId, Position};
use rapport_event_store::ReadError;

use crate::event::{self, Record};
use crate::index::{Checkpoint, End, INDEX_FILE, IndexError};
use crate::known::Known;
use crate::link;
use crate::pages::{self, PAGE_EVENTS_MAX};
use crate::trouble::Trouble;
use crate::waiting::Waiter;

/// Pause before the next look after something new was found. Own appends do not wait for it.
const IDLE_PAUSE_MIN: Duration = Duration::from_millis(5);
/// Longest pause while nothing new comes: so late are the events of other replicas seen at worst.
const IDLE_PAUSE_MAX: Duration = Duration::from_millis(100);
/// Pause after a failure that will not pass by itself.
const STUCK_PAUSE: Duration = Duration::from_secs(1);
/// While the log is read for the first time, every so many events are told to the operator.
const PROGRESS_EVENTS: u64 = 100_000;

/// How far the log has been read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress {
    /// The last record, whoever wrote it.
    pub(crate) checkpoint: Option<Checkpoint>,
    /// The last event.
    pub(crate) end: End,
}

/// Why a look at the log was broken off.
enum Broken {
    /// The next look may go better.
    Passing(Trouble),
    /// It will not.
    Stuck(ReadError),
}

/// Follows until the store is closed.
pub(crate) async fn follow(known: Arc<Known>, mut progress: Progress) {
    let (mut pause, mut failures) = (IDLE_PAUSE_MIN, 0);
    let mut waiting = Vec::new();
    while !known.is_closed() {
        match look(&known, &mut progress, &mut waiting).await {
            Ok(moved) => {
                failures = 0;
                known.troubled(None);
                answer(&mut waiting, &Ok(progress.end.position));
                pause = if moved { IDLE_PAUSE_MIN } else { (pause * 2).min(IDLE_PAUSE_MAX) };
                tokio::select! {
                    () = known.wake.notified() => {}
                    () = tokio::time::sleep(pause) => {}
                }
            }
            // Whoever asks meanwhile waits too: otherwise each of them would make another call that fails.
            Err(Broken::Passing(trouble)) => {
                failures += 1;
                if let Some(kind) = trouble.passes() {
                    known.link.metrics.retried(kind);
                }
                tracing::warn!(error = %trouble, failures, "the log in KurrentDB cannot be followed, trying again");
                known.troubled(Some(trouble.to_string()));
                waiting.retain(|waiter| !waiter.is_gone());
                tokio::time::sleep(link::pause(failures)).await;
            }
            Err(Broken::Stuck(error)) => {
                tracing::error!(%error, "the log in KurrentDB cannot be followed");
                known.troubled(Some(error.to_string()));
                waiting.extend(known.take_waiting());
                answer(&mut waiting, &Err(error));
                tokio::time::sleep(STUCK_PAUSE).await;
            }
        }
    }
}

fn answer(waiting: &mut Vec<Waiter>, answer: &Result<Position, ReadError>) {
    for waiter in waiting.drain(..) {
        waiter.answer(answer.clone());
    }
}

/// Reads to the end of the log; whether there was anything new.
async fn look(known: &Known, progress: &mut Progress, waiting: &mut Vec<Waiter>) -> Result<bool, Broken> {
    let (mut moved, mut told) = (false, 0);
    loop {
        // The last page answers everybody who asked before it was begun.
        waiting.extend(known.take_waiting());
        let from =
            progress.checkpoint.map_or(StreamPosition::Start, |last| StreamPosition::Position(last.at));
        let page = pages::of_log(&known.link, from, PAGE_EVENTS_MAX).await;
        let page = page.map_err(|trouble| progress.refused(trouble))?;
        let is_last = page.is_last;
        let records = progress.continued(page.records)?;
        let events = take_in(known, progress, records).await?;
        moved |= events > 0;
        told += events;
        if !is_last && told >= PROGRESS_EVENTS {
            tracing::info!(position = %progress.end.position, "reading the log");
            told = 0;
        }
        if is_last {
            return Ok(moved);
        }
    }
}

impl Progress {
    /// A server that has no record at our checkpoint refuses the position.
    fn refused(&self, trouble: Trouble) -> Broken {
        match (self.checkpoint, trouble) {
            (Some(last), Trouble::Refused { cause }) => Broken::Stuck(another_log(
                Position(last.at.commit),
                &format!("the server refuses it ({cause})"),
            )),
            (_, trouble) => trouble.into(),
        }
    }

    /// What comes after the last record, when the page begins with it: a page is read from there on, inclusive, to see
    /// that the log is still the same.
    fn continued(&self, mut records: Vec<RecordedEvent>) -> Result<Vec<RecordedEvent>, ReadError> {
        let Some(last) = self.checkpoint else { return Ok(records) };
        let position = Position(last.at.commit);
        let Some(first) = records.first() else {
            return Err(another_log(position, "the log ends before it"));
        };
        if first.position == last.at {
            let same = EventId(first.id) == last.id;
            records.remove(0);
            return if same { Ok(records) } else { Err(another_log(position, "another event stands there")) };
        }
        // Records of others are cleared away now and then; ours never are.
        if position != self.end.position && first.position > last.at {
            return Ok(records);
        }
        Err(another_log(position, "it is not there"))
    }
}

fn another_log(position: Position, cause: &str) -> ReadError {
    ReadError::Corrupt {
        position,
        cause: format!(
            "{cause}, but this data directory knows it: the directory belongs to another log; name that log, or stop Rapport and delete {INDEX_FILE} and the folder `read` in the directory"
        ),
    }
}

/// Puts records into the index; how many of them are events.
async fn take_in(known: &Known, progress: &mut Progress, records: Vec<RecordedEvent>) -> Result<u64, Broken> {
    let Some(last) = records.last() else { return Ok(0) };
    let checkpoint = Checkpoint { at: last.position, id: EventId(last.id) };
    let mut events = Vec::new();
    let mut end = progress.end;
    for record in records {
        let Record::Event(mut event) = event::read(record)? else { continue };
        if event.position <= end.position {
            let cause = format!("it comes after position {}", end.position);
            return Err(Broken::Stuck(ReadError::Corrupt { position: event.position, cause }));
        }
        // The writer's clock may stand behind; time does not.
        event.recorded_at = event.recorded_at.max(end.recorded_at);
        end = End { position: event.position, recorded_at: event.recorded_at };
        events.push(Arc::new(event));
    }
    known.index.add(events.clone(), checkpoint).await?;
    *progress = Progress { checkpoint: Some(checkpoint), end };
    known.reached(end.position, &events);
    Ok(events.len() as u64)
}

impl From<Trouble> for Broken {
    fn from(trouble: Trouble) -> Self {
        if trouble.passes().is_some() { Self::Passing(trouble) } else { Self::Stuck(trouble.into()) }
    }
}

impl From<ReadError> for Broken {
    fn from(error: ReadError) -> Self {
        Self::Stuck(error)
    }
}

impl From<IndexError> for Broken {
    fn from(error: IndexError) -> Self {
        Self::Stuck(error.into())
    }
}
