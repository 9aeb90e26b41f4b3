//! Money, in the smallest unit of its currency. Never a float.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Invalid;

/// An ISO 4217 currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// Reads a three-letter code.
    ///
    /// # Errors
    /// When it is not a code of ISO 4217 in upper case.
    pub fn parse(code: &str) -> Result<Self, Invalid> {
        iso_currency::Currency::from_code(code.trim())
            .map(Self)
            .ok_or_else(|| Invalid::new("CURRENCY_UNKNOWN", "expected an ISO 4217 code such as EUR"))
    }

    /// The three-letter code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Digits after the decimal point: 2 for EUR, 0 for JPY, 3 for BHD.
    #[must_use]
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
impl TryFrom<String> for Currency {
    type Error = Invalid;
    fn try_from(code: String) -> Result<Self, Invalid> {
        Self::parse(&code)
    }
}
impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

/// An amount in the smallest unit of a currency: 12.34 EUR is 1234.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Money {
    /// Count of the smallest unit.
    pub minor_units: i64,
    /// Of what.
    pub currency: Currency,
}

impl Money {
    /// Reads a decimal number such as `1234.5` as an amount of a currency.
    ///
    /// # Errors
    /// When it is not a decimal number, has more digits than the currency, or does not fit.
    pub fn parse_decimal(text: &str, currency: Currency) -> Result<Self, Invalid> {
        let malformed = || {
            let digits = currency.exponent();
            Invalid::new(
                "AMOUNT_MALFORMED",
                format!("expected a decimal number with at most {digits} digits after the point"),
            )
        };
        let text = text.trim();
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let fraction = fraction.trim_end_matches('0');
        let exponent = usize::try_from(currency.exponent()).unwrap_or(0);
        let all_digits =
            !whole.is_empty() && (whole.bytes().chain(fraction.bytes())).all(|b| b.is_ascii_digit());
        if !all_digits || fraction.len() > exponent {
            return Err(malformed());
        }
        let units: i64 = format!("{whole}{fraction:0<exponent$}").parse().map_err(|_| malformed())?;
        Ok(Self { minor_units: if negative { -units } else { units }, currency })
    }

    /// The amount as a decimal number: `12.34`.
    #[must_use]
    pub fn decimal(self) -> String {
        let exponent = usize::try_from(self.currency.exponent()).unwrap_or(0);
        let digits = format!("{:0>width$}", self.minor_units.unsigned_abs(), width = exponent + 1);
        let (whole, fraction) = digits.split_at(digits.len() - exponent);
        let sign = if self.minor_units < 0 { "-" } else { "" };
        if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str, code: &str) -> Result<i64, Invalid> {
        Money::parse_decimal(text, Currency::parse(code)?).map(|money| money.minor_units)
    }

    #[test]
    fn a_decimal_number_becomes_minor_units_without_rounding() {
        assert_eq!(units("12.34", "EUR"), Ok(1234));
        assert_eq!(units("12.3", "EUR"), Ok(1230));
        assert_eq!(units("12.300", "EUR"), Ok(1230));
        assert_eq!(units("-0.05", "USD"), Ok(-5));
        assert_eq!(units("500", "JPY"), Ok(500));
        assert_eq!(units("1.234", "BHD"), Ok(1234));
        for (text, code) in [
            ("12.345", "EUR"),
            ("1.5", "JPY"),
            ("1e3", "EUR"),
            ("", "EUR"),
            (".5", "EUR"),
            ("99999999999999999999", "EUR"),
        ] {
            assert_eq!(units(text, code).unwrap_err().reason, "AMOUNT_MALFORMED", "{text} {code}");
        }
        assert_eq!(units("1", "ABC").unwrap_err().reason, "CURRENCY_UNKNOWN");
    }

    #[test]
    fn an_amount_is_written_as_it_is_read() {
        for (text, code) in
            [("12.34", "EUR"), ("-0.05", "USD"), ("500", "JPY"), ("0.00", "EUR"), ("1.234", "BHD")]
        {
            let money = Money::parse_decimal(text, Currency::parse(code).unwrap()).unwrap();
            assert_eq!(money.to_string(), format!("{text} {code}"));
        }
    }
}
