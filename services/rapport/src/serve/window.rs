//! How long an erasure can be cancelled.

use std::time::Duration;

/// Where nothing else is said.
pub(super) const DEFAULT: &str = "72h";
/// Longest window. An erasure has to be done within a month of its request, article 12(3) of the GDPR.
const ERASURE_WINDOW_MAX: Duration = Duration::from_secs(30 * 86_400);

/// Reads a number with `s`, `m`, `h` or `d` behind it; `0` needs none.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let malformed = || "expected a time such as 72h, 30m, 3d or 0, and at most 30d".to_owned();
    let text = text.trim();
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let unit = text.chars().last().ok_or_else(malformed)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(malformed()),
    };
    let count: u64 = text.strip_suffix(unit).and_then(|count| count.parse().ok()).ok_or_else(malformed)?;
    let window = count.checked_mul(seconds).map(Duration::from_secs);
    window.filter(|window| *window <= ERASURE_WINDOW_MAX).ok_or_else(malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_read_in_the_unit_that_it_is_said_in() {
        let read = ["0", "90s", "30m", "72h", "30d"].map(|text| parse(text).map(|window| window.as_secs()));
        assert_eq!(read, [Ok(0), Ok(90), Ok(1_800), Ok(259_200), Ok(2_592_000)]);
    }

    #[test]
    fn what_is_no_time_or_longer_than_a_month_is_refused() {
        for text in ["", "72", "h", "-1h", "1.5h", "3 weeks", "31d", "99999999999999999999d", "1é"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
