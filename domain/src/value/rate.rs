//! Rates of exchange, exact and frozen: what was agreed on a day, never looked up, never changed.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::share::scaled;
use super::{Currency, Date, Invalid, Money};

/// A positive decimal number, exact: how much of one currency a unit of another is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ExchangeRate {
    /// The digits without the point.
    mantissa: u64,
    /// How many of them stand behind it.
    scale: u32,
}

impl ExchangeRate {
    /// Most digits.
    pub const DIGITS_MAX: usize = 15;
    /// Most digits behind the point.
    pub const SCALE_MAX: usize = 10;

    /// Reads a decimal number such as `1.0845`.
    ///
    /// # Errors
    /// When it is not one, is zero, or has too many digits.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let malformed =
            || Invalid::new("EXCHANGE_RATE_MALFORMED", "expected a positive decimal number such as 1.0845");
        let text = text.trim();
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let kept = fraction.trim_end_matches('0');
        let digits = format!("{whole}{kept}");
        if !is_number(whole) || !is_number(fraction) || digits.len() > Self::DIGITS_MAX {
            return Err(malformed());
        }
        if kept.len() > Self::SCALE_MAX {
            return Err(malformed());
        }
        let mantissa: u64 = digits.parse().map_err(|_| malformed())?;
        let scale = u32::try_from(kept.len()).map_err(|_| malformed())?;
        if mantissa == 0 { Err(malformed()) } else { Ok(Self { mantissa, scale }) }
    }
}

impl fmt::Display for ExchangeRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = usize::try_from(self.scale).unwrap_or(0);
        let digits = format!("{:0>width$}", self.mantissa, width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        if fraction.is_empty() { f.write_str(whole) } else { write!(f, "{whole}.{fraction}") }
    }
}
impl TryFrom<String> for ExchangeRate {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}
impl From<ExchangeRate> for String {
    fn from(rate: ExchangeRate) -> Self {
        rate.to_string()
    }
}

/// What an amount is worth in a base currency, by the rate of a day. It stands with the amount and is never looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenRate {
    /// The currency that amounts are told in as well.
    pub base_currency: Currency,
    /// How many units of it one unit of the amount's currency is worth.
    pub rate: ExchangeRate,
    /// The day that the rate is of.
    pub rate_date: Date,
}

impl FrozenRate {
    /// An amount in the base currency, rounded half up to its smallest unit; nothing where it does not fit.
    #[must_use]
    pub fn convert(&self, amount: Money) -> Option<Money> {
        let ExchangeRate { mantissa, scale } = self.rate;
        let times = i128::from(mantissa).checked_mul(power_of_ten(self.base_currency.exponent())?)?;
        let divided_by = power_of_ten(scale.checked_add(amount.currency.exponent())?)?;
        let minor_units = scaled(amount.minor_units, times, divided_by)?;
        Some(Money { minor_units, currency: self.base_currency })
    }
}

fn power_of_ten(exponent: u32) -> Option<i128> {
    10_i128.checked_pow(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(minor_units: i64, code: &str) -> Money {
        Money { minor_units, currency: Currency::parse(code).unwrap() }
    }

    fn frozen(base: &str, rate: &str) -> FrozenRate {
        FrozenRate {
            base_currency: Currency::parse(base).unwrap(),
            rate: ExchangeRate::parse(rate).unwrap(),
            rate_date: Date::parse("2026-11-20").unwrap(),
        }
    }

    #[test]
    fn a_rate_is_read_exactly_and_written_in_one_form() {
        for (text, written) in
            [("1.0845", "1.0845"), ("1.0840", "1.084"), ("157", "157"), ("0.0064", "0.0064"), ("2.0", "2")]
        {
            assert_eq!(ExchangeRate::parse(text).unwrap().to_string(), written);
        }
        for text in ["", "0", "0.000", "-1", "1.", ".5", "1e3", "1,5", "1.00000000001", "1234567890123456"] {
            assert_eq!(ExchangeRate::parse(text).unwrap_err().reason, "EXCHANGE_RATE_MALFORMED", "{text}");
        }
    }

    #[test]
    fn an_amount_is_converted_between_currencies_of_other_digits_and_rounded_half_up() {
        // 100.00 USD at 0.92135 are 92.135 EUR.
        assert_eq!(frozen("EUR", "0.92135").convert(money(10_000, "USD")), Some(money(9_214, "EUR")));
        // 1.00 USD at 0.92134 is 0.92134 EUR.
        assert_eq!(frozen("EUR", "0.92134").convert(money(100, "USD")), Some(money(92, "EUR")));
        // 1,000 yen at 0.0061 are 6.10 EUR; 12.34 EUR at 163.5 are 2,017.59 yen.
        assert_eq!(frozen("EUR", "0.0061").convert(money(1_000, "JPY")), Some(money(610, "EUR")));
        assert_eq!(frozen("JPY", "163.5").convert(money(1_234, "EUR")), Some(money(2_018, "JPY")));
        // 1.005 dinars at 2.5 are 2.5125 EUR.
        assert_eq!(frozen("EUR", "2.5").convert(money(1_005, "BHD")), Some(money(251, "EUR")));
        assert_eq!(frozen("EUR", "2").convert(money(i64::MAX, "USD")), None, "it does not fit");
    }
}
