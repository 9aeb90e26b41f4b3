//! An erasure that two people agreed to, and the time in which it can still be taken back.

use std::time::Duration;

use futures::TryStreamExt as _;
use rapport::serve;
use rapport_proto::v1 as wire;
use rapport_proto::v1::personal_text::State;
use rapport_tests::ask::{after, header, reason};
use rapport_tests::{Clients, World};

use crate::erasure::{ADDRESS, approve, asked, by, fulfil};

/// What is seen of a contact: its name, how many are found by its address, and how its request stands.
async fn seen(clients: &Clients, contact_id: &str, id: &str) -> (State, usize, wire::SubjectRequest) {
    let request = wire::GetContactRequest { header: after(0), contact_id: contact_id.to_owned() };
    let contact = clients.contacts().get_contact(request).await.unwrap().into_inner().contact.unwrap();
    let by = Some(wire::search_contacts_request::By::Email(ADDRESS.to_owned()));
    let search = wire::SearchContactsRequest { header: after(0), by };
    let found = clients.contacts().search_contacts(search).await.unwrap().into_inner().contacts.len();
    let request = wire::GetSubjectRequestRequest { subject_request_id: id.to_owned() };
    let stands = clients.subject_requests().get_subject_request(request).await.unwrap().into_inner();
    (contact.name.unwrap().state.unwrap(), found, stands.subject_request.unwrap())
}

fn cancel(request_id: &str, id: &str) -> wire::CancelErasureRequest {
    let (header, reason) = (header(request_id), "the wrong person".to_owned());
    wire::CancelErasureRequest { header, subject_request_id: id.to_owned(), reason }
}

#[tokio::test]
async fn while_it_can_be_taken_back_nothing_of_the_person_is_shown_also_after_a_restart() {
    let world = World::start_with_erasure_window(Duration::from_secs(72 * 3_600)).await;
    let (contact_id, id) = asked(&world, wire::SubjectRight::Erasure).await;
    world.subject_requests().approve_subject_request(by("user:bob", approve("r4", &id))).await.unwrap();

    let (name, found, stands) = seen(&world, &contact_id, &id).await;
    assert_eq!((name, found), (State::Erased(true), 0));
    assert_eq!(stands.status(), wire::SubjectRequestStatus::Approved);
    assert!(stands.erase_at.is_some() && !stands.erasing);
    let early = world.subject_requests().fulfil_subject_request(by("user:bob", fulfil("r5", &id, ""))).await;
    assert_eq!(reason(&early.unwrap_err()), "ERASURE_WINDOW_OPEN");

    let mut world = world;
    world.stop().await;
    let options = serve::Options { erasure_window: Duration::from_secs(72 * 3_600), ..world.options() };
    let running = serve::start(options).await.unwrap();
    let clients = Clients::connect(&running.gateway.to_string()).await;
    assert_eq!(seen(&clients, &contact_id, &id).await.0, State::Erased(true));

    clients.subject_requests().cancel_erasure(by("user:ann", cancel("r6", &id))).await.unwrap();
    let (name, found, stands) = seen(&clients, &contact_id, &id).await;
    assert_eq!((name, found), (State::Text("Ann Canary".to_owned()), 1));
    assert_eq!(stands.status(), wire::SubjectRequestStatus::Received);
    assert_eq!((stands.erase_at, stands.cancellation_reason.as_str()), (None, "the wrong person"));
    let again = clients.subject_requests().cancel_erasure(by("user:bob", cancel("r7", &id))).await.unwrap();
    assert!(again.into_inner().receipt.is_some(), "taken back once is taken back");
    running.stop().await.unwrap();
}

#[tokio::test]
async fn when_the_window_closes_the_keys_go_and_a_certificate_stands_with_no_caller() {
    let world = World::start_with_erasure_window(Duration::from_secs(1)).await;
    let (contact_id, id) = asked(&world, wire::SubjectRight::Erasure).await;
    world.subject_requests().approve_subject_request(by("user:bob", approve("r4", &id))).await.unwrap();

    let follow = wire::ReadHistoryRequest { follow: true, ..wire::ReadHistoryRequest::default() };
    let mut events = world.history().read_history(follow).await.unwrap().into_inner();
    let fulfilled = loop {
        let event = events.try_next().await.unwrap().expect("it goes on");
        if event.event_type == "subject_request.fulfilled.v1" {
            break event;
        }
    };
    drop(events);

    let (name, found, stands) = seen(&world, &contact_id, &id).await;
    assert_eq!((name, found), (State::Erased(true), 0));
    assert_eq!(stands.status(), wire::SubjectRequestStatus::Fulfilled);
    assert_eq!(stands.certificate.unwrap().fields_probed, 3, "the name, the address and what was said");
    assert!(fulfilled.position > 4);
    let late = world.subject_requests().cancel_erasure(by("user:ann", cancel("r5", &id))).await.unwrap_err();
    assert_eq!(reason(&late), "SUBJECT_REQUEST_CLOSED");

    let kinds = vec![wire::TimelineKind::SubjectRequest.into()];
    let header = after(fulfilled.position);
    let request = wire::GetTimelineRequest { header, contact_id, kinds, ..Default::default() };
    let entries = world.interactions().get_timeline(request).await.unwrap().into_inner().entries;
    let told: Vec<&str> = entries.iter().map(|entry| entry.description.as_str()).collect();
    assert_eq!(told[..2], ["fulfilled: erased", "erasure begun"]);
    assert!(told[2].starts_with("to be erased at "), "{told:?}");
}

#[tokio::test]
async fn reactors_are_listed_paused_and_resumed_and_tell_their_metrics() {
    let world = World::start_with_erasure_window(Duration::from_secs(72 * 3_600)).await;
    let (_, id) = asked(&world, wire::SubjectRight::Erasure).await;
    world.subject_requests().approve_subject_request(by("user:bob", approve("r4", &id))).await.unwrap();
    let mut admin = world.admin();
    admin.pause_reactor(wire::PauseReactorRequest { name: "deadlines".to_owned() }).await.unwrap();
    let listed = admin.list_reactors(wire::ListReactorsRequest {}).await.unwrap().into_inner().reactors;
    let states: Vec<_> = listed.iter().map(|reactor| (reactor.name.as_str(), reactor.state())).collect();
    let (running, paused) = (wire::ReactorState::Running, wire::ReactorState::Paused);
    let expected = [
        ("erasures", running),
        ("deadlines", paused),
        ("promises", running),
        ("escalations", running),
        ("circles", running),
        ("scoring", running),
        ("routing", running),
        ("reminders", running),
        ("follow_ups", running),
        ("stage_tasks", running),
        ("mentions", running),
        ("expiries", running),
    ];
    assert_eq!(states, expected);
    admin.resume_reactor(wire::ResumeReactorRequest { name: "deadlines".to_owned() }).await.unwrap();
    let listed = admin.list_reactors(wire::ListReactorsRequest {}).await.unwrap().into_inner().reactors;
    assert_eq!(listed[1].state(), running);
    let unknown = wire::PauseReactorRequest { name: "deadline".to_owned() };
    assert_eq!(reason(&admin.pause_reactor(unknown).await.unwrap_err()), "REACTOR_NOT_FOUND");
    let operations = world.operations().to_string();
    let fetched = tokio::task::spawn_blocking(move || rapport_tests::http::get(&operations, "/metrics"));
    let metrics = String::from_utf8(fetched.await.unwrap()).unwrap();
    for name in ["open_tasks", "late_seconds", "set_aside", "parked", "fired_total"] {
        assert!(
            metrics.contains(&format!("rapport_reactor_{name}{{reactor=\"erasures\"}}")),
            "{name}: {metrics}"
        );
    }
}
