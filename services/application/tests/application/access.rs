//! What is opened is noted, and what was noted is written down: who, whose, which classes, and by what.

use std::collections::BTreeMap;
use std::sync::Arc;

use rapport_application::{AppendError, Failure, Opened, Reveal, SUBJECTS_PER_EVENT_MAX, Seen, Visit};
use rapport_domain::access::{Basis, Denied, Event, Recorded};
use rapport_domain::envelope::ActorKind;
use rapport_domain::id::{CaseId, ContactId};
use rapport_domain::personal::DataClass;
use rapport_domain::value::{Label, Reference};
use rapport_domain::{DomainEvent, Personal};

use crate::fickle::{FickleStore, Whim};
use crate::house::House;
use crate::sample::{actor, ann, name, registered};

fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
}

fn id(text: &str) -> Reference {
    Reference::parse(text).unwrap()
}

fn visit() -> Visit {
    Visit {
        actor: actor(ActorKind::User),
        rpc: label("rapport.v1.ContactService/GetContact"),
        purpose: Some(label("CASE-7")),
        correlation_id: Some(id("order-7")),
        traceparent: None,
    }
}

fn basis() -> Basis {
    Basis { policies: ["support.opens-with-a-case".to_owned()].into(), policies_sha256: "ab".repeat(32) }
}

/// What was seen of somebody, by right of a policy.
fn seen(classes: &[DataClass]) -> Seen {
    Seen { classes: classes.iter().copied().collect(), permitted: Some(basis()), cases: [].into() }
}

/// The access record, as the log has it.
async fn record(house: &House) -> Vec<Event> {
    let events = house.log().await;
    let of_access = |event| match DomainEvent::decode(event).unwrap() {
        Some(DomainEvent::Access(event)) => Some(event),
        _ => None,
    };
    events.iter().filter_map(of_access).collect()
}

async fn sealed_name(house: &House) -> Personal<rapport_domain::value::Name> {
    registered(&house.application, ann()).await;
    let log = house.log().await;
    let data: serde_json::Value = serde_json::from_str(&log[0].data).unwrap();
    serde_json::from_value(data["name"].clone()).unwrap()
}

#[tokio::test]
async fn a_look_knows_what_was_opened_and_nothing_else() {
    let house = House::in_memory();
    let sealed = sealed_name(&house).await;
    let masked = house.look(ActorKind::Analyst);
    house.application.disclose(&masked, &ann(), sealed.clone()).unwrap();
    assert_eq!(masked.take(), Opened::new(), "what stays sealed was not opened");
    let look = house.look(ActorKind::User);
    assert!(house.application.disclose(&look, &ann(), sealed.clone()).unwrap() == name("Ann Lee"));
    assert_eq!(look.take(), Opened::from([(ann(), [DataClass::Contact].into())]));
    assert_eq!(look.take(), Opened::new(), "it was taken");
    let mut field = sealed.clone();
    house.application.shown(&look, Reveal::Pseudonyms, &ann(), &mut field).unwrap();
    assert_eq!(look.take(), Opened::new(), "a pseudonym opens nothing");
    house.vault.destroy_keys(&ann()).await.unwrap();
    house.application.disclose(&look, &ann(), sealed).unwrap();
    assert_eq!(look.take(), Opened::new(), "what is erased cannot be opened");
}

#[tokio::test]
async fn a_class_that_somebody_may_not_open_stays_sealed_beside_one_that_they_may() {
    let house = House::in_memory();
    let sealed = sealed_name(&house).await;
    let clearance = house.application.clearance(&actor(ActorKind::User));
    let notes_only = rapport_application::Look::new(clearance.narrowed(|class| *class == DataClass::Notes));
    assert!(house.application.disclose(&notes_only, &ann(), sealed.clone()).unwrap() == sealed);
    let refused = house.application.may_have(&notes_only, Reveal::Clear);
    assert!(matches!(refused, Err(Failure::DisclosureDenied)), "everything in the clear needs every class");
}

#[tokio::test]
async fn an_access_is_written_down_by_whom_it_was_with_subjects_of_the_same_classes_together() {
    let house = House::in_memory();
    let bob = ContactId::derived("tests", "bob");
    let eve = ContactId::derived("tests", "eve");
    let printer = CaseId::derived("tests", "printer");
    let opened = BTreeMap::from([
        (ann(), seen(&[DataClass::Contact])),
        (bob, seen(&[DataClass::Contact, DataClass::Notes])),
        (eve, Seen { cases: [printer].into(), ..seen(&[DataClass::Contact]) }),
    ]);
    house.application.record_access(id("a1"), &visit(), opened).await.unwrap();
    let alike = |subjects: &[ContactId], classes: &[DataClass]| {
        Event::from(Recorded {
            rpc: visit().rpc,
            subjects: subjects.iter().copied().collect(),
            classes: classes.iter().copied().collect(),
            purpose: visit().purpose,
            permitted: Some(basis()),
            cases: if subjects.contains(&eve) { [(eve, [printer].into())].into() } else { [].into() },
        })
    };
    let expected =
        [alike(&[ann(), eve], &[DataClass::Contact]), alike(&[bob], &[DataClass::Contact, DataClass::Notes])];
    assert_eq!(record(&house).await, expected);
    let log = house.log().await;
    assert_eq!(log[0].stream.as_str(), "access-2026-11-21");
    let metadata = log[0].metadata().unwrap();
    assert_eq!((metadata.actor, metadata.correlation_id.as_str()), (actor(ActorKind::User), "order-7"));
}

#[tokio::test]
async fn no_subject_of_a_large_answer_is_left_out() {
    let house = House::in_memory();
    let count = 2 * SUBJECTS_PER_EVENT_MAX + 1;
    let subject = |number: usize| ContactId::derived("tests", &number.to_string());
    let opened: BTreeMap<_, _> =
        (0..count).map(|number| (subject(number), seen(&[DataClass::Contact]))).collect();
    let all: Vec<ContactId> = opened.keys().copied().collect();
    house.application.record_access(id("a1"), &visit(), opened).await.unwrap();
    let written: Vec<Vec<ContactId>> = record(&house)
        .await
        .into_iter()
        .map(|event| match event {
            Event::Recorded(recorded) => recorded.subjects.into_iter().collect(),
            Event::Denied(_) => vec![],
        })
        .collect();
    let sizes: Vec<usize> = written.iter().map(Vec::len).collect();
    assert_eq!(sizes, [SUBJECTS_PER_EVENT_MAX, SUBJECTS_PER_EVENT_MAX, 1]);
    assert_eq!(written.concat(), all);
}

#[tokio::test]
async fn a_denial_is_written_down_with_how_often_it_was_not() {
    let house = House::in_memory();
    house.application.record_denial(id("a1"), &visit(), true, 12, Some(basis())).await.unwrap();
    let expected = Denied {
        rpc: visit().rpc,
        personal: true,
        unwritten: 12,
        purpose: visit().purpose,
        denied: Some(basis()),
    };
    assert_eq!(record(&house).await, [expected.into()]);
}

#[tokio::test]
async fn what_the_log_does_not_take_is_not_recorded_and_nothing_opened_is_nothing_to_write() {
    let store = FickleStore::new();
    let house = House::over(Arc::clone(&store) as Arc<_>);
    store.next_append(Whim::Refuse(AppendError::StorageFull));
    house.application.record_access(id("a1"), &visit(), BTreeMap::new()).await.unwrap();
    let opened = [(ann(), seen(&[DataClass::Contact]))].into();
    let failed = house.application.record_access(id("a1"), &visit(), opened).await;
    assert!(matches!(failed, Err(Failure::Append(AppendError::StorageFull))), "{failed:?}");
    assert_eq!(record(&house).await, []);
}
