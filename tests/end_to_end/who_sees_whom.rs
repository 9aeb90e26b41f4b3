//! Support sees a customer while a case of theirs is open, a sales representative sees their own customers, and the access
//! record says because of which case.

use rapport_proto::v1 as wire;
use rapport_proto::v1::personal_text::State;
use rapport_tests::World;
use rapport_tests::ask::{after, call, deal, header, person, pipeline};
use wire::{CaseKind, CasePriority, InteractionChannel};

use crate::access::{keys_of_people_in_roles, proved};

/// Who there is, and in which role.
const PEOPLE: [(&str, &str); 5] = [
    ("sam", "support"),
    ("rita", "sales_rep"),
    ("max", "sales_manager"),
    ("pat", "privacy_officer"),
    ("bot", "service"),
];

/// A server with these people, and Ann, a customer of Rita's who said something.
struct Company {
    world: World,
    ann: String,
    position: u64,
    _folder: tempfile::TempDir,
}

impl Company {
    async fn with_ann() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = World::start_with_api_keys(keys_of_people_in_roles(&folder, &PEOPLE)).await;
        let register = wire::RegisterContactRequest { owner: "rita".to_owned(), ..person("r1", "Ann Lee") };
        let ann = world.contacts().register_contact(proved("bot", register)).await.unwrap().into_inner();
        let ann = ann.contact_id;
        let said = proved("bot", call("r2", &ann, "it does not print"));
        let recorded = world.interactions().record_interaction(said).await.unwrap().into_inner();
        let position = recorded.receipt.unwrap().position;
        Self { world, ann, position, _folder: folder }
    }

    /// Another customer, of whoever this is, and of nobody's deal yet.
    async fn customer(&mut self, request_id: &str, owner: &str) -> String {
        let register =
            wire::RegisterContactRequest { owner: owner.to_owned(), ..person(request_id, "Bob Ray") };
        let registered = self.world.contacts().register_contact(proved("bot", register)).await.unwrap();
        let registered = registered.into_inner();
        self.position = registered.receipt.unwrap().position;
        registered.contact_id
    }

    async fn open_case(&mut self, request_id: &str, contact_id: &str) -> String {
        let opening = wire::CaseOpening {
            title: "The printer is on fire".to_owned(),
            kind: CaseKind::Incident.into(),
            priority: CasePriority::Normal.into(),
            channel: InteractionChannel::Call.into(),
            contact_id: contact_id.to_owned(),
            ..wire::CaseOpening::default()
        };
        let open = wire::OpenCaseRequest {
            header: header(request_id),
            opening: Some(opening),
            ..wire::OpenCaseRequest::default()
        };
        let opened = self.world.cases().open_case(proved("sam", open)).await.unwrap().into_inner();
        self.position = opened.receipt.unwrap().position;
        opened.case_id
    }

    async fn resolve(&mut self, request_id: &str, case_id: &str) {
        let resolve = wire::ResolveCaseRequest {
            header: header(request_id),
            case_id: case_id.to_owned(),
            ..wire::ResolveCaseRequest::default()
        };
        let resolved = self.world.cases().resolve_case(proved("sam", resolve)).await.unwrap().into_inner();
        self.position = resolved.receipt.unwrap().position;
    }

    /// What somebody reads in Ann's timeline of what she said.
    async fn said(&self, who: &str) -> State {
        let timeline = wire::GetTimelineRequest {
            header: after(self.position),
            contact_id: self.ann.clone(),
            channels: vec![InteractionChannel::Call.into()],
            ..wire::GetTimelineRequest::default()
        };
        let answer =
            self.world.interactions().get_timeline(proved(who, timeline)).await.unwrap().into_inner();
        let said = answer.entries.into_iter().rev().find_map(|entry| entry.summary).unwrap();
        said.state.unwrap()
    }

    /// Whether somebody sees the name of each contact, by their ids, in one list.
    async fn names_seen(&self, who: &str) -> Vec<(String, bool)> {
        let list = wire::ListContactsRequest { header: after(self.position), page: None };
        let listed = self.world.contacts().list_contacts(proved(who, list)).await.unwrap().into_inner();
        let seen = |contact: wire::ContactProfile| {
            let clear = matches!(contact.name.unwrap().state.unwrap(), State::Text(_));
            (contact.contact_id, clear)
        };
        listed.contacts.into_iter().map(seen).collect()
    }

    /// Who read Ann's data, because of which cases, the first one first.
    async fn accesses(&self) -> Vec<(String, Vec<String>, Vec<String>)> {
        let head = self.world.history().get_head(proved("bot", wire::GetHeadRequest {})).await.unwrap();
        let position = head.into_inner().position;
        let request =
            wire::ListAccessesRequest { header: after(position), contact_id: self.ann.clone(), page: None };
        let listed = self.world.accesses().list_accesses(proved("pat", request)).await.unwrap().into_inner();
        let told = |access: wire::Access| (access.actor.unwrap().id, access.cases, access.policies);
        listed.accesses.into_iter().rev().map(told).collect()
    }
}

fn clear() -> State {
    State::Text("it does not print".to_owned())
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[tokio::test]
async fn who_sees_whom_support_reads_while_a_case_is_open_and_is_on_record_with_it() {
    let mut company = Company::with_ann().await;
    let ann = company.ann.clone();
    assert!(matches!(company.said("sam").await, State::Sealed(_)), "no case yet");
    let case = company.open_case("c1", &ann).await;
    assert_eq!(company.said("sam").await, clear());
    company.resolve("c2", &case).await;
    assert!(matches!(company.said("sam").await, State::Sealed(_)), "it is solved");

    let expected = [("sam".to_owned(), vec![case], texts(&["support.helps", "support.opens-with-a-case"]))];
    assert_eq!(company.accesses().await, expected, "what stayed sealed is not on record");
    let bob = company.customer("b1", "").await;
    company.open_case("c3", &bob).await;
    assert!(matches!(company.said("sam").await, State::Sealed(_)), "a case of somebody else");
    assert_eq!(company.names_seen("sam").await, [(ann, false), (bob, true)], "each by their own case");
}

#[tokio::test]
async fn who_sees_whom_a_sales_representative_reads_their_own_customers_and_a_manager_all() {
    let mut company = Company::with_ann().await;
    assert_eq!(company.said("rita").await, clear());
    let accesses = company.accesses().await;
    let own = texts(&["sales_rep.opens-own-customers", "sales_rep.sells"]);
    assert_eq!(accesses, [("rita".to_owned(), vec![], own)]);

    let ann = company.ann.clone();
    let bob = company.customer("b1", "max").await;
    assert_eq!(company.names_seen("rita").await, [(ann.clone(), true), (bob.clone(), false)]);
    let published = company.world.pipelines().publish_pipeline(proved("bot", pipeline("p1"))).await.unwrap();
    let pipeline_id = published.into_inner().pipeline_id;
    let deal = wire::OpenOpportunityRequest { owner: "rita".to_owned(), ..deal("o1", &pipeline_id, &bob) };
    let opened = company.world.pipelines().open_opportunity(proved("bot", deal)).await.unwrap().into_inner();
    company.position = opened.receipt.unwrap().position;
    assert_eq!(
        company.names_seen("rita").await,
        [(ann.clone(), true), (bob.clone(), true)],
        "her deal is open"
    );
    let lost = wire::LoseOpportunityRequest {
        header: header("o2"),
        opportunity_id: opened.opportunity_id,
        reason: "price".to_owned(),
        ..wire::LoseOpportunityRequest::default()
    };
    let lost = company.world.pipelines().lose_opportunity(proved("bot", lost)).await.unwrap().into_inner();
    company.position = lost.receipt.unwrap().position;
    assert_eq!(company.names_seen("rita").await, [(ann.clone(), true), (bob.clone(), false)], "it was lost");
    assert_eq!(company.names_seen("max").await, [(ann, true), (bob, true)]);
}
