//! Where people live and work by the clock: zones, and times of a day there.

use std::fmt;
use std::str::FromStr as _;

use chrono::{DateTime, Offset as _, TimeZone as _};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{Date, Instant, Invalid};

const MICROS_A_SECOND: i64 = 1_000_000;
const MICROS_A_DAY: i64 = 86_400 * MICROS_A_SECOND;

/// A zone of the IANA database: `Europe/Berlin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TimeZone(Tz);

impl TimeZone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(Tz::UTC);

    /// Reads the name of a zone.
    ///
    /// # Errors
    /// When the database of this build has no such zone.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let unknown = || {
            Invalid::new("TIME_ZONE_UNKNOWN", "expected the name of an IANA time zone, such as Europe/Berlin")
        };
        Tz::from_str(text.trim()).map(Self).map_err(|_| unknown())
    }

    /// What is added to universal time there, in microseconds, so many microseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn offset_micros(self, micros: i64) -> i64 {
        let utc = DateTime::from_timestamp_micros(micros).unwrap_or_default().naive_utc();
        i64::from(self.0.offset_from_utc_datetime(&utc).fix().local_minus_utc()) * MICROS_A_SECOND
    }

    /// When a day is over there: at the last midnight that ends it, where the clocks show it twice, and when they skip it,
    /// where they do.
    #[must_use]
    pub fn end_of(self, day: Date) -> Instant {
        let midnight = day.next().start().micros();
        let before = self.offset_micros(midnight - MICROS_A_DAY);
        let after = self.offset_micros(midnight + MICROS_A_DAY);
        let is_shown = |offset: &i64| self.offset_micros(midnight - offset) == *offset;
        let shown = [before, after].into_iter().filter(is_shown).map(|offset| midnight - offset);
        let over = shown.max().unwrap_or(midnight - before);
        Instant::from_micros(over).unwrap_or(Instant::MAX)
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}
impl TryFrom<String> for TimeZone {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}
impl From<TimeZone> for String {
    fn from(zone: TimeZone) -> Self {
        zone.to_string()
    }
}

/// A time of the day by the clock on the wall, to the minute, from 00:00 to 24:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    const MINUTES_MAX: u16 = 24 * 60;

    /// Reads `HH:MM`; 24:00 is the end of the day.
    ///
    /// # Errors
    /// When it is not one.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let malformed = || Invalid::new("TIME_OF_DAY_MALFORMED", "expected HH:MM, from 00:00 to 24:00");
        let (hours, minutes) = text.trim().split_once(':').ok_or_else(malformed)?;
        let number = |digits: &str| {
            let two = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
            two.then(|| digits.parse::<u16>().ok()).flatten().ok_or_else(malformed)
        };
        let (hours, minutes) = (number(hours)?, number(minutes)?);
        let time = hours * 60 + minutes;
        if minutes < 60 && time <= Self::MINUTES_MAX { Ok(Self(time)) } else { Err(malformed()) }
    }

    /// Minutes since the day began, by the clock.
    #[must_use]
    pub const fn minutes(self) -> u16 {
        self.0
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}
impl TryFrom<String> for TimeOfDay {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}
impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_known_by_its_name_and_tells_its_offset() {
        let berlin = TimeZone::parse("Europe/Berlin").unwrap();
        assert_eq!(berlin.to_string(), "Europe/Berlin");
        let offset =
            |time: &str| berlin.offset_micros(Instant::parse(time).unwrap().micros()) / 3_600_000_000;
        assert_eq!((offset("2026-01-01T00:00:00Z"), offset("2026-07-01T00:00:00Z")), (1, 2));
        for text in ["", "Berlin", "europe/berlin", "+01:00", "CET+1"] {
            assert_eq!(TimeZone::parse(text).unwrap_err().reason, "TIME_ZONE_UNKNOWN", "{text}");
        }
    }

    #[test]
    fn a_day_is_over_at_midnight_by_the_clock_there() {
        let over = |zone: &str, day: &str| {
            TimeZone::parse(zone).unwrap().end_of(Date::parse(day).unwrap()).to_string()
        };
        assert_eq!(over("UTC", "2026-12-31"), "2027-01-01T00:00:00.000000Z");
        assert_eq!(over("Europe/Berlin", "2026-12-31"), "2026-12-31T23:00:00.000000Z");
        assert_eq!(over("Europe/Berlin", "2026-06-30"), "2026-06-30T22:00:00.000000Z");
        assert_eq!(over("America/Los_Angeles", "2026-12-31"), "2027-01-01T08:00:00.000000Z");
        // The clocks change in the night before, and in the night after.
        assert_eq!(over("Europe/Berlin", "2026-03-29"), "2026-03-29T22:00:00.000000Z");
        assert_eq!(over("Europe/Berlin", "2026-03-28"), "2026-03-28T23:00:00.000000Z");
        // Midnight is skipped: 00:00 became 01:00.
        assert_eq!(over("America/Sao_Paulo", "2018-11-03"), "2018-11-04T03:00:00.000000Z");
        // Midnight came twice: 00:00 became 23:00.
        assert_eq!(over("America/Sao_Paulo", "2018-02-17"), "2018-02-18T03:00:00.000000Z");
    }

    #[test]
    fn a_time_of_day_is_read_to_the_minute() {
        assert_eq!(TimeOfDay::parse("09:30").map(TimeOfDay::minutes), Ok(570));
        assert_eq!(TimeOfDay::parse("24:00").unwrap().to_string(), "24:00");
        for text in ["", "9:30", "09:60", "24:01", "-1:00", "09:30:00", "09.30", "+9:30"] {
            assert_eq!(TimeOfDay::parse(text).unwrap_err().reason, "TIME_OF_DAY_MALFORMED", "{text}");
        }
    }
}
