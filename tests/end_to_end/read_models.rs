//! Read models can be deleted, rebuilt, paused: they come back the same, to the byte.

use rapport_proto::v1 as wire;
use rapport_tests::World;
use rapport_tests::ask::{after, person};
use rapport_tests::company::{answers, populate};
use rapport_tests::rebuild::until_built;

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
            .rebuild_projection(wire::RebuildProjectionRequest { name: projection.name, require_equal: true })
            .await
            .unwrap();
    }
    assert_eq!(answers(&world, &contacts, last).await, before, "the older files serve, or the new ones");
    for projection in until_built(&mut world.admin()).await.unwrap() {
        let comparison = projection.comparison.unwrap();
        assert!(comparison.equal && comparison.position == last, "{}: {comparison:?}", projection.name);
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
    let rebuild = wire::RebuildProjectionRequest { name: "horoscope".to_owned(), ..Default::default() };
    let refused = world.admin().rebuild_projection(rebuild).await.unwrap_err();
    assert_eq!(rapport_tests::ask::reason(&refused), "PROJECTION_NOT_FOUND");
}
