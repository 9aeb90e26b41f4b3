//! How working time passes: a moment is working time when the clock of the zone shows a time within the hours of that day
//! of the week, and the day there is no holiday. An hour that the clocks repeat counts twice, one that they skip never.

use std::time::Duration;

use super::state::{Definition, Hours, Weekday};
use crate::value::{Date, Instant, TimeZone};

/// Days that are looked ahead for working time: what takes longer is due at their end.
pub const DAYS_AHEAD_MAX: i64 = 3_660;

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// Clocks change at whole seconds.
const SECOND: i64 = 1_000_000;
/// 1970-01-01 was a Thursday.
const WEEKDAY_OF_DAY_ZERO: i64 = 3;

/// A stretch of time in microseconds since 1970, its end left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    from: i64,
    to: i64,
}

impl Span {
    /// The part of it that both have.
    fn within(self, other: Self) -> Option<Self> {
        let (from, to) = (self.from.max(other.from), self.to.min(other.to));
        (from < to).then_some(Self { from, to })
    }
}

impl Definition {
    /// The first moment at which so much working time has passed since `start`.
    #[must_use]
    pub fn due_at(&self, start: Instant, working: Duration) -> Instant {
        let mut left = i64::try_from(working.as_micros()).unwrap_or(i64::MAX);
        if left == 0 {
            return start;
        }
        let end = start.micros().saturating_add(DAYS_AHEAD_MAX * DAY);
        for span in self.working(Span { from: start.micros(), to: end }) {
            if left <= span.to - span.from {
                return bounded(span.from + left);
            }
            left -= span.to - span.from;
        }
        bounded(end)
    }

    /// The working time from a moment to a later one; none, where it is not later.
    #[must_use]
    pub fn working_between(&self, from: Instant, to: Instant) -> Duration {
        let spans = self.working(Span { from: from.micros(), to: to.micros() });
        let micros: i64 = spans.map(|span| span.to - span.from).sum();
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }

    /// The stretches of work in a stretch of time, in order: one day of universal time after another.
    fn working(&self, asked: Span) -> impl Iterator<Item = Span> {
        let days = asked.from.div_euclid(DAY)..=asked.to.div_euclid(DAY);
        let steady = days.flat_map(|day| {
            self.time_zone.steady(Span { from: day * DAY, to: day.saturating_add(1).saturating_mul(DAY) })
        });
        steady
            .flat_map(|(span, offset)| self.working_by(span, offset))
            .filter_map(move |span| span.within(asked))
    }

    /// The stretches of work in a stretch of time in which the clocks do not change.
    fn working_by(&self, span: Span, offset: i64) -> Vec<Span> {
        let days = (span.from + offset).div_euclid(DAY)..=(span.to - 1 + offset).div_euclid(DAY);
        let mut found = Vec::new();
        for day in days {
            let midnight = day * DAY - offset;
            let hours = self.hours_on(day).map(|hours| Span {
                from: midnight + i64::from(hours.from.minutes()) * MINUTE,
                to: midnight + i64::from(hours.to.minutes()) * MINUTE,
            });
            found.extend(hours.filter_map(|hours| hours.within(span)));
        }
        found
    }

    /// The hours of a day there, counted from 1970-01-01.
    fn hours_on(&self, day: i64) -> impl Iterator<Item = &Hours> {
        let weekday = usize::try_from((day + WEEKDAY_OF_DAY_ZERO).rem_euclid(7)).unwrap_or(0);
        let is_holiday = Date::from_epoch_day(day).is_ok_and(|day| self.holidays.contains(&day));
        self.hours.iter().filter(move |hours| !is_holiday && Weekday::ALL.get(weekday) == Some(&hours.day))
    }
}

impl TimeZone {
    /// A day of universal time in parts between which the clocks change: no zone changes them twice in a day.
    fn steady(self, day: Span) -> impl Iterator<Item = (Span, i64)> {
        let (before, after) = (self.offset_micros(day.from), self.offset_micros(day.to - 1));
        let change = if before == after { day.to } else { self.change(day, before) };
        let parts = [(Span { to: change, ..day }, before), (Span { from: change, ..day }, after)];
        parts.into_iter().filter(|(span, _)| span.from < span.to)
    }

    /// The first second in which the clocks do not show what they showed at first.
    fn change(self, day: Span, before: i64) -> i64 {
        let (mut old, mut new) = (day.from / SECOND, day.to / SECOND);
        while new - old > 1 {
            let middle = old + (new - old) / 2;
            if self.offset_micros(middle * SECOND) == before {
                old = middle;
            } else {
                new = middle;
            }
        }
        new * SECOND
    }
}

fn bounded(micros: i64) -> Instant {
    Instant::from_micros(micros).unwrap_or(Instant::MAX)
}
