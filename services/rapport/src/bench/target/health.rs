//! The call that does nothing: the health check of the same server, behind the same layers.

use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::{Shape, Writer};
use crate::bench::process::Process;
use crate::client::connect;
use crate::error::Failure;
use crate::tls::ClientOptions;

struct Check(HealthClient<Channel>);

/// Callers of the health check, one for each writer.
///
/// # Errors
/// When nobody answers.
pub(super) async fn writers(process: &Process, shape: &Shape) -> Result<Vec<Box<dyn Writer>>, Failure> {
    let mut channels = Vec::with_capacity(shape.connections);
    for _ in 0..shape.connections {
        channels.push(connect(process.address(), &ClientOptions::default()).await?);
    }
    let callers = channels.into_iter().cycle().take(shape.writers);
    Ok(callers.map(|channel| Box::new(Check(HealthClient::new(channel))) as Box<dyn Writer>).collect())
}

#[tonic::async_trait]
impl Writer for Check {
    async fn append(&mut self, _events: usize) -> Result<(), Failure> {
        self.0.check(HealthCheckRequest::default()).await?;
        Ok(())
    }
}
