//! What users of other systems complain about most, one test each, where no other test shows exactly this already:
//!
//! - merges that cannot be taken back: here, and `cases_are_merged_into_others_never_into_themselves_and_text_needs_a_contact`.
//!   Merges at once that close a circle: `of_merges_at_once_that_close_a_circle_the_last_one_is_undone_whoever_looks`.
//! - duplicates, at every way in: here, and `forms_of_one_person_at_once_are_one_contact_and_one_lead`; of an import that is run
//!   again: `the_sales_pipeline_of_maven_comes_out_as_it_went_in`.
//! - commands that are done twice: `conversions_that_a_kill_cuts_short_make_one_deal_each`, and here.
//! - several pipelines: here.
//! - promises in working time: `a_case_is_answered_on_monday_by_what_friday_left_and_waits_without_its_clock`. Escalation:
//!   `a_case_that_is_open_for_more_than_48_hours_goes_up_once_whoever_brings_it_up_and_paused_or_not`.
//! - an audit trail without before and after: here.
//! - rules that set each other off: `rules_that_answer_each_other_for_ever_are_stopped_and_shown`; what the operator of a server sees of
//!   it: `reactors_are_listed_paused_and_resumed_and_tell_their_metrics`.
//! - currencies: here; one for several, by rates that are never looked up and never change:
//!   `a_pipeline_is_read_in_one_currency_by_rates_frozen_with_amounts`. Days that move with the zone: here.

use rapport_proto::v1 as wire;
use rapport_tests::ask::{after, deal, email, euros, header, person, pipeline, reason};
use rapport_tests::{Clients, Process, World};
use serde_json::{Value, json};

use crate::real_data::served;

async fn ann(clients: &Clients) -> String {
    let registered = clients.contacts().register_contact(person("ann", "Ann Lee")).await;
    registered.unwrap().into_inner().contact_id
}

async fn sales(clients: &Clients) -> String {
    clients.pipelines().publish_pipeline(pipeline("sales")).await.unwrap().into_inner().pipeline_id
}

/// A deal of an amount; its id, and the position.
async fn opened(clients: &Clients, request: wire::OpenOpportunityRequest) -> (String, u64) {
    let opened = clients.pipelines().open_opportunity(request).await.unwrap().into_inner();
    (opened.opportunity_id, opened.receipt.unwrap().position)
}

fn dollars(minor_units: i64) -> Option<wire::Money> {
    Some(wire::Money { minor_units, currency: "USD".to_owned() })
}

/// A case of a contact; its id, and the position.
async fn case(clients: &Clients, request_id: &str, contact_id: &str) -> (String, u64) {
    let opening = wire::CaseOpening {
        contact_id: contact_id.to_owned(),
        channel: wire::InteractionChannel::Email.into(),
        title: "The printer is on fire".to_owned(),
        priority: wire::CasePriority::Urgent.into(),
        ..wire::CaseOpening::default()
    };
    let request = wire::OpenCaseRequest {
        header: header(request_id),
        opening: Some(opening),
        text: "It burns".to_owned(),
        ..wire::OpenCaseRequest::default()
    };
    let opened = clients.cases().open_case(request).await.unwrap().into_inner();
    (opened.case_id, opened.receipt.unwrap().position)
}

/// The case as it stands, but for the count of its events.
async fn standing(clients: &Clients, case_id: &str, position: u64) -> wire::Case {
    let request = wire::GetCaseRequest { header: after(position), case_id: case_id.to_owned(), page: None };
    let shown = clients.cases().get_case(request).await.unwrap().into_inner();
    wire::Case { revision: 0, ..shown.case.unwrap() }
}

#[tokio::test]
async fn a_merge_of_cases_is_taken_back_and_each_stands_as_it_stood() {
    let world = World::start().await;
    let clients: &Clients = &world;
    let contact_id = ann(clients).await;
    let (first, position) = case(clients, "first", &contact_id).await;
    let (second, _) = case(clients, "second", &contact_id).await;
    let before = standing(clients, &first, position).await;
    let merge = wire::MergeCaseRequest {
        header: header("merge"),
        case_id: first.clone(),
        into_case_id: second.clone(),
    };
    clients.cases().merge_case(merge).await.unwrap();
    let reply = |request_id: &str| wire::ReplyToCaseRequest {
        header: header(request_id),
        case_id: first.clone(),
        channel: wire::InteractionChannel::Email.into(),
        text: "We are on our way".to_owned(),
    };
    let refused = clients.cases().reply_to_case(reply("merged")).await.unwrap_err();
    assert_eq!(reason(&refused), "CASE_MERGED");
    let part = wire::PartCaseRequest { header: header("part"), case_id: first.clone(), from_case_id: second };
    let parted = clients.cases().part_case(part).await.unwrap().into_inner();
    assert_eq!(standing(clients, &first, parted.receipt.unwrap().position).await, before);
    clients.cases().reply_to_case(reply("apart")).await.unwrap();
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
async fn who_comes_in_by_every_way_is_one_contact_with_one_lead() {
    use wire::capture_leads_response::Outcome;
    let (_folder, server) = served();
    let clients = Clients::connect(&server.gateway).await;
    let first = clients.leads().capture_lead(form("call", "ann@example.com")).await.unwrap().into_inner();
    let known = (first.contact_id, first.lead_id);
    let forms = vec![form("form-1", "Ann@example.com"), form("form-2", "ann@EXAMPLE.com")];
    let mut answers = clients.leads().capture_leads(futures::stream::iter(forms)).await.unwrap().into_inner();
    while let Some(answer) = answers.message().await.unwrap() {
        let Some(Outcome::Captured(captured)) = answer.outcome else { panic!("refused") };
        assert_eq!((captured.contact_id, captured.lead_id), known);
    }
    let captured = lead(&server, "UTC", &["capture", "--source", "call", "--email", "ANN@example.com"]);
    assert_eq!((&captured["contact_id"], &captured["lead_id"]), (&json!(known.0), &json!(known.1)));
    assert_eq!(captured["captured_again"], 3);
    server.terminate();
}

#[tokio::test]
async fn a_conversion_that_is_sent_again_makes_one_deal() {
    let world = World::start().await;
    let clients: &Clients = &world;
    let pipeline_id = sales(clients).await;
    let lead_id =
        clients.leads().capture_lead(form("form", "ann@example.com")).await.unwrap().into_inner().lead_id;
    let qualify = wire::QualifyLeadRequest {
        header: header("qualify"),
        lead_id: lead_id.clone(),
        ..wire::QualifyLeadRequest::default()
    };
    clients.leads().qualify_lead(qualify).await.unwrap();
    let deal = wire::LeadDeal { pipeline_id, title: "Seats".to_owned(), ..wire::LeadDeal::default() };
    let convert = |request_id: &str| wire::ConvertLeadRequest {
        header: header(request_id),
        lead_id: lead_id.clone(),
        account: None,
        deal: Some(deal.clone()),
    };
    let first = clients.leads().convert_lead(convert("convert")).await.unwrap().into_inner();
    let retried = clients.leads().convert_lead(convert("convert")).await.unwrap().into_inner();
    assert_eq!(retried, first, "whoever heard no answer gets the first one");
    let again = clients.leads().convert_lead(convert("another-click")).await.unwrap().into_inner();
    assert_eq!(again.opportunity_id, first.opportunity_id);
    let header = after(again.receipt.unwrap().position);
    let view = wire::GetPipelineViewRequest { header, ..wire::GetPipelineViewRequest::default() };
    let view = clients.pipelines().get_pipeline_view(view).await.unwrap().into_inner();
    assert_eq!(view.opportunities, 1);
}

#[tokio::test]
async fn a_company_has_several_pipelines_and_a_deal_goes_through_the_stages_of_its_own() {
    let world = World::start().await;
    let clients: &Clients = &world;
    let (contact_id, sales) = (ann(clients).await, sales(clients).await);
    let mut partners = pipeline("partners");
    partners.name = "Partners".to_owned();
    partners.stages[1].key = "introduced".to_owned();
    let partners = clients.pipelines().publish_pipeline(partners).await.unwrap().into_inner().pipeline_id;
    let sold = wire::OpenOpportunityRequest { amount: euros(100_000), ..deal("sold", &sales, &contact_id) };
    opened(clients, sold).await;
    let (referred, _) = opened(clients, deal("referred", &partners, &contact_id)).await;
    let moved = async |request_id: &str, stage: &str| {
        let (header, stage) = (header(request_id), stage.to_owned());
        let request = wire::MoveOpportunityStageRequest { header, opportunity_id: referred.clone(), stage };
        clients.pipelines().move_opportunity_stage(request).await
    };
    let refused = moved("offered", "offered").await.unwrap_err();
    assert_eq!(reason(&refused), "PIPELINE_STAGE_NOT_FOUND");
    let receipt = moved("introduced", "introduced").await.unwrap().into_inner().receipt.unwrap();
    for (pipeline_id, stage, open_amount) in
        [(&sales, "new", vec![euros(100_000).unwrap()]), (&partners, "introduced", vec![])]
    {
        let request = wire::GetPipelineViewRequest {
            header: after(receipt.position),
            pipeline_id: pipeline_id.clone(),
            ..wire::GetPipelineViewRequest::default()
        };
        let view = clients.pipelines().get_pipeline_view(request).await.unwrap().into_inner();
        let taken = view.stages.iter().filter(|view| view.count > 0);
        let taken: Vec<_> = taken.map(|view| view.stage.as_ref().unwrap().key.as_str()).collect();
        assert_eq!((taken, view.open_amount), (vec![stage], open_amount));
    }
}

#[tokio::test]
async fn the_trail_says_what_was_there_before_what_came_after_and_who_did_it() {
    let world = World::start().await;
    let clients: &Clients = &world;
    let (contact_id, pipeline_id) = (ann(clients).await, sales(clients).await);
    for owner in ["user_ann", "user_bob"] {
        let (header, contact_id) = (header(owner), contact_id.clone());
        let request = wire::AssignContactOwnerRequest { header, contact_id, owner: owner.to_owned() };
        clients.contacts().assign_contact_owner(request).await.unwrap();
    }
    let request = wire::OpenOpportunityRequest {
        amount: euros(500_000),
        expected_close_on: "2027-03-31".to_owned(),
        ..deal("deal", &pipeline_id, &contact_id)
    };
    let (opportunity_id, _) = opened(clients, request).await;
    let revise = wire::ReviseOpportunityAmountRequest {
        header: header("revise"),
        opportunity_id: opportunity_id.clone(),
        amount: euros(600_000),
        fx: None,
    };
    clients.pipelines().revise_opportunity_amount(revise).await.unwrap();
    let postpone = wire::MoveOpportunityCloseDateRequest {
        header: header("postpone"),
        opportunity_id,
        expected_close_on: "2027-06-30".to_owned(),
    };
    let postponed = clients.pipelines().move_opportunity_close_date(postpone).await.unwrap().into_inner();
    let request = wire::GetTimelineRequest {
        header: after(postponed.receipt.unwrap().position),
        contact_id,
        ..wire::GetTimelineRequest::default()
    };
    let timeline = clients.interactions().get_timeline(request).await.unwrap().into_inner();
    let told: Vec<&str> = timeline.entries.iter().map(|entry| entry.description.as_str()).collect();
    for words in [
        "handed from user_ann to user_bob",
        "amount revised from 5000.00 EUR to 6000.00 EUR",
        "expected close moved from 2027-03-31 to 2027-06-30",
    ] {
        assert!(told.contains(&words), "{words} in {told:?}");
    }
    assert!(timeline.entries.iter().all(|entry| entry.actor.is_some()));
}

#[tokio::test]
async fn an_amount_keeps_its_currency_and_currencies_are_never_added_up() {
    let world = World::start().await;
    let clients: &Clients = &world;
    let (contact_id, pipeline_id) = (ann(clients).await, sales(clients).await);
    let request =
        wire::OpenOpportunityRequest { amount: euros(100_000), ..deal("euros", &pipeline_id, &contact_id) };
    let (opportunity_id, _) = opened(clients, request).await;
    let relabel = wire::ReviseOpportunityAmountRequest {
        header: header("relabel"),
        opportunity_id,
        amount: dollars(100_000),
        fx: None,
    };
    let refused = clients.pipelines().revise_opportunity_amount(relabel).await.unwrap_err();
    assert_eq!(reason(&refused), "OPPORTUNITY_CURRENCY_DIFFERS");
    let request = wire::OpenOpportunityRequest {
        amount: dollars(70_000),
        ..deal("dollars", &pipeline_id, &contact_id)
    };
    let (_, position) = opened(clients, request).await;
    let request =
        wire::GetPipelineViewRequest { header: after(position), ..wire::GetPipelineViewRequest::default() };
    let view = clients.pipelines().get_pipeline_view(request).await.unwrap().into_inner();
    let mut amounts: Vec<_> =
        view.open_amount.iter().map(|money| (money.currency.as_str(), money.minor_units)).collect();
    amounts.sort_unstable();
    assert_eq!(amounts, [("EUR", 100_000), ("USD", 70_000)]);
}

/// What a command of somebody in a time zone says of a lead.
fn lead(server: &Process, zone: &str, arguments: &[&str]) -> Value {
    let mut command = server.command(&[&["lead"], arguments, &["--json"]].concat());
    let done = command.env("TZ", zone).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let document: Value = serde_json::from_slice(&done.stdout).unwrap();
    document["lead"].clone()
}

#[test]
fn a_day_is_the_same_day_in_every_time_zone() {
    let (_folder, server) = served();
    let ends_on = json!({ "contract_ends_on": "2027-03-31" });
    let capture =
        ["capture", "--source", "call", "--name", "Ann Lee", "--field", "contract_ends_on=2027-03-31"];
    // Fourteen hours ahead of universal time, and eleven behind.
    let captured = lead(&server, "Pacific/Kiritimati", &capture);
    assert_eq!(captured["fields"], ends_on);
    let id = captured["lead_id"].as_str().unwrap();
    let rests = lead(&server, "Pacific/Pago_Pago", &["recycle", id, "--until", "2027-04-01"]);
    assert_eq!((&rests["fields"], &rests["until"]), (&ends_on, &json!("2027-04-01")));
    for zone in ["Pacific/Kiritimati", "UTC", "Pacific/Pago_Pago"] {
        let shown = lead(&server, zone, &["show", id]);
        assert_eq!((&shown["fields"], &shown["until"]), (&ends_on, &json!("2027-04-01")), "{zone}");
    }
    server.terminate();
}
