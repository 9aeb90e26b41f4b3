//! The read models, watched.

use std::time::Duration;

use rapport_domain::envelope::Position;
use rapport_proto::v1 as wire;
use tokio::time::sleep;

use super::answers::projection;
use crate::error::Error;
use crate::services::Services;
use crate::services::watch::{Token, Watched, digest};

/// What a token of this watch is called.
const WATCH: &str = "WatchProjections";
/// Time between two looks: positions and rates move all the time.
const LOOK_INTERVAL: Duration = Duration::from_millis(200);

/// All of them.
pub(super) struct ProjectionsWatch {
    services: Services,
    /// Digest of what is watched.
    of: String,
    /// Digest of what was told last; empty before the first message.
    said: String,
}

impl ProjectionsWatch {
    /// Reads where to go on.
    ///
    /// # Errors
    /// [`Error::ResumeToken`].
    pub(super) fn parse(services: &Services, message: &wire::WatchProjectionsRequest) -> Result<Self, Error> {
        let of = digest(WATCH, &wire::WatchProjectionsRequest::default());
        let said = match message.resume_token.as_str() {
            "" => String::new(),
            token => Token::parse(token, &of)?.said,
        };
        Ok(Self { services: services.clone(), of, said })
    }
}

impl Watched for ProjectionsWatch {
    type Message = wire::WatchProjectionsResponse;

    async fn look(&mut self) -> Result<Option<Self::Message>, Error> {
        let projections = self.services.projections.list().await.into_iter().map(projection).collect();
        let message = wire::WatchProjectionsResponse { projections, token: String::new() };
        let said = digest(WATCH, &message);
        if std::mem::replace(&mut self.said, said.clone()) == said {
            return Ok(None);
        }
        let head = message.projections.first().map_or(0, |projection| projection.head);
        let token = Token { of: self.of.clone(), position: Position(head), said };
        Ok(Some(wire::WatchProjectionsResponse { token: token.to_string(), ..message }))
    }

    async fn moved(&mut self) -> bool {
        sleep(LOOK_INTERVAL).await;
        true
    }
}
