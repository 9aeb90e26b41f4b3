//! What happens with one customer, gathered in any order and told in the order of time.

use rapport_domain::value::Instant;
use rapport_proto::v1::CommandHeader;

use super::chance::Chance;
use crate::command::Command;
use crate::wire::timestamp;

/// What the requests come from, and the namespace of the ids.
pub(super) const SOURCE: &str = "demo";
/// A day, in microseconds.
const DAY: i64 = 86_400_000_000;
/// How far back the history goes, in days: 18 months.
pub(super) const HISTORY_DAYS: i64 = 540;

/// A moment, in days before now and microseconds into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(i64);

/// A customer's diary.
#[derive(Debug)]
pub(super) struct Diary {
    pub(super) customer: usize,
    pub(super) contact_id: String,
    pub(super) chance: Chance,
    now: i64,
    pages: Vec<(Moment, Command)>,
}

impl Diary {
    pub(super) fn new(customer: usize, contact_id: String, now: Instant) -> Self {
        Self { customer, contact_id, chance: Chance::of(customer), now: now.micros(), pages: Vec::new() }
    }

    /// A moment so many days before now, at a time of the working day.
    pub(super) fn days_ago(&mut self, days: i64) -> Moment {
        let within = self.chance.between(8 * 3600, 18 * 3600) * 1_000_000;
        let midnight = (self.now - days * DAY).div_euclid(DAY) * DAY;
        Moment((midnight + within).min(self.now))
    }

    /// Some days later; none when that is not yet.
    pub(super) fn later(&mut self, than: Moment, from_days: i64, to_days: i64) -> Option<Moment> {
        let days = self.chance.between(from_days, to_days);
        let later = than.0 + days * DAY + self.chance.between(0, 3600) * 1_000_000;
        (later <= self.now).then_some(Moment(later))
    }

    /// How many days ago a moment was.
    pub(super) const fn age(&self, moment: Moment) -> i64 {
        (self.now - moment.0) / DAY
    }

    /// The day of a moment, or a day after it, YYYY-MM-DD.
    pub(super) fn day_after(&self, moment: Moment, days: i64) -> String {
        Instant::from_micros(moment.0 + days * DAY).map_or_else(|_| String::new(), |at| at.date().to_string())
    }

    /// The header of a request about a moment. The request has a place of its own in the diary.
    pub(super) fn header(&self, name: &str, at: Moment) -> Option<CommandHeader> {
        Some(CommandHeader {
            request_id: format!("{SOURCE}:{}:{name}", self.customer),
            expected_revision: None,
            occurred_at: Instant::from_micros(at.0).ok().map(timestamp),
            source: SOURCE.to_owned(),
            record_at_occurred: false,
        })
    }

    /// A key of this customer, for an id of its own.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}/{name}", self.customer)
    }

    pub(super) fn note(&mut self, at: Moment, command: impl Into<Command>) {
        self.pages.push((at, command.into()));
    }

    /// The commands in the order of time.
    pub(super) fn told(mut self) -> Vec<Command> {
        self.pages.sort_by_key(|(at, _)| *at);
        self.pages.into_iter().map(|(_, command)| command).collect()
    }
}
