//! Whose law applies to a consent.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::value::{Instant, Invalid};

/// Where the law has somebody who said no left alone for a while, and for how many months. California: a business that
/// was told to opt a consumer out waits at least 12 months before it asks again (Civil Code 1798.135(c)(4)).
const LEFT_ALONE_MONTHS: &[(&str, u32)] = &[("US-CA", 12)];

/// Whose law applies, and how that was found out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jurisdiction {
    /// The country, or the part of one.
    pub code: Region,
    /// How it was found out.
    pub basis: JurisdictionBasis,
}

impl Jurisdiction {
    /// Until when somebody who says no at a time may not be asked again; `None` where the law does not say.
    #[must_use]
    pub fn no_reask_before(&self, said_no_at: Instant) -> Option<Instant> {
        let (_, months) = LEFT_ALONE_MONTHS.iter().find(|(code, _)| *code == self.code.0)?;
        // From the day after on: so many whole months have passed then, whatever the hour.
        Some(said_no_at.date().plus_months(*months).next().start())
    }
}

/// How a jurisdiction was found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JurisdictionBasis {
    /// The subject said so.
    Declared,
    /// By the address that they are billed at.
    Billing,
    /// By their network address.
    IpGeo,
    /// By the prefix of their telephone number.
    PhonePrefix,
}

/// A country (`DE`), or a part of one (`US-CA`), by ISO 3166.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Region(String);

impl Region {
    /// Reads a code: two capitals, and for a part of a country a hyphen and one to three capitals or digits.
    ///
    /// # Errors
    /// When it has another form.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let (country, part) =
            text.split_once('-').map_or((text, None), |(country, part)| (country, Some(part)));
        let country_ok = country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase());
        let part_ok = part.is_none_or(|part| {
            (1..=3).contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        });
        if country_ok && part_ok {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid::new("JURISDICTION_MALFORMED", "expected a code of ISO 3166, such as DE or US-CA"))
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
impl TryFrom<String> for Region {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}
impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.0
    }
}
