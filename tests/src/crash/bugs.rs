//! Bugs that are planted to see that they are caught.

use rapport_event_store::seeded_bug::{self, SeededBug};

/// Names a bug to the server under test.
const VARIABLE: &str = "RAPPORT_SEEDED_BUG";

/// A bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// The log answers before a commit is on disk.
    AckBeforeFsync,
    /// The log does not look at the checksum of an event.
    SkipChecksum,
    /// The log notes that events are indexed, and does not index them.
    ForgetIndex,
    /// The log does not recognise what it has already.
    ForgetRepetitions,
    /// The log goes on after a commit that could not be forced to disk.
    CarryOn,
    /// No bug of ours: the disk says that it has forced what it has not. Shows that losses are seen.
    LyingDisk,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::AckBeforeFsync,
        Self::SkipChecksum,
        Self::ForgetIndex,
        Self::ForgetRepetitions,
        Self::CarryOn,
        Self::LyingDisk,
    ];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AckBeforeFsync => "ack-before-fsync",
            Self::SkipChecksum => "skip-checksum",
            Self::ForgetIndex => "forget-index",
            Self::ForgetRepetitions => "forget-repetitions",
            Self::CarryOn => "carry-on",
            Self::LyingDisk => "lying-disk",
        }
    }

    /// The bug of a name.
    ///
    /// # Errors
    /// The names that there are.
    pub fn parse(name: &str) -> Result<Self, String> {
        let known = Self::ALL.map(Self::name).join(", ");
        let found = Self::ALL.into_iter().find(|bug| bug.name() == name);
        found.ok_or_else(|| format!("expected one of {known}"))
    }

    /// The point that shows it, where only one does.
    #[must_use]
    pub const fn shown_by(self) -> Option<&'static str> {
        match self {
            Self::CarryOn => Some("a commit cannot be forced to disk"),
            Self::AckBeforeFsync
            | Self::SkipChecksum
            | Self::ForgetIndex
            | Self::ForgetRepetitions
            | Self::LyingDisk => None,
        }
    }

    const fn planted(self) -> Option<SeededBug> {
        match self {
            Self::AckBeforeFsync => Some(SeededBug::AckBeforeFsync),
            Self::SkipChecksum => Some(SeededBug::SkipChecksum),
            Self::ForgetIndex => Some(SeededBug::ForgetIndex),
            Self::ForgetRepetitions => Some(SeededBug::ForgetRepetitions),
            Self::CarryOn => Some(SeededBug::CarryOn),
            Self::LyingDisk => None,
        }
    }

    /// What tells the server under test.
    #[must_use]
    pub fn environment(bug: Option<Self>) -> Vec<(&'static str, std::ffi::OsString)> {
        vec![(VARIABLE, bug.map_or("none", Self::name).into())]
    }
}

/// Plants what the environment names. Then the intervals of the log are short as well, so that a few hundred events
/// meet merges of the index and checkpoints.
pub fn plant_from_environment() {
    let Ok(name) = std::env::var(VARIABLE) else { return };
    seeded_bug::shorten_intervals();
    if let Some(bug) = Bug::parse(&name).ok().and_then(Bug::planted) {
        seeded_bug::plant(bug);
    }
}
