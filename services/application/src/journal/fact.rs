//! What one fact is made of.

use rapport_domain::envelope::EventId;
use rapport_domain::value::{Instant, Invalid};
use serde::Serialize;
use serde::de::IgnoredAny;

use crate::failure::Failure;

/// Something that happened, in the words of the service that records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Its identity; derived from the request id when absent. All facts of an append have one, or none has.
    pub id: Option<EventId>,
    /// What kind of thing happened.
    pub fact_type: FactType,
    /// What exactly happened. Stored in clear.
    pub data: FactData,
    /// Business time.
    pub occurred_at: Option<Instant>,
}

impl Fact {
    /// A fact of the house itself, at the time that the append says.
    ///
    /// # Errors
    /// [`Failure::Unwritable`]: a fault of ours.
    pub(crate) fn of_house(event_type: &str, data: &impl Serialize) -> Result<Self, Failure> {
        let unwritable = |cause: &dyn std::fmt::Display| Failure::Unwritable { cause: cause.to_string() };
        let data = serde_json::to_string(data).map_err(|error| unwritable(&error))?;
        Ok(Self {
            id: None,
            fact_type: FactType::parse(event_type.to_owned()).map_err(|error| unwritable(&error))?,
            data: FactData::parse(data).map_err(|error| unwritable(&error))?,
            occurred_at: None,
        })
    }
}

/// The type of an event: `<category>.<past_tense>.v<N>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactType(String);

impl FactType {
    /// Longest type, in bytes.
    pub const LENGTH_MAX: usize = 100;

    /// Reads a type.
    ///
    /// # Errors
    /// When it does not have the form.
    pub fn parse(text: String) -> Result<Self, Invalid> {
        if text.len() <= Self::LENGTH_MAX && has_form(&text) {
            Ok(Self(text))
        } else {
            Err(Invalid::new(
                "EVENT_TYPE_MALFORMED",
                "expected `<category>.<past_tense>.v<N>`: words of `a-z 0-9 _` and a number from 1 on, at most 100 bytes",
            ))
        }
    }

    /// Whether it is a type of this category.
    #[must_use]
    pub fn is_of(&self, category: &str) -> bool {
        self.0.strip_prefix(category).is_some_and(|rest| rest.starts_with('.'))
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

fn has_form(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    let is_version = |text: &str| {
        let digits = text.strip_prefix('v').unwrap_or_default();
        !digits.is_empty() && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
    };
    let mut parts = text.splitn(3, '.');
    let mut next = || parts.next().unwrap_or_default();
    is_word(next()) && is_word(next()) && is_version(next())
}

impl From<FactType> for String {
    fn from(fact_type: FactType) -> Self {
        fact_type.0
    }
}

/// The content of a fact: a JSON object, kept byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactData(String);

impl FactData {
    /// Takes a JSON object. It is looked through once, and nothing of it is built.
    ///
    /// # Errors
    /// When the text is not JSON, or not an object.
    pub fn parse(text: String) -> Result<Self, Invalid> {
        let is_object = text.trim_start_matches([' ', '\t', '\n', '\r']).starts_with('{');
        if is_object && serde_json::from_str::<IgnoredAny>(&text).is_ok() {
            Ok(Self(text))
        } else {
            Err(Invalid::new("JSON_MALFORMED", "expected a JSON object"))
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl From<FactData> for String {
    fn from(data: FactData) -> Self {
        data.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_a_category_a_word_and_a_version() {
        for text in ["x_orders.shipped.v1", "x_orders.partly_shipped.v12"] {
            let parsed = FactType::parse(text.to_owned()).unwrap();
            assert!(
                parsed.is_of("x_orders") && !parsed.is_of("x_order") && !parsed.is_of("x_orders.shipped.v")
            );
            assert_eq!(String::from(parsed), text);
        }
        let longest = format!("x_orders.{}.v1", "s".repeat(100));
        for text in [
            "",
            "x_orders",
            "x_orders.shipped",
            "x_orders.shipped.v",
            "x_orders.shipped.v0",
            "x_orders.shipped.v01",
            "x_orders.shipped.v1x",
            "x_orders.Shipped.v1",
            "x_orders..v1",
            "x_orders.a.v1.v2",
            ".shipped.v1",
            "x_orders.shipped.w1",
            longest.as_str(),
        ] {
            let refused = FactType::parse(text.to_owned());
            assert_eq!(refused.unwrap_err().reason, "EVENT_TYPE_MALFORMED", "{text}");
        }
    }

    #[test]
    fn data_is_an_object_and_stays_as_it_is() {
        for text in ["{}", " {\"b\" : 1,\n\"a\":[1, 2.50, null, {}]} ", r#"{"a":"\u0000ü","a":1e400}"#] {
            assert_eq!(String::from(FactData::parse(text.to_owned()).unwrap()), text);
        }
        for text in
            ["", "[]", "null", "\"{}\"", "{", "{}{}", "{a:1}", "{\"a\":01}", "{\"a\":\"\n\"}", "{\"a\":NaN}"]
        {
            assert_eq!(FactData::parse(text.to_owned()).unwrap_err().reason, "JSON_MALFORMED", "{text}");
        }
    }
}
