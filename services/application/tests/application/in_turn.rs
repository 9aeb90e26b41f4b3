//! Interactions of several contacts, in order, which share a commit: each has the answer that it would have alone.

use std::collections::VecDeque;

use proptest::prelude::*;
use rapport_application::{AppendError, Application, Call, Failure, Outcome, Receipt};
use rapport_domain::envelope::{ActorKind, ExpectedRevision, Revision};
use rapport_domain::id::ContactId;
use rapport_domain::interaction::{self, Command};
use rapport_domain::value::Instant;

use crate::fickle::{FickleStore, Whim};
use crate::house::House;
use crate::sample::{actor, ann, assign, bob, call, call_with, receipt, record, redact, register};

type Answer = Result<Receipt, Failure>;
type Step = (ContactId, Command, Call);

/// As an import says it: recorded at the time that it occurred at, so many seconds after 2017 began.
fn dated(request: &str, second: i64) -> Call {
    let year = Instant::parse("2017-01-01T00:00:00Z").unwrap();
    Call {
        occurred_at: Some(Instant::from_micros(year.micros() + second * 1_000_000).unwrap()),
        record_at_occurred: true,
        actor: actor(ActorKind::Import),
        ..call(request)
    }
}

fn carol() -> ContactId {
    ContactId::derived("tests", "carol")
}

/// Registers both at the beginning of 2017.
async fn both_registered(application: &Application) {
    for (id, request) in [(ann(), "ann"), (bob(), "bob")] {
        application.contact(id, register("Somebody"), dated(request, 0)).await.unwrap();
    }
}

/// Asks until everything is answered; how often that took.
async fn all(application: &Application, steps: Vec<Step>) -> (Vec<Answer>, usize) {
    let (mut waiting, mut answers, mut turns) = (VecDeque::from(steps), Vec::new(), 0);
    while !waiting.is_empty() {
        let left = waiting.len();
        answers.extend(application.interactions_in_turn(&mut waiting).await);
        assert!(waiting.len() < left);
        turns += 1;
    }
    (answers, turns)
}

#[tokio::test]
async fn interactions_of_several_contacts_keep_their_order_and_their_times() {
    for house in House::on_each_store() {
        both_registered(&house.application).await;
        let steps = vec![
            (ann(), record("a", "first"), dated("r1", 10)),
            (bob(), record("b", "second"), dated("r2", 10)),
            (ann(), record("c", "third"), dated("r3", 20)),
            (ann(), record("d", "fourth"), dated("r4", 30)),
            (bob(), record("e", "fifth"), dated("r5", 30)),
        ];
        let (answers, turns) = all(&house.application, steps).await;
        let receipts: Vec<Receipt> = answers.into_iter().map(Result::unwrap).collect();
        assert_eq!(receipts, [receipt(0, 3), receipt(0, 4), receipt(1, 5), receipt(2, 6), receipt(1, 7)]);
        assert_eq!(turns, 1);
        let log = house.log().await;
        for (event, second) in log[2..].iter().zip([10, 10, 20, 30, 30]) {
            assert_eq!(Some(event.recorded_at), dated("any", second).occurred_at);
        }
        let requests: Vec<String> =
            log[2..].iter().map(|event| event.metadata().unwrap().request_id).collect();
        assert_eq!(requests, ["r1", "r2", "r3", "r4", "r5"]);
    }
}

#[tokio::test]
async fn what_is_refused_does_not_disturb_its_neighbours() {
    for house in House::on_each_store() {
        both_registered(&house.application).await;
        house.application.contact(ann(), assign("user_1"), dated("taken", 5)).await.unwrap();
        let stale = Call { expected_revision: Some(Revision(7)), ..dated("r7", 30) };
        let steps = vec![
            (ann(), redact("a"), dated("early", 10)),
            (ann(), record("a", "first"), dated("r1", 10)),
            (bob(), record("b", "second"), dated("r2", 20)),
            // Before the last time of the log: refused by the log itself.
            (ann(), record("c", "third"), dated("r3", 19)),
            (bob(), record("d", "fourth"), dated("r4", 20)),
            (carol(), record("e", "of nobody"), dated("r5", 20)),
            (ann(), record("f", "sixth"), call_of("taken", 20)),
            (bob(), record("g", "seventh"), stale),
            (ann(), record("h", "eighth"), dated("r8", 40)),
            (bob(), record("b", "second"), dated("r2", 20)),
        ];
        let (answers, _) = all(&house.application, steps).await;
        let not_recorded = Failure::Interaction(interaction::Rejection::NotRecorded).to_string();
        assert_eq!(answers[0].as_ref().unwrap_err().to_string(), not_recorded);
        assert_eq!(*answers[1].as_ref().unwrap(), receipt(0, 4));
        assert_eq!(*answers[2].as_ref().unwrap(), receipt(0, 5));
        assert!(
            matches!(answers[3], Err(Failure::Append(AppendError::TimePassed { .. }))),
            "{:?}",
            answers[3]
        );
        assert_eq!(*answers[4].as_ref().unwrap(), receipt(1, 6));
        assert!(matches!(answers[5], Err(Failure::Contact(_))), "{:?}", answers[5]);
        assert!(matches!(answers[6], Err(Failure::RequestIdReused)), "{:?}", answers[6]);
        let Err(Failure::RevisionMismatch { expected, actual }) = &answers[7] else {
            panic!("{:?}", answers[7])
        };
        assert_eq!((*expected, *actual), (ExpectedRevision::Exact(Revision(7)), Some(Revision(1))));
        assert_eq!(*answers[8].as_ref().unwrap(), receipt(1, 7));
        assert_eq!(*answers[9].as_ref().unwrap(), receipt(0, 5));
        assert_eq!(house.head().await.0, 7);
    }
}

/// A request under an id that another one has.
fn call_of(request: &str, second: i64) -> Call {
    Call { content_sha256: call_with(request, "an interaction").content_sha256, ..dated(request, second) }
}

#[tokio::test]
async fn what_comes_after_a_failure_that_is_nobodys_fault_is_not_done() {
    let store = FickleStore::new();
    let house = House::over(store.clone());
    for (id, request) in [(ann(), "ann"), (bob(), "bob")] {
        house.application.contact(id, register("Somebody"), call(request)).await.unwrap();
    }
    let steps = || {
        VecDeque::from([
            (ann(), record("a", "first"), call("r1")),
            (bob(), record("b", "second"), call("r2")),
            (ann(), record("c", "third"), call("r3")),
        ])
    };
    store.next_append(Whim::Refuse(AppendError::StorageFull));
    let mut waiting = steps();
    let answers = house.application.interactions_in_turn(&mut waiting).await;
    assert!(matches!(answers[..], [Err(Failure::Append(AppendError::StorageFull))]), "{answers:?}");
    assert_eq!((waiting.len(), house.head().await.0), (2, 2));
    // Whether something was done is told as it is; sent again, it is all there, once and in order.
    store.next_append(Whim::WriteAndSay(AppendError::OutcomeUnknown { cause: "the line broke".to_owned() }));
    let unknown = house.application.interactions_in_turn(&mut steps()).await;
    assert_eq!(unknown.len(), 1);
    assert_eq!(unknown[0].as_ref().unwrap_err().outcome(), Outcome::Unknown);
    let (answers, _) = all(&house.application, steps().into()).await;
    let receipts: Vec<Receipt> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(receipts, [receipt(0, 3), receipt(0, 4), receipt(1, 5)]);
    assert_eq!(house.head().await.0, 5);
}

#[tokio::test]
async fn two_who_write_to_the_same_contacts_in_another_order_both_come_to_an_end() {
    let house = House::embedded();
    both_registered(&house.application).await;
    let steps = |name: &str, ids: [ContactId; 2]| -> Vec<Step> {
        (0..40)
            .map(|n| (ids[n % 2], record(&format!("{name}{n}"), "said"), call(&format!("{name}{n}"))))
            .collect()
    };
    let (one, other) = tokio::join!(
        all(&house.application, steps("one", [ann(), bob()])),
        all(&house.application, steps("other", [bob(), ann()])),
    );
    assert!(one.0.iter().chain(&other.0).all(Result::is_ok));
    let log = house.log().await;
    for name in ["one", "other"] {
        let requests = log.iter().map(|event| event.metadata().unwrap().request_id);
        let own: Vec<String> = requests.filter(|request| request.starts_with(name)).collect();
        assert_eq!(own, (0..40).map(|n| format!("{name}{n}")).collect::<Vec<_>>());
    }
}

/// Commands to few contacts, most of them later than those before, some earlier, some twice, some against the rules.
fn steps() -> impl Strategy<Value = Vec<(u8, u8, u8, i64)>> {
    prop::collection::vec((0..3_u8, 0..12_u8, 0..5_u8, -2..6_i64), 1..30)
}

fn step((contact, request, kind, second): (u8, u8, u8, i64)) -> Step {
    let id = [ann(), bob(), carol()][usize::from(contact)];
    let (request, said) = (format!("r{request}"), format!("{request}"));
    let command = if kind == 0 { redact(&said) } else { record(&said, "said") };
    let mut call = dated(&request, second);
    call.content_sha256 = format!("digest of {request} {contact} {kind} {second}");
    (id, command, call)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn together_commands_have_the_answers_that_they_have_one_by_one(drawn in steps()) {
        let mut at = 10;
        let steps: Vec<Step> = drawn
            .into_iter()
            .map(|(contact, request, kind, ahead)| {
                at += ahead;
                step((contact, request, kind, at))
            })
            .collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (together, alone) = (House::in_memory(), House::in_memory());
            both_registered(&together.application).await;
            both_registered(&alone.application).await;
            let (answers, _) = all(&together.application, steps.clone()).await;
            for (step, answer) in steps.into_iter().zip(answers) {
                let (id, command, call) = step;
                let expected = alone.application.interactions(id, vec![(command, call)]).await.remove(0);
                assert_eq!(format!("{answer:?}"), format!("{expected:?}"));
            }
            let of = async |house: &House| {
                let log = house.log().await;
                log.into_iter()
                    .map(|event| (event.stream, event.revision, event.id, event.recorded_at))
                    .collect::<Vec<_>>()
            };
            assert_eq!(of(&together).await, of(&alone).await);
        });
    }
}
