//! Months of the calendar, in UTC.

use std::fmt;

use chrono::Datelike as _;
use rapport_domain::value::{Date, Instant, Invalid};
use serde::{Deserialize, Serialize};

const MONTHS_OF_A_YEAR: i64 = 12;

/// A month of the years 1900 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Month(i64);

impl Month {
    /// Reads `YYYY-MM`.
    ///
    /// # Errors
    /// When it is not a month of the years 1900 to 9999.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let first_day = format!("{}-01", text.trim());
        match Date::parse(&first_day) {
            Ok(day) => Ok(Self::of_date(day)),
            Err(_) => Err(Invalid::new("MONTH_MALFORMED", "expected a month as YYYY-MM, from 1900 to 9999")),
        }
    }

    /// The month that a moment falls into.
    #[must_use]
    pub fn of(time: Instant) -> Self {
        let day = time.to_datetime();
        Self(i64::from(day.year()) * MONTHS_OF_A_YEAR + i64::from(day.month0()))
    }

    /// The month that a day falls into.
    #[must_use]
    pub fn of_date(day: Date) -> Self {
        Self::of(day.start())
    }

    /// The month after.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The month so many months later.
    #[must_use]
    pub const fn plus(self, months: i64) -> Self {
        Self(self.0.saturating_add(months))
    }

    /// Months from this one to a later one; negative to an earlier one.
    #[must_use]
    pub const fn until(self, later: Self) -> i64 {
        later.0 - self.0
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.div_euclid(MONTHS_OF_A_YEAR), self.0.rem_euclid(MONTHS_OF_A_YEAR) + 1)
    }
}

impl TryFrom<String> for Month {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}
impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_read_and_written_and_counted() {
        let december = Month::parse("2026-12").unwrap();
        assert_eq!(december.next().to_string(), "2027-01");
        assert_eq!(december.plus(-12).to_string(), "2025-12");
        assert_eq!(Month::parse("2026-01").unwrap().until(december), 11);
        assert_eq!(Month::of(Instant::parse("2026-12-31T23:59:59.999999Z").unwrap()), december);
    }

    #[test]
    fn malformed_months_are_refused() {
        for text in ["", "2026", "2026-13", "2026-1", "1899-12", "26-01", "2026-01-01"] {
            assert_eq!(
                Month::parse(text).map_err(|invalid| invalid.reason),
                Err("MONTH_MALFORMED"),
                "{text}"
            );
        }
    }
}
