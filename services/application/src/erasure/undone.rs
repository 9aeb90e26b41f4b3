//! Erasures that somebody undid: a key that its certificate says was destroyed, and that the key file has again.

use std::future::ready;

use futures::TryStreamExt as _;
use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::contact::{self, Contact};
use rapport_domain::envelope::Position;
use rapport_domain::id::{ContactId, SubjectRequestId};
use rapport_domain::subject_request::{Outcome, State};
use rapport_event_store::Filter;

use crate::Application;
use crate::failure::Failure;

/// The only event that a contact ends with.
const CONTACT_ERASED: &str = "contact.erased.v1";

/// An erasure whose certificate does not hold any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// The request that was closed with the certificate.
    pub request_id: SubjectRequestId,
    /// Whose data can be read again.
    pub contact_id: ContactId,
    /// The keys that the certificate names and that are back.
    pub kids: Vec<String>,
}

impl Application {
    /// The contacts that the log says were erased, from a position on.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn erased_since(&self, from: Position) -> Result<Vec<ContactId>, Failure> {
        let ends = Filter {
            categories: [Contact::CATEGORY.to_owned()].into(),
            type_prefixes: [CONTACT_ERASED.to_owned()].into(),
            ..Filter::all()
        };
        let events = self.ports.store.read_all(from, &ends);
        let contacts = events.map_ok(|event| ContactId::parse(event.stream.id()).ok());
        Ok(contacts.try_filter_map(|contact| ready(Ok(contact))).try_collect().await?)
    }

    /// Whether the erasure of a contact was undone. The log is asked only where the key file has a key of theirs, which
    /// is also so while an erasure is under way.
    ///
    /// # Errors
    /// When the log or the vault cannot be read.
    pub async fn undone(&self, contact_id: ContactId) -> Result<Option<Undone>, Failure> {
        let live = self.ports.vault.live_keys(&contact_id)?;
        if live.is_empty() {
            return Ok(None);
        }
        let ended_by = |state: &contact::State| match state {
            contact::State::Erased(request_id) => Some(*request_id),
            contact::State::Unregistered | contact::State::Active(_) | contact::State::Archived(_) => None,
        };
        let Some(request_id) = self.contacts.inspect(&contact_id, ended_by).await? else { return Ok(None) };
        let certified = self.subject_requests.inspect(&request_id, certified).await?;
        let kids: Vec<String> = certified.into_iter().filter(|kid| live.contains(kid)).collect();
        Ok((!kids.is_empty()).then_some(Undone { request_id, contact_id, kids }))
    }

    /// Destroys the keys of an erasure that was undone once more. The certificate, which the log has for ever, is true
    /// again.
    ///
    /// # Errors
    /// The failures of the vault: repeat the call.
    pub async fn erase_again(&self, undone: &Undone) -> Result<(), Failure> {
        self.ports.vault.destroy_keys(&undone.contact_id).await?;
        Ok(())
    }
}

/// The keys that a request's certificate names; none before it has one.
fn certified(state: &State) -> Vec<String> {
    match state {
        State::Fulfilled(_, Outcome::Erased(erasure)) => erasure.kids.clone(),
        State::Fulfilled(_, Outcome::ByHand { .. })
        | State::NotReceived
        | State::Received(_)
        | State::Approved(..)
        | State::Refused(..) => Vec::new(),
    }
}
