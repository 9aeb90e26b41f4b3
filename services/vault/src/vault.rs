//! [`Vault`]: what the rest of the house sees.

use std::fmt;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use rapport_domain::Personal;
use rapport_domain::id::ContactId;
use rapport_domain::personal::{DataClass, Envelope, PersonalSlot, PersonalValue};
use rapport_domain::value::ContactPoint;
use zeroize::Zeroizing;

use crate::blind::{BlindIndex, BlindKey, subject_digest};
use crate::envelope::{self, Place};
use crate::error::{OpenError, VaultError};
use crate::keys::{Destroyed, DigestKeys, KeyFile, KeyState, Keyring, SubjectKeys, Writer};
use crate::pseudonym::{Pseudonym, PseudonymKey};
use crate::root_key::RootKey;
use crate::suppressed::SuppressionKey;

/// Seals, opens and erases personal data. Processes of one machine may each have one on the same key file; dropping it
/// closes the file.
pub struct Vault {
    writer: Writer,
    keyring: Arc<Keyring>,
    blind_key: BlindKey,
    pseudonym_key: PseudonymKey,
    suppression_key: SuppressionKey,
}

impl Vault {
    /// Whether a key file stands here, or may stand here because nobody can tell. An empty file is none. A new root
    /// key is made only where this is `false`.
    #[must_use]
    pub fn exists(file: &Path) -> bool {
        match file.metadata() {
            Ok(metadata) => metadata.len() > 0,
            Err(error) => error.kind() != ErrorKind::NotFound,
        }
    }

    /// Opens the key file, or makes it where there is none. The root key has to be on disk before: a crash in
    /// between then leaves a key without a file, never a file without its key.
    ///
    /// # Errors
    /// [`OpenError::WrongRootKey`], and what else can be wrong with a file.
    pub fn open(file: &Path, root: &RootKey) -> Result<Self, OpenError> {
        let KeyFile { writer, reader, epochs, digest_keys } = KeyFile::open(file, root)?;
        let DigestKeys { blind, pseudonym, suppression } = digest_keys;
        let keyring = Arc::new(Keyring::new(reader, epochs)?);
        let writer = Writer::start(writer, Arc::clone(&keyring))?;
        let (blind_key, pseudonym_key) = (BlindKey::new(&blind), PseudonymKey::new(&pseudonym));
        let suppression_key = SuppressionKey::new(&suppression);
        Ok(Self { writer, keyring, blind_key, pseudonym_key, suppression_key })
    }

    /// Makes the keys of every class for subjects that have none. They are on disk when this returns.
    ///
    /// # Errors
    /// [`VaultError::SubjectErased`] when the keys of one of them were destroyed: then none is made, except
    /// that a list longer than [`crate::SUBJECTS_PER_REQUEST_MAX`] is done in parts.
    /// [`VaultError::StorageFull`] and the other failures of storage: repeat the call.
    pub async fn ensure_keys(&self, subjects: &[ContactId]) -> Result<(), VaultError> {
        if self.keyring.has_ready(subjects)? { Ok(()) } else { self.writer.ensure(subjects).await }
    }

    /// Seals every clear field under the subject's keys; sealed and erased fields stay as they are. All or
    /// none: on an error every field is as it was.
    ///
    /// # Errors
    /// [`VaultError::KeyMissing`] when [`Vault::ensure_keys`] was not called, [`VaultError::SubjectErased`],
    /// [`VaultError::TooLarge`], and the failures of storage.
    pub fn seal(&self, subject: &ContactId, fields: Vec<&mut dyn PersonalSlot>) -> Result<(), VaultError> {
        let mut sealed = Vec::with_capacity(fields.len());
        let mut keys = None;
        for field in fields {
            let Some(value) = clear_bytes(field)? else { continue };
            let keys = self.subject_keys(&mut keys, subject)?;
            let envelope = seal_field(keys, subject, field, &value)?;
            sealed.push((field, envelope));
        }
        for (field, envelope) in sealed {
            field.set_sealed(envelope);
        }
        Ok(())
    }

    /// Opens every sealed field: it becomes clear, or erased where its key was destroyed. Clear and erased
    /// fields stay as they are. On an error, fields before the faulty one may be open.
    ///
    /// # Errors
    /// [`VaultError::KeyMissing`], which is an alarm, [`VaultError::ForeignEnvelope`],
    /// [`VaultError::Tampered`], [`VaultError::UnknownForm`], and the failures of storage.
    pub fn open_fields(
        &self,
        subject: &ContactId,
        fields: Vec<&mut dyn PersonalSlot>,
    ) -> Result<(), VaultError> {
        let mut keys = None;
        for field in fields {
            let Some(envelope) = field.envelope() else { continue };
            let place = Place { subject, class: field.class(), field: field.field() };
            let opened = self.open_envelope(&mut keys, place, envelope)?;
            match opened {
                None => field.set_erased(),
                Some(value) => {
                    field.set_clear(&value).map_err(|_| VaultError::Unreadable { field: field.field() })?;
                }
            }
        }
        Ok(())
    }

    /// Opens one value; like [`Vault::open_fields`].
    ///
    /// # Errors
    /// See [`Vault::open_fields`].
    pub fn open_value<T: PersonalValue>(
        &self,
        subject: &ContactId,
        mut value: Personal<T>,
    ) -> Result<Personal<T>, VaultError> {
        self.open_fields(subject, vec![&mut value])?;
        Ok(value)
    }

    /// Destroys every key of a subject, for ever: what was sealed for them is erased, no key is made for them
    /// again, and no byte of the keys is left in the key file or its journal. Repeating it changes nothing. A
    /// subject without keys is marked in the same way.
    ///
    /// # Errors
    /// [`VaultError::NotScrubbed`] when another process reads the key file: the keys are destroyed, and
    /// repeating the call finishes the work. Otherwise the failures of storage.
    pub async fn destroy_keys(&self, subject: &ContactId) -> Result<Destroyed, VaultError> {
        self.writer.destroy(*subject).await
    }

    /// Ids of the keys of a subject that are in use.
    ///
    /// # Errors
    /// The failures of storage.
    pub fn live_keys(&self, subject: &ContactId) -> Result<Vec<String>, VaultError> {
        Ok(self.keyring.of(subject)?.map(|keys| keys.live()).unwrap_or_default())
    }

    /// The digest of a request about a subject, under a key of the subject's own; `None` while the subject has no
    /// keys, and once they are destroyed.
    ///
    /// # Errors
    /// The failures of storage.
    pub fn digest(&self, subject: &ContactId, content: &str) -> Result<Option<BlindIndex>, VaultError> {
        let Some(keys) = self.keyring.of(subject)? else { return Ok(None) };
        match keys.newest(DataClass::Contact).map(|key| &key.state) {
            Some(KeyState::Live(data_key)) => Ok(Some(subject_digest(data_key, content)?)),
            Some(KeyState::Destroyed) | None => Ok(None),
        }
    }

    /// The blind index of a normalised value of a field.
    #[must_use]
    pub fn blind(&self, field: &str, normalised: &str) -> BlindIndex {
        self.blind_key.blind(field, normalised)
    }

    /// By what the suppression list knows a contact point again, also after an erasure: 32 hexadecimal digits, the same
    /// for as long as the key file keeps its root key.
    #[must_use]
    pub fn suppression_digest(&self, point: &ContactPoint) -> String {
        self.suppression_key.of(point)
    }

    /// What stands for a field's value where people study history: the same value has the same pseudonym, whoever's
    /// it is, for as long as the key file keeps its root key. Nothing where the value is not clear.
    ///
    /// # Errors
    /// [`VaultError::Unreadable`] when the value has no stored form.
    pub fn pseudonym(&self, field: &dyn PersonalSlot) -> Result<Option<Pseudonym>, VaultError> {
        Ok(clear_bytes(field)?.map(|value| self.pseudonym_key.of(field.field(), &value)))
    }

    /// The subject's keys, looked up once for all its fields.
    fn subject_keys<'a>(
        &self,
        found: &'a mut Option<Arc<SubjectKeys>>,
        subject: &ContactId,
    ) -> Result<&'a SubjectKeys, VaultError> {
        if found.is_none() {
            *found = self.keyring.of(subject)?;
        }
        found.as_deref().ok_or(VaultError::KeyMissing { subject: *subject })
    }

    /// What the envelope holds; `None` when its key was destroyed.
    fn open_envelope(
        &self,
        keys: &mut Option<Arc<SubjectKeys>>,
        place: Place<'_>,
        envelope: &Envelope,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        if !envelope::is_known_form(envelope) {
            return Err(VaultError::UnknownForm { field: place.field });
        }
        if keys.is_none() {
            *keys = self.keyring.of(place.subject)?;
        }
        match keys.as_deref().and_then(|keys| keys.named(&envelope.kid)) {
            Some(key) if key.class != place.class => Err(VaultError::Tampered { field: place.field }),
            Some(key) => match &key.state {
                KeyState::Live(secret) => envelope::open(secret, place, envelope).map(Some),
                KeyState::Destroyed => Ok(None),
            },
            None if self.keyring.knows(&envelope.kid)? => {
                Err(VaultError::ForeignEnvelope { subject: *place.subject })
            }
            None => Err(VaultError::KeyMissing { subject: *place.subject }),
        }
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[vault]")
    }
}

fn clear_bytes(field: &dyn PersonalSlot) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
    match field.clear_bytes() {
        None => Ok(None),
        Some(Ok(bytes)) => Ok(Some(Zeroizing::new(bytes))),
        Some(Err(_)) => Err(VaultError::Unreadable { field: field.field() }),
    }
}

fn seal_field(
    keys: &SubjectKeys,
    subject: &ContactId,
    field: &dyn PersonalSlot,
    value: &Zeroizing<Vec<u8>>,
) -> Result<Envelope, VaultError> {
    let key = keys.newest(field.class()).ok_or(VaultError::KeyMissing { subject: *subject })?;
    match &key.state {
        KeyState::Destroyed => Err(VaultError::SubjectErased { subject: *subject }),
        KeyState::Live(secret) => {
            let place = Place { subject, class: field.class(), field: field.field() };
            envelope::seal(secret, &key.kid, place, value)
        }
    }
}
