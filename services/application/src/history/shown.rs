//! An event with its personal fields shown to a reader.

use rapport_domain::envelope::Recorded;
use rapport_domain::event::DomainEvent;
use rapport_domain::id::ContactId;
use rapport_domain::personal::Envelope;
use serde_json::{Value, json};

use crate::Ports;
use crate::disclosure::{Look, Reveal, Shown};
use crate::failure::Failure;

/// The event with `{"$clear": value}` or `{"$pseudonym": digits}` where the envelope stood, and `{"$erased": true}` where
/// the key is gone. Events of other services, and types that this build does not know, stay as they are.
pub(super) fn shown(
    look: &Look,
    ports: &Ports,
    reveal: Reveal,
    mut recorded: Recorded,
) -> Result<Recorded, Failure> {
    let position = recorded.position;
    let corrupt = |error: serde_json::Error| Failure::EventCorrupt { position, cause: error.to_string() };
    let Some(mut event) = DomainEvent::decode(&recorded).map_err(corrupt)? else { return Ok(recorded) };
    let Ok(subject) = ContactId::parse(recorded.stream.id()) else { return Ok(recorded) };
    let sealed: Vec<Option<Envelope>> =
        event.personal_fields().iter().map(|field| field.envelope().cloned()).collect();
    if sealed.iter().all(Option::is_none) {
        return Ok(recorded);
    }
    let mut data: Value = serde_json::from_str(&recorded.data).map_err(corrupt)?;
    for (field, envelope) in event.personal_fields().into_iter().zip(sealed) {
        let Some(envelope) = envelope else { continue };
        let sealed = serde_json::to_value(&envelope).map_err(corrupt)?;
        let shown = match reveal.field(look, ports, &subject, field)? {
            Shown::Clear(value) => json!({ "$clear": value }),
            Shown::Pseudonym(digits) => json!({ "$pseudonym": digits }),
            Shown::Erased => json!({ "$erased": true }),
        };
        replace(&mut data, &sealed, &shown);
    }
    recorded.data = data.to_string();
    Ok(recorded)
}

/// Puts `shown` in the place of every `sealed`. An envelope has a salt of its own, so it stands in one place.
fn replace(data: &mut Value, sealed: &Value, shown: &Value) {
    if data == sealed {
        *data = shown.clone();
        return;
    }
    match data {
        Value::Object(fields) => fields.values_mut().for_each(|value| replace(value, sealed, shown)),
        Value::Array(items) => items.iter_mut().for_each(|value| replace(value, sealed, shown)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
