//! Cases: a real history of incidents against pandas, and a case's day through the gateway.

use std::path::Path;

use rapport_proto::v1 as wire;
use rapport_proto::v1::{CasePriority, CaseStatus, InteractionChannel, SlaTarget, Weekday};
use rapport_tests::ask::{header, person, reason};
use rapport_tests::{Clients, Process, World, data};
use tonic::Code;

use crate::cross_check::CrossCheck;
use crate::real_data::{import_with, served};

/// Half a year of incidents, imported once: in a test build that takes minutes.
#[test]
fn the_incidents_of_servicenow_and_a_tighter_policy_over_them_come_out_as_computed_from_the_file() {
    let Some(folder) = data::folder("servicenow_incidents_half_a") else { return };
    let Some(reported) = CrossCheck::with_pandas("servicenow_cases.py") else { return };
    let Some(tried) = CrossCheck::with_pandas("what_if_sla.py") else { return };
    let (_folder, server) = served();
    import_with(&server, "servicenow-cases", &folder, &["--at-occurred"]);
    report_as_of_some_days(&server, &reported);
    reported.agrees(&folder);
    try_twice(&server, &tried);
    tried.agrees(&folder);
    server.terminate();
}

fn report_as_of_some_days(server: &Process, check: &CrossCheck) {
    check.answer(server, "report.json", &["cases", "report", "--json"]);
    for day in ["2016-03-08", "2016-04-15", "2016-06-15"] {
        let report = ["cases", "report", "--json", "--as-of", day];
        check.answer(server, &format!("as-of-{day}.json"), &report);
    }
}

/// Tighter than ServiceNow's: a day for what is urgent, two for what is high, three for the rest; time waited for the caller is
/// not counted.
const DRAFT: &str = r#"
pauses = ["customer"]
[targets.urgent]
resolution_minutes = 1440
[targets.high]
resolution_minutes = 2880
[targets.normal]
resolution_minutes = 4320
"#;

fn try_twice(server: &Process, check: &CrossCheck) {
    check.keep("draft.toml", DRAFT.into());
    let draft = check.folder().join("draft.toml");
    let before = server.run(&["replay", "--json"]).stdout;
    for (from, to) in
        [("2016-01-01", "2017-03-01"), ("2016-03-01", "2016-03-20"), ("2016-05-01", "2016-06-01")]
    {
        let tried = ["what-if", "sla", draft.to_str().unwrap(), "--from", from, "--to", to, "--json"];
        let first = server.run(&tried);
        assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
        assert_eq!(server.run(&tried).stdout, first.stdout, "the same question has the same answer");
        check.keep(&format!("tried-{from}_{to}.json"), first.stdout);
    }
    assert_eq!(server.run(&["replay", "--json"]).stdout, before, "nothing is written");
}

#[test]
fn the_incidents_of_volvo_by_a_mapping_come_out_as_pandas_finds_them_in_the_file() {
    let Some(folder) = data::folder("bpi2013_volvo_sample") else { return };
    let Some(check) = CrossCheck::with_pandas("bpi2013_cases.py") else { return };
    let (_folder, server) = served();
    let mapping = concat!(env!("CARGO_MANIFEST_DIR"), "/mappings/bpi2013.toml");
    import_with(&server, "--mapping", Path::new(mapping), &[folder.to_str().unwrap()]);
    check.answer(&server, "report.json", &["cases", "report", "--json"]);
    check.agrees(&folder);
    server.terminate();
}

/// Berlin's working week, and a policy that answers urgent cases within an hour and solves them within eight.
async fn promise(clients: &Clients) -> String {
    let days = [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];
    let hours = days.map(|day| wire::WorkingHours {
        day: day.into(),
        from: "09:00".to_owned(),
        to: "17:00".to_owned(),
    });
    let calendar = wire::PublishCalendarRequest {
        header: header("calendar"),
        name: "Office".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        hours: hours.into(),
        ..Default::default()
    };
    let mut service = clients.service_levels();
    let calendar_id = service.publish_calendar(calendar).await.unwrap().into_inner().calendar_id;
    let targets = wire::SlaTargets {
        priority: CasePriority::Urgent.into(),
        first_response_minutes: Some(60),
        next_response_minutes: Some(30),
        resolution_minutes: Some(480),
    };
    let policy = wire::PublishSlaPolicyRequest {
        header: header("policy"),
        name: "Standard".to_owned(),
        calendar_id,
        targets: vec![targets],
        pauses: vec![wire::CaseWait::Customer.into()],
        ..Default::default()
    };
    service.publish_sla_policy(policy).await.unwrap().into_inner().sla_policy_id
}

/// A command at a time of the working week.
fn at(request_id: &str, time: &str) -> Option<wire::CommandHeader> {
    let occurred_at = Some(time.parse().unwrap());
    header(request_id).map(|header| wire::CommandHeader { occurred_at, ..header })
}

fn opening(contact_id: &str, sla_policy_id: &str) -> Option<wire::CaseOpening> {
    Some(wire::CaseOpening {
        contact_id: contact_id.to_owned(),
        channel: InteractionChannel::Email.into(),
        title: "The printer is on fire".to_owned(),
        priority: CasePriority::Urgent.into(),
        group: "first".to_owned(),
        sla_policy_id: sla_policy_id.to_owned(),
        ..Default::default()
    })
}

async fn open(clients: &Clients, request_id: &str, contact_id: &str, policy: &str) -> String {
    let request = wire::OpenCaseRequest {
        // Friday, half past four in Berlin.
        header: at(request_id, "2025-11-21T15:30:00Z"),
        opening: opening(contact_id, policy),
        text: "Ann Lee's printer burns".to_owned(),
        ..Default::default()
    };
    clients.cases().open_case(request).await.unwrap().into_inner().case_id
}

async fn standing(clients: &Clients, case_id: &str, receipt: Option<wire::Receipt>) -> wire::Case {
    let min_position = receipt.unwrap_or_default().position;
    let header = Some(wire::QueryHeader { min_position, as_of: None });
    let request = wire::GetCaseRequest { header, case_id: case_id.to_owned(), page: None };
    clients.cases().get_case(request).await.unwrap().into_inner().case.unwrap()
}

fn text(time: Option<&prost_types::Timestamp>) -> String {
    time.map(ToString::to_string).unwrap_or_default()
}

#[tokio::test]
async fn a_case_is_answered_on_monday_by_what_friday_left_and_waits_without_its_clock() {
    let world = World::start().await;
    let clients: &Clients = &world;
    let ann = clients.contacts().register_contact(person("ann", "Ann Lee")).await;
    let contact_id = ann.unwrap().into_inner().contact_id;
    let policy = promise(clients).await;
    let case_id = open(clients, "open", &contact_id, &policy).await;
    assert_eq!(open(clients, "open", &contact_id, &policy).await, case_id, "sent again, it is the same case");
    let reply = wire::ReplyToCaseRequest {
        header: at("reply", "2025-11-24T08:31:00Z"),
        case_id: case_id.clone(),
        channel: InteractionChannel::Email.into(),
        text: "We are on our way".to_owned(),
    };
    let replied = clients.cases().reply_to_case(reply).await.unwrap().into_inner().receipt;
    let case = standing(clients, &case_id, replied).await;
    assert_eq!(case.breached, [i32::from(SlaTarget::FirstResponse)], "it was due at half past nine");
    assert_eq!(text(case.resolution_due_at.as_ref()), "2025-11-24T15:30:00Z");
    let wait = wire::AwaitCaseRequest {
        header: at("await", "2025-11-24T14:30:00Z"),
        case_id: case_id.clone(),
        wait: wire::CaseWait::Customer.into(),
    };
    clients.cases().await_case(wait).await.unwrap();
    let heard = wire::RecordCustomerReplyRequest {
        header: at("hear", "2025-11-26T10:00:00Z"),
        case_id: case_id.clone(),
        channel: InteractionChannel::Email.into(),
        text: "It still burns".to_owned(),
    };
    let heard = clients.cases().record_customer_reply(heard).await.unwrap().into_inner().receipt;
    let case = standing(clients, &case_id, heard).await;
    assert_eq!(case.status(), CaseStatus::Open);
    assert_eq!(text(case.resolution_due_at.as_ref()), "2025-11-26T11:00:00Z", "an hour was left");
    assert_eq!(text(case.next_response_due_at.as_ref()), "2025-11-26T10:30:00Z");
    let request = wire::GetTimelineRequest { contact_id, ..Default::default() };
    let timeline = clients.interactions().get_timeline(request).await.unwrap().into_inner();
    let said = timeline.entries.iter().filter(|entry| entry.event_type == "interaction.recorded.v1").count();
    assert_eq!(said, 3, "what is said stands in the contact's timeline, once");
}

#[tokio::test]
async fn cases_are_merged_into_others_never_into_themselves_and_text_needs_a_contact() {
    let world = World::start().await;
    let clients: &Clients = &world;
    let ann = clients.contacts().register_contact(person("ann", "Ann Lee")).await;
    let contact_id = ann.unwrap().into_inner().contact_id;
    let first = open(clients, "first", &contact_id, "").await;
    let second = open(clients, "second", &contact_id, "").await;
    let merge = async |request_id: &str, case_id: &str, into: &str| {
        let (header, case_id, into_case_id) = (header(request_id), case_id.to_owned(), into.to_owned());
        clients.cases().merge_case(wire::MergeCaseRequest { header, case_id, into_case_id }).await
    };
    let itself = merge("merge-1", &first, &first).await.unwrap_err();
    assert_eq!(
        (itself.code(), reason(&itself)),
        (Code::FailedPrecondition, "CASE_MERGED_INTO_ITSELF".to_owned())
    );
    let receipt = merge("merge-2", &first, &second).await.unwrap().into_inner().receipt;
    assert_eq!(standing(clients, &first, receipt).await.merged_into, second);
    let back = merge("merge-3", &second, &first).await.unwrap_err();
    assert_eq!(reason(&back), "CASE_MERGED", "no circle");
    let nobody = wire::OpenCaseRequest {
        header: header("nobody"),
        opening: opening("", ""),
        text: "Somebody's words".to_owned(),
        ..Default::default()
    };
    let refused = clients.cases().open_case(nobody).await.unwrap_err();
    assert_eq!(reason(&refused), "CASE_WITHOUT_CONTACT");
}

#[tokio::test]
async fn a_low_rating_is_listed_until_somebody_looked_at_it_and_counts_in_the_report() {
    let world = World::start().await;
    let clients: &Clients = &world;
    let ann = clients.contacts().register_contact(person("ann", "Ann Lee")).await;
    let contact_id = ann.unwrap().into_inner().contact_id;
    let case_id = open(clients, "open", &contact_id, "").await;
    let rate = async |request_id: &str, rating: u32| {
        let request = wire::RateCaseRequest {
            header: header(request_id),
            case_id: case_id.clone(),
            rating,
            channel: InteractionChannel::Email.into(),
            text: "It took far too long".to_owned(),
        };
        clients.cases().rate_case(request).await
    };
    assert_eq!(reason(&rate("early", 1).await.unwrap_err()), "CASE_NOT_RESOLVED");
    assert_eq!(rate("six", 6).await.unwrap_err().code(), Code::InvalidArgument);
    let resolve = wire::ResolveCaseRequest {
        header: header("resolve"),
        case_id: case_id.clone(),
        ..Default::default()
    };
    clients.cases().resolve_case(resolve).await.unwrap();
    let rated = rate("rate", 2).await.unwrap().into_inner().receipt;
    let case = standing(clients, &case_id, rated).await;
    assert_eq!((case.rating, case.low_rated), (2, true));
    let low_rated = async |min_position: u64| {
        let filter = wire::CaseFilter { group: "first".to_owned(), low_rated: true, ..Default::default() };
        let header = Some(wire::QueryHeader { min_position, as_of: None });
        let request = wire::ListCasesRequest { header, filter: Some(filter), page: None };
        let listed = clients.cases().list_cases(request).await.unwrap().into_inner().cases;
        listed.into_iter().map(|case| case.case_id).collect::<Vec<_>>()
    };
    assert_eq!(low_rated(0).await, std::slice::from_ref(&case_id));
    let review = wire::ReviewCaseRatingRequest { header: header("review"), case_id: case_id.clone() };
    let reviewed = clients.cases().review_case_rating(review).await.unwrap().into_inner().receipt.unwrap();
    assert!(low_rated(reviewed.position).await.is_empty());
    let report = clients.cases().get_case_report(wire::GetCaseReportRequest::default()).await;
    let resolved = report.unwrap().into_inner().resolved.unwrap();
    assert_eq!((resolved.rated, resolved.satisfaction_basis_points), (1, Some(0)));
}
