//! Tasks: by the command line from their creation to their end, and what is late is noted by itself.

use std::time::{Duration, Instant};

use rapport_proto::v1 as wire;
use rapport_tests::ask::{after, header, person, reason};
use rapport_tests::{Clients, Process, World};
use serde_json::{Value, json};
use tonic::Code;

use crate::access::{keys_of_people_in_roles, proved};
use crate::real_data::served;

/// Longer than any machine takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a command says of the task.
fn task(server: &Process, arguments: &[&str]) -> Value {
    server.json(&[&["task"], arguments, &["--json"]].concat())["task"].clone()
}

/// The ids of the tasks that a command lists.
fn tasks(server: &Process, arguments: &[&str]) -> Vec<String> {
    let listed = server.json(&[&["tasks", "list"], arguments, &["--json"]].concat());
    let listed = listed["tasks"].as_array().unwrap().clone();
    listed.iter().map(|task| task["task_id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_task_goes_from_its_creation_to_its_end_by_the_command_line() {
    let (_folder, server) = served();
    let clients = Clients::connect(&server.gateway).await;
    let ann = clients.contacts().register_contact(person("ann", "Ann Lee")).await.unwrap().into_inner();
    let about = ann.contact_id.as_str();
    let call_back = ["create", "--about", about, "--subject", "Call back", "--owner", "user_ann"];
    let times = ["--due", "2099-03-01T10:00:00Z", "--remind", "2099-03-01T09:00:00Z"];
    let created = task(&server, &[&call_back[..], &times[..]].concat());
    assert_eq!((&created["status"], &created["overdue"]), (&json!("open"), &json!(false)));
    let id = created["task_id"].as_str().unwrap();
    let undated = task(&server, &call_back);
    let undated = undated["task_id"].as_str().unwrap();
    assert_eq!(tasks(&server, &["--owner", "user_ann"]), [id, undated]);
    assert_eq!(tasks(&server, &["--about", about, "--due-by", "2099-03-02"]), [id]);

    assert_eq!(task(&server, &["reassign", id, "--owner", "user_bob"])["owner"], "user_bob");
    let moved = task(&server, &["reschedule", id, "--due", "2099-04-01T10:00:00Z"]);
    assert_eq!(
        (&moved["due_at"], &moved["remind_at"]),
        (&json!("2099-04-01T10:00:00.000000Z"), &Value::Null)
    );
    assert_eq!(task(&server, &["complete", id, "--outcome", "reached"])["outcome"], "reached");
    assert_eq!(tasks(&server, &["--state", "completed"]), [id]);
    assert_eq!(task(&server, &["reopen", id])["status"], "open");
    assert_eq!(task(&server, &["cancel", undated, "--reason", "twice"])["status"], "cancelled");
    assert_eq!(tasks(&server, &[]), [id]);
    assert_eq!(task(&server, &["show", undated])["reason"], "twice");
    server.terminate();
}

#[tokio::test]
async fn a_task_that_was_not_done_in_time_is_late_by_itself() {
    let world = World::start().await;
    let ann = world.contacts().register_contact(person("ann", "Ann Lee")).await.unwrap().into_inner();
    let past = prost_types::Timestamp { seconds: 1_700_000_000, nanos: 0 };
    let create = wire::CreateTaskRequest {
        header: header("create"),
        about: ann.contact_id,
        subject: "Call back".to_owned(),
        owner: "user_ann".to_owned(),
        due_at: Some(past),
        ..wire::CreateTaskRequest::default()
    };
    let created = world.tasks().create_task(create.clone()).await.unwrap().into_inner();
    let again = world.tasks().create_task(create.clone()).await.unwrap().into_inner();
    assert_eq!(again, created, "what is sent again is one task");
    let position = created.receipt.unwrap().position;
    let begun = Instant::now();
    loop {
        let filter = wire::TaskFilter { overdue: true, ..wire::TaskFilter::default() };
        let header = after(position);
        let request = wire::ListTasksRequest { header, filter: Some(filter), page: None };
        let listed = world.tasks().list_tasks(request).await.unwrap().into_inner().tasks;
        if let [late] = &listed[..] {
            assert_eq!(late.task_id, created.task_id);
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "it is late, and nobody says so");
        tokio::task::yield_now().await;
    }
    // Whoever watches is told as well.
    loop {
        let operations = world.operations().to_string();
        let fetched = tokio::task::spawn_blocking(move || rapport_tests::http::get(&operations, "/metrics"));
        let metrics = String::from_utf8(fetched.await.unwrap()).unwrap();
        if metrics.lines().any(|line| line == "rapport_tasks_overdue 1") {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{metrics}");
    }
    let late = wire::RescheduleTaskRequest {
        header: header("remind-late"),
        task_id: created.task_id,
        due_at: Some(past),
        remind_at: Some(prost_types::Timestamp { seconds: past.seconds + 1, ..past }),
    };
    let refused = world.tasks().reschedule_task(late).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused)),
        (Code::FailedPrecondition, "TASK_REMINDER_AFTER_DUE".to_owned())
    );
}

#[tokio::test]
async fn who_is_mentioned_in_a_note_has_one_task_to_read_it() {
    let (_folder, server) = served();
    let clients = Clients::connect(&server.gateway).await;
    let ann = clients.contacts().register_contact(person("ann", "Ann Lee")).await.unwrap().into_inner();
    let mention = ["--mention", "user_bob", "--mention", "user_eve", "--mention", "user_bob"];
    let about = ann.contact_id.as_str();
    let note = ["note", about, "--text", "Wants a demo"];
    let noted = server.json(&[&note[..], &mention[..], &["--json"]].concat());
    let subject = format!("You were mentioned in {}", noted["interaction_id"].as_str().unwrap());
    let begun = Instant::now();
    for owner in ["user_bob", "user_eve"] {
        let id = loop {
            if let [id] = &tasks(&server, &["--owner", owner])[..] {
                break id.clone();
            }
            assert!(begun.elapsed() < PATIENCE, "{owner} is mentioned, and nobody says so");
            tokio::task::yield_now().await;
        };
        let task = task(&server, &["show", &id]);
        assert_eq!((&task["about"], &task["subject"]), (&json!(about), &json!(subject)));
    }
    let many: Vec<String> = (0..21).map(|number| format!("--mention=user_{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let refused = server.run(&[&note[..], &many[..]].concat());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("mentions"), "at most 20");
    server.terminate();
}

#[tokio::test]
async fn whoever_only_reads_customers_creates_no_task() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start_with_api_keys(keys_of_people_in_roles(&folder, &[("mia", "marketing")])).await;
    let request = wire::CreateTaskRequest { header: header("create"), ..wire::CreateTaskRequest::default() };
    let refused = world.tasks().create_task(proved("mia", request)).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}
