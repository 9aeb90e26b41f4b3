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
    fn an_amount_in_a_currency_of_tomorrow_is_no_amount_here() {
        let money = |currency: &str| {
            money_of(&proto::Money { minor_units: 1_000_553_400, currency: currency.to_owned() })
        };
        assert_eq!(money("USD").map(Money::decimal), Some("10005534.00".to_owned()));
        assert_eq!(money("QQQ"), None);
    }
}
