//! Fields of a lead on the wire.

use std::collections::BTreeMap;

use rapport_domain::lead::{FIELDS_MAX, FieldValue};
use rapport_domain::value::{Date, Invalid, Key, Label};
use rapport_proto::v1 as wire;
use rapport_proto::v1::lead_field_value::Value;

use crate::parse::Fields;

pub(super) fn values(
    fields: &mut Fields,
    field: &str,
    given: &BTreeMap<String, wire::LeadFieldValue>,
) -> Option<rapport_domain::lead::Fields> {
    if given.len() > FIELDS_MAX {
        let expected = format!("expected at most {FIELDS_MAX} entries");
        fields.refuse(field, Invalid::new("TOO_MANY", expected));
        return None;
    }
    // Every entry is read, so that every fault is found; only then is it asked whether all were well.
    let read: Vec<Option<(Key, FieldValue)>> = given
        .iter()
        .map(|(key, value)| {
            let key = fields.check(&format!("{field}[key]"), Key::parse(key));
            let path =
                key.as_ref().map_or_else(|| format!("{field}[value]"), |key| format!("{field}[{key}]"));
            let value = self::value(fields, &path, value);
            key.zip(value)
        })
        .collect();
    read.into_iter().collect()
}

fn value(fields: &mut Fields, path: &str, value: &wire::LeadFieldValue) -> Option<FieldValue> {
    match &value.value {
        Some(Value::Text(text)) => fields.required(path, text, Label::parse).map(FieldValue::Text),
        Some(Value::Number(number)) => Some(FieldValue::Number(*number)),
        Some(Value::Date(date)) => fields.required(path, date, Date::parse).map(FieldValue::Date),
        Some(Value::Flag(flag)) => Some(FieldValue::Flag(*flag)),
        None => fields.missing(path),
    }
}

pub(super) fn told(fields: &rapport_domain::lead::Fields) -> BTreeMap<String, wire::LeadFieldValue> {
    let value = |value: &FieldValue| match value {
        FieldValue::Text(text) => Value::Text(text.to_string()),
        FieldValue::Number(number) => Value::Number(*number),
        FieldValue::Date(date) => Value::Date(date.to_string()),
        FieldValue::Flag(flag) => Value::Flag(*flag),
    };
    fields
        .iter()
        .map(|(key, known)| (key.to_string(), wire::LeadFieldValue { value: Some(value(known)) }))
        .collect()
}
