//! Ways to reach somebody. Each keeps the form it was given in beside the one it is compared by.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Invalid, Label};
use crate::personal::{DataClass, PersonalValue};

/// An e-mail address: as written, and lower-cased with the domain in punycode.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EmailAddress {
    raw: String,
    normalised: String,
}

impl EmailAddress {
    /// Longest address, in bytes (RFC 5321 §4.5.3.1.3, without the angle brackets).
    pub const LENGTH_MAX: usize = 254;

    /// Reads an address.
    ///
    /// # Errors
    /// When it is not one by RFC 5321, has no host name, or is too long.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let malformed =
            || Invalid::new("EMAIL_MALFORMED", "expected an e-mail address such as ann@example.com");
        let raw = text.trim();
        if raw.len() > Self::LENGTH_MAX || !is_address(raw) {
            return Err(malformed());
        }
        let (local, domain) = raw.rsplit_once('@').ok_or_else(malformed)?;
        let domain = idna::domain_to_ascii(domain).map_err(|_| malformed())?;
        Ok(Self { raw: raw.to_owned(), normalised: format!("{}@{domain}", local.to_lowercase()) })
    }

    /// As it was written.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// As it is compared.
    #[must_use]
    pub fn normalised(&self) -> &str {
        &self.normalised
    }
}

/// The bare form alone: no name before it, no numbers for a host.
fn is_address(text: &str) -> bool {
    let options = email_address::Options::default().without_display_text().without_domain_literal();
    email_address::EmailAddress::parse_with_options(text, options).is_ok()
}

/// A telephone number: as written, and in E.164.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PhoneNumber {
    raw: String,
    e164: String,
}

impl PhoneNumber {
    /// Reads a number in its international form; spaces, dots, dashes, slashes and brackets are dropped.
    ///
    /// # Errors
    /// When it does not begin with `+` or `00`, or has not 7 to 15 digits (E.164 §6.2.1).
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let malformed = || {
            Invalid::new(
                "PHONE_MALFORMED",
                "expected an international number such as +49 30 901820, of 7 to 15 digits",
            )
        };
        let raw = text.trim();
        // A zero in brackets is for callers at home, and no part of the number.
        let kept: String = raw.replace("(0)", "").chars().filter(|c| !" .-/()\u{a0}".contains(*c)).collect();
        let digits = kept.strip_prefix('+').or_else(|| kept.strip_prefix("00")).ok_or_else(malformed)?;
        let well_formed = (7..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0')
            && raw.len() <= 64;
        if well_formed {
            Ok(Self { raw: raw.to_owned(), e164: format!("+{digits}") })
        } else {
            Err(malformed())
        }
    }

    /// As it was written.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// In E.164.
    #[must_use]
    pub fn e164(&self) -> &str {
        &self.e164
    }
}

/// A postal address, as lines for an envelope.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PostalAddress(Label);

/// An account on a social network or an app, such as `mastodon:@ann@example.social`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SocialHandle(Label);

/// Declares the texts that are taken as they are.
macro_rules! plain_points {
    ($($name:ident),+) => {$(
        impl $name {
            /// Takes the text as it is.
            ///
            /// # Errors
            /// As [`Label::parse`].
            pub fn parse(text: &str) -> Result<Self, Invalid> { Label::parse(text).map(Self) }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str { self.0.as_str() }
        }
    )+};
}
plain_points!(PostalAddress, SocialHandle);

/// What kind of contact point; not personal, so that it can be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactPointKind {
    /// E-mail.
    Email,
    /// Telephone or SMS.
    Phone,
    /// Letter.
    Postal,
    /// Social network or app.
    Social,
}

/// One way to reach somebody. Personal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactPoint {
    /// E-mail.
    Email(EmailAddress),
    /// Telephone or SMS.
    Phone(PhoneNumber),
    /// Letter.
    Postal(PostalAddress),
    /// Social network or app.
    Social(SocialHandle),
}

impl ContactPoint {
    /// Reads a contact point of a kind.
    ///
    /// # Errors
    /// When the text does not have the form of its kind.
    pub fn parse(kind: ContactPointKind, text: &str) -> Result<Self, Invalid> {
        match kind {
            ContactPointKind::Email => EmailAddress::parse(text).map(Self::Email),
            ContactPointKind::Phone => PhoneNumber::parse(text).map(Self::Phone),
            ContactPointKind::Postal => PostalAddress::parse(text).map(Self::Postal),
            ContactPointKind::Social => SocialHandle::parse(text).map(Self::Social),
        }
    }

    /// Which kind it is.
    #[must_use]
    pub const fn kind(&self) -> ContactPointKind {
        match self {
            Self::Email(_) => ContactPointKind::Email,
            Self::Phone(_) => ContactPointKind::Phone,
            Self::Postal(_) => ContactPointKind::Postal,
            Self::Social(_) => ContactPointKind::Social,
        }
    }

    /// As it was written.
    #[must_use]
    pub fn raw(&self) -> &str {
        match self {
            Self::Email(email) => email.raw(),
            Self::Phone(phone) => phone.raw(),
            Self::Postal(address) => address.as_str(),
            Self::Social(handle) => handle.as_str(),
        }
    }

    /// As it is compared.
    #[must_use]
    pub fn normalised(&self) -> &str {
        match self {
            Self::Email(email) => email.normalised(),
            Self::Phone(phone) => phone.e164(),
            Self::Postal(address) => address.as_str(),
            Self::Social(handle) => handle.as_str(),
        }
    }
}

impl fmt::Debug for ContactPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[personal]")
    }
}

impl PersonalValue for ContactPoint {
    const CLASS: DataClass = DataClass::Contact;
    const FIELD: &'static str = "contact_point";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_compared_in_lower_case_and_punycode_and_kept_as_written() {
        let email = EmailAddress::parse(" Ann.Lee@Bücher.Example ").unwrap();
        assert_eq!(email.normalised(), "ann.lee@xn--bcher-kva.example");
        assert_eq!(email.raw(), "Ann.Lee@Bücher.Example");
    }

    #[test]
    fn malformed_addresses_are_refused() {
        for text in [
            "",
            "ann",
            "ann@",
            "@example.com",
            "a b@example.com",
            "Ann <ann@example.com>",
            "ann@[192.0.2.1]",
            &format!("a@{}.example", "b".repeat(250)),
        ] {
            assert_eq!(EmailAddress::parse(text).err().map(|e| e.reason), Some("EMAIL_MALFORMED"), "{text}");
        }
    }

    #[test]
    fn a_number_is_compared_in_e164_and_kept_as_written() {
        for text in ["+49 (30) 901-820", "+49 (0)30 901820", "0049 30 901820", "+4930901820"] {
            let phone = PhoneNumber::parse(text).unwrap();
            assert_eq!(phone.e164(), "+4930901820");
            assert_eq!(phone.raw(), text);
        }
        for text in ["", "030 901820", "+49", "+0123456789", "+1234567890123456", "+49 30 CALL"] {
            assert_eq!(PhoneNumber::parse(text).err().map(|e| e.reason), Some("PHONE_MALFORMED"), "{text}");
        }
    }
}
