//! Who the contacts are and how to find them.
//!
//! One row for each contact, names and contact points sealed as the log has them. E-mail addresses and telephone
//! numbers are found through blind indexes, which only this read model holds; a contact point whose key is
//! destroyed has none, so a rebuild after an erasure leaves nothing to find.

mod file;
mod project;
mod query;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use rapport_domain::Personal;
use rapport_domain::contact::{ContactPointEntry, Kind, LifecycleStage};
use rapport_domain::envelope::Revision;
use rapport_domain::id::ContactId;
use rapport_domain::value::{EmailAddress, ExternalRef, Instant, Name, PhoneNumber, Reference, Segments};
use rapport_vault::{BlindIndex, Vault};

use crate::page::{Page, PageRequest};
use crate::query::{Answer, Freshness, QueryError};
use crate::read_model::Reader;

pub use file::erased;
pub(crate) use project::DirectoryProjection;

/// Most contacts that a search returns.
pub const FOUND_MAX: usize = 200;

/// What the blind indexes of e-mail addresses are made under.
const EMAIL_FIELD: &str = "email";
/// What the blind indexes of telephone numbers are made under.
const PHONE_FIELD: &str = "phone";

/// A contact as the directory knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactProfile {
    /// Its id.
    pub contact_id: ContactId,
    /// Person or organisation.
    pub kind: Kind,
    /// What they are called. Sealed.
    pub name: Personal<Name>,
    /// How to reach them, in the order it was added. Sealed.
    pub contact_points: Vec<ContactPointEntry>,
    /// Who is responsible.
    pub owner: Option<Reference>,
    /// Where the relationship stands.
    pub lifecycle_stage: LifecycleStage,
    /// Fields that reports group by.
    pub segments: Segments,
    /// What the source system knows them by.
    pub external_ref: Option<ExternalRef>,
    /// Whether the relationship rests.
    pub archived: bool,
    /// Whether the person was erased.
    pub erased: bool,
    /// Business time of the registration.
    pub registered_at: Instant,
    /// Revision of the contact's stream.
    pub revision: Revision,
}

/// What a contact is searched by. Always exactly; addresses and numbers as they are compared.
#[derive(Clone)]
pub enum ContactSearch {
    /// E-mail address.
    Email(EmailAddress),
    /// Telephone number.
    Phone(PhoneNumber),
    /// Id in a source system.
    ExternalRef(ExternalRef),
}

/// A page of all contacts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactList {
    /// The page, in the order of registration.
    pub page: Page<ContactProfile>,
    /// Contacts in all, archived ones included.
    pub total: u64,
}

/// Asks the directory.
#[derive(Clone)]
pub struct Directory {
    reader: Reader,
    vault: Arc<Vault>,
}

impl Directory {
    pub(crate) const fn new(reader: Reader, vault: Arc<Vault>) -> Self {
        Self { reader, vault }
    }

    /// One contact.
    ///
    /// # Errors
    /// [`QueryError::NotFound`] when nobody is registered under the id, and what every query may answer.
    pub async fn contact(
        &self,
        freshness: Freshness,
        contact_id: ContactId,
    ) -> Result<Answer<ContactProfile>, QueryError> {
        self.reader.read(freshness, move |connection| query::contact(connection, contact_id)).await
    }

    /// Contacts with exactly this address, number or reference, in the order of registration; at most
    /// [`FOUND_MAX`].
    ///
    /// # Errors
    /// What every query may answer.
    pub async fn search(
        &self,
        freshness: Freshness,
        search: ContactSearch,
    ) -> Result<Answer<Vec<ContactProfile>>, QueryError> {
        let sought = sought(&self.vault, search);
        self.reader.read(freshness, move |connection| query::search(connection, &sought)).await
    }

    /// Those of these contacts that somebody is responsible for.
    ///
    /// # Errors
    /// What every query may answer.
    pub async fn owned(
        &self,
        freshness: Freshness,
        owner: Reference,
        contacts: BTreeSet<ContactId>,
    ) -> Result<Answer<BTreeSet<ContactId>>, QueryError> {
        self.reader.read(freshness, move |connection| query::owned(connection, &owner, &contacts)).await
    }

    /// All contacts, in the order of registration.
    ///
    /// # Errors
    /// [`QueryError::PageToken`], and what every query may answer.
    pub async fn list(
        &self,
        freshness: Freshness,
        page: PageRequest,
    ) -> Result<Answer<ContactList>, QueryError> {
        let page = page.of(freshness);
        self.reader.read(freshness, move |connection| query::list(connection, &page)).await
    }
}

/// What is looked for, with nothing personal in it.
enum Sought {
    Point(BlindIndex),
    Source(ExternalRef),
}

fn sought(vault: &Vault, search: ContactSearch) -> Sought {
    match search {
        ContactSearch::Email(email) => Sought::Point(vault.blind(EMAIL_FIELD, email.normalised())),
        ContactSearch::Phone(phone) => Sought::Point(vault.blind(PHONE_FIELD, phone.e164())),
        ContactSearch::ExternalRef(external_ref) => Sought::Source(external_ref),
    }
}
