//! Checklists of stages: published, met by a seller, and asked for before a deal goes on.

use std::fs;

use rapport_proto::v1 as wire;
use rapport_tests::ask::{after, deal, header, person, pipeline, reason, refused_fields};
use rapport_tests::{Clients, World};
use serde_json::json;
use tonic::Code;

use crate::access::{keys_of_people_in_roles, proved};
use crate::real_data::served;

const SALES: &str = r#"
name = "Sales"

[[stages]]
key = "new"
name = "New"
type = "open"
exit_criteria = [{ key = "budget", name = "Budget is known" }, { key = "need", name = "Need is known" }]

[[stages]]
key = "offered"
name = "Offered"
type = "open"

[[stages]]
key = "won"
name = "Won"
type = "won"
probability_percent = 100

[[stages]]
key = "lost"
name = "Lost"
type = "lost"
"#;

fn criterion(key: &str, name: &str) -> wire::ExitCriterion {
    wire::ExitCriterion { key: key.to_owned(), name: name.to_owned() }
}

/// A deal in `new`, which has two exit criteria, and its contact.
async fn opened(clients: &Clients) -> (String, String) {
    let ann = clients.contacts().register_contact(person("ann", "Ann Lee")).await.unwrap().into_inner();
    let mut request = pipeline("pipeline");
    request.stages[0].exit_criteria =
        vec![criterion("budget", "Budget is known"), criterion("need", "Need is known")];
    let sales = clients.pipelines().publish_pipeline(request).await.unwrap().into_inner();
    let open = deal("deal", &sales.pipeline_id, &ann.contact_id);
    let opened = clients.pipelines().open_opportunity(open).await.unwrap().into_inner();
    (opened.opportunity_id, ann.contact_id)
}

async fn met(clients: &Clients, request_id: &str, opportunity_id: &str, key: &str) -> wire::Receipt {
    let request = wire::MeetExitCriterionRequest {
        header: header(request_id),
        opportunity_id: opportunity_id.to_owned(),
        key: key.to_owned(),
        note: "By phone".to_owned(),
    };
    clients.pipelines().meet_exit_criterion(request).await.unwrap().into_inner().receipt.unwrap()
}

async fn offered(
    clients: &Clients,
    request_id: &str,
    opportunity_id: &str,
) -> Result<tonic::Response<wire::MoveOpportunityStageResponse>, tonic::Status> {
    let (header, opportunity_id) = (header(request_id), opportunity_id.to_owned());
    let request = wire::MoveOpportunityStageRequest { header, opportunity_id, stage: "offered".to_owned() };
    clients.pipelines().move_opportunity_stage(request).await
}

async fn shown(clients: &Clients, opportunity_id: &str, position: u64) -> wire::Opportunity {
    let (header, opportunity_id) = (after(position), opportunity_id.to_owned());
    let request = wire::GetOpportunityRequest { header, opportunity_id };
    clients.pipelines().get_opportunity(request).await.unwrap().into_inner().opportunity.unwrap()
}

#[tokio::test]
async fn a_deal_goes_on_once_its_checklist_is_met_and_the_timeline_says_by_what() {
    let world = World::start().await;
    let clients: &Clients = &world;
    let (opportunity_id, contact_id) = opened(clients).await;
    let refused = offered(clients, "early", &opportunity_id).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused)),
        (Code::FailedPrecondition, "EXIT_CRITERIA_NOT_MET".to_owned())
    );
    assert!(refused.message().contains("budget, need"), "{refused}");
    met(clients, "budget", &opportunity_id, "budget").await;
    let said = met(clients, "need", &opportunity_id, "need").await;
    let again = met(clients, "need-again", &opportunity_id, "need").await;
    assert_eq!(again.revision, said.revision, "it is met already");
    let met = shown(clients, &opportunity_id, said.position).await.met_criteria;
    let told: Vec<(&str, &str, &str)> =
        met.iter().map(|met| (met.stage.as_str(), met.key.as_str(), met.note.as_str())).collect();
    assert_eq!(told, [("new", "budget", "By phone"), ("new", "need", "By phone")]);
    assert!(met.iter().all(|met| !met.met_by.is_empty() && met.met_at.is_some()));
    let moved = offered(clients, "ready", &opportunity_id).await.unwrap().into_inner().receipt.unwrap();
    let deal = shown(clients, &opportunity_id, moved.position).await;
    assert_eq!((deal.stage.as_str(), deal.met_criteria.len()), ("offered", 0));
    let request =
        wire::GetTimelineRequest { header: after(moved.position), contact_id, ..Default::default() };
    let timeline = clients.interactions().get_timeline(request).await.unwrap().into_inner();
    let described: Vec<&str> = timeline
        .entries
        .iter()
        .filter(|entry| entry.event_type == "opportunity.criterion_met.v1")
        .map(|entry| entry.description.as_str())
        .collect();
    assert_eq!(described, ["need of new met, because: By phone", "budget of new met, because: By phone"]);
}

#[tokio::test]
async fn what_the_stage_has_not_is_not_met_and_a_faulty_checklist_is_refused_by_its_fields() {
    let world = World::start().await;
    let clients: &Clients = &world;
    let (opportunity_id, _) = opened(clients).await;
    let unknown = wire::MeetExitCriterionRequest {
        header: header("weather"),
        opportunity_id,
        key: "weather".to_owned(),
        note: String::new(),
    };
    let refused = clients.pipelines().meet_exit_criterion(unknown).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused)),
        (Code::FailedPrecondition, "EXIT_CRITERION_UNKNOWN".to_owned())
    );
    assert!(refused.message().contains("budget, need"), "{refused}");
    let mut faulty = pipeline("faulty");
    faulty.stages[0].exit_criteria = vec![criterion("budget", "Budget"), criterion("No key", "")];
    faulty.stages[1].exit_criteria =
        (0..21).map(|n| criterion(&format!("criterion_{n}"), "Criterion")).collect();
    let refused = clients.pipelines().publish_pipeline(faulty).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let fields =
        ["stages[0].exit_criteria[1].key", "stages[0].exit_criteria[1].name", "stages[1].exit_criteria"];
    assert_eq!(refused_fields(&refused), fields);
    let mut misplaced = pipeline("misplaced");
    misplaced.stages[2].exit_criteria = vec![criterion("paid", "Paid")];
    let refused = clients.pipelines().publish_pipeline(misplaced).await.unwrap_err();
    assert_eq!(reason(&refused), "PIPELINE_EXIT_CRITERIA_MISPLACED");
}

#[tokio::test]
async fn a_checklist_is_published_and_met_by_the_command_line() {
    let (folder, server) = served();
    let file = folder.path().join("sales.toml");
    fs::write(&file, SALES).unwrap();
    let published = server.json(&["pipeline", "publish", file.to_str().unwrap(), "--json"]);
    let sales = published["pipeline_id"].as_str().unwrap();
    let deal = |arguments: &[&str]| {
        server.json(&[&["deal"], arguments, &["--json"]].concat())["opportunity"].clone()
    };
    let opened = deal(&["open", "--pipeline", sales, "--title", "200 chairs"]);
    let id = opened["opportunity_id"].as_str().unwrap();
    assert_eq!(opened["met_criteria"], json!([]));
    let budget = deal(&["meet", id, "budget", "--note", "By phone"]);
    let entry = &budget["met_criteria"][0];
    assert_eq!((&entry["key"], &entry["note"]), (&json!("budget"), &json!("By phone")));
    assert_eq!(entry["stage"], "new");
    deal(&["meet", id, "need"]);
    let taken_back = deal(&["retract", id, "budget", "--note", "It was last year's"]);
    assert_eq!(taken_back["met_criteria"].as_array().unwrap().len(), 1);
    assert_eq!(taken_back["met_criteria"][0]["key"], "need");
    let view = server.json(&["pipeline", "--json"]);
    assert_eq!(view["stages"][0]["exit_criteria"][1], json!({ "key": "need", "name": "Need is known" }));
    server.terminate();
}

#[tokio::test]
async fn whoever_only_reads_customers_meets_no_criterion() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start_with_api_keys(keys_of_people_in_roles(&folder, &[("mia", "marketing")])).await;
    let meet = wire::MeetExitCriterionRequest { header: header("meet"), ..Default::default() };
    let refused = world.pipelines().meet_exit_criterion(proved("mia", meet)).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let retract = wire::RetractExitCriterionRequest { header: header("retract"), ..Default::default() };
    let refused = world.pipelines().retract_exit_criterion(proved("mia", retract)).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}
