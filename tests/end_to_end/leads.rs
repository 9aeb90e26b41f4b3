//! Leads: their way from a form to a deal, by the command line; and conversions that a kill cuts short.

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use rapport_proto::v1 as wire;
use rapport_tests::ask::{after, email, header, person, pipeline, reason};
use rapport_tests::{Clients, Process, World};
use serde_json::{Value, json};
use tonic::Code;

use crate::access::{keys_of_people_in_roles, proved};
use crate::real_data::served;

/// What a command says of the lead.
fn lead(server: &Process, arguments: &[&str]) -> Value {
    server.json(&[&["lead"], arguments, &["--json"]].concat())["lead"].clone()
}

/// The ids of the leads that a command lists.
fn leads(server: &Process, arguments: &[&str]) -> Vec<String> {
    let listed = server.json(&[&["leads"], arguments, &["--json"]].concat());
    let listed = listed["leads"].as_array().unwrap().clone();
    listed.iter().map(|lead| lead["lead_id"].as_str().unwrap().to_owned()).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

const FORM: [&str; 11] = [
    "capture",
    "--source",
    "web_form",
    "--name",
    "Ann Lee",
    "--email",
    "Ann@example.com",
    "--field",
    "employees=120",
    "--text",
    "Please call me",
];

#[tokio::test]
async fn a_lead_goes_from_a_form_to_a_deal_by_the_command_line() {
    let (_folder, server) = served();
    let clients = Clients::connect(&server.gateway).await;
    let captured = lead(&server, &FORM);
    let (id, contact_id) = (text(&captured["lead_id"]).to_owned(), text(&captured["contact_id"]).to_owned());
    assert_eq!(captured["status"], "new");
    assert_eq!(captured["fields"], json!({ "employees": 120 }));
    let again = lead(&server, &["capture", "--source", "call", "--email", "ann@EXAMPLE.com"]);
    assert_eq!((text(&again["lead_id"]), &again["captured_again"]), (id.as_str(), &json!(1)));
    assert_eq!(text(&again["contact_id"]), contact_id);

    assert_eq!(leads(&server, &["unassigned"]), [id.as_str()]);
    lead(&server, &["assign", &id, "--queue", "inbound"]);
    assert_eq!(leads(&server, &["unassigned", "--queue", "inbound"]), [id.as_str()]);
    lead(&server, &["assign", &id, "--owner", "user_ann", "--reason", "first of one"]);
    assert_eq!(leads(&server, &["queue", "--owner", "user_ann"]), [id.as_str()]);
    assert_eq!(lead(&server, &["decline", &id, "--owner", "user_ann"])["owner"], Value::Null);
    lead(&server, &["assign", &id, "--owner", "user_bob"]);
    assert!(leads(&server, &["unassigned"]).is_empty());
    assert_eq!(
        lead(&server, &["enrich", &id, "--field", "has_budget=true", "--clear", "employees"])["fields"],
        json!({ "has_budget": true })
    );
    assert_eq!(
        lead(&server, &["contacted", &id, "--channel", "call", "--text", "Called back"])["status"],
        "working"
    );
    lead(&server, &["recycle", &id, "--until", "2099-03-01"]);
    assert!(leads(&server, &["queue"]).is_empty());
    assert_eq!(lead(&server, &["assign", &id, "--owner", "user_bob"])["status"], "assigned");
    lead(&server, &["qualify", &id, "--reason", "has a budget"]);

    let sales = clients.pipelines().publish_pipeline(pipeline("sales")).await.unwrap().into_inner();
    let converted = server.json(&[
        "lead",
        "convert",
        &id,
        "--account-name",
        "Lee Ltd",
        "--pipeline",
        &sales.pipeline_id,
        "--title",
        "Hundred seats",
        "--amount",
        "1200.50",
        "--currency",
        "EUR",
        "--json",
    ]);
    let (position, converted) = (converted["position"].to_string(), &converted["lead"]);
    assert_eq!(converted["status"], "converted");
    let shown = |id: &str| server.json(&["contact", "get", id, "--min-position", &position, "--json"]);
    assert_eq!(shown(text(&converted["account_id"]))["contact"]["kind"], "organisation");
    let contact = shown(&contact_id);
    assert_eq!(contact["contact"]["lifecycle_stage"], "opportunity");

    let funnel = server.json(&["leads", "funnel", "--json"]);
    let steps = &funnel["by_source"][0]["steps"];
    assert_eq!(funnel["by_source"][0]["source"], "web_form");
    for step in ["captured", "assigned", "contacted", "qualified", "recycled", "converted"] {
        assert_eq!(steps[step]["leads"], 1, "{step}");
    }
    assert_eq!((&steps["disqualified"]["leads"], &steps["won"]["leads"]), (&json!(0), &json!(0)));
    let said = String::from_utf8(server.run(&["timeline", &contact_id, "--min-position", &position]).stdout)
        .unwrap();
    for words in
        ["lead captured: web form", "lead handed from queue inbound to user_ann", "lead converted to"]
    {
        assert!(said.contains(words), "{words} in {said}");
    }
    server.terminate();
}

fn form(request_id: &str, address: &str) -> wire::CaptureLeadRequest {
    wire::CaptureLeadRequest {
        header: header(request_id),
        name: "Ann Lee".to_owned(),
        contact_points: vec![email(address)],
        source: wire::LeadSource::WebForm.into(),
        ..wire::CaptureLeadRequest::default()
    }
}

#[tokio::test]
async fn forms_of_one_person_at_once_are_one_contact_and_one_lead() {
    let world = World::start().await;
    let sent = (0..20).map(|number| {
        let mut service = world.leads();
        async move {
            let request = form(&format!("form-{number}"), "ann@example.com");
            service.capture_lead(request).await.unwrap().into_inner()
        }
    });
    let answers = futures::future::join_all(sent).await;
    let first = &answers[0];
    for answer in &answers {
        assert_eq!((&answer.lead_id, &answer.contact_id), (&first.lead_id, &first.contact_id));
    }
    let last = answers.iter().map(|answer| answer.receipt.unwrap().position).max().unwrap();
    let request = wire::GetLeadRequest {
        header: after(last),
        lead_id: first.lead_id.clone(),
        ..wire::GetLeadRequest::default()
    };
    let lead = world.leads().get_lead(request).await.unwrap().into_inner().lead.unwrap();
    assert_eq!(lead.captured_again, 19);
}

#[tokio::test]
async fn what_a_capture_may_not_say_is_refused_by_field() {
    let world = World::start().await;
    let known = world.contacts().register_contact(person("ann", "Ann Lee")).await.unwrap().into_inner();
    let twice = wire::CaptureLeadRequest { contact_id: known.contact_id, ..form("twice", "ann@example.com") };
    let nobody = wire::CaptureLeadRequest {
        name: String::new(),
        contact_points: Vec::new(),
        ..form("nobody", "ann@example.com")
    };
    let nowhere = wire::CaptureLeadRequest { source: 0, ..form("nowhere", "ann@example.com") };
    for (request, field) in [(twice, "contact_id"), (nobody, "name"), (nowhere, "source")] {
        let refused = world.leads().capture_lead(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(rapport_tests::ask::refused_fields(&refused), [field]);
    }
    let missing = wire::QualifyLeadRequest {
        header: header("qualify"),
        lead_id: "lead_7vcparmqz7h49bj6cjvbw2zy1s".to_owned(),
        ..wire::QualifyLeadRequest::default()
    };
    let refused = world.leads().qualify_lead(missing).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::NotFound, "LEAD_NOT_FOUND".to_owned()));
}

fn conversion(request_id: String, lead_id: &str, pipeline_id: &str) -> wire::ConvertLeadRequest {
    wire::ConvertLeadRequest {
        header: header(&request_id),
        lead_id: lead_id.to_owned(),
        account: Some(wire::convert_lead_request::Account::AccountName("Lee Ltd".to_owned())),
        deal: Some(wire::LeadDeal {
            pipeline_id: pipeline_id.to_owned(),
            title: "Hundred seats".to_owned(),
            ..wire::LeadDeal::default()
        }),
    }
}

/// A lead that is worth a deal.
async fn qualified(clients: &Clients, number: usize) -> String {
    let request = form(&format!("form-{number}"), &format!("ann{number}@example.com"));
    let lead_id = clients.leads().capture_lead(request).await.unwrap().into_inner().lead_id;
    let (header, reason) = (header(&format!("qualify-{number}")), String::new());
    let request = wire::QualifyLeadRequest { header, lead_id: lead_id.clone(), reason };
    clients.leads().qualify_lead(request).await.unwrap();
    lead_id
}

#[tokio::test]
async fn conversions_that_a_kill_cuts_short_make_one_deal_each() {
    const LEADS: usize = 16;
    let (folder, server) = served();
    let clients = Clients::connect(&server.gateway).await;
    let sales = clients.pipelines().publish_pipeline(pipeline("sales")).await.unwrap().into_inner();
    let mut ids = Vec::new();
    for number in 0..LEADS {
        ids.push(qualified(&clients, number).await);
    }
    let mut server = Some(server);
    // All are sent at once, and the server is killed when so many were answered.
    for answered in [0, 3, 9] {
        let running = server.take().unwrap();
        let clients = Clients::connect(&running.gateway).await;
        let mut under_way: FuturesUnordered<_> = ids
            .iter()
            .map(|id| {
                let mut service = clients.leads();
                let request = conversion(format!("convert-{answered}-{id}"), id, &sales.pipeline_id);
                async move { service.convert_lead(request).await }
            })
            .collect();
        for _ in 0..answered {
            under_way.next().await.unwrap().unwrap();
        }
        running.kill();
        let program = std::path::Path::new(env!("CARGO_BIN_EXE_rapport-under-test"));
        server = Some(Process::serve(program, &folder.path().join("data"), &[]).unwrap());
    }
    let server = server.unwrap();
    let clients = Clients::connect(&server.gateway).await;
    for id in &ids {
        let request = conversion(format!("convert-at-last-{id}"), id, &sales.pipeline_id);
        clients.leads().convert_lead(request).await.unwrap();
    }
    let log = String::from_utf8(server.run(&["replay", "--json"]).stdout).unwrap();
    let happened = |event_type: &str| log.matches(&format!("\"{event_type}\"")).count();
    assert_eq!(happened("opportunity.opened.v1"), LEADS);
    assert_eq!(happened("lead.converted.v1"), LEADS);
    assert_eq!(happened("contact.registered.v1"), 2 * LEADS, "a contact and an account each");
    server.terminate();
}

#[tokio::test]
async fn many_forms_are_answered_in_their_order_and_one_that_is_refused_holds_up_no_other() {
    let world = World::start().await;
    let forms = |suffix: &'static str| {
        let form = move |number: usize| {
            let form = form(&format!("form-{number}{suffix}"), &format!("ann{}@example.com", number % 10));
            let external_ref = format!("F-{number}");
            wire::CaptureLeadRequest { source_system: "forms".to_owned(), external_ref, ..form }
        };
        (0..40).map(form).chain([wire::CaptureLeadRequest { source: 0, ..form(40) }])
    };
    let mut leads = Vec::new();
    for suffix in ["", "-again"] {
        let answers = world.leads().capture_leads(futures::stream::iter(forms(suffix))).await.unwrap();
        let answers: Vec<_> = answers.into_inner().map(Result::unwrap).collect().await;
        assert!(answers.iter().map(|answer| answer.index).eq(0..41));
        let captured: Vec<Option<String>> = answers
            .into_iter()
            .map(|answer| match answer.outcome.unwrap() {
                wire::capture_leads_response::Outcome::Captured(captured) => Some(captured.lead_id),
                wire::capture_leads_response::Outcome::Refused(_) => None,
            })
            .collect();
        assert_eq!(captured.iter().flatten().collect::<std::collections::BTreeSet<_>>().len(), 10);
        assert_eq!(captured.last(), Some(&None), "no source is said");
        leads.push(captured);
    }
    assert_eq!(leads[0], leads[1], "what is sent again is taken once");
    let head = world.history().get_head(wire::GetHeadRequest {}).await.unwrap().into_inner().position;
    let filter = wire::LeadFilter { active: true, ..wire::LeadFilter::default() };
    let header = after(head);
    let request =
        wire::ListLeadsRequest { header, filter: Some(filter), ..wire::ListLeadsRequest::default() };
    let listed = world.leads().list_leads(request).await.unwrap().into_inner().leads;
    assert_eq!(listed.iter().map(|lead| lead.captured_again).collect::<Vec<_>>(), [3; 10]);
}

#[tokio::test]
async fn whoever_has_a_lead_sees_whom_it_is_about() {
    let folder = tempfile::tempdir().unwrap();
    let people = [("rita", "sales_rep"), ("max", "sales_manager"), ("bot", "service")];
    let world = World::start_with_api_keys(keys_of_people_in_roles(&folder, &people)).await;
    let capture = proved("bot", form("form", "ann@example.com"));
    let captured = world.leads().capture_lead(capture).await.unwrap().into_inner();
    let sees = async |position: u64| {
        let get =
            wire::GetContactRequest { header: after(position), contact_id: captured.contact_id.clone() };
        let shown = world.contacts().get_contact(proved("rita", get)).await.unwrap().into_inner();
        let name = shown.contact.unwrap().name.unwrap();
        matches!(name.state.unwrap(), wire::personal_text::State::Text(_))
    };
    assert!(!sees(captured.receipt.unwrap().position).await, "the lead is nobody's yet");
    let assign = wire::AssignLeadRequest {
        header: header("assign"),
        lead_id: captured.lead_id.clone(),
        to: Some(wire::assign_lead_request::To::Owner("rita".to_owned())),
        ..wire::AssignLeadRequest::default()
    };
    let assigned = world.leads().assign_lead(proved("max", assign)).await.unwrap().into_inner();
    assert!(sees(assigned.receipt.unwrap().position).await);
    let disqualify = wire::DisqualifyLeadRequest {
        header: header("disqualify"),
        lead_id: captured.lead_id.clone(),
        reason: "a student".to_owned(),
    };
    let over = world.leads().disqualify_lead(proved("rita", disqualify)).await.unwrap().into_inner();
    assert!(!sees(over.receipt.unwrap().position).await, "it is over");
}
