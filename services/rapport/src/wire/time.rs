//! Times.

use prost_types::Timestamp;
use rapport_domain::value::{Date, Instant, Invalid};

/// A time as it travels.
#[must_use]
pub fn timestamp(instant: Instant) -> Timestamp {
    let micros = instant.micros();
    let nanos = i32::try_from(micros.rem_euclid(1_000_000) * 1000).unwrap_or_default();
    Timestamp { seconds: micros.div_euclid(1_000_000), nanos }
}

/// A time that travelled, in RFC 3339, UTC, with microseconds. Empty when it is absent or no time.
#[must_use]
pub fn rfc3339(timestamp: Option<&Timestamp>) -> String {
    timestamp
        .and_then(|time| time.seconds.checked_mul(1_000_000)?.checked_add(i64::from(time.nanos) / 1000))
        .and_then(|micros| Instant::from_micros(micros).ok())
        .map_or_else(String::new, |instant| instant.to_string())
}

/// Reads an RFC 3339 time, or a day, which stands for its beginning in UTC.
///
/// # Errors
/// When it is neither.
pub fn parse_moment(text: &str) -> Result<Instant, Invalid> {
    Instant::parse(text).or_else(|_| Date::parse(text).map(Date::start)).map_err(|_| {
        Invalid::new(
            "TIME_MALFORMED",
            "expected an RFC 3339 time, such as 2026-11-21T09:30:00Z, or a day as YYYY-MM-DD",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_it_is_read() {
        for text in ["2016-10-20T00:00:00.000000Z", "1969-12-31T23:59:59.250000Z"] {
            assert_eq!(rfc3339(Some(&timestamp(parse_moment(text).unwrap()))), text);
        }
        assert_eq!(parse_moment("2016-10-20"), parse_moment("2016-10-20T02:00:00+02:00"));
        assert!(parse_moment("20 October").is_err());
        assert_eq!(rfc3339(None), "");
    }
}
