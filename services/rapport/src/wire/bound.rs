//! Places in the log, as people write them.

use std::str::FromStr;

use rapport_domain::value::Instant;

use super::parse_moment;

/// A place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// By position.
    Position(u64),
    /// By log time.
    Time(Instant),
}

impl FromStr for Bound {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::Position).or_else(|_| parse_moment(text).map(Self::Time)).map_err(|_| {
            "expected a position such as 42, a time such as 2026-11-21T09:30:00Z, or a day as YYYY-MM-DD"
                .to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_a_position_or_a_time() {
        assert_eq!("42".parse(), Ok(Bound::Position(42)));
        let midnight = Instant::parse("2016-10-20T00:00:00Z").unwrap();
        assert_eq!("2016-10-20".parse(), Ok(Bound::Time(midnight)));
        assert!("yesterday".parse::<Bound>().is_err());
    }
}
