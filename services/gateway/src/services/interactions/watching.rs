//! A timeline that is watched.

use std::sync::Arc;

use rapport_domain::envelope::Position;
use rapport_domain::id::ContactId;
use rapport_projections::timeline::TimelineQuery;
use rapport_projections::{Freshness, PageRequest};
use rapport_proto::v1 as wire;

use crate::access::Admitted;
use crate::error::Error;
use crate::parse::Fields;
use crate::services::moment::present;
use crate::services::watch::{Token, Watched, digest};
use crate::services::{FRESHNESS_WAIT_MAX, Services};

/// What a token of this watch is called.
const WATCH: &str = "WatchTimeline";

/// One contact's timeline.
pub(super) struct TimelineWatch {
    services: Services,
    admitted: Admitted,
    contact_id: ContactId,
    /// Digest of what is watched.
    of: String,
    /// Up to where everything was told; `None` before the snapshot.
    told: Option<Position>,
    /// Entries of the snapshot, and how fresh it has to be.
    snapshot_size: u32,
    freshness: Freshness,
}

impl TimelineWatch {
    /// Reads what to watch.
    ///
    /// # Errors
    /// [`Error::Invalid`] and [`Error::ResumeToken`].
    pub(super) fn parse(
        services: &Services,
        admitted: Admitted,
        message: &wire::WatchTimelineRequest,
    ) -> Result<Self, Error> {
        let mut fields = Fields::new();
        let contact_id = fields.required("contact_id", &message.contact_id, ContactId::parse);
        let contact_id = fields.finish(contact_id)?;
        let of = wire::WatchTimelineRequest { contact_id: contact_id.to_string(), ..Default::default() };
        let of = digest(WATCH, &of);
        let told = match message.resume_token.as_str() {
            "" => None,
            token => Some(Token::parse(token, &of)?.position),
        };
        let (services, snapshot_size) = (services.clone(), message.snapshot_size);
        let freshness = present(message.header.as_ref())?;
        Ok(Self { services, admitted, contact_id, of, told, snapshot_size, freshness })
    }

    async fn snapshot(&self) -> Result<wire::WatchTimelineResponse, Error> {
        let page = PageRequest::first(self.snapshot_size);
        let timeline = self.services.projections.timeline();
        let answer = timeline.entries(self.freshness, TimelineQuery::of(self.contact_id), page).await?;
        self.message(true, answer.value.items, answer.position).await
    }

    async fn message(
        &self,
        snapshot: bool,
        entries: Vec<rapport_projections::timeline::Entry>,
        position: Position,
    ) -> Result<wire::WatchTimelineResponse, Error> {
        let entries = self.services.entries(&self.admitted, &self.contact_id, entries, position).await?;
        let token = Token { of: self.of.clone(), position, said: String::new() };
        Ok(wire::WatchTimelineResponse { snapshot, entries, position: position.0, token: token.to_string() })
    }
}

impl Watched for TimelineWatch {
    type Message = wire::WatchTimelineResponse;

    async fn look(&mut self) -> Result<Option<Self::Message>, Error> {
        let Some(told) = self.told else {
            let message = self.snapshot().await?;
            self.told = Some(Position(message.position));
            return Ok(Some(message));
        };
        // A log that ends before what was told, as one that was restored may, is not passed over in silence.
        let reached = Freshness::at_least(told, FRESHNESS_WAIT_MAX);
        let timeline = Arc::clone(&self.services.projections);
        let changes = timeline.timeline().changes(reached, self.contact_id, told).await?;
        self.told = Some(changes.up_to);
        if changes.entries.is_empty() {
            return Ok(None);
        }
        self.message(false, changes.entries, changes.up_to).await.map(Some)
    }

    async fn moved(&mut self) -> bool {
        let told = self.told.unwrap_or_default();
        self.services.projections.timeline().moved(told).await
    }
}
