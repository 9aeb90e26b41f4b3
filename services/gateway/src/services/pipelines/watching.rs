//! A pipeline view that is watched.

use rapport_domain::envelope::Position;
use rapport_proto::v1 as wire;

use crate::error::Error;
use crate::services::Services;
use crate::services::moment::{at_least, present, refused};
use crate::services::watch::{Token, Watched, digest};

/// What a token of this watch is called.
const WATCH: &str = "WatchPipelineView";

/// One view.
pub(super) struct PipelineWatch {
    services: Services,
    view: wire::GetPipelineViewRequest,
    /// Digest of what is watched.
    of: String,
    /// Digest of what was told last; empty before the first message.
    said: String,
    /// The position that was looked at last, or that the token stands for: no later look is from before it.
    position: Position,
}

impl PipelineWatch {
    /// Reads what to watch. The view itself is read with the first look.
    ///
    /// # Errors
    /// [`Error::Invalid`] and [`Error::ResumeToken`].
    pub(super) fn parse(services: &Services, message: wire::WatchPipelineViewRequest) -> Result<Self, Error> {
        let view = message.view.unwrap_or_default();
        let wanted = present(view.header.as_ref())?.min_position;
        if view.valid_at.is_some() {
            let expected = "expected nothing: what is watched is the present";
            return Err(refused("view.valid_at", "VALID_AT_WATCHED", expected));
        }
        let of = digest(WATCH, &wire::GetPipelineViewRequest { header: None, ..view.clone() });
        let (said, told) = match message.resume_token.as_str() {
            "" => (String::new(), Position::START),
            token => {
                let token = Token::parse(token, &of)?;
                (token.said, token.position)
            }
        };
        Ok(Self { services: services.clone(), view, of, said, position: told.max(wanted) })
    }
}

impl Watched for PipelineWatch {
    type Message = wire::WatchPipelineViewResponse;

    async fn look(&mut self) -> Result<Option<Self::Message>, Error> {
        // Another server, or a log that was restored, may be behind what was told: it is waited for, or says so.
        self.view.header = at_least(self.position);
        let view = self.services.answer_pipeline_view(self.view.clone()).await?;
        self.position = Position(view.position);
        let said = digest(WATCH, &without_time(view.clone()));
        if std::mem::replace(&mut self.said, said.clone()) == said {
            return Ok(None);
        }
        let token = Token { of: self.of.clone(), position: self.position, said };
        Ok(Some(wire::WatchPipelineViewResponse { view: Some(view), token: token.to_string() }))
    }

    async fn moved(&mut self) -> bool {
        self.services.projections.pipeline().moved(self.position).await
    }
}

/// The view without what changes although nothing happens: its position and what is computed again from there, and the
/// ages of its deals.
fn without_time(view: wire::GetPipelineViewResponse) -> wire::GetPipelineViewResponse {
    let stages = view.stages.into_iter().map(|stage| wire::StageView {
        mean_age_seconds: None,
        oldest_age_seconds: None,
        stalled: 0,
        ..stage
    });
    wire::GetPipelineViewResponse {
        stages: stages.collect(),
        position: 0,
        as_of: None,
        certificate: None,
        ..view
    }
}
