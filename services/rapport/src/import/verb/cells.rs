//! What a row holds for one command: values by field, read into the types of the contract.

use std::collections::BTreeMap;

use prost_types::Timestamp;
use rapport_domain::id::ContactId;
use rapport_domain::value::{Currency, Date, ExchangeRate, Instant, Invalid, Key, Label, Money};
use rapport_proto::v1 as proto;
use rapport_proto::v1::CommandHeader;

use crate::import::request_id;
use crate::wire::{Word, parse_moment, parse_rate, parse_word, timestamp};

/// The value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Its text. None where a column is missing.
    pub value: Option<String>,
}

/// The values of a command's fields.
#[derive(Debug)]
pub struct Cells<'a> {
    source: &'a str,
    /// Step, command, place among its like, key.
    identity: [&'a str; 4],
    values: &'a BTreeMap<&'a str, Cell>,
    refused: Vec<(String, Invalid)>,
}

impl<'a> Cells<'a> {
    /// The values of a command, and what it is identified by: the step, the command, its place among its like, the key.
    #[must_use]
    pub const fn new(source: &'a str, identity: [&'a str; 4], values: &'a BTreeMap<&'a str, Cell>) -> Self {
        Self { source, identity, values, refused: Vec::new() }
    }

    /// What was refused: the fields, and what would have been accepted.
    #[must_use]
    pub fn into_refused(self) -> Vec<(String, Invalid)> {
        self.refused
    }

    pub(super) const fn source(&self) -> &'a str {
        self.source
    }

    /// The key of the row.
    pub(super) const fn key(&self) -> &'a str {
        self.identity[3]
    }

    /// The header: who it comes from, and a request id that is the same for the same row.
    pub(super) fn header(&mut self) -> Option<CommandHeader> {
        let occurred_at = self.moment("occurred_at");
        Some(request_id::header(self.source, &self.identity, occurred_at))
    }

    /// The header of a command that may come again with the same key and other content, from another part of the
    /// source: its content is part of its identity, and the rules of the domain say whether it is welcome.
    pub(super) fn header_by_content(&mut self) -> Option<CommandHeader> {
        let occurred_at = self.moment("occurred_at");
        let content = self.values.iter().filter_map(|(name, cell)| Some([*name, cell.value.as_deref()?]));
        let parts: Vec<&str> = self.identity.into_iter().chain(content.flatten()).collect();
        Some(request_id::header(self.source, &parts, occurred_at))
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.values.get(name).and_then(|cell| cell.value.as_deref())
    }

    pub(super) fn refuse(&mut self, name: &str, invalid: Invalid) {
        self.refused.push((name.to_owned(), invalid));
    }

    /// A value of a type; none where it is missing or refused.
    pub(super) fn read<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, Invalid>) -> Option<T> {
        match parse(self.get(name)?) {
            Ok(value) => Some(value),
            Err(invalid) => {
                self.refuse(name, invalid);
                None
            }
        }
    }

    /// A value that has to be there.
    pub(super) fn require<T: Default>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, Invalid>,
    ) -> T {
        if self.get(name).is_none() {
            self.refuse(name, Invalid::new("VALUE_MISSING", format!("`{name}` is required")));
        }
        self.read(name, parse).unwrap_or_default()
    }

    /// A text of a type; empty where it is missing.
    pub(super) fn text<T: Into<String>>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, Invalid>,
    ) -> String {
        self.read(name, parse).map_or_else(String::new, Into::into)
    }

    /// A text of a type that has to be there.
    pub(super) fn required_text<T: Into<String>>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, Invalid>,
    ) -> String {
        self.require(name, |text| parse(text).map(Into::into))
    }

    /// A word of an enumeration.
    pub(super) fn word<W: Word + Into<i32>>(&mut self, name: &str) -> i32 {
        self.read(name, word::<W>).unwrap_or_default().into()
    }

    /// A word of an enumeration that has to be there.
    pub(super) fn required_word<W: Word + Into<i32>>(&mut self, name: &str) -> i32 {
        self.require(name, word::<W>).into()
    }

    pub(super) fn moment(&mut self, name: &str) -> Option<Timestamp> {
        self.read(name, parse_moment).map(timestamp)
    }

    pub(super) fn day(&mut self, name: &str) -> String {
        self.text(name, day)
    }

    pub(super) fn required_day(&mut self, name: &str) -> String {
        self.required_text(name, day)
    }

    /// An amount in a currency; none where it is missing.
    pub(super) fn money(&mut self, amount: &str, currency: &str) -> Option<proto::Money> {
        self.get(amount)?;
        let currency: Currency = self.read(currency, Currency::parse).or_else(|| {
            if self.get(currency).is_none() {
                self.refuse(
                    currency,
                    Invalid::new("VALUE_MISSING", format!("`{amount}` needs a `{currency}`")),
                );
            }
            None
        })?;
        let money = self.read(amount, |text| Money::parse_decimal(text, currency))?;
        Some(proto::Money { minor_units: money.minor_units, currency: currency.code().to_owned() })
    }

    /// An amount that has to be there.
    pub(super) fn required_money(&mut self, amount: &str, currency: &str) -> Option<proto::Money> {
        if self.get(amount).is_none() {
            self.refuse(amount, Invalid::new("VALUE_MISSING", format!("`{amount}` is required")));
        }
        self.money(amount, currency)
    }

    /// A rate of exchange with its day, as the command line takes it: `EUR=0.92135@2026-11-20`; none where it is missing. It needs
    /// the amount that it is of.
    pub(super) fn rate(&mut self, name: &str, amount: &str) -> Option<proto::FrozenRate> {
        if self.get(name).is_some() && self.get(amount).is_none() {
            self.refuse(amount, Invalid::new("VALUE_MISSING", format!("`{name}` needs an `{amount}`")));
            return None;
        }
        self.read(name, |text| {
            let malformed = |expected: String| Invalid::new("EXCHANGE_RATE_MALFORMED", expected);
            let rate = parse_rate(text).map_err(malformed)?;
            Currency::parse(&rate.base_currency)?;
            ExchangeRate::parse(&rate.rate)?;
            Date::parse(&rate.rate_date)?;
            Ok(rate)
        })
    }

    /// Fields that reports group by.
    pub(super) fn segments(&mut self) -> BTreeMap<String, String> {
        let values = self.values;
        let named = values.keys().filter_map(|name| Some((*name, name.strip_prefix("segments.")?)));
        let mut segments = BTreeMap::new();
        for (name, key) in named {
            if let Some(value) = self.read(name, Label::parse) {
                segments.insert(key.to_owned(), value.into());
            }
        }
        segments
    }

    /// An id: of the thing of this source that `by_key` is the key of, or `by_id` itself. Empty where both are missing.
    pub(super) fn id(
        &mut self,
        by_key: &str,
        by_id: &str,
        derived: impl Fn(&str, &str) -> String,
        parse: impl Fn(&str) -> Result<String, Invalid>,
    ) -> String {
        match self.get(by_key) {
            Some(key) => derived(self.source, key.trim()),
            None => self.read(by_id, parse).unwrap_or_default(),
        }
    }

    /// The contact that it is about; empty where none is named.
    pub(super) fn contact(&mut self) -> String {
        self.id(
            "contact",
            "contact_id",
            |source, key| ContactId::derived(source, key).to_string(),
            |text| Ok(ContactId::parse(text.trim())?.to_string()),
        )
    }

    /// The contact that it is about.
    pub(super) fn required_contact(&mut self) -> String {
        let contact = self.contact();
        if contact.is_empty() && self.get("contact_id").is_none() {
            self.refuse("contact", Invalid::new("VALUE_MISSING", "`contact` is required"));
        }
        contact
    }

    /// The name of a field, as `Key`.
    pub(super) fn required_key(&mut self, name: &str) -> String {
        self.required_text(name, Key::parse)
    }
}

/// A day. A time is as good as its day: many sources write days with a midnight behind them.
fn day(text: &str) -> Result<Date, Invalid> {
    Date::parse(text).or_else(|malformed| Instant::parse(text).map(Instant::date).map_err(|_| malformed))
}

fn word<W: Word>(text: &str) -> Result<W, Invalid> {
    parse_word(text).map_err(|expected| Invalid::new("WORD_UNKNOWN", expected))
}
