//! `ServerFeatures`: exactly what there is.

use rapport_proto::kurrent::Empty;
use rapport_proto::kurrent::server_features::server_features_server::ServerFeatures;
use rapport_proto::kurrent::server_features::{SupportedMethod, SupportedMethods};
use tonic::{Request, Response, Status};

use crate::streams::Kurrent;

/// The version of KurrentDB whose behaviour this protocol has: the last one with long support before the second
/// generation of the protocol, which is not here. Clients parse it as three numbers, and take none of ours.
pub const COMPATIBLE_VERSION: &str = "24.10.0";

/// Service, method, and what of it is optional and there; in lower case, as clients compare it.
const METHODS: [(&str, &str, &[&str]); 5] = [
    ("event_store.client.streams.streams", "read", &["position", "events"]),
    ("event_store.client.streams.streams", "append", &[]),
    ("event_store.client.streams.streams", "batchappend", &["deadline_duration"]),
    ("event_store.client.gossip.gossip", "read", &[]),
    ("event_store.client.server_features.serverfeatures", "getsupportedmethods", &[]),
];

#[tonic::async_trait]
impl ServerFeatures for Kurrent {
    async fn get_supported_methods(&self, _: Request<Empty>) -> Result<Response<SupportedMethods>, Status> {
        let methods = METHODS.into_iter().map(|(service, method, features)| SupportedMethod {
            method_name: method.to_owned(),
            service_name: service.to_owned(),
            features: features.iter().map(|feature| (*feature).to_owned()).collect(),
        });
        Ok(Response::new(SupportedMethods {
            methods: methods.collect(),
            event_store_server_version: COMPATIBLE_VERSION.to_owned(),
        }))
    }
}
