//! Where the events of long streams stand, as the read models know it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rapport_application::Recall;
use rapport_domain::envelope::Position;
use rapport_domain::id::ContactId;
use rapport_domain::interaction::{Interactions, Part};
use rapport_projections::{Freshness, Projections};

/// How long the timeline is waited for; after that the stream itself is read.
const RECALL_PATIENCE: Duration = Duration::from_secs(2);

/// The timeline, as what the command side finds a contact's earlier interactions by.
pub struct RecallingTimeline(Arc<Projections>);

impl RecallingTimeline {
    /// That of these read models.
    #[must_use]
    pub const fn new(projections: Arc<Projections>) -> Self {
        Self(projections)
    }
}

#[async_trait]
impl Recall<Interactions> for RecallingTimeline {
    async fn up_to(&self) -> Option<Position> {
        self.0.timeline().whole_up_to().await
    }

    async fn concerning(
        &self,
        id: &ContactId,
        parts: &[Part],
        up_to: Position,
    ) -> Option<BTreeSet<Position>> {
        let freshness = Freshness::at_least(up_to, RECALL_PATIENCE);
        let found = self.0.timeline().concerning(freshness, *id, parts.to_vec()).await;
        let untold =
            |error: &_| tracing::warn!(%error, "the timeline does not tell where interactions stand");
        let found = found.inspect_err(untold).ok()?;
        // Another file may have taken the place of the one that was asked for first, and have passed over one of them.
        self.up_to().await.map(|_| found)
    }
}
