//! Random history from several callers at once, each of which dates what it appends.

use proptest::prelude::*;
use rapport_domain::envelope::{ExpectedRevision, Recorded};
use rapport_domain::value::Instant;

use super::Subject;
use super::adapters::{Embedded, Memory};
use super::sample::{events, log, number, stream};
use crate::port::{Append, AppendError, Appended};

/// What callers append, each in turn: the second that it is recorded at, and the stream.
type Callers = Vec<Vec<(i64, u8)>>;

fn callers() -> impl Strategy<Value = Callers> {
    let unordered = prop::collection::vec((0..20_i64, 0..3_u8), 0..12);
    let ordered = prop::collection::vec((0..200_i64, 0..3_u8), 0..12).prop_map(|mut turn| {
        turn.sort_unstable();
        turn
    });
    prop::collection::vec(prop_oneof![1 => unordered, 3 => ordered], 1..5)
}

/// The number of the event that stands in a caller's turn.
const fn numbered(caller: usize, place: usize) -> u64 {
    (caller * 1_000 + place) as u64
}

fn turn(caller: usize, appends: &[(i64, u8)]) -> Vec<Append> {
    let append = |(place, (second, name)): (usize, &(i64, u8))| Append {
        stream: stream(&name.to_string()),
        expected: ExpectedRevision::Any,
        events: events([numbered(caller, place)]),
        recorded_at: Some(at(*second)),
    };
    appends.iter().enumerate().map(append).collect()
}

fn at(second: i64) -> Instant {
    Instant::from_micros(second * 1_000_000).unwrap()
}

async fn check(subject: &dyn Subject, callers: Callers) {
    let turns: Vec<_> = callers
        .iter()
        .enumerate()
        .map(|(caller, appends)| {
            let (store, turn) = (subject.store(), turn(caller, appends));
            tokio::spawn(async move { store.append_in_turn(turn).await })
        })
        .collect();
    let mut answers = Vec::new();
    for turn in turns {
        answers.push(turn.await.unwrap());
    }
    let log = log(&*subject.store()).await;
    assert!(log.is_sorted_by_key(|event| event.recorded_at));
    for ((caller, appends), answers) in callers.iter().enumerate().zip(answers) {
        follow(&log, caller, appends, &answers);
    }
}

/// One caller's answers, beside the log: what was taken stands in it in the caller's order, each at its own time, and
/// what was refused would have gone back in time.
fn follow(log: &[Recorded], caller: usize, appends: &[(i64, u8)], answers: &[Result<Appended, AppendError>]) {
    let mut own = log.iter().filter(|event| number(event) / 1_000 == caller as u64);
    for (place, (answer, (second, name))) in answers.iter().zip(appends).enumerate() {
        match answer {
            Ok(appended) => {
                let event = own.next().unwrap();
                assert_eq!((number(event), event.position), (numbered(caller, place), appended.position));
                assert_eq!((event.recorded_at, &event.stream), (at(*second), &stream(&name.to_string())));
            }
            Err(AppendError::TimePassed { last }) => {
                assert!(*last > at(*second));
                assert!(log.iter().any(|event| event.recorded_at == *last));
                assert_eq!(place + 1, answers.len());
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert!(own.next().is_none(), "nothing after a refusal is written");
    assert!(answers.len() == appends.len() || answers.last().is_some_and(Result::is_err));
}

fn run(callers: Callers, subject: impl FnOnce() -> Box<dyn Subject>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async { check(&*subject(), callers).await });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_memory_store_never_goes_back_in_time(callers in callers()) {
        run(callers, || Box::new(Memory::new()));
    }

    #[test]
    fn the_embedded_store_never_goes_back_in_time(callers in callers()) {
        run(callers, || Box::new(Embedded::restless()));
    }
}
