//! Who may read personal data, and what others see in its place.

use std::collections::BTreeSet;

use rapport_domain::envelope::{Actor, ActorKind};
use rapport_domain::id::ContactId;
use rapport_domain::personal::{Personal, PersonalSlot, PersonalValue};
use rapport_vault::{Vault, VaultError};
use serde_json::Value;

use crate::Application;
use crate::failure::Failure;

/// The kinds of actor that personal data is opened for. Everybody else sees it sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    kinds: BTreeSet<ActorKind>,
}

impl Disclosure {
    /// Opens personal data for these kinds only.
    #[must_use]
    pub fn to(kinds: impl IntoIterator<Item = ActorKind>) -> Self {
        Self { kinds: kinds.into_iter().collect() }
    }

    /// Whether personal data is opened for an actor.
    #[must_use]
    pub fn allows(&self, actor: &Actor) -> bool {
        self.kinds.contains(&actor.kind)
    }
}

/// How personal fields are shown where many of them leave at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reveal {
    /// As pseudonyms: the same value has the same one, and nobody can tell from it which value it is.
    Pseudonyms,
    /// Readable, to those who may.
    Clear,
}

/// What is shown of a personal field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// What stands for it.
    Pseudonym(String),
    /// Its value, as JSON.
    Clear(Value),
    /// Its key is destroyed.
    Erased,
}

impl Reveal {
    pub(crate) fn field(
        self,
        vault: &Vault,
        subject: &ContactId,
        field: &mut dyn PersonalSlot,
    ) -> Result<Shown, VaultError> {
        vault.open_fields(subject, vec![&mut *field])?;
        let unreadable = |_| VaultError::Unreadable { field: field.field() };
        let shown = match self {
            Self::Pseudonyms => vault.pseudonym(field)?.map(|digits| Shown::Pseudonym(digits.to_string())),
            Self::Clear => match field.clear_bytes() {
                Some(bytes) => {
                    let value = bytes.and_then(|bytes| serde_json::from_slice(&bytes));
                    Some(Shown::Clear(value.map_err(unreadable)?))
                }
                None => None,
            },
        };
        Ok(shown.unwrap_or(Shown::Erased))
    }
}

impl Application {
    /// Refuses those whom personal data is not opened for, where it is asked for in the clear.
    ///
    /// # Errors
    /// [`Failure::DisclosureDenied`].
    pub fn may_have(&self, actor: &Actor, reveal: Reveal) -> Result<(), Failure> {
        match reveal {
            Reveal::Clear if !self.disclosure.allows(actor) => Err(Failure::DisclosureDenied),
            Reveal::Pseudonyms | Reveal::Clear => Ok(()),
        }
    }

    /// What is shown of a sealed field of a subject. Whether it may be is asked before, with [`Self::may_have`].
    ///
    /// # Errors
    /// See [`VaultError`].
    pub fn shown(
        &self,
        reveal: Reveal,
        subject: &ContactId,
        field: &mut dyn PersonalSlot,
    ) -> Result<Shown, VaultError> {
        reveal.field(&self.ports.vault, subject, field)
    }

    /// What an actor sees of a sealed value: the value, the seal, or that it is erased.
    ///
    /// # Errors
    /// See [`rapport_vault::VaultError`].
    pub fn disclose<T: PersonalValue>(
        &self,
        actor: &Actor,
        subject: &ContactId,
        value: Personal<T>,
    ) -> Result<Personal<T>, Failure> {
        if self.disclosure.allows(actor) {
            Ok(self.ports.vault.open_value(subject, value)?)
        } else {
            Ok(value)
        }
    }
}
