//! Questions about a past moment, and history that is recorded at its own time, through a real gateway.

use rapport_proto::v1 as wire;
use rapport_proto::v1::query_header::AsOf;
use rapport_tests::ask::{after, call, encoded, person, pipeline, reason, refused_fields};
use rapport_tests::company::{answers_as, populate};
use rapport_tests::{Clients, World};
use tonic::{Code, Request, Status};

fn at(position: u64) -> Option<wire::QueryHeader> {
    Some(wire::QueryHeader { min_position: 0, as_of: Some(AsOf::AsOfPosition(position)) })
}

fn at_time(seconds: i64) -> Option<wire::QueryHeader> {
    let time = prost_types::Timestamp { seconds, nanos: 0 };
    Some(wire::QueryHeader { min_position: 0, as_of: Some(AsOf::AsOfTime(time)) })
}

async fn contacts(clients: &Clients, header: Option<wire::QueryHeader>) -> Result<u64, Status> {
    let request = wire::ListContactsRequest { header, page: None };
    Ok(clients.contacts().list_contacts(request).await?.into_inner().total)
}

/// The pipeline and the churn report with what they take from today left to the server.
async fn of_today(clients: &Clients, header: Option<wire::QueryHeader>) -> (Vec<u8>, String) {
    let view = wire::GetPipelineViewRequest { header, ..Default::default() };
    let view = clients.pipelines().get_pipeline_view(view).await.unwrap().into_inner();
    let churn = wire::GetChurnReportRequest { header, ..Default::default() };
    let churn = clients.reports().get_churn_report(churn).await.unwrap().into_inner();
    let day = churn.activity.clone().unwrap().to;
    ([encoded(&view), encoded(&churn)].concat(), day)
}

#[tokio::test]
async fn the_same_question_about_the_past_has_the_same_bytes_whatever_comes_later() {
    let mut world = World::start().await;
    let (ids, then) = populate(&world).await;
    let asked = answers_as(&world, &ids, at(then)).await;
    let (today, _) = of_today(&world, at(then)).await;
    for (number, id) in ids.iter().enumerate() {
        let later = call(&format!("later-{number}"), id, "and again");
        world.interactions().record_interaction(later).await.unwrap();
    }
    world.contacts().register_contact(person("later", "Zoe")).await.unwrap();
    assert_eq!(answers_as(&world, &ids, at(then)).await, asked);
    assert_eq!(contacts(&world, at(then)).await.unwrap(), 12);
    world.stop().await;
    world.start_again().await;
    assert_eq!(answers_as(&world, &ids, at(then)).await, asked, "also after a restart");
    assert_eq!(of_today(&world, at(then)).await.0, today, "and ages are those of the moment");
}

#[tokio::test]
async fn an_answer_says_which_position_and_time_it_stands_for() {
    let world = World::start().await;
    let first = world.contacts().register_contact(person("r1", "Ann")).await.unwrap().into_inner();
    world.contacts().register_contact(person("r2", "Bob")).await.unwrap();
    let request = wire::ListContactsRequest { header: at(1), page: None };
    let answer = world.contacts().list_contacts(request).await.unwrap().into_inner();
    assert_eq!((answer.position, answer.total), (first.receipt.unwrap().position, 1));
    let history = wire::ReadHistoryRequest::default();
    let mut events = world.history().read_history(history).await.unwrap().into_inner();
    let event = events.message().await.unwrap().unwrap();
    assert_eq!(answer.as_of, event.recorded_at);
    let now = wire::ListContactsRequest { header: after(2), page: None };
    assert_eq!(world.contacts().list_contacts(now).await.unwrap().into_inner().as_of, None);
}

#[tokio::test]
async fn what_was_not_there_yet_is_an_empty_answer() {
    let world = World::start().await;
    let (ids, _) = populate(&world).await;
    // Before the first event, by position and by time; and where the pipeline is there, and nobody else.
    for (header, pipelines) in [(at(0), 0), (at_time(0), 0), (at(1), 1)] {
        assert_eq!(contacts(&world, header).await.unwrap(), 0);
        let contact = wire::GetContactRequest { header, contact_id: ids[0].clone() };
        assert_eq!(world.contacts().get_contact(contact).await.unwrap().into_inner().contact, None);
        let timeline = wire::GetTimelineRequest { header, contact_id: ids[0].clone(), ..Default::default() };
        assert!(world.interactions().get_timeline(timeline).await.unwrap().into_inner().entries.is_empty());
        let consents = wire::GetConsentsRequest { header, contact_id: ids[0].clone(), valid_at: None };
        assert!(world.consents().get_consents(consents).await.unwrap().into_inner().consents.is_empty());
        let list = wire::ListPipelinesRequest { header };
        let listed = world.pipelines().list_pipelines(list).await.unwrap().into_inner();
        assert_eq!(listed.pipelines.len(), pipelines);
        let view = wire::GetPipelineViewRequest { header, ..Default::default() };
        let view = world.pipelines().get_pipeline_view(view).await.unwrap().into_inner();
        assert_eq!((view.pipeline.is_some(), view.opportunities), (pipelines == 1, 0));
    }
    let nobody =
        wire::GetContactRequest { header: None, contact_id: "contact_01arz3ndektsv4rrffq69g5fav".to_owned() };
    let unknown = world.contacts().get_contact(nobody).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound, "of now, it is said");
}

#[tokio::test]
async fn a_moment_that_makes_no_sense_is_refused_and_named() {
    let world = World::start().await;
    let (_, head) = populate(&world).await;
    let beyond = Some(wire::QueryHeader { min_position: 9, ..at(8).unwrap() });
    let unreadable = prost_types::Timestamp { seconds: 0, nanos: -1 };
    let unreadable = Some(wire::QueryHeader { min_position: 0, as_of: Some(AsOf::AsOfTime(unreadable)) });
    for (header, field) in [
        (at(head + 1), "header.as_of_position"),
        (at_time(4_000_000_000), "header.as_of_time"),
        (unreadable, "header.as_of_time"),
        (beyond, "header.min_position"),
    ] {
        let refused = contacts(&world, header).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "REQUEST_INVALID"));
        assert_eq!(refused_fields(&refused), [field]);
    }
}

/// A request to register somebody long ago.
fn long_ago(request_id: &str, year_seconds: i64, actor: &str) -> Request<wire::RegisterContactRequest> {
    let mut request = person(request_id, "Ann");
    let header = request.header.as_mut().unwrap();
    header.occurred_at = Some(prost_types::Timestamp { seconds: year_seconds, nanos: 0 });
    header.record_at_occurred = true;
    let mut request = Request::new(request);
    request.metadata_mut().insert("rapport-actor", actor.parse().unwrap());
    request
}

const YEAR_2017: i64 = 1_483_228_800;

#[tokio::test]
async fn history_is_recorded_when_it_happened_until_something_later_is_recorded() {
    let world = World::start().await;
    let mut contacts_service = world.contacts();
    let registered = contacts_service.register_contact(long_ago("r1", YEAR_2017, "import:cli")).await;
    let first = registered.unwrap().into_inner();
    contacts_service.register_contact(long_ago("r2", YEAR_2017 + 10, "import:cli")).await.unwrap();
    assert_eq!(contacts(&world, at_time(YEAR_2017 - 1)).await.unwrap(), 0);
    assert_eq!(contacts(&world, at_time(YEAR_2017)).await.unwrap(), 1);
    assert_eq!(contacts(&world, at_time(YEAR_2017 + 10)).await.unwrap(), 2);
    let mut events =
        world.history().read_history(wire::ReadHistoryRequest::default()).await.unwrap().into_inner();
    let event = events.message().await.unwrap().unwrap();
    assert_eq!(event.recorded_at.unwrap().seconds, YEAR_2017);
    assert!(
        event.metadata.contains("\"imported_at\":\"20"),
        "when it really came is kept: {}",
        event.metadata
    );

    let earlier = contacts_service.register_contact(long_ago("r3", YEAR_2017 + 9, "import:cli")).await;
    let refused = earlier.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "LOG_TIME_PASSED"));
    let again = contacts_service.register_contact(long_ago("r1", YEAR_2017, "import:cli")).await;
    assert_eq!(again.unwrap().into_inner(), first, "a repetition gets the first answer");
    world.pipelines().publish_pipeline(pipeline("now")).await.unwrap();
    let late = contacts_service.register_contact(long_ago("r4", YEAR_2017 + 20, "import:cli")).await;
    assert_eq!(reason(&late.unwrap_err()), "LOG_TIME_PASSED");
}

#[tokio::test]
async fn only_an_import_says_when_something_is_recorded_and_never_ahead_of_time() {
    let world = World::start().await;
    for actor in ["user:ann", "service:billing", "system:rapport"] {
        let denied = world.contacts().register_contact(long_ago("r1", YEAR_2017, actor)).await.unwrap_err();
        assert_eq!((denied.code(), reason(&denied).as_str()), (Code::PermissionDenied, "PERMISSION_MISSING"));
    }
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let in_an_hour = i64::try_from(seconds).unwrap() + 3_600;
    let ahead =
        world.contacts().register_contact(long_ago("r1", in_an_hour, "import:cli")).await.unwrap_err();
    assert_eq!(refused_fields(&ahead), ["header.occurred_at"]);
    let mut undated = long_ago("r1", YEAR_2017, "import:cli");
    undated.get_mut().header.as_mut().unwrap().occurred_at = None;
    let undated = world.contacts().register_contact(undated).await.unwrap_err();
    assert_eq!(refused_fields(&undated), ["header.occurred_at"]);
    let head = world.history().get_head(wire::GetHeadRequest {}).await.unwrap().into_inner();
    assert_eq!(head.position, 0);
}
