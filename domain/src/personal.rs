//! Personal data is a type: [`Personal<T>`].
//!
//! It is `Clear` only inside the process, `Sealed` everywhere else, and `Erased` once its key is gone. Clear
//! data cannot be written by mistake: `Debug` prints `[personal]`, and serialising it is an error.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Which of a subject's keys seals a value. Classes are kept and erased on different terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataClass {
    /// Who somebody is and how to reach them.
    Contact,
    /// Free text about them, which may mention others.
    Notes,
    /// What proves a consent; kept longer than the rest.
    Evidence,
}

impl DataClass {
    /// Every class.
    pub const ALL: [Self; 3] = [Self::Contact, Self::Notes, Self::Evidence];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Notes => "notes",
            Self::Evidence => "evidence",
        }
    }
}

/// A value that is personal data, and so says which key seals it and what it is called.
pub trait PersonalValue: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// The class of key.
    const CLASS: DataClass;
    /// Name of the field, bound into the seal: a value cannot be passed off as another field.
    const FIELD: &'static str;
}

/// A sealed value: AES-256-GCM under a key derived from the subject's data key.
///
/// `kid` names the key, `s` is the derivation salt, `c` commits to the key, `ct` is ciphertext and tag; all
/// but `kid` in base64url without padding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Version of this form.
    #[serde(rename = "$enc")]
    pub version: String,
    /// Algorithm.
    pub alg: String,
    /// Key id, opaque, one per subject, class and version.
    pub kid: String,
    /// Salt.
    #[serde(rename = "s")]
    pub salt: String,
    /// Key commitment.
    #[serde(rename = "c")]
    pub commitment: String,
    /// Ciphertext.
    #[serde(rename = "ct")]
    pub ciphertext: String,
}

/// Personal data in one of its three states.
#[derive(Clone, PartialEq, Eq)]
pub enum Personal<T> {
    /// Readable; only inside the process.
    Clear(T),
    /// Sealed by the vault.
    Sealed(Envelope),
    /// Its key is destroyed.
    Erased,
}

impl<T> Personal<T> {
    /// The value, where it is readable.
    #[must_use]
    pub const fn clear(&self) -> Option<&T> {
        match self {
            Self::Clear(value) => Some(value),
            Self::Sealed(_) | Self::Erased => None,
        }
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[personal]")
    }
}

impl<T> From<T> for Personal<T> {
    fn from(value: T) -> Self {
        Self::Clear(value)
    }
}

/// How an erased value is stored, where a copy is made after the erasure.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    Sealed(Envelope),
    Erased {
        #[serde(rename = "$erased")]
        erased: bool,
    },
}

impl<T> Serialize for Personal<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Clear(_) => Err(S::Error::custom("personal data must be sealed before it is written")),
            Self::Sealed(envelope) => envelope.serialize(serializer),
            Self::Erased => Stored::Erased { erased: true }.serialize(serializer),
        }
    }
}

impl<'de, T> Deserialize<'de> for Personal<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Stored::deserialize(deserializer)? {
            Stored::Sealed(envelope) => Self::Sealed(envelope),
            Stored::Erased { .. } => Self::Erased,
        })
    }
}

/// One personal field, seen by the vault without knowing its type.
pub trait PersonalSlot: Send {
    /// The class of key.
    fn class(&self) -> DataClass;
    /// Name of the field.
    fn field(&self) -> &'static str;
    /// The bytes to seal, where the value is clear.
    ///
    /// # Errors
    /// When the value has no JSON form.
    fn clear_bytes(&self) -> Option<Result<Vec<u8>, serde_json::Error>>;
    /// The envelope, where the value is sealed.
    fn envelope(&self) -> Option<&Envelope>;
    /// Replaces the value by its sealed form.
    fn set_sealed(&mut self, envelope: Envelope);
    /// Replaces the value by what the envelope held.
    ///
    /// # Errors
    /// When the bytes are not this field's JSON.
    fn set_clear(&mut self, bytes: &[u8]) -> Result<(), serde_json::Error>;
    /// Marks the value as erased.
    fn set_erased(&mut self);
}

impl<T: PersonalValue> PersonalSlot for Personal<T> {
    fn class(&self) -> DataClass {
        T::CLASS
    }
    fn field(&self) -> &'static str {
        T::FIELD
    }
    fn clear_bytes(&self) -> Option<Result<Vec<u8>, serde_json::Error>> {
        self.clear().map(serde_json::to_vec)
    }
    fn envelope(&self) -> Option<&Envelope> {
        match self {
            Self::Sealed(envelope) => Some(envelope),
            Self::Clear(_) | Self::Erased => None,
        }
    }
    fn set_sealed(&mut self, envelope: Envelope) {
        *self = Self::Sealed(envelope);
    }
    fn set_clear(&mut self, bytes: &[u8]) -> Result<(), serde_json::Error> {
        *self = Self::Clear(serde_json::from_slice(bytes)?);
        Ok(())
    }
    fn set_erased(&mut self) {
        *self = Self::Erased;
    }
}

/// Whatever holds personal fields lists them here; the vault seals and opens them through this list.
pub trait PersonalFields {
    /// Every personal field, in a fixed order.
    fn personal_fields(&mut self) -> Vec<&mut dyn PersonalSlot> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clear_personal_data_is_neither_printed_nor_written() {
        let name = Personal::Clear("Ann".to_owned());
        assert_eq!(format!("{name:?}"), "[personal]");
        assert!(serde_json::to_string(&name).is_err());
    }

    #[test]
    fn erased_data_stays_erased_when_stored_again() {
        let json = serde_json::to_string(&Personal::<String>::Erased).unwrap();
        assert_eq!(json, r#"{"$erased":true}"#);
        assert_eq!(serde_json::from_str::<Personal<String>>(&json).unwrap(), Personal::Erased);
    }
}
