//! Views of past moments of real data, as pandas finds them in the files.

use std::collections::BTreeMap;
use std::path::Path;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use rapport_domain::value::Date;
use rapport_proto::v1 as wire;
use rapport_proto::v1::query_header::AsOf;
use rapport_tests::ask::reason;
use rapport_tests::{Clients, Process, data};
use tonic::{Code, Status};

use crate::cross_check::CrossCheck;
use crate::real_data::{import_with, served};

/// Timelines that are asked for at the same time.
const CALLS: usize = 16;
const PAGE: u32 = 200;

/// The header of a question as of the beginning of a day.
fn as_of(day: &str) -> Option<wire::QueryHeader> {
    let start = Date::parse(day).unwrap().start().micros();
    let time = prost_types::Timestamp { seconds: start / 1_000_000, nanos: 0 };
    Some(wire::QueryHeader { min_position: 0, as_of: Some(AsOf::AsOfTime(time)) })
}

/// Asks until the moment is put together.
async fn ready<T, F>(mut ask: impl FnMut() -> F) -> Result<T, Status>
where
    F: Future<Output = Result<tonic::Response<T>, Status>>,
{
    loop {
        match ask().await {
            Err(status) if status.code() == Code::Unavailable && reason(&status) == "AS_OF_NOT_READY" => {}
            answer => return answer.map(tonic::Response::into_inner),
        }
    }
}

async fn callers(clients: &Clients, day: &str) -> Result<Vec<String>, Status> {
    let (mut ids, mut page_token) = (Vec::new(), String::new());
    loop {
        let page = Some(wire::PageRequest { page_size: PAGE, page_token });
        let request = wire::ListContactsRequest { header: as_of(day), page };
        let answer = ready(|| {
            let (mut service, request) = (clients.contacts(), request.clone());
            async move { service.list_contacts(request).await }
        })
        .await?;
        ids.extend(answer.contacts.into_iter().map(|contact| contact.contact_id));
        if answer.next_page_token.is_empty() {
            return Ok(ids);
        }
        page_token = answer.next_page_token;
    }
}

/// An update's place in time, and the state that it says; by number of the incident.
type States = BTreeMap<String, ((i64, u64), String)>;

/// The last update of each of a caller's incidents.
async fn incidents(clients: &Clients, day: &str, contact_id: String) -> Result<States, Status> {
    let (mut states, mut page_token) = (States::new(), String::new());
    loop {
        let request = wire::GetTimelineRequest {
            header: as_of(day),
            contact_id: contact_id.clone(),
            kinds: vec![wire::TimelineKind::Interaction.into()],
            page: Some(wire::PageRequest { page_size: PAGE, page_token }),
            ..wire::GetTimelineRequest::default()
        };
        let answer = ready(|| {
            let (mut service, request) = (clients.interactions(), request.clone());
            async move { service.get_timeline(request).await }
        })
        .await?;
        for entry in answer.entries {
            for related in entry.related {
                if let Some(wire::related_to::Thing::CaseRef(number)) = related.thing {
                    // Newest first.
                    let place = (entry.occurred_at.unwrap().seconds, entry.position);
                    states.entry(number).or_insert_with(|| (place, entry.outcome.clone()));
                }
            }
        }
        if answer.next_page_token.is_empty() {
            return Ok(states);
        }
        page_token = answer.next_page_token;
    }
}

/// The last state of every incident. Some went from one caller to another.
async fn last_states(clients: &Clients, day: &str) -> Result<BTreeMap<String, String>, Status> {
    let callers = callers(clients, day).await?;
    let of_each = stream::iter(callers).map(|caller| incidents(clients, day, caller)).buffer_unordered(CALLS);
    let all = of_each
        .try_fold(States::new(), async |mut all, some| {
            for (number, update) in some {
                let last = all.entry(number).or_insert_with(|| update.clone());
                *last = last.clone().max(update);
            }
            Ok(all)
        })
        .await?;
    Ok(all.into_iter().map(|(number, (_, state))| (number, state)).collect())
}

const DATES: [&str; 10] = [
    "2016-03-01",
    "2016-03-08",
    "2016-03-15",
    "2016-04-01",
    "2016-04-15",
    "2016-05-01",
    "2016-05-20",
    "2016-06-15",
    "2016-09-01",
    "2017-02-01",
];
/// Of these, asked for caller by caller as well: an early one and one by which nearly all is known.
const DATES_CALLER_BY_CALLER: [&str; 2] = ["2016-03-15", "2016-06-15"];

#[test]
fn the_open_backlog_of_servicenow_as_of_ten_dates_is_what_pandas_finds_in_the_file() {
    let Some(folder) = data::folder("servicenow_incidents_half_a") else { return };
    let Some(check) = CrossCheck::with_pandas("servicenow_backlog.py") else { return };
    let (_folder, server) = served();
    import_with(&server, "servicenow", &folder, &["--at-occurred"]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let clients = Clients::connect(&server.gateway).await;
        for day in DATES_CALLER_BY_CALLER {
            let states = last_states(&clients, day).await.unwrap();
            check.keep(&format!("{day}.json"), serde_json::to_vec(&states).unwrap());
        }
    });
    for day in DATES {
        let export = ["export", "--model", "timeline", "--table", "entries", "--as-of", day];
        check.answer(&server, &format!("{day}.ndjson"), &export);
    }
    check.agrees(&folder);
    server.terminate();
}

#[test]
fn the_pipeline_of_maven_as_of_a_date_is_what_pandas_finds_in_the_files() {
    let Some(folder) = data::folder("maven_crm") else { return };
    let (_folder, server) = served();
    import_with(&server, "maven-crm", &folder, &["--at-occurred"]);
    let engaging = |day: &str| {
        let view = server.json(&["pipeline", "--json", "--as-of", day]);
        assert_eq!(view["as_of"], format!("{day}T00:00:00.000000Z"));
        view["stages"].as_array().unwrap()[1]["count"].as_u64().unwrap()
    };
    assert_eq!((engaging("2017-06-30"), engaging("2017-12-31")), (1_686, 1_589));
    assert_eq!(engaging("2017-06-30"), 1_686, "the same question has the same answer");
    if let Some(check) = CrossCheck::with_pandas("maven_crm_as_of.py") {
        for day in ["2016-11-01", "2017-02-01", "2017-06-30", "2017-09-30", "2017-12-31"] {
            check.answer(&server, &format!("as-of-{day}.json"), &["pipeline", "--json", "--as-of", day]);
        }
        check.agrees(&folder);
    }
    import_with(&server, "maven-crm", &folder, &["--at-occurred"]);
    assert_eq!(engaging("2017-12-31"), 1_589, "a second import changes nothing");
    server.terminate();
}

#[test]
fn what_was_true_at_a_date_is_told_also_by_a_log_that_heard_of_it_much_later() {
    let Some(folder) = data::folder("maven_crm") else { return };
    let Some(check) = CrossCheck::with_pandas("maven_crm_as_of.py") else { return };
    let (_folder, server) = served();
    import_with(&server, "maven-crm", &folder, &[]);
    for day in ["2017-02-01", "2017-06-30"] {
        check.answer(&server, &format!("valid-at-{day}.json"), &["pipeline", "--json", "--valid-at", day]);
    }
    check.agrees(&folder);
    if let Some(buyers) = data::folder("cdnow_sample") {
        refuses_history(&server, &buyers);
    }
    server.terminate();
}

/// What was recorded now has ended the time in which history could be brought in as it happened.
fn refuses_history(server: &Process, folder: &Path) {
    let output = server.run(&["import", "cdnow", folder.to_str().unwrap(), "--at-occurred"]);
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{complaint}");
    assert!(complaint.contains("LOG_TIME_PASSED"), "{complaint}");
}
