//! A log that is not what it should be, or not there.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use futures::StreamExt as _;
use parking_lot::Mutex;
use rapport_domain::envelope::{EventId, ExpectedRevision, NewEvent, Revision, StreamId};
use rapport_domain::value::Instant;
use rapport_event_store::{AppendError, Appended, Direction, EventStream, Filter, Positions, ReadError};

use super::*;
use crate::projection::{LogTrouble, ProjectError};

/// What is wrong with a log.
pub(super) enum Fault {
    /// An event is not there.
    Missing(Position),
    /// An event is damaged, until somebody repairs it.
    Damaged(Position, AtomicBool),
    /// Each read ends after so many events: the log has grown since it began.
    Short(usize),
    /// So many reads fail.
    Away(Mutex<u32>),
    /// None; but its positions do not count events.
    Sparse,
}

/// A log with a fault.
pub(super) struct Faulty {
    pub(super) log: Arc<MemoryStore>,
    pub(super) fault: Fault,
}

#[async_trait]
impl EventStore for Faulty {
    async fn append(
        &self,
        stream: &StreamId,
        expected: ExpectedRevision,
        events: Vec<NewEvent>,
    ) -> Result<Appended, AppendError> {
        self.log.append(stream, expected, events).await
    }

    fn read_stream(&self, stream: &StreamId, from: Revision, direction: Direction) -> EventStream {
        self.log.read_stream(stream, from, direction)
    }

    fn read_all(&self, from: Position, filter: &Filter) -> EventStream {
        let events = self.log.read_all(from, filter);
        match &self.fault {
            Fault::Missing(position) => {
                let position = *position;
                let there = move |event: &Result<_, _>| {
                    let is_there = !matches!(event, Ok(rapport_domain::envelope::Recorded { position: p, .. }) if *p == position);
                    std::future::ready(is_there)
                };
                events.filter(there).boxed()
            }
            Fault::Damaged(position, repaired) => {
                let position = *position;
                if repaired.load(Ordering::SeqCst) {
                    return events;
                }
                events
                    .map(move |event| match event {
                        Ok(event) if event.position == position => {
                            Err(ReadError::Corrupt { position, cause: "a bit fell over".to_owned() })
                        }
                        event => event,
                    })
                    .boxed()
            }
            Fault::Sparse => events,
            Fault::Short(length) => events.take(*length).boxed(),
            Fault::Away(times) => {
                let mut times = times.lock();
                if *times == 0 {
                    return events;
                }
                *times -= 1;
                let away = Err(ReadError::Unavailable { cause: "the network is away".to_owned() });
                futures::stream::iter([away]).boxed()
            }
        }
    }

    async fn wait_for(&self, after: Position) -> Result<Position, ReadError> {
        self.log.wait_for(after).await
    }

    async fn head(&self) -> Result<Position, ReadError> {
        self.log.head().await
    }

    async fn position_at(&self, recorded_at: Instant) -> Result<Position, ReadError> {
        self.log.position_at(recorded_at).await
    }

    async fn position_of(&self, id: EventId) -> Result<Option<Position>, ReadError> {
        self.log.position_of(id).await
    }

    fn positions(&self) -> Positions {
        match &self.fault {
            Fault::Sparse => Positions::Sparse,
            Fault::Missing(_) | Fault::Damaged(..) | Fault::Short(_) | Fault::Away(_) => self.log.positions(),
        }
    }
}

async fn open(fault: Fault) -> (House, History, Projections) {
    let history = company(3);
    let house = House::new();
    let projections = house.open(Arc::new(Faulty { log: log_of(&history).await, fault }));
    (house, history, projections)
}

async fn parked(projections: &Projections, head: Position) -> (Position, ProjectError) {
    assert!(projections.pipeline().pipelines(at_least(head)).await.is_err());
    let status = projections.list().await.into_iter().find(|status| status.name == "pipeline").unwrap();
    let parked = status.parked().unwrap();
    assert!(parked.position > status.position, "it is parked before what it cannot get past");
    (status.position, parked.error.clone())
}

#[tokio::test]
async fn where_positions_do_not_count_events_nobody_says_how_many_are_missing() {
    let (_house, history, projections) = open(Fault::Sparse).await;
    assert!(projections.pipeline().pipelines(at_least(history.head())).await.is_ok());
    assert!(projections.list().await.iter().all(|status| status.events_behind.is_none()));
    let mut registry = Registry::default();
    projections.register(&mut registry);
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    assert!(!text.contains("rapport_projection_lag_events"), "{text}");
    assert!(text.contains("rapport_projection_behind{projection=\"pipeline\"} 0\n"), "{text}");
    projections.shutdown().await;
}

#[tokio::test]
async fn a_hole_in_the_log_is_an_alarm() {
    let (_house, history, projections) = open(Fault::Missing(Position(7))).await;
    let gap = ProjectError::Gap { after: Position(6), found: Position(8) };
    assert_eq!(parked(&projections, history.head()).await, (Position(6), gap));
    projections.shutdown().await;
}

#[tokio::test]
async fn a_log_that_ends_before_its_head_is_an_alarm() {
    let head = company(3).head();
    let (_house, _, projections) = open(Fault::Missing(head)).await;
    let gap = ProjectError::Gap { after: Position(head.0 - 1), found: head };
    assert_eq!(parked(&projections, head).await, (Position(head.0 - 1), gap));
    projections.shutdown().await;
}

#[tokio::test]
async fn a_damaged_event_parks_the_read_model_until_it_is_repaired_and_resumed() {
    let history = company(3);
    let house = House::new();
    let fault = Fault::Damaged(Position(5), AtomicBool::new(false));
    let log = Arc::new(Faulty { log: log_of(&history).await, fault });
    let projections = house.open(Arc::<Faulty>::clone(&log));
    let (position, error) = parked(&projections, history.head()).await;
    let trouble = LogTrouble::Corrupt { position: Position(5), cause: "a bit fell over".to_owned() };
    assert_eq!((position, error), (Position(4), ProjectError::Log(trouble)));
    if let Fault::Damaged(_, repaired) = &log.fault {
        repaired.store(true, Ordering::SeqCst);
    }
    projections.resume("pipeline").await.unwrap();
    assert!(projections.pipeline().pipelines(at_least(history.head())).await.is_ok());
    projections.shutdown().await;
}

#[tokio::test]
async fn a_log_that_grows_while_it_is_read_has_no_hole() {
    let history = company(50);
    let house = House::new();
    let fault = Fault::Short(crate::LIVE_BATCH_EVENTS_MAX);
    assert!(history.head().0 > crate::LIVE_BATCH_EVENTS_MAX as u64);
    let projections = house.open(Arc::new(Faulty { log: log_of(&history).await, fault }));
    follow_up_to(&projections, history.head()).await;
    projections.shutdown().await;
}

#[tokio::test]
async fn a_log_that_is_away_for_a_while_is_waited_for() {
    let (_house, history, projections) = open(Fault::Away(Mutex::new(9))).await;
    follow_up_to(&projections, history.head()).await;
    projections.shutdown().await;
}

#[tokio::test]
async fn an_event_type_of_another_build_is_passed_over() {
    let mut history = company(2);
    let stream = StreamId::parse("invoice-1").unwrap();
    history.add_raw(stream, "invoice.sent.v1", at("2026-06-01T00:00:00Z"), "{}".to_owned());
    let house = House::new();
    let projections = house.open(log_of(&history).await);
    follow_up_to(&projections, history.head()).await;
    projections.shutdown().await;
}
