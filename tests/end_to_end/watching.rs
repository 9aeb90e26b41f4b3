//! Those who watch are told what there is, and then every change, once.

use std::collections::BTreeMap;

use rapport_proto::v1 as wire;
use rapport_tests::World;
use rapport_tests::ask::{after, call, deal, euros, header, person, pipeline, reason, refused_fields};
use tonic::{Status, Streaming};

async fn registered(world: &World, request_id: &str) -> String {
    let person = person(request_id, "Ann");
    world.contacts().register_contact(person).await.unwrap().into_inner().contact_id
}

async fn watch(
    world: &World,
    contact_id: &str,
    token: &str,
    min_position: u64,
) -> Result<Streaming<wire::WatchTimelineResponse>, Status> {
    let request = wire::WatchTimelineRequest {
        contact_id: contact_id.to_owned(),
        snapshot_size: 0,
        resume_token: token.to_owned(),
        header: after(min_position),
    };
    world.interactions().watch_timeline(request).await.map(tonic::Response::into_inner)
}

async fn record(world: &World, contact_id: &str, name: &str) -> wire::RecordInteractionResponse {
    world.interactions().record_interaction(call(name, contact_id, name)).await.unwrap().into_inner()
}

fn told(message: &wire::WatchTimelineResponse) -> Vec<(u64, bool)> {
    message.entries.iter().map(|entry| (entry.position, entry.corrected_at.is_some())).collect()
}

#[tokio::test]
async fn a_timeline_is_told_and_then_what_is_new_or_set_right() {
    let world = World::start().await;
    let ann = registered(&world, "ann").await;
    let first = record(&world, &ann, "one").await;
    let [registration, one] = [1, first.receipt.unwrap().position];
    let mut messages = watch(&world, &ann, "", one).await.unwrap();
    let snapshot = messages.message().await.unwrap().unwrap();
    assert!(snapshot.snapshot);
    assert_eq!(told(&snapshot), [(one, false), (registration, false)]);

    registered(&world, "somebody-else").await;
    let two = record(&world, &ann, "two").await.receipt.unwrap().position;
    let change = messages.message().await.unwrap().unwrap();
    assert_eq!((change.snapshot, told(&change)), (false, vec![(two, false)]));

    let correction = wire::CorrectInteractionRequest {
        header: header("set-right"),
        contact_id: ann.clone(),
        interaction_id: first.interaction_id,
        summary: "one, set right".to_owned(),
        ..Default::default()
    };
    world.interactions().correct_interaction(correction).await.unwrap();
    let corrected = messages.message().await.unwrap().unwrap();
    assert_eq!(told(&corrected), [(one, true)], "the entry that was set right, as it is now");

    let mut again = watch(&world, &ann, &change.token, 0).await.unwrap();
    let resumed = again.message().await.unwrap().unwrap();
    assert_eq!((resumed.snapshot, told(&resumed)), (false, vec![(one, true)]), "what came behind the token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_told_twice_however_often_the_watch_is_resumed() {
    let world = World::start().await;
    let ann = registered(&world, "ann").await;
    let writing = async {
        for lane in 0..50 {
            let calls = (0..4).map(|number| format!("call-{lane}-{number}"));
            futures::future::join_all(calls.map(|name| {
                let (world, ann) = (&world, &ann);
                async move { record(world, ann, &name).await }
            }))
            .await;
        }
    };
    let watching = async {
        let (mut entries, mut token, mut resumed) = (BTreeMap::new(), String::new(), 0);
        while entries.len() < 201 {
            let mut messages = watch(&world, &ann, &token, 1).await.unwrap();
            // A few messages, and then the caller is gone.
            for _ in 0..=resumed % 3 {
                let Some(message) = messages.message().await.unwrap() else { break };
                for entry in message.entries {
                    let position = entry.position;
                    assert!(entries.insert(position, entry).is_none(), "{position} is told twice");
                }
                token = message.token;
                if entries.len() >= 201 {
                    break;
                }
            }
            resumed += 1;
        }
        entries
    };
    let (entries, ()) = tokio::join!(watching, writing);
    let request = wire::GetTimelineRequest {
        contact_id: ann.clone(),
        page: Some(wire::PageRequest { page_size: 200, page_token: String::new() }),
        ..Default::default()
    };
    let page = world.interactions().get_timeline(request).await.unwrap().into_inner();
    assert_eq!(page.entries.len(), 200);
    for entry in page.entries {
        assert_eq!(entries.get(&entry.position), Some(&entry));
    }
}

#[tokio::test]
async fn a_pipeline_is_told_again_when_it_changed() {
    let world = World::start().await;
    let ann = registered(&world, "ann").await;
    let published = world.pipelines().publish_pipeline(pipeline("sales")).await.unwrap().into_inner();
    let request = |token: &str| wire::WatchPipelineViewRequest {
        view: Some(wire::GetPipelineViewRequest {
            header: after(published.receipt.unwrap().position),
            ..Default::default()
        }),
        resume_token: token.to_owned(),
    };
    let mut messages = world.pipelines().watch_pipeline_view(request("")).await.unwrap().into_inner();
    let empty = messages.message().await.unwrap().unwrap();
    assert_eq!(empty.view.unwrap().open, 0);
    let mut resumed =
        world.pipelines().watch_pipeline_view(request(&empty.token)).await.unwrap().into_inner();

    // What is no change of this view is not told.
    registered(&world, "somebody-else").await;
    let open =
        wire::OpenOpportunityRequest { amount: euros(500), ..deal("deal", &published.pipeline_id, &ann) };
    world.pipelines().open_opportunity(open).await.unwrap();
    for messages in [&mut messages, &mut resumed] {
        let view = messages.message().await.unwrap().unwrap().view.unwrap();
        assert_eq!((view.open, view.open_amount), (1, vec![euros(500).unwrap()]));
    }
}

#[tokio::test]
async fn a_resumed_pipeline_is_never_told_from_before_its_token() {
    let world = World::start().await;
    let ann = registered(&world, "ann").await;
    let published = world.pipelines().publish_pipeline(pipeline("sales")).await.unwrap().into_inner();
    let request = |resume_token: String, position: u64| wire::WatchPipelineViewRequest {
        view: Some(wire::GetPipelineViewRequest { header: after(position), ..Default::default() }),
        resume_token,
    };
    let begin = request(String::new(), published.receipt.unwrap().position);
    let mut messages = world.pipelines().watch_pipeline_view(begin).await.unwrap().into_inner();
    let empty = messages.message().await.unwrap().unwrap();

    // This server stands still; the token is of one that has taken the deal in.
    let name = || "pipeline".to_owned();
    world.admin().pause_projection(wire::PauseProjectionRequest { name: name() }).await.unwrap();
    let open = deal("deal", &published.pipeline_id, &ann);
    let opened = world.pipelines().open_opportunity(open).await.unwrap().into_inner();
    let position = opened.receipt.unwrap().position;
    let watched = empty.token.split('.').nth(1).unwrap();
    let token = format!("{position}.{watched}.00");

    let (mut service, mut admin) = (world.pipelines(), world.admin());
    let resuming = async {
        admin.list_projections(wire::ListProjectionsRequest {}).await.unwrap();
        admin.resume_projection(wire::ResumeProjectionRequest { name: name() }).await.unwrap();
    };
    let (messages, ()) = tokio::join!(service.watch_pipeline_view(request(token, 0)), resuming);
    let first = messages.unwrap().into_inner().message().await.unwrap().unwrap();
    let view = first.view.unwrap();
    assert_eq!((view.open, view.position >= position), (1, true), "{}", view.position);
    assert!(first.token.starts_with(&format!("{}.{watched}.", view.position)));
}

#[tokio::test]
async fn read_models_are_told_again_when_an_operator_does_something() {
    let world = World::start().await;
    let request = wire::WatchProjectionsRequest::default();
    let mut messages = world.admin().watch_projections(request).await.unwrap().into_inner();
    let state = |message: &wire::WatchProjectionsResponse| {
        message.projections.iter().find(|projection| projection.name == "churn").unwrap().state()
    };
    let mut message = messages.message().await.unwrap().unwrap();
    assert_eq!(state(&message), wire::ProjectionState::Running);
    let pause = wire::PauseProjectionRequest { name: "churn".to_owned() };
    world.admin().pause_projection(pause).await.unwrap();
    while state(&message) != wire::ProjectionState::Paused {
        message = messages.message().await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_watch_that_makes_no_sense_is_refused_at_once() {
    let world = World::start().await;
    let (ann, bea) = (registered(&world, "ann").await, registered(&world, "bea").await);
    let mut of_ann = watch(&world, &ann, "", 2).await.unwrap();
    let token = of_ann.message().await.unwrap().unwrap().token;
    for (contact_id, token) in [(&bea, token.as_str()), (&ann, "yesterday"), (&ann, "7..")] {
        let refused = watch(&world, contact_id, token, 0).await.unwrap_err();
        assert_eq!(reason(&refused), "RESUME_TOKEN_INVALID", "{token}");
    }
    let malformed = watch(&world, "ann", "", 0).await.unwrap_err();
    assert_eq!(refused_fields(&malformed), ["contact_id"]);
    let nobody = "contact_01arz3ndektsv4rrffq69g5fav";
    assert_eq!(reason(&watch(&world, nobody, "", 0).await.unwrap_err()), "CONTACT_NOT_FOUND");
}

#[tokio::test]
async fn an_operator_who_asks_for_what_is_not_there_is_told_so() {
    let world = World::start().await;
    let name = || "churn".to_owned();
    let switch = world.admin().switch_projection(wire::SwitchProjectionRequest { name: name() }).await;
    assert_eq!(reason(&switch.unwrap_err()), "PROJECTION_NOTHING_BUILT");
    let discard = world.admin().discard_projection(wire::DiscardProjectionRequest { name: name() }).await;
    assert_eq!(reason(&discard.unwrap_err()), "PROJECTION_NOTHING_BUILT");
    let skip = |position, text: &str| wire::SkipEventRequest {
        header: header("skip"),
        name: name(),
        position,
        reason: text.to_owned(),
    };
    let refused = world.admin().skip_event(skip(1, "because")).await.unwrap_err();
    assert_eq!(reason(&refused), "PROJECTION_NOT_PARKED");
    let refused = world.admin().skip_event(skip(0, "")).await.unwrap_err();
    assert_eq!(refused_fields(&refused), ["reason", "position"]);
}
