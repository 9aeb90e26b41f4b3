//! Waiting for read models to be built anew.

use rapport_proto::v1 as wire;
use rapport_proto::v1::admin_service_client::AdminServiceClient;
use tonic::Status;
use tonic::transport::Channel;

/// Waits until no read model is being built any more, and says how they do then.
///
/// # Errors
/// When the gateway refuses, or ends the watch.
pub async fn until_built(admin: &mut AdminServiceClient<Channel>) -> Result<Vec<wire::Projection>, Status> {
    let watch = admin.watch_projections(wire::WatchProjectionsRequest::default()).await?;
    let mut messages = watch.into_inner();
    while let Some(wire::WatchProjectionsResponse { projections, .. }) = messages.message().await? {
        if projections.iter().all(|projection| projection.rebuild.is_none() && !projection.starting) {
            return Ok(projections);
        }
    }
    Ok(Vec::new())
}
