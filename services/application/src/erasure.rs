//! What subjects ask for about their own data, and the one thing that the service does about it by itself: erasing them.
//!
//! An erasure is three steps that may each be repeated: [`Application::erase`] ends the contact and destroys its keys,
//! the caller lets the read models forget, [`Application::certify`] closes the request with what was done. Whatever
//! comes in between, the request stays approved until the last step, and the next attempt does all of them again. Where
//! erasures have a window, [`crate::reactors::Erasures`] does the three when it closes, and until then nothing of the
//! subject is shown.

mod retention;
mod undone;

use futures::TryStreamExt as _;
use rapport_domain::consent::Consent;
use rapport_domain::contact::{self, Contact};
use rapport_domain::envelope::{Position, Revision};
use rapport_domain::event::DomainEvent;
use rapport_domain::id::{ContactId, SubjectRequestId};
use rapport_domain::interaction::Interactions;
use rapport_domain::subject_request::{Command, Erasure, Outcome, Rejection, Right, State, Store};
use rapport_domain::suppression::Suppression;
use rapport_domain::value::{Instant, Label, Reference};
use rapport_event_store::Direction;

use crate::Application;
use crate::call::{Call, Receipt};
use crate::failure::Failure;
use crate::handler::stream;
use crate::withheld::Withheld;

pub use undone::Undone;

/// What did it, for the certificate.
const SOFTWARE: &str = concat!("rapport ", env!("CARGO_PKG_VERSION"));

/// A subject whose keys are destroyed, before the request is closed.
#[derive(Debug, Clone)]
pub struct Erased {
    /// Who it was.
    pub contact_id: ContactId,
    /// Position of the contact's end: what follows the log has to get there.
    pub position: Position,
    erasure: Erasure,
}

impl Application {
    /// Runs a command to a subject's request.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn subject_request(
        &self,
        id: SubjectRequestId,
        command: Command,
        call: Call,
    ) -> Result<Receipt, Failure> {
        if let Command::Receive(receive) = &command {
            let needed = self.require_contact_now(&receive.contact_id).await;
            self.subject_requests.unless_applied(&id, &call, needed).await?;
        }
        let receipt = self.subject_requests.execute(&id, command, call).await?;
        self.subject_requests.inspect(&id, |state| self.ports.withheld.note(id, state)).await?;
        Ok(receipt)
    }

    /// When the window of an erasure closes that is approved now; `None` where erasures have none.
    #[must_use]
    pub fn erase_at(&self) -> Option<Instant> {
        let window = i64::try_from(self.erasure_window.as_micros()).unwrap_or(i64::MAX);
        let at = self.ports.clock.now().micros().saturating_add(window);
        (window > 0).then(|| Instant::from_micros(at).unwrap_or(Instant::MAX))
    }

    /// Says whether the log was folded to whose erasure is approved. A server that has not done so yet says no, and opens
    /// nothing until it has.
    pub fn set_withheld_known(&self, is_known: bool) {
        self.ports.withheld.set_known(is_known);
    }

    /// Waits until it is known whose erasure is approved: before it is, nothing personal may be shown.
    pub async fn withheld_known(&self) {
        self.ports.withheld.known().await;
    }

    /// Whether nothing personal of a subject is shown any more, although its keys are there. Ask once
    /// [`Self::withheld_known`] came back.
    #[must_use]
    pub fn withholds(&self, subject: &ContactId) -> bool {
        self.ports.withheld.covers(subject)
    }

    pub(crate) fn withheld(&self) -> &Withheld {
        &self.ports.withheld
    }

    /// How a subject's request stands, as the log has it now.
    ///
    /// # Errors
    /// [`Rejection::NotReceived`], or that the log cannot be read.
    pub async fn subject_request_state(&self, id: &SubjectRequestId) -> Result<State, Failure> {
        match self.subject_requests.inspect(id, State::clone).await? {
            State::NotReceived => Err(Rejection::NotReceived.into()),
            state
            @ (State::Received(_) | State::Approved(..) | State::Refused(..) | State::Fulfilled(..)) => {
                Ok(state)
            }
        }
    }

    /// Whose data an archive is made of for a request.
    ///
    /// # Errors
    /// Why none may be made, that they were erased or are about to be, or that the log cannot be read.
    pub async fn subject_of_archive(&self, id: &SubjectRequestId) -> Result<ContactId, Failure> {
        let contact_id = self.subject_request_state(id).await?.archivable()?.received.contact_id;
        self.require_contact(&contact_id).await?;
        self.withheld_known().await;
        // Their erasure is approved: nothing of theirs is opened for anybody any more, unless that is taken back.
        if self.ports.withheld.covers(&contact_id) {
            return Err(Rejection::WindowOpen.into());
        }
        Ok(contact_id)
    }

    /// Ends the contact of an approved request and destroys its keys; then tries every field that was sealed for it.
    ///
    /// # Errors
    /// What forbids it, [`Failure::StillReadable`], or the failures of the log and the vault: repeat the call.
    pub async fn erase(&self, id: SubjectRequestId, call: &Call) -> Result<Erased, Failure> {
        let contact_id = match self.subject_request_state(&id).await? {
            State::Approved(request, _) if request.received.right == Right::Erasure => {
                request.received.contact_id
            }
            State::Approved(..) => return Err(Rejection::OutcomeDiffers.into()),
            State::NotReceived | State::Received(_) => return Err(Rejection::NotApproved.into()),
            State::Refused(..) | State::Fulfilled(..) => return Err(Rejection::Closed.into()),
        };
        // Before the point of no return, so that a request that cannot be done can still be cancelled.
        let (holds, today) = self.legal_holds(&contact_id).await?;
        holds.assert_none_stands_on(today)?;
        self.subject_request(id, Command::BeginErasure, following("begin", &id, call)?).await?;
        let erase = contact::Command::Erase { request_id: id };
        let receipt = self.contacts.execute(&contact_id, erase, following("erase", &id, call)?).await?;
        self.end_leads(&contact_id, |number| following(&format!("end_lead_{number}"), &id, call)).await?;
        self.end_tasks(&contact_id, |task| following(&format!("end_task_{task}"), &id, call)).await?;
        // The contact has ended, so nothing more is raised; its contact points can be read for the last time.
        let digests_kept = self.retain_suppressions(&contact_id, following("retain", &id, call)?).await?;
        let destroyed = self.ports.vault.destroy_keys(&contact_id).await?;
        let erasure = Erasure {
            kids: destroyed.kids,
            keys_destroyed_at: destroyed.at,
            fields_probed: self.probe(&contact_id).await?,
            stores: Vec::new(),
            digests_kept,
            software: SOFTWARE.to_owned(),
        };
        Ok(Erased { contact_id, position: receipt.position, erasure })
    }

    /// Closes the request of an erasure, with where else something was taken away.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn certify(
        &self,
        id: SubjectRequestId,
        erased: Erased,
        stores: Vec<Store>,
        call: Call,
    ) -> Result<Receipt, Failure> {
        self.fulfil(id, Outcome::Erased(Erasure { stores, ..erased.erasure }), call).await
    }

    /// Closes a request with what was done about it. Those whom data of the subject went out to are listed in it, where they
    /// have to be told; of somebody who was erased, those of before.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn fulfil(
        &self,
        id: SubjectRequestId,
        outcome: Outcome,
        call: Call,
    ) -> Result<Receipt, Failure> {
        let state = self.subject_request_state(&id).await?;
        let profile = match state.request() {
            Some(request) => self.last_profile(&request.received.contact_id).await?,
            None => None,
        };
        let recipients = profile.map(|profile| profile.disclosures.recipients()).unwrap_or_default();
        self.subject_request(id, Command::Fulfil { outcome, recipients }, call).await
    }

    /// Tries every field that is sealed for a subject, in each stream of its own; how many there are.
    async fn probe(&self, contact_id: &ContactId) -> Result<u64, Failure> {
        let mut fields = 0;
        for stream in [
            stream::<Contact>(contact_id)?,
            stream::<Interactions>(contact_id)?,
            stream::<Consent>(contact_id)?,
            stream::<Suppression>(contact_id)?,
        ] {
            let mut events = self.ports.store.read_stream(&stream, Revision(0), Direction::Forward);
            while let Some(recorded) = events.try_next().await? {
                let decoded = DomainEvent::decode(&recorded).map_err(|error| Failure::EventCorrupt {
                    position: recorded.position,
                    cause: error.to_string(),
                })?;
                let Some(mut event) = decoded else { continue };
                self.ports.vault.open_fields(contact_id, event.personal_fields())?;
                for field in event.personal_fields() {
                    if field.clear_bytes().is_some() {
                        return Err(Failure::StillReadable { position: recorded.position });
                    }
                    fields += 1;
                }
            }
        }
        Ok(fields)
    }
}

/// Why what was still to be done about somebody erased is over.
pub(crate) fn contact_erased() -> Result<Label, Failure> {
    Label::parse("contact erased").map_err(|invalid| Failure::Unwritable { cause: invalid.expected })
}

/// The call of a step that follows from the request: the same for every attempt, since each is done once.
fn following(step: &str, id: &SubjectRequestId, call: &Call) -> Result<Call, Failure> {
    let request_id = Reference::parse(&format!("{step}:{id}"))
        .map_err(|invalid| Failure::Unwritable { cause: invalid.expected })?;
    Ok(Call {
        content_sha256: request_id.to_string(),
        request_id,
        expected_revision: None,
        occurred_at: None,
        record_at_occurred: false,
        actor: call.actor.clone(),
        source: call.source.clone(),
        correlation_id: Some(call.correlation_id.clone().unwrap_or_else(|| call.request_id.clone())),
        traceparent: call.traceparent.clone(),
        cause: call.cause,
    })
}
