//! Whether the keys of what is sealed in events are there.

use std::collections::HashSet;

use rapport_domain::StoredEvent as _;
use rapport_domain::envelope::Recorded;
use rapport_domain::subject_request::{Event, Fulfilled, Outcome};
use rapport_vault::{KeyFate, KeyFileReader};
use serde_json::Value;

/// Key ids that are remembered as known.
const KEYS_REMEMBERED_MAX: usize = 100_000;
/// What every sealed value has.
const ENVELOPE_MARK: &str = "\"$enc\"";

/// Looks up the keys of events.
pub(crate) struct Seals<'a> {
    keys: &'a KeyFileReader,
    known: HashSet<String>,
}

impl<'a> Seals<'a> {
    /// In these keys.
    pub(crate) fn new(keys: &'a KeyFileReader) -> Self {
        Self { keys, known: HashSet::new() }
    }

    /// Whether every key that seals a part of the event is there, or is known to be destroyed; and of a certificate of
    /// erasure, whether every key that it names is destroyed. An event without Rapport's metadata is another program's,
    /// and so is what looks like a seal in it.
    ///
    /// # Errors
    /// What is wrong.
    pub(crate) fn judge(&mut self, event: &Recorded) -> Result<(), String> {
        for kid in certified(event) {
            if self.keys.fate(&kid).map_err(|error| error.to_string())? == KeyFate::Live {
                return Err("vault.db has a key in use that this certificate says was destroyed, so an older vault.db was put back".to_owned());
            }
        }
        if !event.data.contains(ENVELOPE_MARK) || event.metadata().is_err() {
            return Ok(());
        }
        let Ok(data) = serde_json::from_str(&event.data) else { return Ok(()) };
        let mut kids = Vec::new();
        collect_kids(&data, &mut kids);
        kids.into_iter().try_for_each(|kid| self.look_up(kid))
    }

    fn look_up(&mut self, kid: &str) -> Result<(), String> {
        if self.known.contains(kid) {
            return Ok(());
        }
        match self.keys.fate(kid) {
            Ok(KeyFate::Live | KeyFate::Destroyed) => {}
            Ok(KeyFate::Unknown) => return Err("vault.db does not have one of them".to_owned()),
            Err(error) => return Err(error.to_string()),
        }
        if self.known.len() >= KEYS_REMEMBERED_MAX {
            self.known.clear();
        }
        self.known.insert(kid.to_owned());
        Ok(())
    }
}

/// Ids of the keys that a certificate of erasure says were destroyed; none of any other event.
fn certified(event: &Recorded) -> Vec<String> {
    match Event::decode(&event.event_type, &event.data) {
        Some(Ok(Event::Fulfilled(Fulfilled { outcome: Outcome::Erased(erasure) }))) => erasure.kids,
        // What cannot be read is a finding of its own.
        Some(Ok(_) | Err(_)) | None => Vec::new(),
    }
}

fn collect_kids<'a>(value: &'a Value, kids: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            if fields.contains_key("$enc") {
                kids.extend(fields.get("kid").and_then(Value::as_str));
            } else {
                fields.values().for_each(|value| collect_kids(value, kids));
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect_kids(value, kids)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_found_wherever_a_value_is_sealed() {
        let data = json!({
            "name": { "$enc": "1", "kid": "dek_a", "s": "" },
            "points": [{ "value": { "$enc": "1", "kid": "dek_b" } }, { "kid": "no seal" }],
        });
        let mut kids = Vec::new();
        collect_kids(&data, &mut kids);
        assert_eq!(kids, ["dek_a", "dek_b"]);
    }
}
