//! The privacy officer's list: every request by the day on which it is due, as of any moment, for those who may see it.

use std::time::{Duration, SystemTime};

use rapport_domain::id::ContactId;
use rapport_proto::v1 as wire;
use rapport_tests::World;
use rapport_tests::ask::{after, header, person, reason};
use wire::SubjectRequestStatus as Status;
use wire::query_header::AsOf;

use crate::access::{keys_of_people_in_roles, proved};

const PEOPLE: [(&str, &str); 4] =
    [("pat", "privacy_officer"), ("pia", "privacy_officer"), ("sam", "support"), ("bot", "service")];
const DAY: Duration = Duration::from_secs(86_400);

/// A server, and who wants something of it.
struct Desk {
    world: World,
    contact_id: String,
    position: u64,
    _folder: tempfile::TempDir,
}

impl Desk {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = World::start_with_api_keys(keys_of_people_in_roles(&folder, &PEOPLE)).await;
        let register = proved("bot", person("r1", "Ann Lee"));
        let registered = world.contacts().register_contact(register).await.unwrap().into_inner();
        let position = registered.receipt.unwrap().position;
        Self { world, contact_id: registered.contact_id, position, _folder: folder }
    }

    /// What arrived so many days ago; its id.
    async fn receive(&mut self, request_id: &str, right: wire::SubjectRight, days_ago: u32) -> String {
        let occurred_at = Some((SystemTime::now() - DAY * days_ago).into());
        let receive = wire::ReceiveSubjectRequestRequest {
            header: Some(wire::CommandHeader { occurred_at, ..header(request_id).unwrap() }),
            contact_id: self.contact_id.clone(),
            right: right.into(),
            ..wire::ReceiveSubjectRequestRequest::default()
        };
        let mut service = self.world.subject_requests();
        let received = service.receive_subject_request(proved("sam", receive)).await.unwrap().into_inner();
        self.position = received.receipt.unwrap().position;
        received.subject_request_id
    }

    async fn list(&self, filter: wire::ListSubjectRequestsRequest) -> wire::ListSubjectRequestsResponse {
        let request = wire::ListSubjectRequestsRequest {
            header: filter.header.or_else(|| after(self.position)),
            ..filter
        };
        let mut service = self.world.subject_requests();
        service.list_subject_requests(proved("pat", request)).await.unwrap().into_inner()
    }
}

fn ids(answer: &wire::ListSubjectRequestsResponse) -> Vec<&str> {
    answer.subject_requests.iter().map(|request| request.subject_request_id.as_str()).collect()
}

#[tokio::test]
async fn requests_listed_by_their_days_with_who_approved_them_and_what_is_overdue() {
    let mut desk = Desk::open().await;
    let young = desk.receive("s1", wire::SubjectRight::Access, 1).await;
    let old = desk.receive("s2", wire::SubjectRight::Objection, 60).await;
    let before_approval = desk.position;
    let approve =
        wire::ApproveSubjectRequestRequest { header: header("s3"), subject_request_id: young.clone() };
    let mut service = desk.world.subject_requests();
    let approved = service.approve_subject_request(proved("pia", approve)).await.unwrap().into_inner();
    desk.position = approved.receipt.unwrap().position;

    let all = desk.list(wire::ListSubjectRequestsRequest::default()).await;
    let told: Vec<_> = all
        .subject_requests
        .iter()
        .map(|request| {
            let by = (request.received_by.as_str(), request.approved_by.as_str());
            (request.subject_request_id.as_str(), request.status(), by, request.overdue)
        })
        .collect();
    let expected = [
        (old.as_str(), Status::Received, ("user:sam", ""), true),
        (young.as_str(), Status::Approved, ("user:sam", "user:pia"), false),
    ];
    assert_eq!(told, expected, "what is due first comes first");
    assert!(all.position >= desk.position && all.as_of.is_none());

    let approved = wire::ListSubjectRequestsRequest { status: Status::Approved.into(), ..Default::default() };
    assert_eq!(ids(&desk.list(approved.clone()).await), [young.as_str()]);
    let header =
        Some(wire::QueryHeader { min_position: 0, as_of: Some(AsOf::AsOfPosition(before_approval)) });
    assert_eq!(ids(&desk.list(wire::ListSubjectRequestsRequest { header, ..approved }).await), [""; 0]);
    let due_by = all.subject_requests[0].due_on.clone();
    let due = wire::ListSubjectRequestsRequest { due_by, ..Default::default() };
    assert_eq!(ids(&desk.list(due).await), [old.as_str()]);
    let contact_id = ContactId::derived("tests", "nobody").to_string();
    let of_nobody = wire::ListSubjectRequestsRequest { contact_id, ..Default::default() };
    assert_eq!(ids(&desk.list(of_nobody).await), [""; 0]);

    let page = |page_token: &str| wire::ListSubjectRequestsRequest {
        page: Some(wire::PageRequest { page_size: 1, page_token: page_token.to_owned() }),
        ..Default::default()
    };
    let first = desk.list(page("")).await;
    assert_eq!(ids(&first), [old.as_str()]);
    let second = desk.list(page(&first.next_page_token)).await;
    assert_eq!((ids(&second), second.next_page_token.as_str()), (vec![young.as_str()], ""));
}

#[tokio::test]
async fn requests_listed_are_for_those_who_handle_them() {
    let desk = Desk::open().await;
    let mut service = desk.world.subject_requests();
    let list = proved("sam", wire::ListSubjectRequestsRequest::default());
    assert_eq!(reason(&service.list_subject_requests(list).await.unwrap_err()), "PERMISSION_MISSING");
    let malformed = wire::ListSubjectRequestsRequest { due_by: "soon".to_owned(), ..Default::default() };
    let refused = service.list_subject_requests(proved("pat", malformed)).await.unwrap_err();
    assert_eq!(reason(&refused), "REQUEST_INVALID");
}
