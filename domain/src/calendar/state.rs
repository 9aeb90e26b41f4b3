//! A calendar's definition.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::personal::PersonalFields;
use crate::value::{Date, Label, TimeOfDay, TimeZone};

/// The lifecycle of a calendar.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing has been published yet.
    #[default]
    Unpublished,
    /// The version in force.
    Published(Definition),
}

/// One version of a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// 1, 2, 3 and so on.
    pub version: u32,
    /// What the company calls it.
    pub name: Label,
    /// Where its hours are told.
    pub time_zone: TimeZone,
    /// When work is done in a week without holidays, in the order of the week.
    pub hours: Vec<Hours>,
    /// Days without work, by the clock of the zone.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub holidays: BTreeSet<Date>,
}

/// Hours of one day of the week, by the clock of the zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Hours {
    /// The day.
    pub day: Weekday,
    /// When work begins.
    pub from: TimeOfDay,
    /// When it ends: the first minute without work.
    pub to: TimeOfDay,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// The first day, as ISO 8601 counts.
    Monday,
    /// The second one.
    Tuesday,
    /// The third one.
    Wednesday,
    /// The fourth one.
    Thursday,
    /// The fifth one.
    Friday,
    /// The sixth one.
    Saturday,
    /// The seventh one.
    Sunday,
}

impl Weekday {
    /// Every day, Monday first.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];
}

impl PersonalFields for State {}
