//! Who may read personal data, and what others see in its place.

use std::collections::{BTreeMap, BTreeSet};

use parking_lot::Mutex;
use rapport_domain::envelope::{Actor, ActorKind};
use rapport_domain::id::ContactId;
use rapport_domain::personal::{DataClass, Personal, PersonalSlot, PersonalValue};
use rapport_vault::VaultError;
use serde_json::Value;

use crate::failure::Failure;
use crate::{Application, Ports};

/// The kinds of actor that personal data is opened for, as far as policies permit it. Everybody else sees it sealed.
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

    /// What is opened for an actor.
    fn clearance(&self, actor: &Actor) -> Clearance {
        let opens = self.kinds.contains(&actor.kind);
        Clearance { classes: DataClass::ALL.into_iter().filter(|_| opens).collect() }
    }
}

/// The classes of personal data that are opened for one caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clearance {
    classes: BTreeSet<DataClass>,
}

impl Clearance {
    /// The same, without the classes that something else says no to.
    #[must_use]
    pub fn narrowed(mut self, may: impl FnMut(&DataClass) -> bool) -> Self {
        self.classes.retain(may);
        self
    }
}

/// Subjects, and which classes of their personal data were opened. None of a subject where no personal data left, and who
/// had read theirs.
pub type Opened = BTreeMap<ContactId, BTreeSet<DataClass>>;

/// A look at personal data on a caller's behalf: what may be opened for it, and what has been. Nothing is opened for
/// anybody but through a look, so what is opened can be written down before it leaves.
#[derive(Debug)]
pub struct Look {
    clearance: Clearance,
    /// What may be opened of single subjects instead.
    of: BTreeMap<ContactId, Clearance>,
    opened: Mutex<Opened>,
}

impl Look {
    /// A look by what somebody may see.
    #[must_use]
    pub fn new(clearance: Clearance) -> Self {
        Self { clearance, of: BTreeMap::new(), opened: Mutex::default() }
    }

    /// The same, with what somebody may see of single subjects instead.
    #[must_use]
    pub fn with(mut self, of: BTreeMap<ContactId, Clearance>) -> Self {
        self.of = of;
        self
    }

    /// What has been opened since this was asked last.
    #[must_use]
    pub fn take(&self) -> Opened {
        std::mem::take(&mut self.opened.lock())
    }

    fn opens(&self, subject: &ContactId, class: DataClass) -> bool {
        self.of.get(subject).unwrap_or(&self.clearance).classes.contains(&class)
    }

    fn note(&self, subject: &ContactId, class: DataClass) {
        self.opened.lock().entry(*subject).or_default().insert(class);
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
    /// Its key is destroyed, or about to be.
    Erased,
}

impl Reveal {
    pub(crate) fn field(
        self,
        look: &Look,
        ports: &Ports,
        subject: &ContactId,
        field: &mut dyn PersonalSlot,
    ) -> Result<Shown, VaultError> {
        if ports.withheld.covers(subject) {
            return Ok(Shown::Erased);
        }
        let vault = &ports.vault;
        vault.open_fields(subject, vec![&mut *field])?;
        let unreadable = |_| VaultError::Unreadable { field: field.field() };
        let shown = match self {
            Self::Pseudonyms => vault.pseudonym(field)?.map(|digits| Shown::Pseudonym(digits.to_string())),
            Self::Clear => match field.clear_bytes() {
                Some(bytes) => {
                    let value = bytes.and_then(|bytes| serde_json::from_slice(&bytes));
                    look.note(subject, field.class());
                    Some(Shown::Clear(value.map_err(unreadable)?))
                }
                None => None,
            },
        };
        Ok(shown.unwrap_or(Shown::Erased))
    }
}

impl Application {
    /// What the kind of an actor may see.
    #[must_use]
    pub fn clearance(&self, actor: &Actor) -> Clearance {
        self.disclosure.clearance(actor)
    }

    /// Refuses those whom not every class of personal data is opened for, of whomever it is, where all of it is asked for in
    /// the clear.
    ///
    /// # Errors
    /// [`Failure::DisclosureDenied`].
    pub fn may_have(&self, look: &Look, reveal: Reveal) -> Result<(), Failure> {
        match reveal {
            Reveal::Clear if !DataClass::ALL.iter().all(|class| look.clearance.classes.contains(class)) => {
                Err(Failure::DisclosureDenied)
            }
            Reveal::Pseudonyms | Reveal::Clear => Ok(()),
        }
    }

    /// What is shown of a sealed field of a subject. Whether it may be is asked before, with [`Self::may_have`].
    ///
    /// # Errors
    /// See [`VaultError`].
    pub fn shown(
        &self,
        look: &Look,
        reveal: Reveal,
        subject: &ContactId,
        field: &mut dyn PersonalSlot,
    ) -> Result<Shown, VaultError> {
        reveal.field(look, &self.ports, subject, field)
    }

    /// What a look shows of a sealed value: the value, the seal, or that it is erased. No key is touched for what it may not
    /// open.
    ///
    /// # Errors
    /// See [`rapport_vault::VaultError`].
    pub fn disclose<T: PersonalValue>(
        &self,
        look: &Look,
        subject: &ContactId,
        value: Personal<T>,
    ) -> Result<Personal<T>, Failure> {
        if !look.opens(subject, T::CLASS) {
            return Ok(value);
        }
        if self.ports.withheld.covers(subject) {
            return Ok(Personal::Erased);
        }
        let opened = self.ports.vault.open_value(subject, value)?;
        if opened.clear().is_some() {
            look.note(subject, T::CLASS);
        }
        Ok(opened)
    }
}
