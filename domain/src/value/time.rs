//! Points in time and days.

use std::fmt;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::Invalid;

/// A moment, UTC, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Instant(i64);

impl Instant {
    /// Earliest moment that is accepted: 1900-01-01T00:00:00Z.
    pub const MIN: Self = Self(-2_208_988_800_000_000);
    /// Latest moment that is accepted: 9999-12-31T23:59:59.999999Z.
    pub const MAX: Self = Self(253_402_300_799_999_999);

    /// The moment so many microseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// When it lies outside [`Instant::MIN`] to [`Instant::MAX`].
    pub fn from_micros(micros: i64) -> Result<Self, Invalid> {
        let instant = Self(micros);
        if (Self::MIN..=Self::MAX).contains(&instant) {
            Ok(instant)
        } else {
            Err(Invalid::new("TIME_OUT_OF_RANGE", "expected a time from the year 1900 to the year 9999"))
        }
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Reads an RFC 3339 time; digits past the microsecond are dropped.
    ///
    /// # Errors
    /// When it is not one, or out of range.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let parsed = DateTime::parse_from_rfc3339(text.trim()).map_err(|_| {
            Invalid::new("TIME_MALFORMED", "expected an RFC 3339 time, such as 2026-11-21T09:30:00Z")
        })?;
        Self::from_micros(parsed.timestamp_micros())
    }

    /// The moment as chrono's type.
    #[must_use]
    pub fn to_datetime(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }

    /// The day in UTC that it falls on.
    #[must_use]
    pub fn date(self) -> Date {
        Date(self.to_datetime().date_naive())
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_datetime().to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}
impl TryFrom<DateTime<Utc>> for Instant {
    type Error = Invalid;
    fn try_from(time: DateTime<Utc>) -> Result<Self, Invalid> {
        Self::from_micros(time.timestamp_micros())
    }
}
impl TryFrom<String> for Instant {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}
impl From<Instant> for String {
    fn from(instant: Instant) -> Self {
        instant.to_string()
    }
}

/// A day of the calendar, without a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Date(NaiveDate);

impl Date {
    /// Reads `YYYY-MM-DD`.
    ///
    /// # Errors
    /// When it is not a day of the years 1900 to 9999.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let malformed = || Invalid::new("DATE_MALFORMED", "expected a day as YYYY-MM-DD, from 1900 to 9999");
        let text = text.trim();
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| malformed())?;
        if text.len() == 10 && (1900..=9999).contains(&date.year()) {
            Ok(Self(date))
        } else {
            Err(malformed())
        }
    }

    /// Midnight in UTC, when the day begins.
    #[must_use]
    pub fn start(self) -> Instant {
        Instant(self.0.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros())
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub fn epoch_day(self) -> i64 {
        self.start().micros().div_euclid(86_400_000_000)
    }

    /// The day so many days after 1970-01-01.
    ///
    /// # Errors
    /// When it lies outside the years 1900 to 9999.
    pub fn from_epoch_day(day: i64) -> Result<Self, Invalid> {
        let out_of_range = || Invalid::new("DATE_MALFORMED", "expected a day from 1900 to 9999");
        let micros = day.checked_mul(86_400_000_000).ok_or_else(out_of_range)?;
        Instant::from_micros(micros).map(Instant::date).map_err(|_| out_of_range())
    }

    /// The day after; the last day has none and stays.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.checked_add_days(Days::new(1)).unwrap_or(self.0))
    }

    /// The day so many days before; before the first one there is none, and the day stays.
    #[must_use]
    pub fn minus_days(self, days: u32) -> Self {
        let earlier = self.0.checked_sub_days(Days::new(days.into())).filter(|day| day.year() >= 1900);
        Self(earlier.unwrap_or(self.0))
    }

    /// The same day so many months later; the last day of a month that has no such day. After 9999 there is none, and
    /// the day stays.
    #[must_use]
    pub fn plus_months(self, months: u32) -> Self {
        let later = self.0.checked_add_months(Months::new(months)).filter(|later| later.year() <= 9999);
        Self(later.unwrap_or(self.0))
    }

    /// `YYYY-MM`.
    #[must_use]
    pub fn month(self) -> String {
        self.0.format("%Y-%m").to_string()
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl TryFrom<String> for Date {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}
impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_read_in_any_zone_and_written_in_utc() {
        assert_eq!(
            Instant::parse("2026-11-21T10:30:00+01:00").unwrap().to_string(),
            "2026-11-21T09:30:00.000000Z"
        );
        assert_eq!(Instant::MIN.to_string(), "1900-01-01T00:00:00.000000Z");
        assert_eq!(Instant::MAX.to_string(), "9999-12-31T23:59:59.999999Z");
        assert!(Instant::parse("2026-11-21").is_err());
        assert!(Instant::parse("1899-12-31T23:59:59Z").is_err());
    }

    #[test]
    fn a_day_counts_from_1970_and_knows_its_month() {
        let day = Date::parse("1970-01-02").unwrap();
        assert_eq!(day.epoch_day(), 1);
        assert_eq!(Date::from_epoch_day(1), Ok(day));
        assert_eq!(Date::parse("1969-12-31").unwrap().epoch_day(), -1);
        assert_eq!(Date::parse("2026-11-21").unwrap().month(), "2026-11");
        assert_eq!(Date::parse("2026-02-28").unwrap().next().to_string(), "2026-03-01");
        let last = Date::parse("2027-12-31").unwrap();
        assert_eq!(last.plus_months(1).to_string(), "2028-01-31");
        assert_eq!(last.plus_months(2).to_string(), "2028-02-29", "the last day of a month that is shorter");
        assert_eq!(Date::parse("9999-12-01").unwrap().plus_months(1).to_string(), "9999-12-01");
        for text in ["", "2026-2-1", "2026-02-30", "21/11/2026", "10000-01-01"] {
            assert_eq!(Date::parse(text).unwrap_err().reason, "DATE_MALFORMED", "{text}");
        }
    }
}
