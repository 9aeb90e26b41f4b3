//! What the ledger does not hold and a consent record has to: who the controller is, where data lies and for how long, how a
//! consent is withdrawn. It is given as a file, and nothing of it is made up.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::error::Failure;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Description {
    /// What the ids of records begin with.
    pub(crate) base: Iri,
    /// Whose law applies: `loc:DE`.
    pub(crate) jurisdiction: Iri,
    /// Where a consent is withdrawn.
    pub(crate) withdrawal: Iri,
    /// Who decides what for and how.
    pub(crate) controller: Party,
    /// Who else receives the data; none has to be said too.
    pub(crate) recipients: Vec<Party>,
    /// By their keys in the ledger.
    pub(crate) purposes: BTreeMap<String, Purpose>,
    /// By their ids in the ledger.
    pub(crate) notices: BTreeMap<String, Notice>,
}

/// Somebody who takes part.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Party {
    pub(crate) id: Iri,
    pub(crate) name: Text,
    pub(crate) address: Text,
    /// An e-mail address, or where to write to.
    pub(crate) contact: Text,
    /// `dpv:Organisation` and what is narrower.
    #[serde(rename = "type")]
    pub(crate) party_type: Iri,
}

/// What data is processed for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Purpose {
    /// `dpv:DirectMarketing` and the like.
    #[serde(rename = "type")]
    pub(crate) purpose_type: Iri,
    /// `eu-gdpr:A6-1-a` and the like.
    pub(crate) legal_basis: Iri,
    /// `pd:EmailAddress` and the like.
    pub(crate) personal_data: Vec<Iri>,
    pub(crate) storage_locations: Vec<Iri>,
    /// An ISO 8601 duration: `P3Y`.
    pub(crate) retention: Period,
}

/// A notice that the ledger names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Notice {
    /// Where its versions can be read.
    pub(crate) url: Iri,
    /// A BCP 47 tag, for where the ledger has none.
    pub(crate) language: Text,
}

/// Declares a text that is checked when it is read.
macro_rules! checked {
    ($($(#[$doc:meta])* $name:ident: $rule:expr, $expected:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
        #[serde(try_from = "String")]
        pub(crate) struct $name(String);

        impl $name {
            pub(crate) fn as_str(&self) -> &str { &self.0 }
        }

        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                let rule: fn(&str) -> bool = $rule;
                if rule(&text) { Ok(Self(text)) } else { Err(format!("expected {}, found {text:?}", $expected)) }
            }
        }
    )+};
}

checked! {
    /// An IRI, also with one of the prefixes of the context.
    Iri: |text| text.split_once(':').is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty())
        && !text.contains(char::is_whitespace), "an IRI, such as https://example.com/privacy or loc:DE";
    /// A text that is not empty.
    Text: |text| !text.trim().is_empty(), "a text";
    /// A duration.
    Period: is_period, "an ISO 8601 duration, such as P3Y or P90D";
}

/// `P`, then numbers with their units, in the order of ISO 8601; without times of day.
fn is_period(text: &str) -> bool {
    let Some(mut rest) = text.strip_prefix('P') else { return false };
    let mut found = false;
    for unit in ['Y', 'M', 'W', 'D'] {
        let digits = rest.chars().take_while(char::is_ascii_digit).count();
        if digits > 0 && rest[digits..].starts_with(unit) {
            rest = &rest[digits + 1..];
            found = true;
        }
    }
    found && rest.is_empty()
}

impl Description {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, or lacks something: then it says what and where.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let text = fs::read_to_string(path).map_err(|error| Failure::file(path, error))?;
        let read: Self = toml::from_str(&text).map_err(|error| {
            Failure::Usage(format!("{}: {}", path.display(), error.to_string().trim_end()))
        })?;
        for (key, purpose) in &read.purposes {
            for (list, name) in
                [(&purpose.personal_data, "personal_data"), (&purpose.storage_locations, "storage_locations")]
            {
                if list.is_empty() {
                    let what = format!("purposes.{key}.{name} is empty; a record has to name one at least");
                    return Err(Failure::Usage(format!("{}: {what}", path.display())));
                }
            }
        }
        Ok(read)
    }

    /// A purpose that the ledger names.
    ///
    /// # Errors
    /// When it is not described.
    pub(crate) fn purpose(&self, key: &str) -> Result<&Purpose, Failure> {
        self.purposes.get(key).ok_or_else(|| lacks("purposes", key))
    }

    /// A notice that the ledger names.
    ///
    /// # Errors
    /// When it is not described.
    pub(crate) fn notice(&self, id: &str) -> Result<&Notice, Failure> {
        self.notices.get(id).ok_or_else(|| lacks("notices", id))
    }
}

fn lacks(table: &str, name: &str) -> Failure {
    Failure::Usage(format!("the description of the controller lacks {name:?}: add [{table}.{name:?}] to it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_those_of_iso_8601() {
        for period in ["P3Y", "P90D", "P1Y6M", "P2W", "P1Y2M3D"] {
            assert!(is_period(period), "{period}");
        }
        for period in ["", "P", "3Y", "P3", "PY", "P6M1Y", "P3Y ", "three years"] {
            assert!(!is_period(period), "{period}");
        }
    }

    #[test]
    fn an_iri_has_a_scheme_or_a_prefix() {
        for iri in ["https://example.com/a", "loc:DE", "urn:x:1"] {
            assert!(Iri::try_from(iri.to_owned()).is_ok(), "{iri}");
        }
        for iri in ["", "DE", ":x", "loc:", "https://example.com/a b"] {
            assert!(Iri::try_from(iri.to_owned()).is_err(), "{iri}");
        }
    }
}
