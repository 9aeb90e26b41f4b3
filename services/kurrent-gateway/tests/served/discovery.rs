//! `ServerFeatures` and `Gossip`.

use rapport_proto::kurrent::gossip::EndPoint;
use rapport_proto::kurrent::gossip::member_info::VNodeState;

use crate::world::{NOTHING, World};

#[tokio::test]
async fn exactly_what_is_there_is_named() {
    let world = World::in_memory().await;
    let answer = world.features().get_supported_methods(NOTHING).await.unwrap().into_inner();
    assert_eq!(answer.event_store_server_version, "24.10.0");
    let named: Vec<(&str, &str, Vec<&str>)> = answer
        .methods
        .iter()
        .map(|method| {
            let features = method.features.iter().map(String::as_str).collect();
            (method.service_name.as_str(), method.method_name.as_str(), features)
        })
        .collect();
    assert_eq!(
        named,
        [
            ("event_store.client.streams.streams", "read", vec!["position", "events"]),
            ("event_store.client.streams.streams", "append", vec![]),
            ("event_store.client.streams.streams", "batchappend", vec!["deadline_duration"]),
            ("event_store.client.gossip.gossip", "read", vec![]),
            ("event_store.client.server_features.serverfeatures", "getsupportedmethods", vec![]),
        ]
    );
}

#[tokio::test]
async fn the_cluster_is_this_server_and_it_leads() {
    let world = World::in_memory().await;
    let first = world.gossip().read(NOTHING).await.unwrap().into_inner();
    let again = world.gossip().read(NOTHING).await.unwrap().into_inner();
    let [member] = &first.members[..] else { panic!("{first:?}") };
    assert_eq!((member.state(), member.is_alive), (VNodeState::Leader, true));
    let here = EndPoint { address: "127.0.0.1".to_owned(), port: u32::from(world.port) };
    assert_eq!(member.http_end_point, Some(here));
    assert_eq!(member.instance_id, again.members[0].instance_id, "the same server");
}
