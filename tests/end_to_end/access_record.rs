//! Who read whose personal data is on record before they see it, and whoever it was about can be told.

use futures::TryStreamExt as _;
use rapport_proto::v1 as wire;
use rapport_proto::v1::personal_text::State;
use rapport_tests::World;
use rapport_tests::ask::{after, call, email, person, reason};
use tonic::Request;

use crate::access::keys_of_roles;

const ROLES: [&str; 7] =
    ["admin", "analyst", "auditor", "privacy_officer", "sales_manager", "service", "unrestricted"];

/// A message, as somebody in a role sends it, and what for.
fn from<T>(role: &str, purpose: Option<&str>, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let credential = format!("Bearer rapport_{}_secret", role.replace('_', "-"));
    request.metadata_mut().insert("authorization", credential.parse().unwrap());
    if let Some(purpose) = purpose {
        request.metadata_mut().insert("rapport-purpose", purpose.parse().unwrap());
    }
    request
}

/// A customer of whom a name, an address and something said are known; the position of the last of it.
async fn customer(world: &World) -> (String, u64) {
    let contact_points = vec![email("ann@example.com")];
    let register = wire::RegisterContactRequest { contact_points, ..person("r1", "Ann Lee") };
    let registered = world.contacts().register_contact(from("service", None, register)).await.unwrap();
    let contact_id = registered.into_inner().contact_id;
    let said = from("service", None, call("r2", &contact_id, "said something"));
    let recorded = world.interactions().record_interaction(said).await.unwrap().into_inner();
    (contact_id, recorded.receipt.unwrap().position)
}

/// What somebody sees of the customer's name.
async fn name(world: &World, role: &str, purpose: Option<&str>, contact_id: &str, position: u64) -> State {
    let request = wire::GetContactRequest { header: after(position), contact_id: contact_id.to_owned() };
    let answer = world.contacts().get_contact(from(role, purpose, request)).await.unwrap().into_inner();
    answer.contact.unwrap().name.unwrap().state.unwrap()
}

async fn head(world: &World) -> u64 {
    let head = world.history().get_head(from("admin", None, wire::GetHeadRequest {})).await.unwrap();
    head.into_inner().position
}

/// Who read the customer's data, as the privacy officer is told: who, through what, which classes, what for.
async fn accesses(world: &World, contact_id: &str) -> Vec<(String, String, String, String)> {
    let header = after(head(world).await);
    let request = wire::ListAccessesRequest { header, contact_id: contact_id.to_owned(), page: None };
    let answer = world.accesses().list_accesses(from("privacy_officer", None, request)).await.unwrap();
    let told = |access: wire::Access| {
        let rpc = access.rpc.rsplit('/').next().unwrap().to_owned();
        (access.actor.unwrap().id, rpc, access.classes.join("+"), access.purpose)
    };
    answer.into_inner().accesses.into_iter().map(told).collect()
}

fn row(who: &str, rpc: &str, classes: &str, purpose: &str) -> (String, String, String, String) {
    (who.to_owned(), rpc.to_owned(), classes.to_owned(), purpose.to_owned())
}

/// The data of every event of the access record.
async fn written(world: &World, prefix: &str) -> Vec<serde_json::Value> {
    let request = wire::ReadHistoryRequest { type_prefixes: vec![prefix.to_owned()], ..Default::default() };
    let events = world.history().read_history(from("privacy_officer", None, request)).await.unwrap();
    let data = events.into_inner().map_ok(|event| serde_json::from_str(&event.data).unwrap());
    data.try_collect().await.unwrap()
}

#[tokio::test]
async fn whoever_sees_personal_data_is_on_record_and_whoever_does_not_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start_with_api_keys(keys_of_roles(&folder, &ROLES)).await;
    let (contact_id, position) = customer(&world).await;
    let clear = State::Text("Ann Lee".to_owned());
    assert_eq!(name(&world, "sales_manager", None, &contact_id, position).await, clear);
    assert!(matches!(name(&world, "auditor", None, &contact_id, position).await, State::Sealed(_)));
    assert_eq!(name(&world, "auditor", Some("CASE-7"), &contact_id, position).await, clear);
    assert!(matches!(name(&world, "service", None, &contact_id, position).await, State::Sealed(_)));
    let timeline = wire::GetTimelineRequest { contact_id: contact_id.clone(), ..Default::default() };
    world.interactions().get_timeline(from("sales_manager", None, timeline)).await.unwrap();
    let list = wire::ListContactsRequest::default();
    world.contacts().list_contacts(from("sales_manager", None, list)).await.unwrap();

    let expected = vec![
        row("sales-manager", "ListContacts", "contact", ""),
        row("sales-manager", "GetTimeline", "notes", ""),
        row("auditor", "GetContact", "contact", "CASE-7"),
        row("sales-manager", "GetContact", "contact", ""),
    ];
    assert_eq!(accesses(&world, &contact_id).await, expected);
    let and_who_asked = [vec![row("privacy-officer", "ListAccesses", "", "")], expected].concat();
    assert_eq!(accesses(&world, &contact_id).await, and_who_asked);
}

#[tokio::test]
async fn an_access_names_the_policies_that_permitted_it() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start_with_api_keys(keys_of_roles(&folder, &ROLES)).await;
    let (contact_id, position) = customer(&world).await;
    name(&world, "auditor", Some("CASE-7"), &contact_id, position).await;
    let recorded = written(&world, "access.recorded").await;
    let policies = serde_json::json!(["auditor.opens-with-a-case", "auditor.reads"]);
    assert_eq!(recorded.len(), 1);
    assert_eq!(recorded[0]["permitted"]["policies"], policies);
    assert_eq!(recorded[0]["subjects"], serde_json::json!([contact_id]));
}

#[tokio::test]
async fn everything_in_the_clear_is_on_record_event_by_event_and_row_by_row() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start_with_api_keys(keys_of_roles(&folder, &ROLES)).await;
    let (contact_id, position) = customer(&world).await;
    let history = wire::ReadHistoryRequest { open_personal: true, ..Default::default() };
    let events = world.history().read_history(from("privacy_officer", None, history)).await.unwrap();
    let events: Vec<wire::HistoryEvent> = events.into_inner().try_collect().await.unwrap();
    assert!(events[0].data.contains("Ann Lee"));
    let export = |open_personal| wire::ExportRequest {
        header: after(position),
        open_personal,
        what: Some(wire::export_request::What::Model(wire::ExportModel {
            name: "timeline".to_owned(),
            table: String::new(),
        })),
    };
    for open_personal in [true, false] {
        let rows = world.history().export(from("unrestricted", None, export(open_personal))).await.unwrap();
        let _: Vec<wire::ExportResponse> = rows.into_inner().try_collect().await.unwrap();
    }
    let expected = [
        row("unrestricted", "Export", "notes", ""),
        row("privacy-officer", "ReadHistory", "contact+notes", ""),
    ];
    assert_eq!(accesses(&world, &contact_id).await, expected, "pseudonyms open nothing");
}

#[tokio::test]
async fn what_is_denied_is_on_record_once_a_while() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start_with_api_keys(keys_of_roles(&folder, &ROLES)).await;
    for _ in 0..3 {
        let list = from("admin", None, wire::ListContactsRequest::default());
        let refused = world.contacts().list_contacts(list).await.unwrap_err();
        assert_eq!(reason(&refused), "PERMISSION_MISSING");
    }
    let clear = wire::ExportRequest { open_personal: true, ..Default::default() };
    let refused = world.history().export(from("analyst", Some("CASE-7"), clear)).await.unwrap_err();
    assert_eq!(reason(&refused), "PERMISSION_MISSING");
    let denied = written(&world, "access.denied").await;
    let told: Vec<_> = denied
        .iter()
        .map(|event| {
            (event["rpc"].as_str().unwrap(), event["personal"].as_bool().unwrap(), &event["purpose"])
        })
        .collect();
    let case = serde_json::json!("CASE-7");
    let expected = [
        ("rapport.v1.ContactService/ListContacts", false, &serde_json::Value::Null),
        ("rapport.v1.HistoryService/Export", true, &case),
    ];
    assert_eq!(told, expected);
    assert_eq!(denied[0]["denied"]["policies"], serde_json::json!([]), "nothing permits it");

    let list = wire::ListDenialsRequest { header: after(head(&world).await), page: None };
    let listed = world.accesses().list_denials(from("privacy_officer", None, list.clone())).await.unwrap();
    let listed = listed.into_inner();
    let told: Vec<_> = listed
        .denials
        .iter()
        .map(|denial| {
            let who = denial.actor.as_ref().unwrap().id.as_str();
            (who, denial.rpc.as_str(), denial.personal, denial.purpose.as_str(), denial.policies.len())
        })
        .collect();
    let expected = [
        ("analyst", "rapport.v1.HistoryService/Export", true, "CASE-7", 0),
        ("admin", "rapport.v1.ContactService/ListContacts", false, "", 0),
    ];
    assert_eq!(told, expected, "the last one first");
    assert!(listed.denials.iter().all(|denial| denial.policies_sha256.len() == 64), "{listed:?}");
    // Before the first one there is none to be told of.
    let header = wire::QueryHeader {
        as_of: Some(wire::query_header::AsOf::AsOfPosition(listed.denials[1].position - 1)),
        ..Default::default()
    };
    let then = wire::ListDenialsRequest { header: Some(header), page: None };
    let then = world.accesses().list_denials(from("privacy_officer", None, then)).await.unwrap();
    assert_eq!(then.into_inner().denials, []);
    let refused = world.accesses().list_denials(from("service", None, list)).await.unwrap_err();
    assert_eq!(reason(&refused), "PERMISSION_MISSING");
}

#[tokio::test]
async fn where_callers_are_believed_the_record_is_kept_when_it_is_asked_for() {
    for (world, kept) in [(World::start().await, 0), (World::start_with_access_record().await, 1)] {
        let registered =
            world.contacts().register_contact(person("r1", "Ann Lee")).await.unwrap().into_inner();
        let position = registered.receipt.unwrap().position;
        let contact_id = registered.contact_id;
        let get = wire::GetContactRequest { header: after(position), contact_id: contact_id.clone() };
        world.contacts().get_contact(get).await.unwrap();
        let head = world.history().get_head(wire::GetHeadRequest {}).await.unwrap().into_inner().position;
        assert_eq!(head, position + kept);
        let list = wire::ListAccessesRequest { header: after(head), contact_id, page: None };
        let listed = world.accesses().list_accesses(list).await.unwrap().into_inner().accesses;
        let told: Vec<_> =
            listed.iter().map(|access| (access.actor.clone().unwrap().id, access.policies.len())).collect();
        let expected = if kept == 1 { vec![("anonymous".to_owned(), 0)] } else { vec![] };
        assert_eq!(told, expected);
    }
}
