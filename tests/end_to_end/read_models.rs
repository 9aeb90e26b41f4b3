//! Read models can be deleted, rebuilt, paused: they come back the same, to the byte.

use rapport_proto::v1 as wire;
use rapport_tests::World;
use rapport_tests::ask::{after, call, deal, email, euros, header, person, pipeline};

/// A small company's worth of everything; hands over the last position.
async fn populate(world: &World) -> (Vec<String>, u64) {
    let mut ids = Vec::new();
    let sales = world.pipelines().publish_pipeline(pipeline("p")).await.unwrap().into_inner().pipeline_id;
    let mut last = 0;
    for number in 0..12 {
        let request = wire::RegisterContactRequest {
            contact_points: vec![email(&format!("c{number}@example.com"))],
            ..person(&format!("c{number}"), &format!("Customer {number}"))
        };
        let id = world.contacts().register_contact(request).await.unwrap().into_inner().contact_id;
        world.interactions().record_interaction(call(&format!("i{number}"), &id, "hello")).await.unwrap();
        let request = wire::OpenOpportunityRequest {
            amount: euros(1_000 * number),
            ..deal(&format!("d{number}"), &sales, &id)
        };
        let opportunity_id =
            world.pipelines().open_opportunity(request).await.unwrap().into_inner().opportunity_id;
        if number % 3 == 0 {
            let won = wire::WinOpportunityRequest {
                header: header(&format!("w{number}")),
                opportunity_id,
                amount: None,
            };
            world.pipelines().win_opportunity(won).await.unwrap();
        }
        let started = wire::StartSubscriptionRequest {
            header: header(&format!("s{number}")),
            contact_id: id.clone(),
            plan: "basic".to_owned(),
            mrr: euros(100 + number),
            ..Default::default()
        };
        last = world
            .subscriptions()
            .start_subscription(started)
            .await
            .unwrap()
            .into_inner()
            .receipt
            .unwrap()
            .position;
        ids.push(id);
    }
    (ids, last)
}

/// Every answer that can be had, as bytes.
async fn answers(world: &World, contacts: &[String], position: u64) -> Vec<Vec<u8>> {
    use rapport_tests::ask::encoded;
    let header = after(position);
    let mut answers = Vec::new();
    for contact_id in contacts {
        let contact_id = contact_id.clone();
        let contact = wire::GetContactRequest { header, contact_id: contact_id.clone() };
        answers.push(encoded(&world.contacts().get_contact(contact).await.unwrap().into_inner()));
        let timeline =
            wire::GetTimelineRequest { header, contact_id: contact_id.clone(), ..Default::default() };
        answers.push(encoded(&world.interactions().get_timeline(timeline).await.unwrap().into_inner()));
        let subscriptions = wire::ListSubscriptionsRequest { header, contact_id, page: None };
        answers.push(encoded(
            &world.subscriptions().list_subscriptions(subscriptions).await.unwrap().into_inner(),
        ));
    }
    let page = Some(wire::PageRequest { page_size: 5, page_token: String::new() });
    let contacts = wire::ListContactsRequest { header, page };
    answers.push(encoded(&world.contacts().list_contacts(contacts).await.unwrap().into_inner()));
    // Ages are measured at a moment of the caller's, so that they are the same each time.
    let aged_at = Some(prost_types::Timestamp { seconds: 4_000_000_000, nanos: 0 });
    let view = wire::GetPipelineViewRequest { header, aged_at, ..Default::default() };
    answers.push(encoded(&world.pipelines().get_pipeline_view(view).await.unwrap().into_inner()));
    let churn =
        wire::GetChurnReportRequest { header, activity_to: "2030-01-01".to_owned(), ..Default::default() };
    answers.push(encoded(&world.reports().get_churn_report(churn).await.unwrap().into_inner()));
    answers
}

#[tokio::test]
async fn deleted_read_models_come_back_the_same_to_the_byte() {
    let mut world = World::start().await;
    let (contacts, last) = populate(&world).await;
    let before = answers(&world, &contacts, last).await;
    world.stop().await;
    std::fs::remove_dir_all(world.data_dir().join("read")).unwrap();
    world.start_again().await;
    assert_eq!(answers(&world, &contacts, last).await, before);
}

#[tokio::test]
async fn a_rebuilt_read_model_answers_the_same_to_the_byte() {
    let world = World::start().await;
    let (contacts, last) = populate(&world).await;
    let before = answers(&world, &contacts, last).await;
    let projections =
        world.admin().list_projections(wire::ListProjectionsRequest {}).await.unwrap().into_inner();
    for projection in projections.projections {
        world
            .admin()
            .rebuild_projection(wire::RebuildProjectionRequest { name: projection.name })
            .await
            .unwrap();
    }
    assert_eq!(answers(&world, &contacts, last).await, before);
}

#[tokio::test]
async fn a_paused_read_model_stands_still_while_the_others_go_on() {
    let world = World::start().await;
    let pause = wire::PauseProjectionRequest { name: "directory".to_owned() };
    world.admin().pause_projection(pause).await.unwrap();
    let registered = world.contacts().register_contact(person("r1", "Ann")).await.unwrap().into_inner();
    let position = registered.receipt.unwrap().position;
    let timeline = wire::GetTimelineRequest {
        header: after(position),
        contact_id: registered.contact_id.clone(),
        ..Default::default()
    };
    let timeline = world.interactions().get_timeline(timeline).await.unwrap().into_inner();
    assert_eq!(timeline.entries.len(), 1);
    let status = world.admin().list_projections(wire::ListProjectionsRequest {}).await.unwrap().into_inner();
    let directory = status.projections.iter().find(|projection| projection.name == "directory").unwrap();
    assert_eq!((directory.state(), directory.position), (wire::ProjectionState::Paused, 0));

    let resume = wire::ResumeProjectionRequest { name: "directory".to_owned() };
    world.admin().resume_projection(resume).await.unwrap();
    let contact = wire::GetContactRequest { header: after(position), contact_id: registered.contact_id };
    world.contacts().get_contact(contact).await.unwrap();
}

#[tokio::test]
async fn a_read_model_that_is_not_there_is_not_found() {
    let world = World::start().await;
    let rebuild = wire::RebuildProjectionRequest { name: "horoscope".to_owned() };
    let refused = world.admin().rebuild_projection(rebuild).await.unwrap_err();
    assert_eq!(rapport_tests::ask::reason(&refused), "PROJECTION_NOT_FOUND");
}
