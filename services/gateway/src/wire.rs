//! Between the domain's values and the wire's messages.

mod enums;

use rapport_application::{Application, Failure, Look, Receipt};
use rapport_domain::envelope::Actor;
use rapport_domain::id::ContactId;
use rapport_domain::personal::{Envelope, Personal, PersonalValue};
use rapport_domain::value::{FrozenRate, Instant, Money, Segments};
use rapport_proto::v1 as wire;

pub(crate) use enums::{Known, known};

pub(crate) fn receipt(receipt: Receipt) -> wire::Receipt {
    wire::Receipt { revision: receipt.revision.map(|revision| revision.0), position: receipt.position.0 }
}

pub(crate) fn timestamp(instant: Instant) -> prost_types::Timestamp {
    let micros = instant.micros();
    let nanos = i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or(0);
    prost_types::Timestamp { seconds: micros.div_euclid(1_000_000), nanos }
}

pub(crate) fn money(money: Money) -> wire::Money {
    wire::Money { minor_units: money.minor_units, currency: money.currency.to_string() }
}

pub(crate) fn frozen_rate(fx: FrozenRate) -> wire::FrozenRate {
    wire::FrozenRate {
        base_currency: fx.base_currency.to_string(),
        rate: fx.rate.to_string(),
        rate_date: fx.rate_date.to_string(),
    }
}

pub(crate) fn actor(actor: &Actor) -> wire::Actor {
    wire::Actor { kind: actor.kind.as_str().to_owned(), id: actor.id.to_string() }
}

pub(crate) fn segments(segments: &Segments) -> std::collections::BTreeMap<String, String> {
    segments.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
}

/// A text that may be missing.
pub(crate) fn text<T: ToString>(value: Option<&T>) -> String {
    value.map(T::to_string).unwrap_or_default()
}

/// Opens personal data for one answer.
pub(crate) struct Reader<'a> {
    pub(crate) application: &'a Application,
    pub(crate) look: &'a Look,
}

impl Reader<'_> {
    /// What the caller sees of a value.
    pub(crate) fn disclosed<T: PersonalValue>(
        &self,
        subject: &ContactId,
        value: Personal<T>,
    ) -> Result<Personal<T>, Failure> {
        self.application.disclose(self.look, subject, value)
    }

    /// The same as a text: the value, its seal, or that it is erased.
    pub(crate) fn personal<T: PersonalValue>(
        &self,
        subject: &ContactId,
        value: Personal<T>,
        show: impl FnOnce(&T) -> String,
    ) -> Result<wire::PersonalText, Failure> {
        use wire::personal_text::State;
        let state = match self.disclosed(subject, value)? {
            Personal::Clear(value) => State::Text(show(&value)),
            Personal::Sealed(envelope) => State::Sealed(Self::sealed(&envelope)?),
            Personal::Erased => State::Erased(true),
        };
        Ok(wire::PersonalText { state: Some(state) })
    }

    /// A seal as JSON.
    pub(crate) fn sealed(envelope: &Envelope) -> Result<String, Failure> {
        serde_json::to_string(envelope).map_err(|error| Failure::Unwritable { cause: error.to_string() })
    }
}
