//! Who may read personal data.

use std::collections::BTreeSet;

use rapport_domain::envelope::{Actor, ActorKind};
use rapport_domain::id::ContactId;
use rapport_domain::personal::{Personal, PersonalValue};

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

impl Application {
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
