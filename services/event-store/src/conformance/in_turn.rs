//! Several appends of one caller, one after the other.

use futures::future::join_all;
use rapport_domain::envelope::{ExpectedRevision, Position, Revision};
use rapport_domain::value::Instant;

use super::Subject;
use super::sample::{actual, event, events, json_of, log, number, reused, stream, with_data};
use crate::port::{APPEND_BYTES_MAX, Append, AppendError, EVENT_BYTES_MAX, EventStore};

/// One event for the end of a stream.
fn append(name: &str, number: u64) -> Append {
    Append {
        stream: stream(name),
        expected: ExpectedRevision::Any,
        events: events([number]),
        recorded_at: None,
    }
}

fn at_second(second: i64, append: Append) -> Append {
    Append { recorded_at: Some(Instant::from_micros(second * 1_000_000).unwrap()), ..append }
}

async fn log_numbers(store: &dyn EventStore) -> Vec<u64> {
    log(store).await.iter().map(number).collect()
}

pub(super) async fn appends_in_turn_stand_in_their_order(subject: &mut dyn Subject) {
    let store = subject.store();
    let exact = |append, revision| Append { expected: ExpectedRevision::Exact(Revision(revision)), ..append };
    let new = |append| Append { expected: ExpectedRevision::NoStream, ..append };
    // Each finds the log as those before it leave it.
    let turn = vec![new(append("a", 1)), new(append("b", 2)), exact(append("a", 3), 0), append("b", 4)];
    let answers = store.append_in_turn(turn).await;
    let revisions: Vec<u64> =
        answers.iter().map(|answer| answer.as_ref().unwrap().revision.unwrap().0).collect();
    assert_eq!(revisions, [0, 0, 1, 1]);
    assert_eq!(log_numbers(&*store).await, [1, 2, 3, 4]);
    assert!(store.append_in_turn(Vec::new()).await.is_empty());
}

pub(super) async fn the_first_append_that_fails_ends_the_turn(subject: &mut dyn Subject) {
    let store = subject.store();
    let new = |append| Append { expected: ExpectedRevision::NoStream, ..append };
    let answers = store.append_in_turn(vec![append("a", 1), new(append("a", 2)), append("b", 3)]).await;
    assert_eq!(answers.len(), 2, "the third is not tried");
    assert_eq!(answers[0].as_ref().unwrap().revision, Some(Revision(0)));
    assert_eq!(actual(&answers[1]), Some(Revision(0)));
    let other = Append { events: vec![with_data(event(1), "{}")], ..append("a", 1) };
    let answers = store.append_in_turn(vec![append("b", 4), other, append("b", 5)]).await;
    assert_eq!((answers.len(), reused(&answers[1])), (2, event(1).id));
    assert_eq!(log_numbers(&*store).await, [1, 4]);
    assert_eq!(
        store.append_in_turn(vec![append("b", 3)]).await[0].as_ref().unwrap().revision,
        Some(Revision(1))
    );
}

pub(super) async fn a_repetition_does_not_end_the_turn(subject: &mut dyn Subject) {
    let store = subject.store();
    let first = store.append_in_turn(vec![append("a", 1), append("b", 2)]).await;
    let again =
        store.append_in_turn(vec![append("a", 1), append("b", 2), append("a", 3), append("a", 3)]).await;
    let repeated: Vec<bool> = again.iter().map(|answer| answer.as_ref().unwrap().repeated).collect();
    assert_eq!(repeated, [true, true, false, true]);
    assert_eq!(again[1].as_ref().unwrap().position, first[1].as_ref().unwrap().position);
    assert_eq!(log_numbers(&*store).await, [1, 2, 3]);
}

pub(super) async fn more_than_one_append_may_carry_goes_in_turn_up_to_what_is_too_large(
    subject: &mut dyn Subject,
) {
    let store = subject.store();
    let large = |number, bytes: usize| Append {
        events: vec![with_data(event(number), &json_of(bytes))],
        ..append("a", number)
    };
    let half = EVENT_BYTES_MAX / 2;
    let count = u64::try_from(APPEND_BYTES_MAX / half).unwrap() + 8;
    let mut turn: Vec<Append> = (0..count).map(|number| large(number, half)).collect();
    turn.extend([large(count, EVENT_BYTES_MAX), append("a", count + 1)]);
    let mut answers = store.append_in_turn(turn).await;
    assert!(matches!(answers.pop(), Some(Err(AppendError::TooLarge { .. }))));
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(log_numbers(&*store).await, (0..count).collect::<Vec<_>>());
}

pub(super) async fn a_time_that_has_passed_ends_the_turn(subject: &mut dyn Subject) {
    let store = subject.store();
    let turn = [(10, 1), (10, 2), (30, 3), (20, 4), (40, 5)];
    let turn = turn.map(|(second, number)| at_second(second, append("a", number)));
    let answers = store.append_in_turn(turn.to_vec()).await;
    if matches!(answers[..], [Err(AppendError::TimeFixed)]) {
        assert_eq!(store.head().await.unwrap(), Position::START);
        return;
    }
    assert_eq!(answers.len(), 4);
    let thirty = Instant::from_micros(30_000_000).unwrap();
    assert!(
        matches!(&answers[3], Err(AppendError::TimePassed { last }) if *last == thirty),
        "{:?}",
        answers[3]
    );
    let times: Vec<i64> =
        log(&*store).await.iter().map(|event| event.recorded_at.micros() / 1_000_000).collect();
    assert_eq!(times, [10, 10, 30]);
}

pub(super) async fn what_many_callers_date_ends_in_log_order_and_no_time_goes_backwards(
    subject: &mut dyn Subject,
) {
    const CALLERS: u64 = 8;
    const EACH: u64 = 25;
    let callers = (0..CALLERS).map(|caller| {
        let store = subject.store();
        tokio::spawn(async move {
            let dated = |n: u64| {
                let second = i64::try_from(n * CALLERS + caller).unwrap();
                at_second(second, append(&caller.to_string(), caller * EACH + n))
            };
            store.append_in_turn((0..EACH).map(dated).collect()).await
        })
    });
    let answers = join_all(callers.collect::<Vec<_>>()).await;
    let store = subject.store();
    let log = log(&*store).await;
    assert!(log.is_sorted_by_key(|event| event.recorded_at));
    for (caller, answers) in (0..CALLERS).zip(answers) {
        let answers = answers.unwrap();
        let taken = answers.iter().filter(|answer| answer.is_ok()).count() as u64;
        let own = stream(&caller.to_string());
        let written: Vec<u64> = log.iter().filter(|event| event.stream == own).map(number).collect();
        // What came before the first refusal, all of it and in order.
        assert_eq!(written, (caller * EACH..caller * EACH + taken).collect::<Vec<_>>());
        match answers.last().unwrap() {
            Ok(_) => assert_eq!(taken, EACH),
            Err(refused) => assert!(
                matches!(refused, AppendError::TimePassed { .. } | AppendError::TimeFixed),
                "{refused:?}"
            ),
        }
    }
}
