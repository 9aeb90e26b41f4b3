//! What a caller gets for a bad request: an error of its own, that names the field, with nothing half done.

use rapport_proto::v1 as wire;
use rapport_tests::World;
use rapport_tests::ask::{after, call, deal, email, header, person, pipeline, reason, refused_fields};
use tonic::{Code, Status};

fn refusal(status: &Status) -> (Code, String) {
    (status.code(), reason(status))
}

#[tokio::test]
async fn every_malformed_field_is_named_at_once_and_nothing_is_written() {
    let world = World::start().await;
    let request = wire::RegisterContactRequest {
        contact_id: "contact_x".to_owned(),
        kind: 77,
        contact_points: vec![email("ann@example.com"), email("nobody"), wire::NewContactPoint::default()],
        owner: "ann@example.com".to_owned(),
        segments: [("Region".to_owned(), "north".to_owned())].into(),
        ..person("", "")
    };
    let refused = world.contacts().register_contact(request).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::InvalidArgument, "REQUEST_INVALID".to_owned()));
    assert_eq!(
        refused_fields(&refused),
        [
            "header.request_id",
            "contact_id",
            "kind",
            "name",
            "contact_points[1].email",
            "contact_points[2].point",
            "owner",
            "segments[key]",
        ]
    );
    assert!(!refused.message().contains("nobody"), "the answer does not repeat what was sent");
    assert_eq!(world.head().await, 0);
}

#[tokio::test]
async fn unknown_ids_are_not_found() {
    let world = World::start().await;
    let ann = world.contacts().register_contact(person("r1", "Ann")).await.unwrap().into_inner().contact_id;
    let nobody = rapport_domain::id::ContactId::derived("tests", "nobody").to_string();
    let before = world.head().await;

    let interaction =
        world.interactions().record_interaction(call("r2", &nobody, "hello")).await.unwrap_err();
    assert_eq!(refusal(&interaction), (Code::NotFound, "CONTACT_NOT_FOUND".to_owned()));
    let unknown_pipeline = rapport_domain::id::PipelineId::derived("tests", "none").to_string();
    let opened = world.pipelines().open_opportunity(deal("r3", &unknown_pipeline, &ann)).await.unwrap_err();
    assert_eq!(refusal(&opened), (Code::NotFound, "PIPELINE_NOT_FOUND".to_owned()));
    let asked = wire::GetContactRequest { header: None, contact_id: nobody };
    let asked = world.contacts().get_contact(asked).await.unwrap_err();
    assert_eq!(refusal(&asked), (Code::NotFound, "CONTACT_NOT_FOUND".to_owned()));
    assert_eq!(world.head().await, before);
}

#[tokio::test]
async fn a_stage_that_the_pipeline_has_not_is_named_with_those_it_has() {
    let world = World::start().await;
    let ann = world.contacts().register_contact(person("r1", "Ann")).await.unwrap().into_inner().contact_id;
    let sales = world.pipelines().publish_pipeline(pipeline("r2")).await.unwrap().into_inner().pipeline_id;
    let request = wire::OpenOpportunityRequest { stage: "dreaming".to_owned(), ..deal("r3", &sales, &ann) };
    let refused = world.pipelines().open_opportunity(request).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::FailedPrecondition, "PIPELINE_STAGE_NOT_FOUND".to_owned()));
    assert!(refused.message().contains("new, offered, won, lost"), "{}", refused.message());
    assert_eq!(world.head().await, 2);
}

#[tokio::test]
async fn a_stale_revision_is_refused_with_both_numbers() {
    let world = World::start().await;
    let mut contacts = world.contacts();
    let ann = contacts.register_contact(person("r1", "Ann")).await.unwrap().into_inner().contact_id;
    let rename = |request_id: &str, expected_revision, name: &str| {
        let header = wire::CommandHeader { expected_revision, ..header(request_id).unwrap() };
        wire::CorrectContactNameRequest {
            header: Some(header),
            contact_id: ann.clone(),
            name: name.to_owned(),
        }
    };
    contacts.correct_contact_name(rename("r2", Some(0), "Anne")).await.unwrap();
    let refused = contacts.correct_contact_name(rename("r3", Some(0), "Anna")).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::Aborted, "REVISION_MISMATCH".to_owned()));
    let details = tonic_types::StatusExt::get_details_error_info(&refused).unwrap().metadata;
    assert_eq!((details["expectedRevision"].as_str(), details["actualRevision"].as_str()), ("0", "1"));
}

#[tokio::test]
async fn a_request_id_serves_one_request() {
    let world = World::start().await;
    let mut contacts = world.contacts();
    let first = contacts.register_contact(person("r1", "Ann")).await.unwrap().into_inner();
    let again = contacts.register_contact(person("r1", "Ann")).await.unwrap().into_inner();
    assert_eq!(again, first, "the same request gets the first answer");
    let other = contacts.register_contact(person("r1", "Bob")).await.unwrap_err();
    assert_eq!(refusal(&other), (Code::InvalidArgument, "REQUEST_ID_REUSED".to_owned()));
    let elsewhere = world.pipelines().publish_pipeline(pipeline("r1")).await.unwrap_err();
    assert_eq!(refusal(&elsewhere), (Code::InvalidArgument, "REQUEST_ID_REUSED".to_owned()));
    assert_eq!(world.head().await, 1);
}

#[tokio::test]
async fn a_page_token_serves_its_own_query() {
    let world = World::start().await;
    let mut contacts = world.contacts();
    let mut last = 0;
    for number in 0..3 {
        let registered =
            contacts.register_contact(person(&format!("r{number}"), "Ann")).await.unwrap().into_inner();
        last = registered.receipt.unwrap().position;
    }
    let page = |page_token: &str| wire::PageRequest { page_size: 2, page_token: page_token.to_owned() };
    let list = |token: &str| wire::ListContactsRequest { header: after(last), page: Some(page(token)) };
    let first = contacts.list_contacts(list("")).await.unwrap().into_inner();
    assert_eq!((first.contacts.len(), first.total), (2, 3));
    let second = contacts.list_contacts(list(&first.next_page_token)).await.unwrap().into_inner();
    assert_eq!((second.contacts.len(), second.next_page_token.as_str()), (1, ""));

    let garbage = contacts.list_contacts(list("garbage")).await.unwrap_err();
    assert_eq!(refusal(&garbage), (Code::InvalidArgument, "PAGE_TOKEN_INVALID".to_owned()));
    let deals =
        wire::ListOpportunitiesRequest { page: Some(page(&first.next_page_token)), ..Default::default() };
    let foreign = world.pipelines().list_opportunities(deals).await.unwrap_err();
    assert_eq!(refusal(&foreign), (Code::InvalidArgument, "PAGE_TOKEN_INVALID".to_owned()));
}

#[tokio::test]
async fn a_position_that_does_not_come_is_told_within_the_deadline() {
    let world = World::start().await;
    let mut request = tonic::Request::new(wire::ListContactsRequest { header: after(1_000), page: None });
    request.set_timeout(std::time::Duration::from_secs(8));
    let refused = world.contacts().list_contacts(request).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::Unavailable, "PROJECTION_BEHIND".to_owned()));
}

#[tokio::test]
async fn more_faults_than_a_status_can_carry_are_counted() {
    let world = World::start().await;
    let request = wire::PublishPipelineRequest { stages: vec![wire::Stage::default(); 50], ..pipeline("r1") };
    let refused = world.pipelines().publish_pipeline(request).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::InvalidArgument, "REQUEST_INVALID".to_owned()));
    assert_eq!(refused_fields(&refused).len(), 26, "25 fields, and how many more there are");
}

#[tokio::test]
async fn a_message_that_is_too_large_is_refused_with_its_reason() {
    let world = World::start().await;
    let refused = world.contacts().register_contact(person("r1", &"x".repeat(300 * 1024))).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::InvalidArgument, "MESSAGE_TOO_LARGE".to_owned()));
}

#[tokio::test]
async fn what_has_not_occurred_yet_is_refused() {
    let world = World::start().await;
    let mut request = person("r1", "Ann");
    let year_9000 = prost_types::Timestamp { seconds: 221_845_392_000, nanos: 0 };
    request.header.as_mut().unwrap().occurred_at = Some(year_9000);
    let refused = world.contacts().register_contact(request).await.unwrap_err();
    assert_eq!(refused_fields(&refused), ["header.occurred_at"]);
    assert_eq!(world.head().await, 0);
}

#[tokio::test]
async fn a_malformed_caller_is_refused() {
    let world = World::start().await;
    let mut request = tonic::Request::new(person("r1", "Ann"));
    request.metadata_mut().insert("rapport-actor", "somebody".parse().unwrap());
    let refused = world.contacts().register_contact(request).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::Unauthenticated, "CALLER_INVALID".to_owned()));
}

#[tokio::test]
async fn one_refused_item_of_a_stream_does_not_hold_up_the_others() {
    let world = World::start().await;
    let ann = world.contacts().register_contact(person("r1", "Ann")).await.unwrap().into_inner().contact_id;
    let items = vec![
        call("i1", &ann, "first"),
        wire::RecordInteractionRequest { channel: 0, ..call("i2", &ann, "no channel") },
        call("i3", "contact_x", "no such contact"),
        call("i4", &ann, "last"),
        call("i1", &ann, "first"),
        call("i4", &ann, "another text"),
    ];
    let mut answers =
        world.interactions().record_interactions(futures::stream::iter(items)).await.unwrap().into_inner();
    let mut seen = Vec::new();
    while let Some(answer) = answers.message().await.unwrap() {
        use wire::record_interactions_response::Outcome;
        let outcome = match answer.outcome.unwrap() {
            Outcome::Recorded(recorded) => {
                format!("revision {}", recorded.receipt.unwrap().revision.unwrap())
            }
            Outcome::Refused(refused) => {
                let fields: Vec<String> = refused.fields.into_iter().map(|field| field.field).collect();
                format!("{} {}", refused.reason, fields.join(","))
            }
        };
        seen.push((answer.index, answer.request_id, outcome));
    }
    let expected = [
        (0, "i1", "revision 0"),
        (1, "i2", "REQUEST_INVALID channel"),
        (2, "i3", "REQUEST_INVALID contact_id"),
        (3, "i4", "revision 1"),
        (4, "i1", "revision 0"),
        (5, "i4", "REQUEST_ID_REUSED "),
    ];
    let expected: Vec<(u64, String, String)> =
        expected.map(|(index, id, outcome)| (index, id.to_owned(), outcome.to_owned())).into();
    assert_eq!(seen, expected);
    assert_eq!(world.head().await, 3);
}
