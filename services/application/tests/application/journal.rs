//! Facts of other services: the log takes them once, in order, and tells a repetition from another request.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use rapport_application::journal::{Entered, Fact, FactData, FactType, Facts, Journal};
use rapport_application::{Failure, Receipt};
use rapport_domain::envelope::{Actor, ActorKind, EventId, ExpectedRevision, Position, Revision, StreamId};
use rapport_domain::id::derived_uuid;
use rapport_domain::value::Reference;

use super::house::House;

fn actor(kind: ActorKind) -> Actor {
    Actor { kind, id: Reference::parse("shop").unwrap(), on_behalf_of: None }
}

fn journal(house: &House) -> Journal {
    house.application.journal(actor(ActorKind::Service)).unwrap()
}

fn fact(data: &str) -> Fact {
    Fact {
        id: None,
        fact_type: FactType::parse("x_orders.shipped.v1".to_owned()).unwrap(),
        data: FactData::parse(data.to_owned()).unwrap(),
        occurred_at: None,
    }
}

fn facts(request_id: &str, stream: &str, data: &[&str]) -> Facts {
    Facts {
        stream: StreamId::parse(stream).unwrap(),
        expected: ExpectedRevision::Any,
        facts: data.iter().map(|data| fact(data)).collect(),
        request_id: Reference::parse(request_id).unwrap(),
        occurred_at: None,
        source: None,
        correlation_id: None,
        causation_id: None,
        traceparent: None,
    }
}

/// The first append of these ids.
fn entered(revision: u64, position: u64) -> Entered {
    let receipt = Receipt { revision: Some(Revision(revision)), position: Position(position) };
    Entered { receipt, repetition: false }
}

fn again(first: Entered) -> Entered {
    Entered { repetition: true, ..first }
}

#[tokio::test]
async fn only_services_imports_and_the_system_have_a_journal() {
    let house = House::in_memory();
    for (kind, name) in ActorKind::ALL {
        let allowed = house.application.journal(actor(kind)).is_ok();
        assert_eq!(allowed, ["service", "import", "system"].contains(&name), "{name}");
    }
}

#[tokio::test]
async fn our_own_streams_are_closed_to_others() {
    let house = House::in_memory();
    for category in
        ["contact", "interaction", "pipeline", "opportunity", "subscription", "consent", "case", "x"]
    {
        let refused = journal(&house).append(facts("r1", &format!("{category}-1"), &["{}"])).await;
        assert!(
            matches!(&refused, Err(Failure::CategoryReserved { category: named }) if named == category),
            "{refused:?}"
        );
    }
    assert_eq!(house.head().await, Position::START);
}

#[tokio::test]
async fn a_fact_is_stored_byte_for_byte_with_who_and_when() {
    for house in House::on_each_store() {
        let data = "{\"b\" : 1, \"a\":[1, 2.50]}";
        let mut request = facts("r1", "x_orders-1", &[data]);
        request.correlation_id = Some(Reference::parse("order-1").unwrap());
        request.causation_id = Some(EventId(derived_uuid(&["cause"])));
        journal(&house).append(request).await.unwrap();
        let recorded = house.log().await.remove(0);
        let metadata = recorded.metadata().unwrap();
        assert_eq!((recorded.event_type.as_str(), recorded.data.as_str()), ("x_orders.shipped.v1", data));
        assert_eq!(recorded.id, EventId(derived_uuid(&["request", "r1", "0"])));
        assert_eq!(metadata.actor.to_string(), "service:shop");
        assert_eq!(metadata.occurred_at.to_string(), "2026-11-21T09:30:00.000000Z");
        assert_eq!((metadata.request_id.as_str(), metadata.correlation_id.as_str()), ("r1", "order-1"));
        assert_eq!(metadata.causation_id, Some(EventId(derived_uuid(&["cause"]))));
        // printf '{"b" : 1, "a":[1, 2.50]}' | sha256sum
        assert_eq!(
            metadata.payload_sha256,
            "5f62516e2584597a50a0c706293084edbcee9d2d12b58186311f5bbfacb9c283"
        );
    }
}

#[tokio::test]
async fn a_shorter_a_longer_and_another_request_under_the_same_id_are_refused() {
    for house in House::on_each_store() {
        let first = facts("r1", "x_orders-1", &[r#"{"a":1}"#, r#"{"a":2}"#]);
        let mut expecting = first.clone();
        expecting.expected = ExpectedRevision::NoStream;
        let done = journal(&house).append(first.clone()).await.unwrap();
        for other in [
            facts("r1", "x_orders-1", &[r#"{"a":1}"#]),
            facts("r1", "x_orders-1", &[r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#]),
            facts("r1", "x_orders-1", &[r#"{"a":2}"#, r#"{"a":1}"#]),
            facts("r1", "x_orders-2", &[r#"{"a":1}"#, r#"{"a":2}"#]),
            expecting,
        ] {
            let refused = journal(&house).append(other).await;
            assert!(matches!(refused, Err(Failure::RequestIdReused)), "{refused:?}");
        }
        assert_eq!(done, entered(1, 2));
        assert_eq!(journal(&house).append(first).await.unwrap(), again(done));
        assert_eq!(house.head().await, Position(2));
    }
}

#[tokio::test]
async fn ids_of_the_callers_own_tell_a_repetition_whatever_the_request_is_called() {
    for house in House::on_each_store() {
        let with_ids = |request_id: &str, data: &str, ids: &[&str]| {
            let mut request = facts(request_id, "x_orders-1", &vec![data; ids.len()]);
            for (fact, id) in request.facts.iter_mut().zip(ids) {
                fact.id = Some(EventId(derived_uuid(&[id])));
            }
            request
        };
        let done = journal(&house).append(with_ids("r1", "{}", &["a", "b"])).await.unwrap();
        assert_eq!(done, entered(1, 2));
        assert_eq!(journal(&house).append(with_ids("r2", "{}", &["a", "b"])).await.unwrap(), again(done));
        for other in [with_ids("r1", "{ }", &["a", "b"]), with_ids("r1", "{}", &["b", "c"])] {
            let refused = journal(&house).append(other).await;
            assert!(matches!(refused, Err(Failure::EventIdReused { .. })), "{refused:?}");
        }
        assert_eq!(journal(&house).append(with_ids("r1", "{}", &["c"])).await.unwrap(), entered(2, 3));
    }
}

#[tokio::test]
async fn what_is_handed_over_later_comes_later() {
    for house in House::on_each_store() {
        let journal = journal(&house);
        let mut pending = Vec::new();
        for number in 0..500 {
            let data = format!("{{\"n\":{number}}}");
            let request = facts(&format!("r{number}"), "x_orders-1", &[data.as_str()]);
            pending.push(journal.submit(request).await.unwrap());
        }
        for (number, pending) in (0..).zip(pending) {
            assert_eq!(pending.await.unwrap(), entered(number, number + 1));
        }
    }
}

/// A request of the law: few ids, few streams and few contents, so that they meet.
#[derive(Debug, Clone, PartialEq)]
struct Asked {
    request_id: u8,
    stream: u8,
    contents: Vec<u8>,
    expected: ExpectedRevision,
}

impl Asked {
    fn facts(&self) -> Facts {
        let data: Vec<String> = self.contents.iter().map(|content| format!("{{\"n\":{content}}}")).collect();
        let data: Vec<&str> = data.iter().map(String::as_str).collect();
        let request = facts(&format!("r{}", self.request_id), &format!("x_orders-{}", self.stream), &data);
        Facts { expected: self.expected, ..request }
    }
}

fn asked() -> impl Strategy<Value = Asked> {
    let expected = prop_oneof![
        4 => Just(ExpectedRevision::Any),
        1 => Just(ExpectedRevision::NoStream),
        1 => Just(ExpectedRevision::StreamExists),
        2 => (0..4_u64).prop_map(|revision| ExpectedRevision::Exact(Revision(revision))),
    ];
    (0..6_u8, 0..2_u8, prop::collection::vec(0..2_u8, 1..4), expected)
        .prop_map(|(request_id, stream, contents, expected)| Asked { request_id, stream, contents, expected })
}

/// What the log should be.
#[derive(Default)]
struct Model {
    applied: HashMap<u8, (Asked, Entered)>,
    streams: BTreeMap<u8, u64>,
    log: Vec<(u8, u8)>,
}

/// An outcome, as far as the law goes.
#[derive(Debug, PartialEq)]
enum Outcome {
    Entered(Entered),
    Reused,
    Elsewhere(Option<Revision>),
}

impl Model {
    fn take(&mut self, asked: &Asked) -> Outcome {
        if let Some((first, done)) = self.applied.get(&asked.request_id) {
            return if first == asked { Outcome::Entered(again(*done)) } else { Outcome::Reused };
        }
        let length = self.streams.entry(asked.stream).or_default();
        let holds = match asked.expected {
            ExpectedRevision::Any => true,
            ExpectedRevision::NoStream => *length == 0,
            ExpectedRevision::StreamExists => *length > 0,
            ExpectedRevision::Exact(Revision(last)) => *length == last + 1,
        };
        if !holds {
            return Outcome::Elsewhere(length.checked_sub(1).map(Revision));
        }
        *length += asked.contents.len() as u64;
        self.log.extend(asked.contents.iter().map(|content| (asked.stream, *content)));
        let done = entered(*length - 1, self.log.len() as u64);
        self.applied.insert(asked.request_id, (asked.clone(), done));
        Outcome::Entered(done)
    }
}

async fn follows_the_law(house: House, requests: &[Asked]) {
    let mut model = Model::default();
    let journal = journal(&house);
    for asked in requests {
        let outcome = match journal.append(asked.facts()).await {
            Ok(entered) => Outcome::Entered(entered),
            Err(Failure::RequestIdReused) => Outcome::Reused,
            Err(Failure::RevisionMismatch { expected, actual }) if expected == asked.expected => {
                Outcome::Elsewhere(actual)
            }
            Err(other) => panic!("{other:?}"),
        };
        assert_eq!(outcome, model.take(asked), "{asked:?}");
    }
    let log = house.log().await;
    let written: Vec<(String, String)> =
        log.into_iter().map(|event| (event.stream.to_string(), event.data)).collect();
    let expected: Vec<(String, String)> = model
        .log
        .iter()
        .map(|(stream, content)| (format!("x_orders-{stream}"), format!("{{\"n\":{content}}}")))
        .collect();
    assert_eq!(written, expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_sent_again_is_in_the_log_once(requests in prop::collection::vec(asked(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for house in House::on_each_store() {
            runtime.block_on(follows_the_law(house, &requests));
        }
    }
}
