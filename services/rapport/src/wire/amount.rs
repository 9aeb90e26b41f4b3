//! Amounts of money, shares and spans of time, written without a float.

use std::fmt;

use rapport_domain::value::{Currency, Money};
use rapport_proto::v1 as proto;

const SECONDS_PER_DAY: i64 = 86_400;

/// An amount that travelled. None when its currency is not known here.
#[must_use]
pub fn money_of(money: &proto::Money) -> Option<Money> {
    let currency = Currency::parse(&money.currency).ok()?;
    Some(Money { minor_units: money.minor_units, currency })
}

/// An amount that somebody wrote, such as `1200.00`, in a currency.
///
/// # Errors
/// When one of both is none, in words.
pub fn parse_money(amount: &str, currency: &str) -> Result<proto::Money, String> {
    let currency = Currency::parse(currency).map_err(|invalid| invalid.expected)?;
    let money = Money::parse_decimal(amount, currency).map_err(|invalid| invalid.expected)?;
    Ok(proto::Money { minor_units: money.minor_units, currency: money.currency.code().to_owned() })
}

/// A rate that somebody wrote: `USD=1.0845@2026-11-20`. The gateway judges its parts.
///
/// # Errors
/// When it has no such parts, in words.
pub fn parse_rate(text: &str) -> Result<proto::FrozenRate, String> {
    let malformed = || "expected a currency, a rate and its day, such as USD=1.0845@2026-11-20".to_owned();
    let (base_currency, rate) = text.split_once('=').ok_or_else(malformed)?;
    let (rate, rate_date) = rate.split_once('@').ok_or_else(malformed)?;
    let owned = |part: &str| part.trim().to_owned();
    let (base_currency, rate, rate_date) = (owned(base_currency), owned(rate), owned(rate_date));
    Ok(proto::FrozenRate { base_currency, rate, rate_date })
}

/// Hundredths of a percent; written as a percentage: 6315 is `63.15`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Basis(pub i64);

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hundredths(f, self.0)
    }
}

/// Seconds; written in days: 4473792 is `51.78`, rounded half up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(pub i64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = self.0.saturating_mul(100).saturating_add(SECONDS_PER_DAY / 2).div_euclid(SECONDS_PER_DAY);
        hundredths(f, days)
    }
}

fn hundredths(f: &mut fmt::Formatter<'_>, number: i64) -> fmt::Result {
    let sign = if number < 0 { "-" } else { "" };
    let digits = number.unsigned_abs();
    write!(f, "{sign}{}.{:02}", digits / 100, digits % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_percentages_and_spans_are_days() {
        assert_eq!(Basis(6315).to_string(), "63.15");
        assert_eq!(Basis(-5).to_string(), "-0.05");
        assert_eq!(Basis(10_000).to_string(), "100.00");
        assert_eq!(Span(4_473_792).to_string(), "51.78");
        assert_eq!(Span(432).to_string(), "0.01");
        assert_eq!(Span(431).to_string(), "0.00");
    }

    #[test]
    fn a_rate_names_its_currency_and_its_day() {
        let expected = proto::FrozenRate {
            base_currency: "USD".to_owned(),
            rate: "1.0845".to_owned(),
            rate_date: "2026-11-20".to_owned(),
        };
        assert_eq!(parse_rate("USD=1.0845@2026-11-20"), Ok(expected));
        for text in ["", "USD", "USD=1.0845", "1.0845@2026-11-20"] {
            assert!(parse_rate(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_amount_in_a_currency_of_tomorrow_is_no_amount_here() {
        let money = |currency: &str| {
            money_of(&proto::Money { minor_units: 1_000_553_400, currency: currency.to_owned() })
        };
        assert_eq!(money("USD").map(Money::decimal), Some("10005534.00".to_owned()));
        assert_eq!(money("QQQ"), None);
    }
}
