//! From the wire to values that cannot be malformed, collecting every fault on the way.

mod complete;
mod header;
mod page;

use std::collections::BTreeMap;

use rapport_domain::envelope::EventId;
use rapport_domain::value::{
    Currency, Date, ExchangeRate, FrozenRate, Instant, Invalid, Key, Label, Money, Segments,
};
use rapport_proto::v1 as wire;
use uuid::Uuid;

use crate::error::{Error, Violation};

pub(crate) use complete::Complete;
pub(crate) use header::{Circumstances, request_id};

/// Most segment fields in one request; whether a thing has room for them is known to the thing alone.
const SEGMENTS_TOLD_MAX: usize = 50;

/// What occurred has occurred.
pub(crate) fn time_in_future() -> Invalid {
    Invalid::new(
        "TIME_IN_FUTURE",
        "expected a time that has come, with a day to spare for clocks that differ",
    )
}

/// A moment; digits past the microsecond are dropped.
pub(crate) fn instant(time: prost_types::Timestamp) -> Result<Instant, Invalid> {
    let micros =
        time.seconds.checked_mul(1_000_000).and_then(|s| s.checked_add(i64::from(time.nanos / 1000)));
    let in_range = micros.filter(|_| (0..1_000_000_000).contains(&time.nanos)).unwrap_or(i64::MAX);
    Instant::from_micros(in_range)
}

/// The id of an event.
pub(crate) fn event_id(text: &str) -> Result<EventId, Invalid> {
    Uuid::try_parse(text).map(EventId).map_err(|_| Invalid::new("UUID_MALFORMED", "expected a UUID"))
}

/// The fields of one request, as far as they were read, and the rules that they broke.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    violations: Vec<Violation>,
}

impl Fields {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Notes that a field broke a rule.
    pub(crate) fn refuse(&mut self, field: &str, invalid: Invalid) {
        let Invalid { reason, expected } = invalid;
        self.violations.push(Violation { field: field.to_owned(), reason, description: expected });
    }

    /// Keeps a value, or notes the rule that its field broke.
    pub(crate) fn check<T, E: Into<Invalid>>(&mut self, field: &str, parsed: Result<T, E>) -> Option<T> {
        parsed.map_err(|invalid| self.refuse(field, invalid.into())).ok()
    }

    /// A text that has to be there.
    pub(crate) fn required<T, E: Into<Invalid>>(
        &mut self,
        field: &str,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        if text.is_empty() { self.missing(field) } else { self.check(field, parse(text)) }
    }

    /// A text that may be empty: the outer `None` is a fault, the inner one an empty field.
    pub(crate) fn optional<T, E: Into<Invalid>>(
        &mut self,
        field: &str,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Option<T>> {
        if text.is_empty() { Some(None) } else { self.check(field, parse(text)).map(Some) }
    }

    /// The id that a new thing will have: the caller's, or the one that belongs to the request.
    pub(crate) fn minted<T>(
        &mut self,
        field: &str,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, rapport_domain::id::InvalidId>,
        derived: impl FnOnce() -> T,
    ) -> Option<T> {
        if text.is_empty() { Some(derived()) } else { self.check(field, parse(text)) }
    }

    /// A field that has to be there and is not.
    pub(crate) fn missing<T>(&mut self, field: &str) -> Option<T> {
        self.refuse(field, Invalid::new("FIELD_MISSING", "expected a value"));
        None
    }

    /// An enumeration's value, by what it stands for in the domain; `None` from `known` is UNSPECIFIED.
    pub(crate) fn enumerated<W: TryFrom<i32>, T>(
        &mut self,
        field: &str,
        number: i32,
        known: impl FnOnce(W) -> Option<T>,
    ) -> Option<T> {
        match W::try_from(number) {
            Ok(value) => match known(value) {
                Some(value) => Some(value),
                None => self.missing(field),
            },
            Err(_) => self.unknown(field),
        }
    }

    /// A number that has to be there; 0 is none.
    pub(crate) fn counted(&mut self, field: &str, number: u64) -> Option<u64> {
        if number == 0 { self.missing(field) } else { Some(number) }
    }

    /// An enumeration's number that this build does not know.
    pub(crate) fn unknown<T>(&mut self, field: &str) -> Option<T> {
        self.refuse(field, Invalid::new("ENUM_UNKNOWN", "expected one of the named values"));
        None
    }

    /// A moment, where it is given.
    pub(crate) fn instant(
        &mut self,
        field: &str,
        time: Option<prost_types::Timestamp>,
    ) -> Option<Option<Instant>> {
        let Some(time) = time else { return Some(None) };
        self.check(field, instant(time)).map(Some)
    }

    /// Both ends of a period, in their order. What stands before the names of their fields may be empty.
    pub(crate) fn period(
        &mut self,
        within: &str,
        from: Option<prost_types::Timestamp>,
        to: Option<prost_types::Timestamp>,
    ) -> (Option<Instant>, Option<Instant>) {
        let [from, to] = [("from", from), ("to", to)].map(|(end, time)| {
            let field = format!("{within}{end}");
            match time {
                Some(time) => self.instant(&field, Some(time)).flatten(),
                None => self.missing(&field),
            }
        });
        if from.zip(to).is_some_and(|(from, to)| from >= to) {
            self.refuse(
                &format!("{within}to"),
                Invalid::new("PERIOD_EMPTY", "expected a moment after `from`"),
            );
        }
        (from, to)
    }

    /// An amount, where it is given.
    pub(crate) fn money(&mut self, field: &str, money: Option<&wire::Money>) -> Option<Option<Money>> {
        let Some(money) = money else { return Some(None) };
        let currency = self.required(&format!("{field}.currency"), &money.currency, Currency::parse)?;
        Some(Some(Money { minor_units: money.minor_units, currency }))
    }

    /// An amount that has to be there.
    pub(crate) fn required_money(&mut self, field: &str, money: Option<&wire::Money>) -> Option<Money> {
        if money.is_none() { self.missing(field) } else { self.money(field, money)? }
    }

    /// What an amount is worth in another currency, where it is said.
    pub(crate) fn frozen_rate(
        &mut self,
        field: &str,
        told: Option<&wire::FrozenRate>,
    ) -> Option<Option<FrozenRate>> {
        let Some(told) = told else { return Some(None) };
        let base_currency =
            self.required(&format!("{field}.base_currency"), &told.base_currency, Currency::parse);
        let rate = self.required(&format!("{field}.rate"), &told.rate, ExchangeRate::parse);
        let rate_date = self.required(&format!("{field}.rate_date"), &told.rate_date, Date::parse);
        Some(Some(FrozenRate { base_currency: base_currency?, rate: rate?, rate_date: rate_date? }))
    }

    /// Fields that reports group by.
    pub(crate) fn segments(&mut self, field: &str, given: &BTreeMap<String, String>) -> Option<Segments> {
        if given.len() > SEGMENTS_TOLD_MAX {
            let expected = format!("expected at most {SEGMENTS_TOLD_MAX} entries");
            self.refuse(field, Invalid::new("TOO_MANY", expected));
            return None;
        }
        let mut segments = Some(Segments::new());
        for (key, value) in given {
            let key = self.check(&format!("{field}[key]"), Key::parse(key));
            let path =
                key.as_ref().map_or_else(|| format!("{field}[value]"), |key| format!("{field}[{key}]"));
            let value = self.check(&path, Label::parse(value));
            segments = match (segments, key, value) {
                (Some(mut segments), Some(key), Some(value)) => {
                    segments.insert(key, value);
                    Some(segments)
                }
                (_, _, _) => None,
            };
        }
        segments
    }

    /// Every entry of a list, read by its path: those after a fault too, so that all faults are told.
    pub(crate) fn each<W, T, C: FromIterator<T>>(
        &mut self,
        path: &str,
        told: &[W],
        mut read: impl FnMut(&mut Self, &str, &W) -> Option<T>,
    ) -> Option<C> {
        let mut entries = Vec::new();
        for (index, entry) in told.iter().enumerate() {
            entries.push(read(self, &format!("{path}[{index}]"), entry));
        }
        entries.into_iter().collect()
    }

    /// The same of a list of so many at most.
    pub(crate) fn listed<W, T, C: FromIterator<T>>(
        &mut self,
        path: &str,
        told: &[W],
        max: usize,
        read: impl FnMut(&mut Self, &str, &W) -> Option<T>,
    ) -> Option<C> {
        if told.len() > max {
            self.refuse(path, Invalid::new("TOO_MANY", format!("expected at most {max} entries")));
            return None;
        }
        self.each(path, told, read)
    }

    /// The same of a list that is not empty.
    pub(crate) fn filled<W, T, C: FromIterator<T>>(
        &mut self,
        path: &str,
        told: &[W],
        max: usize,
        read: impl FnMut(&mut Self, &str, &W) -> Option<T>,
    ) -> Option<C> {
        if told.is_empty() { self.missing(path) } else { self.listed(path, told, max, read) }
    }

    /// Everything that was read, or every fault.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all violations.
    pub(crate) fn finish<C: Complete>(self, parts: C) -> Result<C::Whole, Error> {
        match parts.complete() {
            Some(whole) if self.violations.is_empty() => Ok(whole),
            Some(_) | None => Err(self.into()),
        }
    }
}

/// The rules that were broken.
impl From<Fields> for Error {
    fn from(fields: Fields) -> Self {
        Self::Invalid(fields.violations)
    }
}
