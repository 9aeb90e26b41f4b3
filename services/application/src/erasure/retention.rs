//! What of a subject has to be kept so that they are not addressed again: who is forgotten cannot be left alone.

use std::collections::BTreeSet;

use futures::TryStreamExt as _;
use rapport_domain::aggregate::{Aggregate as _, StoredEvent as _};
use rapport_domain::contact::{Contact, Event, Profile, State};
use rapport_domain::envelope::Revision;
use rapport_domain::id::ContactId;
use rapport_domain::suppression::{self, Command};
use rapport_domain::value::Reference;
use rapport_event_store::Direction;

use crate::Application;
use crate::call::Call;
use crate::failure::Failure;
use crate::handler::stream;

impl Application {
    /// Keeps what a subject does not want by digests of their contact points, as long as these can be read; how many are
    /// kept. Nothing is, where nothing stands.
    pub(super) async fn retain_suppressions(
        &self,
        contact_id: &ContactId,
        call: Call,
    ) -> Result<u64, Failure> {
        let point_digests = self.point_digests(contact_id).await?;
        self.suppressions.execute(contact_id, Command::Retain { point_digests }, call).await?;
        let kept = |state: &suppression::State| state.retained.len() as u64;
        self.suppressions.inspect(contact_id, kept).await
    }

    /// Digests of the contact points that a contact had at its end; none once its keys are destroyed.
    async fn point_digests(&self, contact_id: &ContactId) -> Result<BTreeSet<Reference>, Failure> {
        let Some(profile) = self.last_profile(contact_id).await? else { return Ok(BTreeSet::new()) };
        let mut digests = BTreeSet::new();
        for point in profile.contact_points.into_values() {
            if let Some(point) = self.ports.vault.open_value(contact_id, point)?.clear() {
                let digest = Reference::parse(&self.ports.vault.suppression_digest(point));
                digests.insert(digest.map_err(|invalid| Failure::Unwritable { cause: invalid.expected })?);
            }
        }
        Ok(digests)
    }

    /// What is known of a contact, or was before it ended.
    pub(super) async fn last_profile(&self, contact_id: &ContactId) -> Result<Option<Profile>, Failure> {
        let stream = stream::<Contact>(contact_id)?;
        let mut events = self.ports.store.read_stream(&stream, Revision(0), Direction::Forward);
        let mut state = State::default();
        while let Some(recorded) = events.try_next().await? {
            let Some(event) = Event::decode(&recorded.event_type, &recorded.data) else { continue };
            let event = event.map_err(|error| Failure::EventCorrupt {
                position: recorded.position,
                cause: error.to_string(),
            })?;
            if matches!(event, Event::Erased(_)) {
                break;
            }
            state = Contact::evolve(state, &event);
        }
        Ok(match state {
            State::Active(profile) | State::Archived(profile) => Some(profile),
            State::Unregistered | State::Erased(_) => None,
        })
    }
}
