//! Somebody asks to be erased: two people look at it, the keys go, nothing opens any more, and the history stays.

use futures::TryStreamExt as _;
use rapport_proto::v1 as wire;
use rapport_proto::v1::personal_text::State;
use rapport_tests::World;
use rapport_tests::ask::{after, call, email, header, person, reason};
use tonic::Request;

pub(crate) const ADDRESS: &str = "zz-canary@example.com";

pub(crate) fn by<T>(actor: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("rapport-actor", actor.parse().unwrap());
    request
}

/// A customer with a name, an address and something said; and a request of theirs.
pub(crate) async fn asked(world: &World, right: wire::SubjectRight) -> (String, String) {
    let contact_points = vec![email(ADDRESS)];
    let register = wire::RegisterContactRequest { contact_points, ..person("r1", "Ann Canary") };
    let contact_id = world.contacts().register_contact(register).await.unwrap().into_inner().contact_id;
    world.interactions().record_interaction(call("r2", &contact_id, "said something")).await.unwrap();
    let receive = wire::ReceiveSubjectRequestRequest {
        header: header("r3"),
        contact_id: contact_id.clone(),
        right: right.into(),
        ground: "17(1)(b)".to_owned(),
        ..Default::default()
    };
    let received = world.subject_requests().receive_subject_request(by("user:ann", receive)).await;
    (contact_id, received.unwrap().into_inner().subject_request_id)
}

pub(crate) fn approve(request_id: &str, id: &str) -> wire::ApproveSubjectRequestRequest {
    wire::ApproveSubjectRequestRequest { header: header(request_id), subject_request_id: id.to_owned() }
}

pub(crate) fn fulfil(request_id: &str, id: &str, note: &str) -> wire::FulfilSubjectRequestRequest {
    let (header, note) = (header(request_id), note.to_owned());
    wire::FulfilSubjectRequestRequest { header, subject_request_id: id.to_owned(), note }
}

/// Every event's data, as stored.
async fn history(world: &World) -> Vec<String> {
    let events =
        world.history().read_history(wire::ReadHistoryRequest::default()).await.unwrap().into_inner();
    events.map_ok(|event| event.data).try_collect().await.unwrap()
}

async fn name(world: &World, contact_id: &str, position: u64) -> (bool, Option<State>) {
    let request = wire::GetContactRequest { header: after(position), contact_id: contact_id.to_owned() };
    let contact = world.contacts().get_contact(request).await.unwrap().into_inner().contact.unwrap();
    (contact.erased, contact.name.unwrap().state)
}

async fn found(world: &World, position: u64) -> usize {
    let by = Some(wire::search_contacts_request::By::Email(ADDRESS.to_owned()));
    let request = wire::SearchContactsRequest { header: after(position), by };
    world.contacts().search_contacts(request).await.unwrap().into_inner().contacts.len()
}

#[tokio::test]
async fn an_erasure_needs_two_people_and_then_nothing_opens_any_more() {
    let mut world = World::start().await;
    let (contact_id, id) = asked(&world, wire::SubjectRight::Erasure).await;
    let before = history(&world).await;

    let early = world.subject_requests().fulfil_subject_request(by("user:bob", fulfil("r4", &id, ""))).await;
    assert_eq!(reason(&early.unwrap_err()), "SUBJECT_REQUEST_NOT_APPROVED");
    let alone = world.subject_requests().approve_subject_request(by("user:ann", approve("r5", &id))).await;
    assert_eq!(reason(&alone.unwrap_err()), "SUBJECT_REQUEST_SAME_ACTOR");
    world.subject_requests().approve_subject_request(by("user:bob", approve("r6", &id))).await.unwrap();
    let done = world.subject_requests().fulfil_subject_request(by("user:bob", fulfil("r7", &id, ""))).await;

    let done = done.unwrap().into_inner();
    let position = done.receipt.unwrap().position;
    let certificate = done.subject_request.unwrap().certificate.unwrap();
    assert_eq!(certificate.fields_probed, 3, "the name, the address and what was said");
    assert_eq!(certificate.key_ids.len(), 3, "one for each class of data");
    assert_eq!(certificate.stores.iter().map(|store| store.name.as_str()).collect::<Vec<_>>(), ["directory"]);

    let erased = (true, Some(State::Erased(true)));
    assert_eq!(
        (name(&world, &contact_id, position).await, found(&world, position).await),
        (erased.clone(), 0)
    );
    assert_eq!(history(&world).await[..before.len()], before, "what was recorded stays as it was");
    let more = world.interactions().record_interaction(call("r8", &contact_id, "more")).await.unwrap_err();
    assert_eq!(reason(&more), "CONTACT_ERASED");

    world.stop().await;
    std::fs::remove_dir_all(world.data_dir().join("read")).unwrap();
    world.start_again().await;
    assert_eq!((name(&world, &contact_id, position).await, found(&world, position).await), (erased, 0));
    let again = world.subject_requests().fulfil_subject_request(by("user:bob", fulfil("r9", &id, ""))).await;
    let again = again.unwrap().into_inner().subject_request.unwrap().certificate;
    assert_eq!(again, Some(certificate), "closed once, with one certificate");
}

#[tokio::test]
async fn what_people_do_by_hand_is_closed_with_a_note_and_stands_in_the_timeline() {
    let world = World::start().await;
    let (contact_id, id) = asked(&world, wire::SubjectRight::Access).await;
    world.subject_requests().approve_subject_request(by("user:bob", approve("r4", &id))).await.unwrap();
    let bare = world.subject_requests().fulfil_subject_request(fulfil("r5", &id, "")).await.unwrap_err();
    assert_eq!(reason(&bare), "SUBJECT_REQUEST_OUTCOME_DIFFERS");
    let done = world.subject_requests().fulfil_subject_request(fulfil("r6", &id, "sent on paper")).await;
    let position = done.unwrap().into_inner().receipt.unwrap().position;

    let kinds = vec![wire::TimelineKind::SubjectRequest.into()];
    let header = after(position);
    let request = wire::GetTimelineRequest { header, contact_id, kinds, ..Default::default() };
    let entries = world.interactions().get_timeline(request).await.unwrap().into_inner().entries;
    let told: Vec<&str> = entries.iter().map(|entry| entry.description.as_str()).collect();
    assert_eq!(told[..2], ["fulfilled: sent on paper", "approved"]);
    assert!(told[2].starts_with("asks for access, to be answered by "), "{told:?}");
}
