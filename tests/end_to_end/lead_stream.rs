//! People who come in and look at pages, and a server that is killed in between: hot at the third visit to the pricing page,
//! owned, handed on when that is declined or nothing is done; nothing is lost, nothing doubled.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime};

use futures::StreamExt as _;
use rapport_proto::v1 as wire;
use rapport_tests::ask::{email, header};
use rapport_tests::{Clients, Process};
use serde_json::Value;
use tempfile::TempDir;

use crate::real_data::served;

const PEOPLE: usize = 24;
/// What everybody looks at; every second person leaves before the last.
const PAGES: [&str; 4] = ["/pricing", "/careers", "/pricing/teams", "/pricing"];
/// How long the server has for what it does by itself, at most.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server that is killed and started again.
struct Mortal {
    folder: TempDir,
    server: Process,
}

impl Mortal {
    async fn clients(&self) -> Clients {
        Clients::connect(&self.server.gateway).await
    }

    /// kill -9, and a start.
    fn killed(self) -> Self {
        self.server.kill();
        let program = Path::new(env!("CARGO_BIN_EXE_rapport-under-test"));
        let server = Process::serve(program, &self.folder.path().join("data"), &[]).unwrap();
        Self { folder: self.folder, server }
    }
}

/// Three visits to the pricing page in seven days are hot; everything goes to ann, ben and cem in turn.
async fn publish_rules(clients: &Clients) {
    let thresholds = Some(wire::ScoreThresholds { high: 50, middle: 20, cap: 100 });
    let pricing = wire::EngagementRule {
        key: "pricing".to_owned(),
        channel: wire::InteractionChannel::Web.into(),
        segment: "page".to_owned(),
        begins_with: "/pricing".to_owned(),
        within_days: 7,
        count: 3,
        points: 60,
        hot: true,
        ..wire::EngagementRule::default()
    };
    let model = wire::PublishScoringModelRequest {
        header: header("model"),
        definition: Some(wire::ScoringModelDefinition {
            name: "Standard".to_owned(),
            fit: thresholds,
            engagement: thresholds,
            engagement_rules: vec![pricing],
            ..wire::ScoringModelDefinition::default()
        }),
        ..wire::PublishScoringModelRequest::default()
    };
    clients.lead_rules().publish_scoring_model(model).await.unwrap();
    let candidate =
        |owner: &str| wire::RoutingCandidate { owner: owner.to_owned(), ..wire::RoutingCandidate::default() };
    let rule = wire::RoutingRule {
        key: "team".to_owned(),
        strategy: wire::RoutingStrategy::RoundRobin.into(),
        candidates: ["ann", "ben", "cem"].map(candidate).into(),
        ..wire::RoutingRule::default()
    };
    let policy = wire::PublishRoutingPolicyRequest {
        header: header("policy"),
        definition: Some(wire::RoutingPolicyDefinition {
            name: "Standard".to_owned(),
            respond_minutes: 60,
            fallback_queue: "inbound".to_owned(),
            rules: vec![rule],
            ..wire::RoutingPolicyDefinition::default()
        }),
        ..wire::PublishRoutingPolicyRequest::default()
    };
    clients.lead_rules().publish_routing_policy(policy).await.unwrap();
}

fn form(number: usize) -> wire::CaptureLeadRequest {
    wire::CaptureLeadRequest {
        header: header(&format!("form-{number}")),
        name: format!("Visitor {number}"),
        contact_points: vec![email(&format!("visitor{number}@example.com"))],
        source: wire::LeadSource::WebForm.into(),
        ..wire::CaptureLeadRequest::default()
    }
}

/// Sends every form in one stream, and reads so many answers.
async fn captured(clients: &Clients, answers: usize) -> Vec<wire::CaptureLeadResponse> {
    let sent = futures::stream::iter((0..PEOPLE).map(form));
    let answered = clients.leads().capture_leads(sent).await.unwrap().into_inner().take(answers);
    let answered = answered.map(|answer| match answer.unwrap().outcome.unwrap() {
        wire::capture_leads_response::Outcome::Captured(captured) => captured,
        wire::capture_leads_response::Outcome::Refused(refused) => panic!("{refused:?}"),
    });
    answered.collect().await
}

/// Every visit of everybody.
fn visits(contacts: &[wire::CaptureLeadResponse]) -> Vec<wire::RecordInteractionRequest> {
    let visit =
        |(number, lead): (usize, &wire::CaptureLeadResponse), place: usize| wire::RecordInteractionRequest {
            header: header(&format!("visit-{number}-{place}")),
            contact_id: lead.contact_id.clone(),
            channel: wire::InteractionChannel::Web.into(),
            direction: wire::InteractionDirection::Inbound.into(),
            segments: [("page".to_owned(), PAGES[place].to_owned())].into(),
            ..wire::RecordInteractionRequest::default()
        };
    let seen = |number: usize| PAGES.len() - number % 2;
    let all = contacts.iter().enumerate();
    all.flat_map(|one| (0..seen(one.0)).map(move |place| visit(one, place))).collect()
}

/// What happened to every lead, in order: types and data.
type Told = BTreeMap<String, Vec<(String, Value)>>;

/// Listens to the log from its beginning until it says something.
async fn told(clients: &Clients, until: impl Fn(&Told) -> bool) -> Told {
    let request = wire::ReadHistoryRequest {
        type_prefixes: vec!["lead.".to_owned()],
        follow: true,
        ..wire::ReadHistoryRequest::default()
    };
    let mut events = clients.history().read_history(request).await.unwrap().into_inner();
    let mut told = Told::new();
    let listening = async {
        while !until(&told) {
            let event = events.message().await.unwrap().unwrap();
            let lead_id = event.stream.split_once('-').unwrap().1.to_owned();
            let data = serde_json::from_str(&event.data).unwrap();
            told.entry(lead_id).or_default().push((event.event_type, data));
        }
    };
    if tokio::time::timeout(PATIENCE, listening).await.is_err() {
        panic!("the log does not say it: {told:#?}");
    }
    told
}

fn happened(told: &Told, lead_id: &str, event_type: &str) -> usize {
    let of_it = told.get(lead_id).into_iter().flatten();
    of_it.filter(|(happened, _)| happened == event_type).count()
}

/// Who got a lead, in order.
fn owners(told: &Told, lead_id: &str) -> Vec<String> {
    let of_it = told.get(lead_id).into_iter().flatten();
    let assigned = of_it.filter(|(happened, _)| happened == "lead.assigned.v1");
    assigned.map(|(_, data)| data["to"]["owner"].as_str().unwrap().to_owned()).collect()
}

/// How often a lead became hot.
fn became_hot(told: &Told, lead_id: &str) -> usize {
    let of_it = told.get(lead_id).into_iter().flatten();
    let scored = of_it.filter(|(happened, _)| happened == "lead.scored.v1");
    scored.filter(|(_, data)| data["rating"] == "hot").count()
}

/// What becomes of a lead after somebody has it.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    /// They give it back.
    Declined,
    /// Zoe gets it, whose time to respond is over already.
    TimedOut,
    /// They keep it.
    Kept,
}

fn fate(number: usize) -> Fate {
    [Fate::Declined, Fate::TimedOut, Fate::Kept][number % 3]
}

/// Lets everybody meet their fate; the same again is answered as before.
async fn meet_fates(clients: &Clients, leads: &[wire::CaptureLeadResponse], first_owners: &[String]) {
    let just_over = SystemTime::now() - Duration::from_secs(1);
    for (number, (lead, owner)) in leads.iter().zip(first_owners).enumerate() {
        let (header, lead_id) = (header(&format!("fate-{number}")), lead.lead_id.clone());
        match fate(number) {
            Fate::Declined => {
                let (owner, reason) = (owner.clone(), String::new());
                let request = wire::DeclineLeadRequest { header, lead_id, owner, reason };
                clients.leads().decline_lead(request).await.unwrap();
            }
            Fate::TimedOut => {
                let request = wire::AssignLeadRequest {
                    header,
                    lead_id,
                    to: Some(wire::assign_lead_request::To::Owner("zoe".to_owned())),
                    respond_by: Some(just_over.into()),
                    ..wire::AssignLeadRequest::default()
                };
                clients.leads().assign_lead(request).await.unwrap();
            }
            Fate::Kept => {}
        }
    }
}

/// How many people have had a lead at last.
fn expected_owners(number: usize) -> usize {
    match fate(number) {
        Fate::Declined => 2,
        Fate::TimedOut => 3,
        Fate::Kept => 1,
    }
}

/// What everybody's lead looks like at last.
fn assert_nothing_lost_or_doubled(told: &Told, leads: &[wire::CaptureLeadResponse]) {
    for (number, lead) in leads.iter().enumerate() {
        let (id, owners) = (&lead.lead_id, owners(told, &lead.lead_id));
        let counted = |event_type| happened(told, id, event_type);
        assert_eq!((counted("lead.captured.v1"), counted("lead.captured_again.v1")), (1, 0), "{id}");
        assert_eq!(became_hot(told, id), (number + 1) % 2, "{id} saw the pricing page");
        assert_eq!(owners.len(), expected_owners(number), "{id}: {owners:?}");
        let (declined, timed_out) =
            (counted("lead.assignment_declined.v1"), counted("lead.assignment_timed_out.v1"));
        match fate(number) {
            Fate::Declined => {
                assert_eq!((declined, timed_out), (1, 0), "{id}");
                assert_ne!(owners[0], owners[1], "whoever gave it back does not get it again");
            }
            Fate::TimedOut => {
                assert_eq!((declined, timed_out), (0, 1), "{id}");
                assert!(owners[1] == "zoe" && owners[2] != "zoe", "{owners:?}");
            }
            Fate::Kept => assert_eq!((declined, timed_out), (0, 0), "{id}"),
        }
    }
}

#[tokio::test]
async fn leads_are_owned_and_hot_and_handed_on_however_often_the_server_is_killed() {
    let (folder, server) = served();
    let mut mortal = Mortal { folder, server };
    publish_rules(&mortal.clients().await).await;
    for answers in [3, 11] {
        captured(&mortal.clients().await, answers).await;
        mortal = mortal.killed();
    }
    let leads = captured(&mortal.clients().await, PEOPLE).await;
    let visits = visits(&leads);
    for sent in [visits.len() / 3, visits.len() / 2, visits.len()] {
        let clients = mortal.clients().await;
        for visit in &visits[..sent] {
            clients.interactions().record_interaction(visit.clone()).await.unwrap();
        }
        mortal = mortal.killed();
    }
    let clients = mortal.clients().await;
    let numbered = || leads.iter().map(|lead| &lead.lead_id).enumerate();
    let owned = told(&clients, |told| {
        numbered()
            .all(|(number, id)| owners(told, id).len() == 1 && (became_hot(told, id) == 1 || number % 2 == 1))
    })
    .await;
    let first_owners: Vec<String> = numbered().map(|(_, id)| owners(&owned, id).remove(0)).collect();
    meet_fates(&clients, &leads, &first_owners).await;
    mortal = mortal.killed();
    let clients = mortal.clients().await;
    told(&clients, |told| numbered().all(|(number, id)| owners(told, id).len() == expected_owners(number)))
        .await;

    // Once more from the beginning: whoever comes in then is handed over after all else was looked at again.
    mortal = mortal.killed();
    let clients = mortal.clients().await;
    let last = clients.leads().capture_lead(form(PEOPLE)).await.unwrap().into_inner().lead_id;
    let told = told(&clients, |told| owners(told, &last).len() == 1).await;
    assert_nothing_lost_or_doubled(&told, &leads);
    mortal.server.terminate();
}
