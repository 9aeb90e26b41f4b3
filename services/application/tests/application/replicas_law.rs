//! The law of replicas: whatever two of them are asked at the same time, every receipt is in the log, and the log
//! holds nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;
use proptest::prelude::*;
use rapport_application::{Application, Failure, Receipt};
use rapport_domain::aggregate::{Aggregate as _, StoredEvent as _};
use rapport_domain::contact::{self, Contact};
use rapport_domain::envelope::{Position, Recorded, Revision};
use rapport_domain::id::ContactId;
use rapport_domain::personal::PersonalFields as _;

use crate::house::House;
use crate::sample::{assign, call, correct_name, key, label, name, reference, registered};

const COMMANDS: usize = 200;
const TASKS: usize = 8;
const STREAMS: usize = 5;

/// One command, and how it is sent.
#[derive(Debug, Clone)]
struct Order {
    contact: usize,
    replica: usize,
    wish: Wish,
    /// Whether the other replica gets it as well, at the same time.
    twice: bool,
}

/// What is asked for: few values, so that many commands change nothing.
#[derive(Debug, Clone)]
enum Wish {
    Owner(u8),
    Region(u8),
    NoRegion,
    Name(u8),
}

impl Wish {
    fn command(&self) -> contact::Command {
        match self {
            Self::Owner(n) => assign(&format!("user_{n}")),
            Self::Region(n) => {
                contact::Command::SetSegment { key: key("region"), value: label(&format!("{n}")) }
            }
            Self::NoRegion => contact::Command::ClearSegment { key: key("region") },
            Self::Name(n) => correct_name(&format!("Ann {n}")),
        }
    }

    /// Whether the contact is as it was asked for.
    fn holds(&self, state: &contact::State) -> bool {
        let contact::State::Active(profile) = state else { return false };
        let region = profile.segments.get(&key("region"));
        match self {
            Self::Owner(n) => profile.owner == Some(reference(&format!("user_{n}"))),
            Self::Region(n) => region == Some(&label(&format!("{n}"))),
            Self::NoRegion => region.is_none(),
            Self::Name(n) => profile.name == name(&format!("Ann {n}")),
        }
    }
}

fn wish() -> impl Strategy<Value = Wish> {
    prop_oneof![
        3 => (0..3_u8).prop_map(Wish::Owner),
        3 => (0..3_u8).prop_map(Wish::Region),
        1 => Just(Wish::NoRegion),
        2 => (0..3_u8).prop_map(Wish::Name),
    ]
}

fn order() -> impl Strategy<Value = Order> {
    (0..STREAMS, 0..2_usize, wish(), proptest::bool::weighted(0.3))
        .prop_map(|(contact, replica, wish, twice)| Order { contact, replica, wish, twice })
}

fn contact_id(number: usize) -> ContactId {
    ContactId::derived("tests", &number.to_string())
}

/// Sends an order until it is answered.
async fn send(application: &Application, order: &Order, request: usize) -> Receipt {
    loop {
        let call = call(&format!("r{request}"));
        match application.contact(contact_id(order.contact), order.wish.command(), call).await {
            Ok(receipt) => return receipt,
            Err(Failure::ConcurrentUpdate) => {}
            Err(failure) => panic!("{failure:?}"),
        }
    }
}

/// All orders, in as many tasks; the receipts in the order of the requests.
async fn send_all(house: &House, orders: &[Order]) -> Vec<Vec<Receipt>> {
    let replicas = [Arc::clone(&house.application), house.replica()];
    let orders = Arc::new(orders.to_vec());
    let tasks = (0..TASKS).map(|task| {
        let (replicas, orders) = (replicas.clone(), Arc::clone(&orders));
        tokio::spawn(async move {
            let mut receipts = Vec::new();
            for (request, order) in orders.iter().enumerate().filter(|(request, _)| request % TASKS == task) {
                let mut answers = vec![send(&replicas[order.replica], order, request)];
                if order.twice {
                    answers.push(send(&replicas[1 - order.replica], order, request));
                }
                receipts.push((request, join_all(answers).await));
            }
            receipts
        })
    });
    let mut receipts: Vec<_> = join_all(tasks).await.into_iter().flat_map(Result::unwrap).collect();
    receipts.sort_by_key(|(request, _)| *request);
    receipts.into_iter().map(|(_, receipts)| receipts).collect()
}

/// The states that a contact went through, opened, by revision.
fn states(house: &House, log: &[Recorded], id: ContactId) -> Vec<contact::State> {
    let stream = Contact::stream(&id).unwrap();
    let mut state = contact::State::default();
    log.iter()
        .filter(|event| event.stream == stream)
        .map(|event| {
            let mut event = contact::Event::decode(&event.event_type, &event.data).unwrap().unwrap();
            house.vault.open_fields(&id, event.personal_fields()).unwrap();
            state = Contact::evolve(std::mem::take(&mut state), &event);
            state.clone()
        })
        .collect()
}

fn everything_is_dense(log: &[Recorded]) {
    let mut next = BTreeMap::new();
    for (event, position) in log.iter().zip(1..) {
        assert_eq!(event.position, Position(position));
        let revision = next.entry(event.stream.clone()).or_insert(0);
        assert_eq!(event.revision, Revision(*revision));
        *revision += 1;
    }
}

fn receipts_and_log_agree(house: &House, log: &[Recorded], orders: &[Order], receipts: &[Vec<Receipt>]) {
    let mut written: BTreeMap<String, Receipt> = BTreeMap::new();
    for event in log {
        let receipt = Receipt { revision: Some(event.revision), position: event.position };
        let twin = written.insert(event.metadata().unwrap().request_id, receipt);
        assert_eq!(twin, None, "two events of one request");
    }
    let states: Vec<_> = (0..STREAMS).map(|number| states(house, log, contact_id(number))).collect();
    let mut known = BTreeSet::new();
    for (request, (order, receipts)) in orders.iter().zip(receipts).enumerate() {
        let applied = written.get(&format!("r{request}"));
        known.extend(applied.map(|receipt| receipt.position));
        for receipt in receipts {
            let revision = usize::try_from(receipt.revision.unwrap().0).unwrap();
            assert!(order.wish.holds(&states[order.contact][revision]), "request {request}: {order:?}");
            let event = &log[usize::try_from(receipt.position.0).unwrap() - 1];
            assert_eq!(Some(event.revision), receipt.revision);
            assert_eq!(event.stream, Contact::stream(&contact_id(order.contact)).unwrap());
            // A request that was sent twice may have changed nothing at one of them, before or after.
            assert!(order.twice || applied.is_none_or(|applied| applied == receipt), "request {request}");
        }
        assert!(applied.is_none_or(|applied| receipts.contains(applied)), "request {request}");
    }
    assert_eq!(known.len() + STREAMS, log.len());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, max_shrink_iters: 0, ..ProptestConfig::with_cases(12) })]

    #[test]
    fn nothing_is_lost_and_nothing_is_doubled_between_two_replicas(
        orders in proptest::collection::vec(order(), COMMANDS),
        embedded in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
        runtime.block_on(async {
            let house = if embedded { House::embedded() } else { House::in_memory() };
            for number in 0..STREAMS {
                registered(&house.application, contact_id(number)).await;
            }
            let receipts = send_all(&house, &orders).await;
            let log = house.log().await;
            everything_is_dense(&log);
            receipts_and_log_agree(&house, &log, &orders, &receipts);
        });
    }
}
