//! The fields that a company keeps of leads, and the rules by which leads are judged and handed over: published, listed and shown
//! by the command line, and what is refused by them at every way in.

use rapport_proto::v1 as wire;
use rapport_tests::ask::{email, header, reason};
use rapport_tests::{Clients, Process};
use serde_json::json;
use tonic::Code;

use crate::real_data::served;

const FIELDS: &str = r#"[[field]]
key = "industry"
label = "Industry"
type = "choice"
required = true
options = ["Printing", "Trade"]

[[field]]
key = "employees"
label = "Employees"
type = "number"
"#;

const MODEL: &str = r#"name = "Standard"
hot = ["A3"]

[fit]
high = 50
middle = 20
cap = 100

[engagement]
high = 50
middle = 20
cap = 100

[[fit_rule]]
key = "large"
points = 60

[[fit_rule.when]]
field = "employees"
at_least = 100
"#;

const POLICY: &str = r#"name = "Standard"
respond_minutes = 30
fallback_queue = "inbound"

[[rule]]
key = "all"
strategy = "in_order"

[[rule.candidate]]
owner = "user_ann"
"#;

fn file(folder: &tempfile::TempDir, name: &str, text: &str) -> String {
    let file = folder.path().join(name);
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

fn said(server: &Process, arguments: &[&str]) -> String {
    let done = server.run(arguments);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// What stands above a file that is shown, and the file.
fn file_in(shown: &str) -> (&str, &str) {
    let (heading, file) = shown.split_once('\n').unwrap();
    (heading, file.trim())
}

/// What the program says when the gateway refuses.
fn refused(server: &Process, arguments: &[&str]) -> String {
    let refused = server.run(arguments);
    assert_eq!(refused.status.code(), Some(4));
    String::from_utf8(refused.stderr).unwrap()
}

/// The same request again is one version, the next one another; and the file comes back.
fn goes_round(server: &Process, noun: &str, (name, text): (&str, &str), folder: &tempfile::TempDir) {
    let file = file(folder, name, text);
    let id_named = format!("{}_id", noun.replace('-', "_"));
    let id_named = id_named.as_str();
    let published = server.json(&[noun, "publish", &file, "--json"]);
    let (id, position) = (published[id_named].as_str().unwrap(), published["position"].to_string());
    let shown = said(server, &[noun, "show", id, "--min-position", &position]);
    assert_eq!(file_in(&shown), (format!("# {id}, version 1").as_str(), text.trim()));
    said(server, &[noun, "publish", &file, "--id", id]);
    let second = file_with(folder, text);
    let position = server.json(&[noun, "publish", &second, "--id", id, "--json"])["position"].to_string();
    let listed = server.json(&[noun, "list", "--min-position", &position, "--json"]);
    let all = if noun == "scoring-model" { &listed["scoring_models"] } else { &listed["routing_policies"] };
    assert_eq!(*all, json!([{ id_named: id, "version": 2, "name": "Second", "rules": 1 }]));
}

fn file_with(folder: &tempfile::TempDir, text: &str) -> String {
    file(folder, "second.toml", &text.replace("name = \"Standard\"", "name = \"Second\""))
}

#[test]
fn scoring_models_and_routing_policies_are_published_listed_and_shown_by_the_command_line() {
    let (folder, server) = served();
    goes_round(&server, "scoring-model", ("scoring.toml", MODEL), &folder);
    goes_round(&server, "routing-policy", ("routing.toml", POLICY), &folder);
    server.terminate();
}

#[test]
fn the_fields_of_leads_are_published_listed_and_shown_by_the_command_line() {
    let (folder, server) = served();
    let first = file(&folder, "fields.toml", FIELDS);
    assert_eq!(said(&server, &["lead-fields", "publish", &first]), "Published.\n");
    said(&server, &["lead-fields", "publish", &first]);
    let second = file(&folder, "second.toml", &FIELDS.replace("required = true\n", ""));
    let published = server.json(&["lead-fields", "publish", &second, "--json"]);
    let position = published["position"].to_string();
    let shown = said(&server, &["lead-fields", "show", "--fields-version", "1", "--min-position", &position]);
    assert_eq!(file_in(&shown), ("# version 1", FIELDS.trim()));
    let listed = server.json(&["lead-fields", "list", "--json"]);
    let versions: Vec<_> = listed["versions"].as_array().unwrap().iter().map(|set| &set["version"]).collect();
    assert_eq!(versions, [&json!(2), &json!(1)]);
    assert_eq!(listed["versions"][0]["fields"], json!(["industry", "employees"]));

    let renamed = FIELDS.replace("type = \"number\"", "type = \"text\"");
    let words = refused(&server, &["lead-fields", "publish", &file(&folder, "renamed.toml", &renamed)]);
    assert!(words.contains("FIELD_SET_FIELD_OF_ANOTHER_TYPE") && words.contains("`employees`"), "{words}");
    let typo = file(&folder, "typo.toml", &MODEL.replace("employees", "employes"));
    let words = refused(&server, &["scoring-model", "publish", &typo]);
    assert!(words.contains("LEAD_FIELD_UNKNOWN") && words.contains("`employes`"), "{words}");
    server.terminate();
}

fn form(number: usize, fields: &[(&str, &str)]) -> wire::CaptureLeadRequest {
    use wire::lead_field_value::Value;
    let value = |text: &str| wire::LeadFieldValue { value: Some(Value::Text(text.to_owned())) };
    wire::CaptureLeadRequest {
        header: header(&format!("form-{number}")),
        name: "Ann Lee".to_owned(),
        contact_points: vec![email(&format!("ann-{number}@example.com"))],
        source: wire::LeadSource::WebForm.into(),
        fields: fields.iter().map(|(key, text)| ((*key).to_owned(), value(text))).collect(),
        ..wire::CaptureLeadRequest::default()
    }
}

#[tokio::test]
async fn what_a_lead_has_to_be_is_asked_at_every_way_in() {
    use wire::capture_leads_response::Outcome;
    let (folder, server) = served();
    said(&server, &["lead-fields", "publish", &file(&folder, "fields.toml", FIELDS)]);
    let clients = Clients::connect(&server.gateway).await;
    let refused = clients.leads().capture_lead(form(0, &[])).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused)),
        (Code::FailedPrecondition, "LEAD_FIELD_MISSING".to_owned())
    );
    let forms = vec![
        form(1, &[("industry", "Trade")]),
        form(2, &[("industry", "Farming")]),
        form(3, &[("industry", "Trade"), ("region", "west")]),
        form(4, &[("industry", "Trade"), ("employees", "many")]),
    ];
    let mut answers = clients.leads().capture_leads(futures::stream::iter(forms)).await.unwrap().into_inner();
    let mut outcomes = Vec::new();
    while let Some(answer) = answers.message().await.unwrap() {
        outcomes.push(match answer.outcome.unwrap() {
            Outcome::Captured(_) => "captured".to_owned(),
            Outcome::Refused(refused) => refused.reason,
        });
    }
    assert_eq!(
        outcomes,
        ["captured", "LEAD_FIELD_OPTION_UNKNOWN", "LEAD_FIELD_UNKNOWN", "LEAD_FIELD_TYPE_DIFFERS"]
    );
    let words =
        self::refused(&server, &["lead", "capture", "--source", "call", "--email", "ben@example.com"]);
    assert!(words.contains("`industry`"), "{words}");
    server.terminate();
}
