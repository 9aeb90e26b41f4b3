//! A company says in its pipeline what is to be done in a stage: whoever has a deal there has it to do, once.

use std::path::Path;
use std::time::{Duration, Instant};

use rapport_domain::value::Instant as Moment;
use rapport_proto::v1 as wire;
use rapport_tests::ask::{after, header, pipeline, reason, refused_fields};
use rapport_tests::{Clients, Process, World};
use serde_json::{Value, json};
use tonic::Code;

use crate::real_data::served;

/// Longer than any machine takes.
const PATIENCE: Duration = Duration::from_secs(60);

const PIPELINE: &str = r#"
name = "Sales"

[[stages]]
key = "talk"
name = "Talking"
type = "open"
[[stages.tasks]]
key = "call"
subject = "Call them"
due_in_days = 1
[[stages.tasks]]
key = "terms"
subject = "Agree on terms"
due_in_days = 3

[[stages]]
key = "offer"
name = "Offered"
type = "open"
[[stages.tasks]]
key = "send"
subject = "Send the offer"
due_in_days = 2

[[stages]]
key = "won"
name = "Won"
type = "won"

[[stages]]
key = "lost"
name = "Lost"
type = "lost"
"#;

/// The tasks that a command lists.
fn listed(server: &Process, arguments: &[&str]) -> Vec<Value> {
    let listed = server.json(&[&["tasks", "list"], arguments, &["--json"]].concat());
    listed["tasks"].as_array().unwrap().clone()
}

fn subjects(tasks: &[Value]) -> Vec<&str> {
    tasks.iter().map(|task| task["subject"].as_str().unwrap()).collect()
}

/// Waits until a command lists exactly these, what is due first comes first.
fn awaited(server: &Process, arguments: &[&str], expected: &[&str]) -> Vec<Value> {
    let begun = Instant::now();
    loop {
        let tasks = listed(server, arguments);
        if subjects(&tasks) == expected {
            return tasks;
        }
        assert!(begun.elapsed() < PATIENCE, "{arguments:?}: {expected:?} are awaited, there are {tasks:?}");
    }
}

/// Waits until somebody has exactly this to do.
fn has_to_do(server: &Process, owner: &str, expected: &[&str]) -> Vec<Value> {
    awaited(server, &["--owner", owner], expected)
}

/// The pipeline, published by the command line.
fn published(server: &Process, folder: &Path) -> String {
    let file = folder.join("sales.toml");
    std::fs::write(&file, PIPELINE).unwrap();
    let published = server.json(&["pipeline", "publish", file.to_str().unwrap(), "--json"]);
    published["pipeline_id"].as_str().unwrap().to_owned()
}

/// A deal that Ann has, begun by the command line.
fn opened(server: &Process, pipeline_id: &str) -> Value {
    let opening = ["deal", "open", "--pipeline", pipeline_id, "--title", "Chairs", "--owner", "user_ann"];
    server.json(&[&opening[..], &["--json"]].concat())["opportunity"].clone()
}

async fn moved(server: &Process, deal: &Value, stage: &str) {
    let request = wire::MoveOpportunityStageRequest {
        header: header(&format!("to-{stage}")),
        opportunity_id: deal["opportunity_id"].as_str().unwrap().to_owned(),
        stage: stage.to_owned(),
    };
    Clients::connect(&server.gateway).await.pipelines().move_opportunity_stage(request).await.unwrap();
}

async fn given_to(server: &Process, deal: &Value, owner: &str) {
    let request = wire::AssignOpportunityOwnerRequest {
        header: header(&format!("to-{owner}")),
        opportunity_id: deal["opportunity_id"].as_str().unwrap().to_owned(),
        owner: owner.to_owned(),
        team: String::new(),
    };
    Clients::connect(&server.gateway).await.pipelines().assign_opportunity_owner(request).await.unwrap();
}

/// Days from one moment's day to another's.
fn days_between(from: &Value, to: &Value) -> i64 {
    let day = |moment: &Value| Moment::parse(moment.as_str().unwrap()).unwrap().date().epoch_day();
    day(to) - day(from)
}

#[tokio::test]
async fn whoever_has_a_deal_has_what_its_stage_asks_for_until_it_goes_on_whenever_the_server_is_killed() {
    let (folder, server) = served();
    let again = |server: Process| {
        server.kill();
        let program = Path::new(env!("CARGO_BIN_EXE_rapport-under-test"));
        Process::serve(program, &folder.path().join("data"), &[]).unwrap()
    };
    let pipeline_id = published(&server, folder.path());
    let deal = opened(&server, &pipeline_id);
    let server = again(server);

    let talking = has_to_do(&server, "user_ann", &["Call them", "Agree on terms"]);
    let due = talking.iter().map(|task| days_between(&deal["opened_at"], &task["due_at"]));
    assert_eq!(due.collect::<Vec<_>>(), [1, 3]);
    let why = json!({ "pipeline_id": pipeline_id, "pipeline_version": 1, "stage": "talk", "task": "call" });
    assert_eq!(
        (&talking[0]["about"], &talking[0]["rule"], &talking[0]["stage_rule"]),
        (&deal["opportunity_id"], &json!("stage_task"), &why)
    );

    moved(&server, &deal, "offer").await;
    let server = again(server);
    has_to_do(&server, "user_ann", &["Send the offer"]);
    let cancelled = awaited(&server, &["--state", "cancelled"], &["Call them", "Agree on terms"]);
    assert_eq!(cancelled[0]["reason"], "the deal went on");

    let server = again(server);
    given_to(&server, &deal, "user_bob").await;
    has_to_do(&server, "user_bob", &["Send the offer"]);
    assert_eq!(listed(&server, &["--state", "cancelled"]).len(), 2, "none was made twice");
    assert_eq!(listed(&server, &[]).len(), 1);
    server.terminate();
}

#[tokio::test]
async fn what_a_stage_cannot_ask_for_is_refused_by_name() {
    let world = World::start().await;
    let task = |key: &str, subject: &str, due_in_days| wire::StageTask {
        key: key.to_owned(),
        subject: subject.to_owned(),
        due_in_days,
    };
    let mut request = pipeline("faulty");
    request.stages[0].tasks = vec![task("", "Call", 3_651)];
    request.stages[1].tasks = vec![task("call", "Call", 1), task("call", "Call again", 2)];
    let refused = world.pipelines().publish_pipeline(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let fields = ["stages[0].tasks[0].key", "stages[0].tasks[0].due_in_days", "stages[1].tasks"];
    assert_eq!(refused_fields(&refused), fields);

    let mut request = pipeline("at-the-end");
    request.stages[2].tasks = vec![task("call", "Call", 1)];
    let refused = world.pipelines().publish_pipeline(request).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused)),
        (Code::FailedPrecondition, "PIPELINE_STAGE_TASKS_AT_END".to_owned())
    );

    let mut request = pipeline("asking");
    request.stages[0].tasks = vec![task("call", "Call", 1)];
    let asking = request.stages[0].tasks.clone();
    let published = world.pipelines().publish_pipeline(request).await.unwrap().into_inner();
    let request = wire::GetPipelineViewRequest {
        header: after(published.receipt.unwrap().position),
        pipeline_id: published.pipeline_id,
        ..wire::GetPipelineViewRequest::default()
    };
    let view = world.pipelines().get_pipeline_view(request).await.unwrap().into_inner();
    assert_eq!(view.stages[0].stage.clone().unwrap().tasks, asking);
}
