//! A contact who has more interactions than are folded for a command, asked of a server that has just started.

use rapport_proto::v1 as wire;
use rapport_tests::World;
use rapport_tests::ask::{call, header, person, reason};

/// More than make a stream long.
const MANY: usize = 1_100;

/// A call that another system keeps under its number.
fn sourced(request_id: &str, contact_id: &str, number: usize) -> wire::RecordInteractionRequest {
    wire::RecordInteractionRequest {
        source_system: "telephony".to_owned(),
        external_ref: number.to_string(),
        ..call(request_id, contact_id, "said")
    }
}

fn correct(
    request_id: &str,
    contact_id: &str,
    interaction_id: &str,
    summary: &str,
) -> wire::CorrectInteractionRequest {
    wire::CorrectInteractionRequest {
        header: header(request_id),
        contact_id: contact_id.to_owned(),
        interaction_id: interaction_id.to_owned(),
        summary: summary.to_owned(),
        ..wire::CorrectInteractionRequest::default()
    }
}

/// Records them all; their ids.
async fn many(world: &World, ann: &str) -> Vec<String> {
    let items: Vec<_> = (0..MANY).map(|number| sourced(&format!("i{number}"), ann, number)).collect();
    let recorded = world.interactions().record_interactions(futures::stream::iter(items)).await;
    let mut answers = recorded.unwrap().into_inner();
    let mut ids = Vec::new();
    while let Some(answer) = answers.message().await.unwrap() {
        use wire::record_interactions_response::Outcome;
        match answer.outcome.unwrap() {
            Outcome::Recorded(recorded) => ids.push(recorded.interaction_id),
            Outcome::Refused(refused) => panic!("{refused:?}"),
        }
    }
    ids
}

#[tokio::test]
async fn the_server_still_knows_each_of_very_many_interactions_after_a_restart() {
    let mut world = World::start().await;
    let ann = world.contacts().register_contact(person("r1", "Ann")).await.unwrap().into_inner().contact_id;
    let ids = many(&world, &ann).await;
    assert_eq!(ids.len(), MANY);
    world.stop().await;
    world.start_again().await;
    let all = u64::try_from(MANY).unwrap() + 1;

    // What another system sends once more is the same interaction, under the id that it had.
    let again =
        world.interactions().record_interaction(sourced("again", &ann, 3)).await.unwrap().into_inner();
    assert_eq!((again.interaction_id.as_str(), world.head().await), (ids[3].as_str(), all));
    // A request that comes again gets what it got.
    let repeated =
        world.interactions().record_interaction(sourced("i7", &ann, 7)).await.unwrap().into_inner();
    assert_eq!(repeated.receipt.unwrap().position, 9);
    // An old one is set right, once for each request, and redacted, for ever.
    for request in ["c1", "c1", "c2"] {
        let correction = correct(request, &ann, &ids[5], "set right");
        world.interactions().correct_interaction(correction).await.unwrap();
    }
    assert_eq!(world.head().await, all + 2);
    let redaction = wire::RedactInteractionRequest {
        header: header("d1"),
        contact_id: ann.clone(),
        interaction_id: ids[5].clone(),
        reason: "asked for".to_owned(),
    };
    world.interactions().redact_interaction(redaction).await.unwrap();
    let late = correct("c3", &ann, &ids[5], "back again");
    let refused = world.interactions().correct_interaction(late).await.unwrap_err();
    assert_eq!(reason(&refused), "INTERACTION_REDACTED");
    // One that was never recorded is not there.
    let another = format!("{}zzzzzzzz", &ids[5][..ids[5].len() - 8]);
    let unknown = correct("c4", &ann, &another, "nothing");
    let refused = world.interactions().correct_interaction(unknown).await.unwrap_err();
    assert_eq!(reason(&refused), "INTERACTION_NOT_FOUND");
    // A new one is the next of the stream.
    let new = world.interactions().record_interaction(sourced("new", &ann, MANY)).await.unwrap().into_inner();
    assert_eq!(new.receipt.unwrap().revision, Some(u64::try_from(MANY).unwrap() + 3));
    assert_eq!(world.head().await, all + 4);
}
