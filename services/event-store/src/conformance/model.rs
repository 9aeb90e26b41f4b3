//! Random histories, compared with the simplest log there is: a list.

use futures::TryStreamExt;
use proptest::prelude::*;
use rapport_domain::envelope::{ExpectedRevision, NewEvent, Position, Recorded, Revision, StreamId};

use super::Subject;
use super::adapters::{Embedded, Memory};
use super::sample::{event, stream, with_data};
use crate::port::{AppendError, Appended, Direction, EventStore, Filter};

/// One thing that is done to a store.
#[derive(Debug, Clone)]
enum Step {
    Append { stream: u8, expected: ExpectedRevision, events: Vec<(u64, bool)> },
    ReadStream { stream: u8, from: u64, backward: bool },
    ReadAll { from: u64 },
    Reopen,
}

fn expected() -> impl Strategy<Value = ExpectedRevision> {
    prop_oneof![
        4 => Just(ExpectedRevision::Any),
        1 => Just(ExpectedRevision::NoStream),
        1 => Just(ExpectedRevision::StreamExists),
        2 => (0..12_u64).prop_map(|revision| ExpectedRevision::Exact(Revision(revision))),
    ]
}

/// Ids are drawn from a few, so that they meet again; one in ten comes with other data.
fn events() -> impl Strategy<Value = Vec<(u64, bool)>> {
    let fresh = (0..100_000_u64, 1..12_u64)
        .prop_map(|(first, count)| (first..first + count).map(|n| (n, false)).collect());
    let repeated = prop::collection::vec((0..30_u64, prop::bool::weighted(0.1)), 0..3);
    prop_oneof![3 => fresh, 2 => repeated]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..5_u8, expected(), events()).prop_map(|(stream, expected, events)| Step::Append { stream, expected, events }),
        4 => (0..6_u8, 0..40_u64, any::<bool>()).prop_map(|(stream, from, backward)| Step::ReadStream { stream, from, backward }),
        2 => (0..150_u64).prop_map(|from| Step::ReadAll { from }),
        1 => Just(Step::Reopen),
    ]
}

/// The log as a list. Positions are indexes plus one, revisions are counted.
#[derive(Default)]
struct Model(Vec<(StreamId, NewEvent)>);

impl Model {
    fn stream(&self, stream: &StreamId) -> Vec<u64> {
        let positions = (1..).zip(&self.0).filter(|(_, (of, _))| of == stream);
        positions.map(|(position, _)| position).collect()
    }

    fn append(
        &mut self,
        stream: &StreamId,
        expected: ExpectedRevision,
        events: Vec<NewEvent>,
    ) -> Option<Appended> {
        let standing: Vec<Option<u64>> = events.iter().map(|event| self.standing(stream, event)).collect();
        let known = events.iter().any(|event| self.0.iter().any(|(_, other)| other.id == event.id));
        let twins = (1..events.len()).any(|n| events[..n].iter().any(|event| event.id == events[n].id));
        let own = self.stream(stream);
        if known || twins {
            let revisions: Option<Vec<u64>> = standing
                .iter()
                .map(|found| own.iter().position(|at| Some(*at) == *found).map(|n| n as u64))
                .collect();
            let revisions =
                revisions.filter(|all| !twins && all.windows(2).all(|pair| pair[0] + 1 == pair[1]))?;
            let last = *revisions.last()?;
            return Some(Appended {
                revision: Some(Revision(last)),
                position: Position(own[last as usize]),
                repeated: true,
            });
        }
        let holds = match expected {
            ExpectedRevision::Any => true,
            ExpectedRevision::NoStream => own.is_empty(),
            ExpectedRevision::StreamExists => !own.is_empty(),
            ExpectedRevision::Exact(Revision(revision)) => own.len() as u64 == revision + 1,
        };
        if !holds {
            return None;
        }
        self.0.extend(events.into_iter().map(|event| (stream.clone(), event)));
        let own = self.stream(stream);
        let position = own.last().map_or(Position::START, |last| Position(*last));
        Some(Appended {
            revision: own.len().checked_sub(1).map(|last| Revision(last as u64)),
            position,
            repeated: false,
        })
    }

    fn standing(&self, stream: &StreamId, event: &NewEvent) -> Option<u64> {
        let found = (1..).zip(&self.0).find(|(_, (_, other))| other.id == event.id);
        found
            .filter(|(_, (of, other))| of == stream && other.data == event.data)
            .map(|(position, _)| position)
    }
}

async fn compare(subject: &mut dyn Subject, steps: Vec<Step>) {
    let mut model = Model::default();
    for step in steps {
        let store = subject.store();
        match step {
            Step::Append { stream: name, expected, events } => {
                let stream = stream(&name.to_string());
                let events: Vec<NewEvent> = events
                    .into_iter()
                    .map(
                        |(number, other)| {
                            if other { with_data(event(number), r#""other""#) } else { event(number) }
                        },
                    )
                    .collect();
                let answer = store.append(&stream, expected, events.clone()).await;
                assert!(!matches!(
                    answer,
                    Err(AppendError::Unavailable { .. } | AppendError::OutcomeUnknown { .. })
                ));
                assert_eq!(answer.ok(), model.append(&stream, expected, events));
            }
            Step::ReadStream { stream: name, from, backward } => {
                let stream = stream(&name.to_string());
                let mut positions = model.stream(&stream);
                let from_index = usize::try_from(from).unwrap();
                let direction = if backward { Direction::Backward } else { Direction::Forward };
                match direction {
                    Direction::Forward => drop(positions.drain(..from_index.min(positions.len()))),
                    Direction::Backward => {
                        positions.truncate(from_index + 1);
                        positions.reverse();
                    }
                }
                let read: Vec<Recorded> =
                    store.read_stream(&stream, Revision(from), direction).try_collect().await.unwrap();
                assert_eq!(read.iter().map(|event| event.position.0).collect::<Vec<_>>(), positions);
            }
            Step::ReadAll { from } => same_log(&*store, &model, from).await,
            Step::Reopen => {
                drop(store);
                subject.reopen().await;
            }
        }
    }
    same_log(&*subject.store(), &model, 0).await;
}

async fn same_log(store: &dyn EventStore, model: &Model, from: u64) {
    let read: Vec<Recorded> = store.read_all(Position(from), &Filter::all()).try_collect().await.unwrap();
    let skipped = usize::try_from(from.saturating_sub(1)).unwrap();
    let read: Vec<_> =
        read.into_iter().map(|event| (event.position.0, event.stream, event.id, event.data)).collect();
    let expected = (1..).zip(model.0.clone()).skip(skipped);
    let expected: Vec<_> = expected.map(|(at, (stream, event))| (at, stream, event.id, event.data)).collect();
    assert_eq!(read, expected);
}

fn run(steps: Vec<Step>, subject: impl FnOnce() -> Box<dyn Subject>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { compare(&mut *subject(), steps).await });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_memory_store_behaves_as_a_list(steps in prop::collection::vec(step(), 1..60)) {
        run(steps, || Box::new(Memory::new()));
    }

    #[test]
    fn the_embedded_store_behaves_as_a_list(steps in prop::collection::vec(step(), 1..60)) {
        run(steps, || Box::new(Embedded::restless()));
    }
}
