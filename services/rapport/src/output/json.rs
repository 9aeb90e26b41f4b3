//! The parts that every JSON document is made of. What is absent is null, never left out.

use std::borrow::Cow;
use std::collections::BTreeMap;

use prost_types::Timestamp;
use rapport_proto::v1::personal_text::State;
use rapport_proto::v1::{Actor, FrozenRate, Money, PersonalText};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::wire::{Basis, Span, money_of, rfc3339};

/// A text; null when it is empty.
#[must_use]
pub fn text(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { Value::from(text) }
}

/// A time in RFC 3339.
#[must_use]
pub fn instant(time: Option<&Timestamp>) -> Value {
    text(&rfc3339(time))
}

/// An amount: its currency, the count of the smallest unit, and the same as a decimal number.
#[must_use]
pub fn money(money: &Money) -> Value {
    let decimal = money_of(money).map(rapport_domain::value::Money::decimal);
    json!({ "currency": money.currency, "minor_units": money.minor_units, "decimal": decimal })
}

/// An amount in the currency of its neighbours.
#[must_use]
pub fn money_in(currency: &str, minor_units: i64) -> Value {
    money(&Money { minor_units, currency: currency.to_owned() })
}

/// Amounts, one a currency.
#[must_use]
pub fn currencies(amounts: &[Money]) -> Value {
    amounts.iter().map(money).collect()
}

/// A rate of exchange, with the day that it is of.
#[must_use]
pub fn rate(fx: &FrozenRate) -> Value {
    json!({ "base_currency": fx.base_currency, "rate": fx.rate, "rate_date": fx.rate_date })
}

/// A share as hundredths of a percent and as a percentage, under `<name>_basis_points` and `<name>_percent`.
pub fn basis(object: &mut Value, name: &str, share: Option<i64>) {
    object[format!("{name}_basis_points")] = json!(share);
    object[format!("{name}_percent")] = json!(share.map(|share| Basis(share).to_string()));
}

/// A span in seconds and in days, under `<name>_seconds` and `<name>_days`.
pub fn span(object: &mut Value, name: &str, seconds: Option<i64>) {
    object[format!("{name}_seconds")] = json!(seconds);
    object[format!("{name}_days")] = json!(seconds.map(|seconds| Span(seconds).to_string()));
}

/// Personal data: `{"text"}`, `{"sealed"}` with the envelope, or `{"erased": true}`.
#[must_use]
pub fn personal(personal: Option<&PersonalText>) -> Value {
    match personal.and_then(|personal| personal.state.as_ref()) {
        None => Value::Null,
        Some(State::Text(text)) => json!({ "text": text }),
        Some(State::Sealed(envelope)) => {
            json!({ "sealed": serde_json::from_str::<Value>(envelope).unwrap_or_else(|_| envelope.as_str().into()) })
        }
        Some(State::Erased(_)) => json!({ "erased": true }),
    }
}

/// JSON in one line, byte for byte otherwise: it has line breaks between its parts only, where a space says the same.
/// Nothing when it is no JSON.
#[must_use]
pub fn one_line(text: &str) -> Option<Cow<'_, RawValue>> {
    if text.contains(['\n', '\r']) {
        return RawValue::from_string(text.replace(['\n', '\r'], " ")).ok().map(Cow::Owned);
    }
    serde_json::from_str(text).ok().map(Cow::Borrowed)
}

/// Who acted.
#[must_use]
pub fn actor(actor: Option<&Actor>) -> Value {
    actor.map_or(Value::Null, |actor| json!({ "kind": actor.kind, "id": actor.id }))
}

/// Fields, in the order of their names.
#[must_use]
pub fn entries(fields: &BTreeMap<String, String>) -> Value {
    fields.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))).collect::<Map<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_with_its_decimal() {
        let amount = Money { minor_units: 1_000_553_400, currency: "USD".to_owned() };
        assert_eq!(
            crate::output::sorted(money(&amount)).to_string(),
            r#"{"currency":"USD","decimal":"10005534.00","minor_units":1000553400}"#
        );
    }

    #[test]
    fn shares_and_spans_are_written_twice() {
        let mut object = json!({});
        basis(&mut object, "win_rate", Some(6315));
        span(&mut object, "mean_cycle", None);
        assert_eq!(
            object,
            json!({
                "win_rate_basis_points": 6315, "win_rate_percent": "63.15",
                "mean_cycle_seconds": null, "mean_cycle_days": null,
            })
        );
    }

    #[test]
    fn a_sealed_envelope_stays_json() {
        let sealed = PersonalText { state: Some(State::Sealed(r#"{"v":1}"#.to_owned())) };
        assert_eq!(personal(Some(&sealed)), json!({ "sealed": { "v": 1 } }));
        assert_eq!(personal(None), Value::Null);
    }
}
